"""The score: a pure function of a package, the findings of its check, what is known of its links, and the weights.

Each item of a dataset has points: a field that is asked for, the remaining findings of a principle, the files. What it
earned of them, over all points, is the score. All arithmetic is in whole numbers, so that the same dataset gives the
same score everywhere. The points of a dataset never depend on what is filled in, therefore mending a finding or
filling a field never lowers the score: a field that hangs on another one counts as earned where that other field says
it does not apply, and as missing for as long as nobody has answered that other field.

In the spirit of the dimensions of the Metadata Quality Assessment of data.europa.eu, but told by the four principles
of Perpres 39/2019 (Ps 3-10), because these are what checks and returns speak of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards.conditions import Visibility, selected

#: One whole share, in parts.
WHOLE = 10_000
#: The principle that files are counted under (Perpres 39/2019 Ps 9: open, machine-readable).
FILES_PRINCIPLE = "interoperabilitas"
#: Points of the findings of a principle that nothing else counts under.
LEAST = 5
#: Beyond so many findings of one severity nothing gets worse.
_MOST = 40


@dataclass(frozen=True)
class Advice:
    """One thing that would raise the score.

    :ivar kind: ``fill`` (a field), ``mend`` (a field with a finding), ``answer`` (a field others hang on),
        ``conform`` (findings that belong to no field), ``file``, ``format``, ``link``
    :ivar gain: what the score would gain, in tenths of a point of 100
    """

    kind: str
    principle: str
    gain: int
    field: str | None = None
    resource_id: str | None = None
    findings: int = 0


@dataclass(frozen=True)
class Part:
    """What one principle came to: 0 to 100, and the points behind it."""

    score: int
    earned: int
    points: int


@dataclass(frozen=True)
class Score:
    """The score of one package."""

    score: int
    band: str
    parts: dict[str, dict[str, int]]
    advice: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Item:
    principle: str
    points: int
    share: int
    kind: str
    field: str | None = None
    resource_id: str | None = None
    findings: int = 0


def score_of(
    pkg: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    findings: Iterable[Mapping[str, Any]],
    links: Mapping[str, bool],
    weights: Mapping[str, Any],
) -> Score:
    """The score of a package.

    :param pkg: as package_show gives it
    :param fields: its fields by name with our keys (``conditions.keyed_fields``), hidden ones included
    :param findings: Finding shapes of the check
    :param links: resource id → whether its remote link was reached; links not tried yet are left out
    :param weights: ``weights.in_force()``
    """
    listed = list(findings)
    items = list(_fields(pkg, fields, listed, weights))
    if (pkg.get("type") or "dataset") in weights["file_types"]:
        items += _files(pkg, links, weights)
    items += _conformity(items, fields, listed, weights)
    total = sum(item.points for item in items)
    parts = {}
    for principle in PRINCIPLES:
        own = [item for item in items if item.principle == principle]
        parts[principle] = asdict(_part(own))
    score = _part(items).score
    return Score(score, band_of(score, weights), parts, [asdict(one) for one in _advice(items, total)])


def band_of(score: int, weights: Mapping[str, Any]) -> str:
    """The name of the band a score falls into."""
    return str(next(name for name, least in weights["bands"] if score >= least))


def _part(items: list[_Item]) -> Part:
    points = sum(item.points for item in items)
    earned = sum(item.points * item.share for item in items)
    # Rounded down, so that 100 means that nothing is left to do.
    return Part(earned * 100 // (points * WHOLE) if points else 100, earned // WHOLE, points)


# -- fields ---------------------------------------------------------------------------------------------------


def points_of(name: str, field: Mapping[str, Any], package_type: str, weights: Mapping[str, Any]) -> int:
    """How much a field weighs: as the weights say, else by how much the schema asks for it."""
    named = weights["fields"].get(package_type, {})
    if name in named:
        return int(named[name])
    if field.get("sdi_protected") or field.get("sdi_officer"):
        return 0
    return int(weights["asked"].get(field.get("sdi_required"), 0))


def _fields(
    pkg: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    findings: list[Mapping[str, Any]],
    weights: Mapping[str, Any],
) -> Iterable[_Item]:
    package_type = str(pkg.get("type") or "dataset")
    visible = Visibility(fields, pkg)
    by_field: dict[str, list[str]] = {}
    for finding in findings:
        if finding.get("field"):
            by_field.setdefault(str(finding["field"]), []).append(str(finding["severity"]))
    for name, each in fields.items():
        points = points_of(name, each, package_type, weights)
        if not points:
            continue
        principle = str(each.get("sdi_principle") or "metadata")
        if not visible.field(name):
            waiting = _unanswered(name, fields, visible, pkg)
            kind, where = ("answer", waiting) if waiting else ("fill", name)
            yield _Item(principle, points, 0 if waiting else WHOLE, kind, where)
            continue
        severities = by_field.get(name, [])
        if not is_filled(name, pkg):
            yield _Item(principle, points, 0, "fill", name, findings=len(severities))
            continue
        share = min((int(weights["share"][severity]) for severity in severities), default=100)
        yield _Item(principle, points, share * WHOLE // 100, "mend", name, findings=len(severities))


def is_filled(name: str, pkg: Mapping[str, Any]) -> bool:
    """Whether a field holds anything. Tags stand under two names."""
    if name == "tag_string":
        return bool(pkg.get("tags") or str(pkg.get("tag_string") or "").strip())
    value = pkg.get(name)
    return value not in (None, [], {}, "[]") and str(value).strip() != ""


def _unanswered(
    name: str, fields: Mapping[str, Mapping[str, Any]], visible: Visibility, pkg: Mapping[str, Any]
) -> str | None:
    """Of a hidden field, the question above it that nobody has answered; None where the answer rules it out."""
    seen = {name}
    while True:
        above = fields[name]["sdi_show_if"]["field"]
        if above in seen or above not in fields:
            return None
        seen.add(above)
        if visible.field(above):
            return None if selected(fields[above], pkg.get(above)) else str(above)
        name = above


# -- findings that belong to no field -------------------------------------------------------------------------


def _conformity(
    items: list[_Item],
    fields: Mapping[str, Mapping[str, Any]],
    findings: list[Mapping[str, Any]],
    weights: Mapping[str, Any],
) -> list[_Item]:
    """What the check found beside the fields: each finding leaves a share of what was left.

    It weighs a share of all else under that principle, so that an empty form gets little for having no other findings.
    """
    found = []
    for principle in PRINCIPLES:
        counted = Counter(
            str(finding["severity"])
            for finding in findings
            if finding["principle"] == principle and finding.get("field") not in fields
        )
        share = WHOLE
        for severity in ("error", "warning", "info"):
            for _each in range(min(counted[severity], _MOST)):
                share = share * int(weights["keep"][severity]) // 100
        others = sum(item.points for item in items if item.principle == principle)
        points = max(LEAST, others * int(weights["conformity"][principle]) // 100)
        found.append(_Item(principle, points, share, "conform", findings=counted["error"] + counted["warning"]))
    return found


# -- files ----------------------------------------------------------------------------------------------------


def _files(pkg: Mapping[str, Any], links: Mapping[str, bool], weights: Mapping[str, Any]) -> Iterable[_Item]:
    resources = [one for one in pkg.get("resources") or [] if isinstance(one, dict) and str(one.get("url") or "")]
    points = weights["files"]
    yield _Item(FILES_PRINCIPLE, points["present"], WHOLE if resources else 0, "file", "resources")
    best = max(resources, key=lambda one: format_share(one, weights), default=None)
    share = format_share(best, weights) * WHOLE // 100 if best else 0
    best_id = str(best["id"]) if best and best.get("id") else None
    yield _Item(FILES_PRINCIPLE, points["format"], share, "format", "resources", best_id)
    # A link that nobody has tried yet is believed.
    broken = [str(one["id"]) for one in resources if links.get(str(one.get("id"))) is False]
    reached = (len(resources) - len(broken)) * WHOLE // len(resources) if resources else 0
    yield _Item(FILES_PRINCIPLE, points["reachable"], reached, "link", "resources", broken[0] if broken else None)


def format_share(resource: Mapping[str, Any], weights: Mapping[str, Any]) -> int:
    """How well a machine reads a file of that format, in per cent; without a format not at all."""
    name = str(resource.get("format") or "").strip().lower().lstrip(".")
    return int(weights["formats"].get(name, weights["other_format"])) if name else 0


# -- what would raise it --------------------------------------------------------------------------------------


def _advice(items: list[_Item], total: int) -> list[Advice]:
    gathered: dict[tuple[Any, ...], list[_Item]] = {}
    for item in items:
        if item.share < WHOLE and item.points:
            # Everything that hangs on one unanswered question is one thing to do; without a file, so are the files.
            bare = item.field == "resources" and item.resource_id is None
            kind = "file" if bare else item.kind
            principle = None if kind == "answer" else item.principle
            gathered.setdefault((kind, principle, item.field, item.resource_id), []).append(item)
    advice = []
    for (kind, _principle, name, resource_id), several in gathered.items():
        missing = sum(item.points * (WHOLE - item.share) for item in several)
        gain = missing * 1000 // (total * WHOLE)
        number = sum(item.findings for item in several)
        advice.append(Advice(kind, several[0].principle, gain, name, resource_id, number))
    # Stable: equal gains keep the order of the form.
    return sorted(advice, key=lambda one: -one.gain)

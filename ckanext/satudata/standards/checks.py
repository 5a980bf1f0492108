"""The submission check: small rules, each with an id, a principle of Perpres 39/2019 and a severity.

A rule is a function that takes a :class:`Subject` and yields :class:`Problem` objects. The same rules serve
the form, the API and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.language import current, speaking, text_in

PRINCIPLES = ("standar_data", "metadata", "interoperabilitas", "kode_referensi")
SEVERITIES = ("error", "warning", "info")
#: Group of the form that stands for the files rather than for fields.
FILES = "berkas"


@dataclass(frozen=True)
class Problem:
    """What a rule found: where, what is wrong, and how to mend it, in the reader's language."""

    message: str
    fix: str = ""
    field: str | None = None
    resource_id: str | None = None
    severity: str | None = None
    part: str = ""


@dataclass(frozen=True)
class Rule:
    """A registered rule; ``id`` is stable, so that checkers and programs can speak of it."""

    id: str
    principle: str
    severity: str
    run: Callable[[Subject], Iterator[Problem]]


@dataclass
class Subject:
    """One package as the rules see it.

    :ivar pkg: the package dict, stored or as typed into a form
    :ivar with_files: whether files may be opened; the live panel of the form does not
    """

    pkg: dict[str, Any]
    with_files: bool = True
    lang: str = "en"
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [resource for resource in self.pkg.get("resources") or [] if isinstance(resource, dict)]

    def value(self, name: str) -> str:
        """A field as trimmed text; empty where it is missing."""
        value = self.pkg.get(name)
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return "" if value is None else str(value).strip()

    def label(self, name: str) -> str:
        return text_in(self.fields.get(name, {}).get("label") or name, self.lang)

    def has(self, name: str) -> bool:
        """Whether the schema of this package has that field, and it counts here."""
        return name in self.fields


def sdi_keys(field: dict[str, Any]) -> dict[str, Any]:
    """The keys of ours on a field; a portal's own field of the same name takes those of our schema as defaults."""
    ours = _default_keys().get(field["field_name"], {})
    return {**ours, **{key: value for key, value in field.items() if key.startswith("sdi_") or key == "kelompok"}}


def _default_keys() -> dict[str, dict[str, Any]]:
    global _defaults
    if _defaults is None:
        schema = registry.own_schema("dataset")
        _defaults = {
            f["field_name"]: {k: v for k, v in f.items() if k.startswith("sdi_") or k == "kelompok"}
            for f in schema["dataset_fields"]
        }
    return _defaults


_defaults: dict[str, dict[str, Any]] | None = None


def visible_fields(package_type: str | None, pkg: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that count for these values: a field hangs on another (``sdi_show_if``), which may hang too."""
    fields = registry.fields_of(package_type)
    known: dict[str, bool] = {}

    def visible(name: str, trail: tuple[str, ...] = ()) -> bool:
        if name not in known:
            condition = sdi_keys(fields[name]).get("sdi_show_if")
            other = condition["field"] if condition else None
            if not condition or other not in fields or other in trail:
                return known.setdefault(name, True)
            known[name] = visible(other, (*trail, name)) and pkg.get(other) in condition["in"]
        return known[name]

    return {name: {**field, **sdi_keys(field)} for name, field in fields.items() if visible(name)}


RULES: list[Rule] = []


def rule(id: str, principle: str, severity: str) -> Callable[..., Callable[[Subject], Iterator[Problem]]]:
    """Register a rule.

    :param id: dotted and stable, for example ``tags.few``
    :param principle: one of :data:`PRINCIPLES`
    :param severity: one of :data:`SEVERITIES`; a problem may carry its own
    """
    assert principle in PRINCIPLES and severity in SEVERITIES

    def register(run: Callable[[Subject], Iterator[Problem]]) -> Callable[[Subject], Iterator[Problem]]:
        RULES.append(Rule(id, principle, severity, run))
        return run

    return register


def findings_of(pkg: dict[str, Any], lang: str | None = None, with_files: bool = True) -> list[dict[str, Any]]:
    """Run every rule over a package.

    :param pkg: as package_show gives it, or as a form sent it
    :param lang: language of the texts; the reader's where empty
    :returns: Finding shapes of the contract, errors first
    """
    with speaking(lang) as language:
        subject = Subject(pkg, with_files, language, visible_fields(pkg.get("type"), pkg))
        found = []
        for each in RULES:
            for problem in each.run(subject):
                principle = each.principle
                if problem.field in subject.fields and each.id == "required":
                    principle = subject.fields[problem.field].get("sdi_principle", "metadata")
                found.append(_finding(each, principle, problem))
    return sorted(found, key=lambda finding: SEVERITIES.index(finding["severity"]))


def _finding(rule: Rule, principle: str, problem: Problem) -> dict[str, Any]:
    parts = (rule.id, problem.part or problem.field if rule.id in {"required", "format"} else problem.part)
    return {
        "id": ".".join(part for part in parts if part),
        "severity": problem.severity or rule.severity,
        "principle": principle,
        "field": problem.field,
        "resource_id": problem.resource_id,
        "message": problem.message,
        "fix": problem.fix,
    }


def progress_of(pkg: dict[str, Any], findings: list[dict[str, Any]], lang: str | None = None) -> dict[str, Any]:
    """How far the form is: what is asked for at submission, and how much of it stands.

    :returns: ``{"done", "total", "groups": [{"name", "label", "done", "total"}]}``; a group counts the fields
        asked for in it (``sdi_required``) and those something was found in, the files count as one
    """
    package_type = pkg.get("type")
    fields = visible_fields(package_type, pkg)
    language = lang or current()
    bad = {f["field"] or FILES for f in findings if f["severity"] != "info"}
    asked = [name for name, each in fields.items() if each.get("sdi_required")]
    asked += [name for name in fields if name in bad and name not in asked]
    groups = []
    for group in registry.groups_of(package_type):
        names = [n for n in asked if fields[n].get("kelompok") == group["name"]]
        if group["name"] == FILES:
            names = [FILES]
        groups.append(
            {
                "name": group["name"],
                "label": text_in(group["label"], language),
                "done": sum(1 for name in names if name not in bad),
                "total": len(names),
            }
        )
    points = [*asked, FILES]
    return {"done": sum(1 for name in points if name not in bad), "total": len(points), "groups": groups}

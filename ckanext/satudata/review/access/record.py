"""The public record of a package whose access is *terbatas*: made of what may be shown, never by taking away.

No resources, no names, sizes or addresses of files, no columns, no contact but the public one, no activity.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from typing import Any

from ckanext.satudata import json_text
from ckanext.satudata.standards import service as standards

from . import decisions
from .decisions import LIMITED
from .model import Restriction

#: Fields that name other packages; what is named is shown only where everybody may see it.
NAMES_OTHERS = ("kegiatan_statistik", "indikator", "kegiatan")
#: Keys of CKAN's own among the values.
_CORE = frozenset({"license_id", "maintainer", "maintainer_email", "accesslevel"})


def record(
    package: Any, owner: Any, tags: list[str], decision: Restriction | None, hidden: Container[str]
) -> dict[str, Any]:
    """The flattened public record: what a CKAN that knows nothing of our schema takes whole.

    :param hidden: ids and names of other packages that not everybody may see
    :returns: core keys of CKAN, ``resources`` always empty, every field of the schema as a text among ``extras``, and
        ``restriction``: level, legal basis, decision and last day, as far as decided
    """
    values = metadata_of(package, hidden)
    flat = {name: _flat(value) for name, value in values.items() if name not in _CORE}
    flat["accesslevel"] = LIMITED
    limits = restriction(decision)
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title or package.name,
        "notes": package.notes or "",
        "type": package.type,
        "state": "active",
        "metadata_created": moment(package.metadata_created),
        "metadata_modified": moment(package.metadata_modified),
        "license_id": package.license_id or "",
        "maintainer": package.maintainer or "",
        "maintainer_email": package.maintainer_email or "",
        "owner_org": owner.id if owner else None,
        "organization": {"id": owner.id, "name": owner.name, "title": owner.title or owner.name} if owner else None,
        "tags": [{"name": name, "display_name": name} for name in tags],
        "resources": [],
        "num_resources": 0,
        "restriction": limits,
        "extras": [{"key": name, "value": text} for name, text in sorted(flat.items()) if text],
    }


def metadata_of(package: Any, hidden: Container[str] | None) -> dict[str, Any]:
    """The values of the schema's public fields as the pages show them; rows and several values stay lists.

    :param hidden: ids and names of other packages that not everybody may see, left out where a field names them;
        None leaves out every name of another package
    """
    values = _values(package)
    for name in NAMES_OTHERS:
        if name in values:
            value = values.pop(name)
            kept = [one for one in _several(value) if one not in hidden] if hidden is not None else []
            if kept:
                values[name] = kept if isinstance(value, list) else kept[0]
    return values


def others_named(packages: Iterable[Any]) -> set[str]:
    """Whatever stands in the fields that name other packages: ids, names, and free text."""
    return {
        one
        for package in packages
        for name, value in _values(package).items()
        if name in NAMES_OTHERS
        for one in _several(value)
    }


def _values(package: Any) -> dict[str, Any]:
    stored = dict(package.extras or {})
    pkg: dict[str, Any] = {"type": package.type}
    for name in standards.public_fields(package.type):
        pkg[name] = _parsed(stored.get(name))
    for name in ("license_id", "maintainer", "maintainer_email"):
        pkg[name] = getattr(package, name)
    return standards.public_values(pkg)


def _several(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json_text.loads(value)
        except ValueError:
            return value
    return value


def restriction(decision: Restriction | None) -> dict[str, Any]:
    """What the public reads of the limit itself. Test of consequences, notes and persons are not for everybody."""
    limits = decision if decision is not None and decision.level == LIMITED else None
    return {
        "level": LIMITED,
        "level_label": decisions.level_label(LIMITED),
        "legal_basis": limits.legal_basis if limits else "",
        "decision_reference": (limits.decision_reference or "") if limits else "",
        "until": limits.end_date.isoformat() if limits and limits.end_date else None,
    }


def _flat(value: Any) -> str:
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return ", ".join(value)
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)


def moment(at: Any) -> str | None:
    return at.isoformat() if at else None

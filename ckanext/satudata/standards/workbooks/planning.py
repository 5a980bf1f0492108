"""What would become of each item of a workbook, before anything is written."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.languages import text_in
from ckanext.satudata.standards import bps, officer, registry

from . import matching
from .layout import label_of
from .model import CREATE, NOTHING, REFUSED, UNCHANGED, UPDATE, WAITING, FormImportItem
from .problems import ERROR, INFO, WARNING, Problem, shortened
from .reading import Found


def plan(user: model.User, organization_id: str, found: list[Found]) -> list[FormImportItem]:
    """What would become of each item now. One query per type; permissions are asked for what would change."""
    known = {kind: matching.stored(organization_id, kind) for kind in {each.kind for each in found}}
    taken: dict[str, str] = {}
    planned = [_planned(user, organization_id, each, known[each.kind]) for each in found]
    for item in planned:
        if item.package_id and item.fate in (UPDATE, UNCHANGED):
            if item.package_id in taken:
                _refuse(item, Problem("same_name", sheet=item.sheet, row=item.row, raw=item.title))
            taken.setdefault(item.package_id, item.title)
    _refuse_doubles(planned)
    return planned


def _refuse_doubles(planned: list[FormImportItem]) -> None:
    """Two new items of one name and year would be two packages of which the next import could tell none apart."""
    seen: set[tuple[str, str, str]] = set()
    for item in planned:
        if item.fate != CREATE:
            continue
        key = (item.kind, matching.title_key(item.title), str(item.values.get("tahun") or ""))
        if key in seen:
            _refuse(item, Problem("same_name", sheet=item.sheet, row=item.row, raw=item.title))
        seen.add(key)


def _refuse(item: FormImportItem, problem: Problem) -> None:
    item.fate, item.status = REFUSED, NOTHING
    item.problems = [*item.problems, problem.as_dict()]


def _planned(user: model.User, organization_id: str, found: Found, known: list[matching.Stored]) -> FormImportItem:
    matched = matching.match(found, known)
    package = matched.package
    left = _left_to_bps(user, organization_id, found, package)
    differs = matching.difference(found, package)
    problems = [p for p in found.problems if not _as_stored(p, package)]
    problems += [Problem("not_in_schema", INFO, found.sheet, found.row, params={"label": name})
                 for name in differs.unknown]  # fmt: skip
    problems += left
    item = FormImportItem(
        kind=found.kind,
        title=str(found.values.get("title") or (package.title if package else "") or "–")[:500],
        sheet=found.sheet,
        row=found.row,
        fate=UPDATE if package else CREATE,
        package_id=package.id if package else None,
        seen=package.modified if package else None,
        values=differs.values,
        changes=differs.changes,
        problems=[problem.as_dict() for problem in problems],
        status=WAITING,
    )
    if any(problem.severity == ERROR for problem in problems):
        item.fate, item.status = REFUSED, NOTHING
    elif matched.several:
        names = "; ".join(f"{each.title} ({each.year or each.name})" for each in matched.several)
        _refuse(item, Problem("ambiguous", sheet=found.sheet, row=found.row, raw=names[:200]))
    elif found.partial and package is None:
        _refuse(item, Problem("no_activity", sheet=found.sheet))
    elif package is not None and not differs.values:
        item.fate, item.status = UNCHANGED, NOTHING
    else:
        reason = _closed(user, organization_id, item)
        if reason:
            _refuse(item, Problem("refused", sheet=found.sheet, row=found.row, params={"reason": reason}))
    return item


def _left_to_bps(
    user: model.User, organization_id: str, found: Found, package: matching.Stored | None
) -> list[Problem]:
    """Take out of an item what an officer of BPS enters, unless this person does; and say so."""
    at_fault = officer.not_theirs(found.kind, found.values, package.values if package is not None else {})
    if not at_fault:
        return []
    asked = {"id": package.id} if package is not None else {"owner_org": organization_id}
    try:
        tk.check_access("satudata_activity_code_set", {"user": user.name, "auth_user_obj": user}, asked)
        return []
    except tk.NotAuthorized:
        found.values = officer.without(found.kind, found.values, at_fault)
    return [
        Problem("bps_fills_in", WARNING, found.sheet, found.row, field=name, raw=shortened("; ".join(values)))
        for name, values in at_fault.items()
    ]


def _as_stored(problem: Problem, package: matching.Stored | None) -> bool:
    """What cannot be read, but is just what the portal holds: exported as it was, and nothing to complain of."""
    if package is None or not problem.field or not problem.raw or problem.row is None:
        return False
    there = package.values.get(problem.field)
    return isinstance(there, str) and shortened(there) == problem.raw


def _closed(user: model.User, organization_id: str, item: FormImportItem) -> str:
    """Why this person may not do it; empty where nothing stands against it."""
    context = {"user": user.name, "auth_user_obj": user}
    try:
        if item.package_id:
            tk.check_access("package_update", context, {"id": item.package_id})
        else:
            tk.check_access("package_create", context, {"owner_org": organization_id, "type": item.kind})
    except tk.NotAuthorized as error:
        return str(error) or tk._("You may not change it.")
    return ""


def field_label(kind: str, name: str, lang: str) -> str:
    """What people call a field: with its number on the form where it has one."""
    for item in bps.items("ms_keg" if kind == "kegiatan" else "ms_ind"):
        if item.field == name and not item.rows:
            number = "" if item.no.startswith(("0", "(")) else f"{item.no} "
            return f"{number}{label_of(item) if lang == 'id' else text_in(item.label, lang)}"
    field = registry.fields_of(kind).get(name) or {}
    return text_in(field.get("label") or name, lang)

"""An import as the API and the pages show it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.languages import current

from .model import CREATE, FAILED, REFUSED, UNCHANGED, UPDATE, FormImport, FormImportItem, counts, items_of
from .planning import field_label
from .problems import told

FATES = (CREATE, UPDATE, UNCHANGED, REFUSED)


def shown(made: FormImport) -> dict[str, Any]:
    """An import with all its items, in the reader's language; three queries."""
    items = items_of(made.id)
    number = counts(made.id)
    lang = current().split("_")[0]
    names = _names([item.package_id for item in items if item.package_id])
    labels: dict[tuple[str, str], str] = {}
    results = [_item(item, lang, names, labels) for item in items]
    return {
        "id": made.id,
        "filename": made.filename,
        "organization_id": made.organization_id,
        "created_at": made.created_at.isoformat(),
        "started": made.started_at is not None,
        "finished": made.finished_at is not None,
        "total": made.total,
        "fates": {fate: sum(1 for item in items if item.fate == fate) for fate in FATES},
        **number._asdict(),
        "problems": [told(problem) for problem in made.problems],
        "count": len(results),
        "results": results,
    }


def _names(ids: list[str]) -> dict[str, str]:
    rows = model.Session.execute(sa.select(model.Package.id, model.Package.name).where(model.Package.id.in_(ids)))
    return {row.id: row.name for row in rows} if ids else {}


def _item(item: FormImportItem, lang: str, names: dict[str, str], labels: dict[tuple[str, str], str]) -> dict[str, Any]:
    def label(name: str) -> str:
        key = (item.kind, name)
        if key not in labels:
            labels[key] = field_label(item.kind, name, lang)
        return labels[key]

    return {
        "place": item.place,
        "kind": item.kind,
        "title": item.title,
        "sheet": item.sheet,
        "row": item.row,
        "fate": item.fate,
        "status": item.status,
        "package_id": item.package_id,
        "name": names.get(item.package_id or ""),
        "changes": [{**change, "label": label(change["field"])} for change in item.changes],
        "problems": [told(problem) for problem in item.problems],
        "errors": {label(name): texts for name, texts in (item.error or {}).items()} if item.status == FAILED else {},
    }

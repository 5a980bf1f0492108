"""What an upload of BPS forms would change, item by item, and what became of each. Kept for some days only."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

#: Of an item: what it would become.
CREATE, UPDATE, UNCHANGED, REFUSED = "create", "update", "unchanged", "refused"
#: Of an item: how far it is. ``nothing`` is not to be done (unchanged or refused).
WAITING, TAKEN, DONE, FAILED, NOTHING = "waiting", "taken", "done", "failed", "nothing"


class FormImport(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One upload. ``started_at`` is empty while it is only a preview."""

    __tablename__ = "satudata_form_import"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: Who produces what is new.
    organization_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    filename: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: Problems of the workbook and its sheets, as ``Problem.as_dict``.
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False)
    total: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    language: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow, index=True)
    started_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)


class FormImportItem(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One activity or indicator of an upload."""

    __tablename__ = "satudata_form_import_item"

    import_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    #: ``kegiatan`` or ``indikator``.
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    sheet: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    row: Mapped[int | None] = mapped_column(sa.Integer)
    fate: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    package_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    #: ``metadata_modified`` of the package the preview was made against.
    seen: Mapped[str | None] = mapped_column(sa.UnicodeText)
    #: What the workbook says, by field; on an update only what differs.
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    #: ``[{"field", "before", "after"}]`` in short, for people.
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False)
    status: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default=WAITING)
    taken_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: ``{field: [texts]}`` of a refusal while it was carried out.
    error: Mapped[dict[str, list[str]] | None] = mapped_column(JSONB(none_as_null=True))


class Counts(NamedTuple):
    """How far an import is."""

    waiting: int
    done: int
    failed: int


def counts(import_id: str) -> Counts:
    """How many items of an import are still to be done, are done, or were refused on the way."""
    rows = model.Session.execute(
        sa.select(FormImportItem.status, sa.func.count())
        .where(FormImportItem.import_id == import_id)
        .group_by(FormImportItem.status)
    )
    found = {row[0]: row[1] for row in rows}
    return Counts(found.get(WAITING, 0) + found.get(TAKEN, 0), found.get(DONE, 0), found.get(FAILED, 0))


def items_of(import_id: str) -> list[FormImportItem]:
    """All items in the order of the workbook; one query."""
    query = (
        sa.select(FormImportItem).where(FormImportItem.import_id == import_id).order_by(FormImportItem.place)
    ).execution_options(populate_existing=True)
    return list(model.Session.scalars(query))


def forget_before(moment: dt.datetime) -> int:
    """Remove imports older than that, with their items; the caller commits.

    :returns: how many imports
    """
    old = sa.select(FormImport.id).where(FormImport.created_at < moment)
    model.Session.execute(sa.delete(FormImportItem).where(FormImportItem.import_id.in_(old)))
    removed = model.Session.execute(sa.delete(FormImport).where(FormImport.created_at < moment))
    return int(removed.rowcount or 0)

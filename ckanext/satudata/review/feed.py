"""What the public was shown when: published, updated, moved, unpublished. The feed and the tombstones are made of it.

Each row belongs to one event of the audit trail and carries its position, so that the order is the order of commits.
What was withdrawn keeps title, address and publisher of the day it was last public: a draft that goes on after it may
call itself what it likes, and none of that is shown.
"""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

from . import workflows
from .model import PUBLICATION, ReviewEvent

PUBLISHED, UPDATED, MOVED, UNPUBLISHED = "published", "updated", "moved", "unpublished"
#: Actions that change what the public reads without making it public or hiding it.
UPDATING = frozenset({"publish", "harvest", "override_edit", "priority", "activity_code"})
#: Written before CKAN takes the dataset away.
ENDING = frozenset({"delete", "purge"})
#: Entries of one page of the feed.
PAGE = 50

ATOM = "http://www.w3.org/2005/Atom"
#: What no XML 1.0 document may hold.
_FORBIDDEN = re.compile(r"[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class PublicChange(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One change of what the public is shown."""

    __tablename__ = "satudata_public_change"
    __table_args__ = (
        sa.Index("satudata_public_change_package_idx", "package_id", "position"),
        sa.Index("satudata_public_change_name_idx", "name", "position"),
    )

    #: Of the event; the cursor of whoever follows.
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    package_type: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    organization_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    organization_name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    organization_title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    #: Written for the public; never the comment of a review, which is for those concerned.
    note: Mapped[str | None] = mapped_column(sa.UnicodeText)


def note(event: ReviewEvent) -> PublicChange | None:
    """Write what an event changes for the public, in the event's own transaction; most change nothing and cost nothing.

    Called with the package and its review already as they will be. What the public is told of it stands in the event,
    as ``content["change"]["note"]``.

    :returns: the row, flushed but not committed
    """
    table = workflows.in_force()
    states = (event.from_state or "", event.to_state or "")
    if event.track != PUBLICATION or not any(table.state(name).public for name in states):
        return None
    last = last_change(event.package_id)
    was_visible = last is not None and last.kind != UNPUBLISHED
    package = model.Session.get(model.Package, event.package_id)
    visible = (
        package is not None
        and package.state == model.State.ACTIVE
        and not package.private
        and event.action not in ENDING
    )
    if visible and not was_visible:
        kind = PUBLISHED
    elif was_visible and not visible:
        kind = UNPUBLISHED
    elif not visible:
        return None
    elif last is not None and last.organization_id != event.organization_id:
        kind = MOVED
    elif event.action in UPDATING:
        kind = UPDATED
    else:
        return None
    told = ((event.content or {}).get("change") or {}).get("note")
    row = PublicChange(position=event.position, kind=kind, at=event.at, package_id=event.package_id, note=told or None)
    if kind == UNPUBLISHED and last is not None:
        row.package_type, row.name, row.title = last.package_type, last.name, last.title
        row.organization_id = last.organization_id
        row.organization_name, row.organization_title = last.organization_name, last.organization_title
    elif package is not None:
        owner = model.Session.get(model.Group, event.organization_id) if event.organization_id else None
        row.package_type, row.name, row.title = package.type, package.name, package.title or package.name
        row.organization_id = event.organization_id
        row.organization_name = owner.name if owner else ""
        row.organization_title = (owner.title or owner.name) if owner else ""
    model.Session.add(row)
    model.Session.flush()
    return row


def last_change(package_id: str) -> PublicChange | None:
    """The newest change of a package, or None where it was never public."""
    query = sa.select(PublicChange).where(PublicChange.package_id == package_id)
    return model.Session.scalars(query.order_by(PublicChange.position.desc()).limit(1)).first()


def changes(before: int | None = None, limit: int = PAGE) -> list[PublicChange]:
    """The newest changes first.

    :param before: only those with a smaller position
    """
    query = sa.select(PublicChange).order_by(PublicChange.position.desc()).limit(limit)
    if before is not None:
        query = query.where(PublicChange.position < before)
    return list(model.Session.scalars(query))


# -- as a document --------------------------------------------------------------------------------------------


def labels() -> dict[str, str]:
    """The words for the kinds of change, in the reader's language."""
    return {
        PUBLISHED: tk._("Published"),
        UPDATED: tk._("Updated"),
        MOVED: tk._("Moved to another organization"),
        UNPUBLISHED: tk._("Withdrawn from publication"),
    }


def atom(before: int | None, language: str) -> bytes:
    """The feed as an Atom document: the same changes give the same bytes, whenever they are asked for.

    :param before: as the link *next* of the page before has it
    :param language: of the words in it
    """
    rows = changes(before, PAGE + 1)
    shown, words = rows[:PAGE], labels()
    address = tk.url_for("satudata_feed.changes", _external=True)
    home = tk.url_for("home.index", _external=True)
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": language.replace("_", "-")})
    _element(root, "id", address)
    site = str(tk.config.get("ckan.site_title") or "")
    _element(root, "title", tk._("What was published, changed and withdrawn: {site}").format(site=site))
    _element(root, "updated", _moment(shown[0].at if shown else dt.datetime(1970, 1, 1)))
    _element(root, "link", rel="alternate", type="text/html", href=home)
    _element(root, "link", rel="self", type="application/atom+xml", href=_page(before))
    if before is not None:
        _element(root, "link", rel="first", type="application/atom+xml", href=_page(None))
    if len(rows) > PAGE:
        _element(root, "link", rel="next", type="application/atom+xml", href=_page(shown[-1].position))
    for row in shown:
        entry = ElementTree.SubElement(root, "entry")
        _element(entry, "id", f"{address}#{row.position}")
        _element(entry, "title", row.title)
        _element(entry, "updated", _moment(row.at))
        author = ElementTree.SubElement(entry, "author")
        _element(author, "name", row.organization_title or site)
        _element(entry, "category", term=row.kind, label=words[row.kind])
        _element(entry, "link", rel="alternate", type="text/html", href=dataset_address(row))
        _element(entry, "summary", f"{words[row.kind]}. {row.note}" if row.note else f"{words[row.kind]}.")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="utf-8") + b"\n"


def dataset_address(row: PublicChange) -> str:
    """Where the dataset is read; by its id, which no renaming changes."""
    return tk.url_for(f"{row.package_type or 'dataset'}.read", id=row.package_id, _external=True)


def _page(before: int | None) -> str:
    values = {} if before is None else {"before": before}
    return tk.url_for("satudata_feed.changes", _external=True, **values)


def _element(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> None:
    child = ElementTree.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = _FORBIDDEN.sub("", text)


def _moment(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds") + "Z"

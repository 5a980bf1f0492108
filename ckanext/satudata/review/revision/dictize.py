"""The shapes of the API: a working copy, a version."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata.review import dictize, lookups, wording

from .model import Revision


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when read."""
    return text


KIND_LABELS = {
    "periode_baru": _("New period"),
    "pemutakhiran": _("Update of the data"),
    "koreksi": _("Correction"),
}
STATUS_LABELS = {
    "open": _("In progress"),
    "published": _("Published"),
    "abandoned": _("Abandoned"),
}


def kind(name: str | None) -> str:
    """The word for a kind of change."""
    return tk._(KIND_LABELS[name]) if name in KIND_LABELS else (name or "")


def status(name: str) -> str:
    """The word for what has become of a copy."""
    return tk._(STATUS_LABELS[name]) if name in STATUS_LABELS else name


def revision_dict(revision: Revision, **known: Any) -> dict[str, Any]:
    """A working copy without what depends on who asks.

    :param known: ``review`` (its row, while it is there), ``live_name``, ``title``, ``organization_id``,
        ``organization_title``, ``starter_name``, ``changed_at``
    """
    review = known.get("review")
    return {
        "revision_id": revision.copy_id,
        "live_id": revision.live_id,
        "live_name": known.get("live_name"),
        "title": known.get("title"),
        "organization_id": known.get("organization_id"),
        "organization_title": known.get("organization_title"),
        "change_kind": revision.change_kind,
        "change_kind_label": kind(revision.change_kind),
        "public_note": revision.public_note,
        "status": revision.status,
        "status_label": status(revision.status),
        "state": review.state if review is not None else None,
        "state_label": wording.state(review.state) if review is not None else "",
        "version": review.version if review is not None else None,
        "started_by": revision.started_by,
        "started_by_name": known.get("starter_name") or "",
        "started_at": dictize.iso(revision.started_at),
        "changed_at": dictize.iso(known.get("changed_at")),
        "ended_at": dictize.iso(revision.ended_at),
        # What a commit has left to do: empty once tables and index are in place.
        "pending": list(revision.pending) if revision.status != "abandoned" else [],
    }


def row_dict(row: dict[str, Any]) -> dict[str, Any]:
    """A row of ``queries.listed``."""
    known = {key: value for key, value in row.items() if key not in ("Revision", "Review")}
    return revision_dict(row["Revision"], review=row["Review"], **known)


def one(revision: Revision, package: Any, live: Any, review: Any) -> dict[str, Any]:
    """A single working copy, with the names that belong to it."""
    shown = package or live
    titles = dictize.titles({shown.owner_org} if shown is not None and shown.owner_org else set())
    return revision_dict(
        revision,
        review=review,
        live_name=live.name if live is not None else None,
        title=(shown.title or shown.name) if shown is not None else None,
        organization_id=shown.owner_org if shown is not None else None,
        organization_title=titles.get(shown.owner_org) if shown is not None else None,
        starter_name=lookups.names([revision.started_by]).get(revision.started_by or "", ""),
        changed_at=package.metadata_modified if package is not None else None,
    )


def version_dict(version: dict[str, Any], with_links: bool) -> dict[str, Any]:
    """One publication; ``url`` of a file only for those who may download it."""
    return {
        "number": version["number"],
        "position": version["position"],
        "published_at": dictize.iso(version["published_at"]),
        "title": version["title"],
        "change_kind": version["change_kind"],
        "change_kind_label": kind(version["change_kind"]),
        "public_note": version["public_note"],
        "files": [_file(item, with_links) for item in version["files"]],
    }


def _file(item: dict[str, Any], with_links: bool) -> dict[str, Any]:
    shown = ("id", "resource_id", "name", "filename", "format", "size", "sha256", "current")
    found = {name: item[name] for name in shown}
    if with_links:
        found["url"] = tk.url_for("satudata_version.old_file", id=item["id"], _external=True)
    return found

"""How settled the figures are (*status angka*), and how that changed from one publication to the next."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import i18n

from ckanext.satudata.review import ages, workflows
from ckanext.satudata.review.model import ReviewEvent, Snapshot
from ckanext.satudata.standards import service as standards

FIELD = "status_angka"


def label(package_type: str, value: str) -> str:
    """The word for a status in the reader's language; other text as it is."""
    known = standards.choice_labels(package_type, FIELD).get(value) or [value]
    # As the schema lists them: English, Indonesian.
    return known[-1] if (i18n.get_lang() or "").startswith("id") else known[0]


def history(package_id: str, package_type: str) -> list[dict[str, str]]:
    """Since when each status of the published figures holds, newest first; one query."""
    rows = model.Session.execute(
        sa.select(ReviewEvent.at, Snapshot.metadata_json[FIELD].astext.label("status"))
        .join(
            Snapshot,
            sa.and_(Snapshot.package_id == ReviewEvent.package_id, Snapshot.position == ReviewEvent.position),
        )
        .where(
            ReviewEvent.package_id == package_id,
            ReviewEvent.action == "publish",
            ReviewEvent.to_state.in_(workflows.in_force().names(public=True)),
        )
        .order_by(ReviewEvent.position)
    ).all()
    found: list[dict[str, str]] = []
    last = None
    for row in rows:
        if row.status and row.status != last:
            found.append({"status": row.status, "label": label(package_type, row.status), "since": ages.day(row.at)})
        last = row.status
    return found[::-1]


def badge(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The status of a dataset's figures for its page: ``status``, ``label``, ``final`` and ``history``."""
    status = str(pkg.get(FIELD) or "")
    if not status or not pkg.get("id"):
        return None
    kind = pkg.get("type") or "dataset"
    return {
        "status": status,
        "label": label(kind, status),
        "final": status == "tetap",
        "history": history(str(pkg["id"]), kind),
    }

"""Computing and keeping scores: when a package is written, published or its files were checked; never on view.

The row is written in the transaction that changes the package, so both are there or neither, and CKAN's own indexing
at the end of that transaction already finds it. ``metadata_modified`` never moves for a score.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins
from ckan.lib import search
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import config, moments, startup
from ckanext.satudata.standards.checks import findings_of
from ckanext.satudata.standards.conditions import keyed_fields
from ckanext.satudata.standards.normalise import show_core_keys, show_old_extras

from . import weights as weights_of
from .freshness import freshness_of
from .model import Quality, quality
from .score import score_of

log = logging.getLogger(__name__)

package = model.Package.__table__
#: States of packages that have a score: whatever a person can work on or read.
SCORED_STATES = ("active", "draft", "revision")
#: Packages taken together by the commands and jobs.
BATCH = 100


# -- when something changes -----------------------------------------------------------------------------------


def after_write(context: dict[str, Any], data: dict[str, Any], created: bool = False) -> None:
    """``IPackageController.after_dataset_create/update``: the row, in CKAN's transaction. Never breaks a save.

    Calls of the hook that stand outside a write (the review tells other extensions of a transition that way) are
    left alone: nobody would commit.

    :param created: CKAN puts the package into the context of an update only
    """
    written = context.get("package") or (model.Package.get(data["id"]) if created else None)
    if written is None or not startup.is_migrated() or not _is_scored(written.type):
        return
    try:
        values = _values(_package_dict(written, data), _stored(written.id))
        model.Session.flush()
        # A savepoint: should the database refuse, the package is saved all the same. One of the connection and not of
        # the session, whose end CKAN tells plugins as if the write were done: loaders would load files too early.
        with model.Session.connection().begin_nested():
            _write(written.id, values)
    except Exception:
        log.exception("The score of %s could not be computed; the daily job will", written.id)


def after_publication(package_id: str, published_at: dt.datetime | None = None) -> None:
    """A package went public, or back: its freshness counts from now; commits. Never raises.

    :param published_at: naive UTC; None where it was withdrawn
    """
    try:
        _compute_one(package_id, published_at=published_at)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        log.exception("The score of %s could not be computed; the daily job will", package_id)


def after_copy(package_id: str) -> None:
    """A package was made past CKAN's own doors, as working copies are: its first row; commits. Never raises."""
    try:
        _compute_one(package_id)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        log.exception("The score of %s could not be computed; the daily job will", package_id)


def after_file_check(package_id: str) -> None:
    """A job has looked into a large file: the score follows with the next minute's work. Never raises.

    On a connection of its own: whoever calls has a transaction of another kind, or none, and often no request.
    """
    try:
        if package_id and startup.is_migrated():
            with model.meta.engine.begin() as connection:
                connection.execute(
                    quality.update().where(quality.c.package_id == package_id).values(files_pending=True)
                )
    except Exception:
        log.exception("The score of %s will follow its files with the next save only", package_id)


def recompute(package_ids: Iterable[str]) -> list[str]:
    """Compute these scores anew, files included; commits, and indexes those that changed.

    :returns: the ids of those whose score or freshness changed
    """
    changed = []
    for package_id in package_ids:
        if _compute_one(package_id, open_files=True):
            changed.append(package_id)
        model.Session.commit()
    reindex(changed)
    return changed


def reindex(package_ids: list[str]) -> None:
    """Give the index the new scores; one commit for all. What Solr refuses, the periodic reconcile finds."""
    if package_ids:
        search.rebuild(package_ids=package_ids, defer_commit=True, force=True)
        search.commit()


def listen() -> None:
    """Rows go with their package when it is purged, whatever door was used. Called when the plugin is configured."""
    if not sa.event.contains(model.Session, "after_flush", _after_flush):
        sa.event.listen(model.Session, "after_flush", _after_flush)


def _after_flush(session: Any, _flush_context: Any) -> None:
    purged = [entity.id for entity in session.deleted if isinstance(entity, model.Package)]
    if purged and plugins.plugin_loaded("satudata") and startup.is_migrated():
        session.connection().execute(quality.delete().where(quality.c.package_id.in_(purged)))


# -- computing ------------------------------------------------------------------------------------------------


def _is_scored(package_type: str | None) -> bool:
    """Types that have fields of ours or of the portal: without a schema there is nothing to go by."""
    return bool(keyed_fields(package_type or "dataset")) and package_type not in config.exempt_types()


def _compute_one(package_id: str, open_files: bool = False, **known: Any) -> bool:
    """Compute and write one row; the caller commits. Whether the score, its band or the freshness changed."""
    stored = _stored(package_id)
    found = model.Session.get(model.Package, package_id)
    if found is None or found.state not in SCORED_STATES or not _is_scored(found.type):
        if stored is not None:
            model.Session.execute(quality.delete().where(quality.c.package_id == package_id))
        return stored is not None
    pkg = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    values = _values(pkg, stored, open_files, **known)
    _write(package_id, values)
    shown = ("score", "band", "freshness", "next_due", "published_at")
    return stored is None or any(values[name] != getattr(stored, name) for name in shown)


def _stored(package_id: str) -> Any:
    return model.Session.execute(sa.select(quality).where(quality.c.package_id == package_id)).first()


def _package_dict(written: model.Package, data: dict[str, Any]) -> dict[str, Any]:
    """What was just written, shaped like package_show as far as the check looks, without asking for it again."""
    pkg = {**data, "id": written.id, "name": written.name, "type": written.type, "state": written.state}
    given = data.get("resources")
    stored = [resource for resource in written.resources if resource.state == model.State.ACTIVE]
    if isinstance(given, list) and len(given) == len(stored):
        # In an update CKAN tells only its own copy of a new resource the id.
        pkg["resources"] = [
            {**one, "id": row.id, "url_type": row.url_type} for one, row in zip(given, stored, strict=True)
        ]
    else:
        pkg["resources"] = [row.as_dict() for row in stored]
    if isinstance(pkg.get("extras"), list):
        pkg["extras"] = [dict(extra) for extra in pkg["extras"]]
        show_old_extras(pkg)
        show_core_keys(pkg)
    return pkg


def _values(pkg: dict[str, Any], stored: Any, open_files: bool = False, **known: Any) -> dict[str, Any]:
    """The columns of a row.

    :param open_files: also open large files; otherwise a job does
    :param known: columns the caller knows better than the stored row
    """
    wanted = weights_of.in_force()
    now = dt.datetime.utcnow()
    waits = not open_files and _bytes(pkg) > config.quality_wait_bytes()
    links = _kept_links(pkg, stored)
    tried = {resource_id: bool(link["ok"]) for resource_id, link in links.items() if link.get("ok") is not None}
    findings = findings_of(pkg, with_files=not waits)
    score = score_of(pkg, keyed_fields(pkg.get("type")), findings, tried, wanted)
    published = known["published_at"] if "published_at" in known else getattr(stored, "published_at", None)
    fresh = freshness_of(pkg, local_day(published) if published else None, local_day(now))
    return {
        "score": score.score,
        "band": score.band,
        "parts": score.parts,
        "advice": score.advice,
        "freshness": fresh.state,
        "next_due": fresh.next_due,
        "changes_on": fresh.changes_on,
        "published_at": published,
        "links": links,
        "links_due_at": _links_due(pkg, links, stored, now),
        "files_pending": waits,
        "computed_at": now,
        "rules_version": str(wanted["version"]),
    }


def _write(package_id: str, values: dict[str, Any]) -> None:
    statement = insert(quality).values(package_id=package_id, **values)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["package_id"], set_=values))


def local_day(moment: dt.datetime) -> dt.date:
    """The day of a stored moment (naive UTC) in the portal's time zone."""
    return moments.local(moment).date()


def _bytes(pkg: dict[str, Any]) -> int:
    """How much there is to open; an upload whose size nobody noted is taken for small."""
    sizes = (one.get("size") for one in pkg.get("resources") or [] if one.get("url_type") == "upload")
    return sum(int(size) for size in sizes if str(size or "").isdigit())


# -- remote links ---------------------------------------------------------------------------------------------


def remote_links(pkg: dict[str, Any]) -> dict[str, str]:
    """The links of a package that lead elsewhere: resource id → address."""
    return {
        str(one["id"]): str(one["url"]).strip()
        for one in pkg.get("resources") or []
        if one.get("id")
        and not one.get("url_type")
        and str(one.get("url") or "").lower().startswith(("http:", "https:"))
    }


def _kept_links(pkg: dict[str, Any], stored: Any) -> dict[str, Any]:
    """What was found of links that are still the same; a changed address is not tried yet."""
    known = (stored.links or {}) if stored is not None else {}
    addresses = remote_links(pkg)
    return {id: link for id, link in known.items() if addresses.get(id) == link.get("url")}


def _links_due(pkg: dict[str, Any], links: dict[str, Any], stored: Any, now: dt.datetime) -> dt.datetime | None:
    addresses = remote_links(pkg)
    if not addresses:
        return None
    if set(addresses) - set(links):
        return now
    return stored.links_due_at if stored is not None else now


def shown(package_id: str) -> dict[str, Any] | None:
    """A package as it is stored; None where there is none any more."""
    try:
        return dict(tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id}))
    except tk.ObjectNotFound:
        return None


def keep_links(package_id: str, found: dict[str, dict[str, Any]]) -> bool:
    """Keep what came of links, and let the score follow; commits.

    A link that opened before and fails now is doubtful first: it keeps its good name until it has failed twice.

    :param found: resource id → ``{"url", "ok", "why", "at"}``
    :returns: whether any is doubtful
    """
    stored = _stored(package_id)
    before = (stored.links or {}) if stored is not None else {}
    doubtful = False
    for resource_id, link in found.items():
        known = before.get(resource_id) or {}
        same = known.get("url") == link["url"]
        if link["ok"] is False and same and known.get("ok") and not known.get("doubtful"):
            link.update(ok=True, doubtful=True)
            doubtful = True
    model.Session.execute(quality.update().where(quality.c.package_id == package_id).values(links=found))
    model.Session.commit()
    if {id: link["ok"] for id, link in found.items()} != {id: link.get("ok") for id, link in before.items()}:
        recompute([package_id])
    return doubtful


def links_next(package_id: str, at: dt.datetime | None) -> None:
    """When the links of a package have their next turn; commits."""
    model.Session.execute(quality.update().where(quality.c.package_id == package_id).values(links_due_at=at))
    model.Session.commit()


# -- reading --------------------------------------------------------------------------------------------------


def of(package_id: str) -> Quality | None:
    """The row of a package; one query."""
    return model.Session.get(Quality, package_id) if startup.is_migrated() else None


def of_many(package_ids: Iterable[str]) -> dict[str, Any]:
    """The rows of these packages by id, in one query."""
    wanted = list(dict.fromkeys(package_ids))
    if not wanted or not startup.is_migrated():
        return {}
    rows = model.Session.execute(sa.select(quality).where(quality.c.package_id.in_(wanted)))
    return {row.package_id: row for row in rows}


def scores_select() -> Any:
    """``package_id``, ``score``, ``band``, ``freshness`` and ``published_at``, for use inside another query."""
    return sa.select(quality.c.package_id, quality.c.score, quality.c.band, quality.c.freshness, quality.c.published_at)

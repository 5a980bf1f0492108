"""The door of this part: the facts of a file, kept per stored file; found at once or by a job, by how large it is."""

from __future__ import annotations

import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import config, startup
from ckanext.satudata.standards.files import jobs, model, stored
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.scan import look

__all__ = ["Check", "again", "check_of", "facts_of", "knows_previous", "previous_of", "remove_unused", "sweep"]

log = logging.getLogger(__name__)

#: Facts of the files looked at last by this process: one page asks a dozen rules.
_recent: OrderedDict[str, FileFacts] = OrderedDict()
_MOST_RECENT = 64
_AT_MOST_SECONDS = 20.0


@dataclass(frozen=True)
class Check:
    """Where the check of a file stands.

    :ivar status: ``waiting``, ``running``, ``done``, ``failed``, or ``none`` where there is nothing to check here
    :ivar progress: from 0 to 1
    :ivar unattended: it waits, and no worker has come for ten minutes
    :ivar facts: where it is done
    """

    status: str
    progress: float = 0.0
    facts: FileFacts | None = None
    error: str = ""
    unattended: bool = False
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None

    @property
    def open(self) -> bool:
        return self.status in (model.WAITING, model.RUNNING)


NOTHING = Check("none")


def facts_of(resource: dict[str, Any]) -> FileFacts | None:
    """What is in the uploaded file of a resource; None where there is nothing to open, or it is not yet known."""
    return check_of(resource).facts


def check_of(resource: dict[str, Any], begin: bool = True) -> Check:
    """Where the check of a resource's file stands; a small file is looked at here and now, a large one by a job.

    :param resource: a stored one, as ``package_show`` gives it; a link is never fetched
    :param begin: begin what has not begun; else only say how it stands
    """
    if not stored.is_upload(resource) or not resource.get("id"):
        return NOTHING
    file = stored.find(resource)
    if file is None:
        return Check(model.DONE, 1.0, FileFacts(trouble="missing"))
    if file.identity in _recent:
        _recent.move_to_end(file.identity)
        return Check(model.DONE, 1.0, _recent[file.identity])
    if not startup.is_migrated():
        # Between installing and `ckan db upgrade` nothing is kept; what is small is looked at all the same.
        return _now(resource, file, keep=False) if file.size <= config.file_check_wait_bytes() else NOTHING
    row = model.find(file.identity)
    facts = FileFacts.from_dict(row.facts) if row is not None else None
    if row is not None and row.status == model.DONE and facts is None:
        model.forget(file.identity)  # of an older version of the checks
        row = None
    if row is not None:
        if facts is not None:
            model.used(file.identity)
            _remember(file.identity, facts)
        return _check(row, facts)
    if not begin:
        return Check(model.WAITING)
    with stored.opened(resource, file) as path:
        small = stored.weight(path, file) <= config.file_check_wait_bytes()
        if small:
            return _now(resource, file, keep=True)
    if model.wait(file.identity, _who(resource), file.format, file.size):
        jobs.enqueue(file.identity)
    row = model.find(file.identity)
    return _check(row, None) if row is not None else Check(model.WAITING)


def _now(resource: dict[str, Any], file: stored.Stored, keep: bool) -> Check:
    with stored.opened(resource, file) as path:
        facts = look(path, file.format, seconds=_AT_MOST_SECONDS)
    if facts.trouble == "missing":
        return Check(model.DONE, 1.0, facts)
    if keep:
        model.keep(file.identity, _who(resource), file.format, file.size, facts.as_dict())
    _remember(file.identity, facts)
    return Check(model.DONE, 1.0, facts)


def _remember(identity: str, facts: FileFacts) -> None:
    _recent[identity] = facts
    while len(_recent) > _MOST_RECENT:
        _recent.popitem(last=False)


def _who(resource: dict[str, Any]) -> dict[str, str]:
    return {"package_id": str(resource.get("package_id") or ""), "resource_id": str(resource["id"])}


def _check(row: Any, facts: FileFacts | None) -> Check:
    late = row.status == model.WAITING and row.created_at < dt.datetime.utcnow() - model.UNATTENDED
    return Check(row.status, row.progress, facts, row.error or "", late, row.started_at, row.finished_at)


def again(resource: dict[str, Any]) -> Check:
    """Check a file anew, whatever is known of it; one that is being checked is left to its end."""
    file = stored.find(resource) if stored.is_upload(resource) else None
    if file is not None and startup.is_migrated():
        _recent.pop(file.identity, None)
        model.forget(file.identity)
    return check_of(resource)


def sweep() -> int:
    """Periodic: take up checks whose job or worker was lost, and give up what kills its worker again and again.

    :returns: how many were taken up
    """
    taken = 0
    for row in model.stranded():
        if row.attempts >= model.MOST_ATTEMPTS:
            model.note(row.identity, status=model.FAILED, error="attempts", finished_at=dt.datetime.utcnow())
            continue
        jobs.run(row.identity)
        taken += 1
    return taken


def remove_unused() -> int:
    """Periodic: remove facts nobody has asked for in ``satudata.files.keep_days`` days."""
    return model.remove_unused(config.file_check_keep_days())


# -- the version published before ---------------------------------------------------------------------------------

Previous = Callable[[dict[str, Any], dict[str, Any]], "dict[str, Any] | None"]
_previous: Previous | None = None


def knows_previous(function: Previous) -> None:
    """Let the review say which published file a file replaces.

    :param function: takes package and resource, gives the resource of the published version or None
    """
    global _previous
    _previous = function


def previous_of(package: dict[str, Any], resource: dict[str, Any]) -> FileFacts | None:
    """The facts of the published file that this one is to replace, where they are known already or quickly found."""
    if _previous is None:
        return None
    before = _previous(package, resource)
    return facts_of(before) if before else None


def resource_of(resource_id: str) -> dict[str, Any]:
    """A stored resource with what a check needs of it.

    :raises ObjectNotFound: there is none
    """
    from ckan import model as core

    found = core.Resource.get(resource_id)
    if found is None or found.state != core.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("There is no such file."))
    keys = ("id", "package_id", "url", "url_type", "format", "name")
    return {key: getattr(found, key) for key in keys}

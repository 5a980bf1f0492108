"""Where the core of the review meets working copies; it imports nothing but this and ``marks``.

The heavy parts are imported when they are wanted: they use the core themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ckan import model

from . import marks
from .model import Revision, RevisionPart

if TYPE_CHECKING:
    from ckanext.satudata.review.cases import Case
    from ckanext.satudata.review.model import ReviewEvent
    from ckanext.satudata.review.people import Actor
    from ckanext.satudata.review.requirements import Plan, Request
    from ckanext.satudata.review.transitions import Transition


def is_copy(package: model.Package) -> bool:
    """Whether a package is a working copy."""
    return marks.is_copy(package)


def obstacle(case: Case, transition: Transition) -> str | None:
    """Why this action is impossible because of a working copy, in words."""
    if transition.effect not in ("revise", "publish"):
        return None
    from . import service

    copy = marks.is_copy(case.package)
    if transition.effect == "revise":
        return service.obstacle_to_start(case.package.id)
    return service.obstacle_to_publish(case.package.id) if copy else None


def before_lock(name_or_id: str, transition: Transition) -> None:
    """Locks that come before the package's own: the published dataset before its copy."""
    if transition.effect == "publish":
        from . import publishing

        publishing.lock_live(name_or_id)


def start(actor: Actor, case: Case, request: Request) -> dict[str, Any]:
    """With ``revise``: make the copy; what the event records. See ``service.start``."""
    from . import service

    return service.start(actor, case, request)


def started(event: ReviewEvent) -> None:
    """With ``revise``, once it is committed: tables and index of the copy."""
    from . import steps

    steps.after_start((event.content or {})["change"]["revision_id"])


def keep_files(case: Case, plan: Plan, event: ReviewEvent) -> None:
    """A publication without a copy: its files are kept as a version, as part of the transition."""
    if plan.transition.effect == "publish" and event.to_state != event.from_state:
        from . import files

        digests = plan.recorded["content"]["files"]
        files.keep_versions(case.as_dict, published_at=event.at, position=event.position, digests=digests)


def is_publishing(case: Case, plan: Plan) -> bool:
    """Whether this transition publishes a working copy now."""
    return plan.transition.effect == "publish" and plan.target != case.review.state and marks.is_copy(case.package)


def publish(
    actor: Actor, case: Case, plan: Plan, request: Request, within: Callable[[ReviewEvent], None] | None
) -> tuple[Case, ReviewEvent]:
    """Write a copy onto the published dataset; commits. The published dataset's case, and the event."""
    from . import publishing

    return publishing.publish(actor, case, plan, request, within)


def published(copy_id: str) -> None:
    """Once the publishing is committed and its aftermath done: the steps that are left."""
    from . import steps

    steps.finish_or_enqueue(copy_id)


def live_ended(actor: Actor, live_id: str) -> None:
    """A dataset is deleted or purged; its open copy ends with it. No commit."""
    if Revision.open_of(live_id) is not None:
        from . import service

        service.live_ended(actor, live_id)


def live_moved(live_id: str, organization_id: str | None) -> None:
    """A dataset has another owner; its open copy follows. No commit."""
    if Revision.open_of(live_id) is not None:
        from . import service

        service.live_moved(live_id, organization_id)


def package_ids(package_id: str) -> list[str]:
    """A dataset and every working copy it had: whose events are its history."""
    copies = model.Session.query(Revision.copy_id).filter(Revision.live_id == package_id).order_by(Revision.started_at)
    return [package_id, *(row.copy_id for row in copies)]


def published_file(package: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any] | None:
    """The resource of the published dataset that a resource of its working copy is to replace; None elsewhere."""
    found = Revision.get(package["id"]) if package.get("id") else None
    if found is None:
        return None
    live_part = RevisionPart.mapping(found.copy_id, "resource").get(resource["id"])
    live = model.Resource.get(live_part) if live_part else None
    if live is None or live.state != model.State.ACTIVE or live.package_id != found.live_id:
        return None
    return {key: getattr(live, key) for key in ("id", "package_id", "url", "url_type", "format", "name")}


def live_id(package_id: str) -> str | None:
    """The published dataset a working copy belongs to; None where the package is no copy."""
    found = Revision.get(package_id)
    return found.live_id if found else None

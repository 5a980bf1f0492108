"""What the pages of working copies show, and what the dataset page says of them. Reads only."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import startup
from ckanext.satudata.review import ages, cases, pages, remarks, rules, wording
from ckanext.satudata.review.diff import Change
from ckanext.satudata.review.transitions import CHANGE_KINDS

from . import conflict, dictize, marks, service, versions
from .model import OPEN, PUBLISHED, Revision


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when read."""
    return text


#: What each kind of change is called where one is chosen, and when to choose it.
BUTTONS = {
    "periode_baru": _("Add a period"),
    "pemutakhiran": _("Bring up to date"),
    "koreksi": _("Make a correction"),
}
HELP = {
    "periode_baru": _("The same data for a newer period, for example the year 2026 after 2025."),
    "pemutakhiran": _("Newer or more complete figures, descriptions or files of the same period."),
    "koreksi": _("Something published was wrong. Readers see your note as a correction."),
}


def kinds(chosen: str = "") -> list[dict[str, Any]]:
    """The kinds of change, to choose from."""
    return [
        {"name": name, "label": tk._(BUTTONS[name]), "help": tk._(HELP[name]), "chosen": name == chosen}
        for name in CHANGE_KINDS
    ]


# -- the dataset page and the form ------------------------------------------------------------------------------


def banner(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the page or form of a dataset says of working copies; None where there is nothing to say.

    One query for a reader of data that never changed; more only where there is more to say.
    """
    if not pkg.get("id") or not cases.is_reviewed_type(pkg.get("type")) or not startup.is_migrated():
        return None
    return pages.once(f"revision:{pkg['id']}", lambda: _banner(pkg))


def _banner(pkg: dict[str, Any]) -> dict[str, Any] | None:
    if pkg.get("state") == marks.CORE_STATE or pkg.get("name") == marks.copy_name(pkg["id"]):
        return _of_copy(pkg)
    return _of_live(pkg)


def _of_copy(pkg: dict[str, Any]) -> dict[str, Any] | None:
    revision = Revision.get(pkg["id"])
    live = model.Package.get(revision.live_id) if revision is not None else None
    if revision is None:
        return None
    actor = pages.actor()
    return {
        "place": "copy",
        "id": revision.copy_id,
        "kind": dictize.kind(revision.change_kind),
        "note": revision.public_note or "",
        "open": revision.is_open,
        "live": _link(live),
        "preparing": "tables" in revision.pending,
        "may_end": service.may_end(actor, revision, pkg.get("owner_org")),
        "obstacle": service.obstacle_to_publish(revision.copy_id),
    }


def _of_live(pkg: dict[str, Any]) -> dict[str, Any] | None:
    rows = model.Session.scalars(
        sa.select(Revision)
        .where(Revision.live_id == pkg["id"], Revision.status.in_((OPEN, PUBLISHED)))
        .order_by(Revision.started_at.desc())
    ).all()
    review = pages.review_of(pkg)
    actor = pages.actor()
    found: dict[str, Any] = {
        "place": "live",
        "id": pkg["id"],
        "open_copy": None,
        "may_start": [],
        "notes": [],
        "versions": 0,
    }
    published = [row for row in rows if row.status == PUBLISHED]
    found["notes"] = [_note(row) for row in published[:1] if row.public_note]
    found["versions"] = len(published) + 1 if published else 0
    package = model.Package.get(pkg["id"]) if actor.id else None
    if review is not None and package is not None:
        case = cases.Case(package, review)
        if rules.may_see(actor, review, case.jenis_data):
            for row in rows:
                if row.is_open:
                    found["open_copy"] = _open_copy(row, actor)
            if any(item.effect == "revise" for item in rules.actions_for(actor, case)):
                found["may_start"] = kinds()
    return found if found["open_copy"] or found["may_start"] or found["versions"] else None


def _open_copy(revision: Revision, actor: Any) -> dict[str, Any]:
    review = cases.find(revision.copy_id)
    package = model.Package.get(revision.copy_id)
    sees = (
        review is not None
        and package is not None
        and (rules.may_see(actor, review, cases.Case(package, review).jenis_data))
    )
    return {
        "id": revision.copy_id,
        "kind": dictize.kind(revision.change_kind),
        "by": wording.person(revision.started_by),
        "since": ages.day(revision.started_at),
        "state": wording.state(review.state) if review is not None else "",
        "href": tk.url_for("satudata_revision.show", id=revision.copy_id) if sees else "",
    }


def _note(revision: Revision) -> dict[str, Any]:
    return {
        "correction": revision.change_kind == "koreksi",
        "kind": dictize.kind(revision.change_kind),
        "text": revision.public_note,
        "day": ages.day(revision.ended_at) if revision.ended_at else "",
    }


def _link(package: model.Package | None) -> dict[str, str] | None:
    if package is None:
        return None
    href = tk.url_for(f"{package.type}.read", id=package.name)
    return {"id": package.id, "title": package.title or package.name, "href": href}


# -- pages of their own ----------------------------------------------------------------------------------------


def start(package_id: str, form: dict[str, str], errors: dict[str, Any], refusal: str = "") -> dict[str, Any]:
    """The page that asks what kind of change it is.

    :raises ObjectNotFound: no such dataset
    :raises NotAuthorized: this person does not see it
    """
    package = tk.get_action("package_show")({}, {"id": package_id})
    review = pages.review_of(package)
    stored = model.Package.get(package["id"])
    if review is None or stored is None:
        raise tk.ObjectNotFound(tk._("This dataset is not under review"))
    case, actor = cases.Case(stored, review), pages.actor()
    revise = [item for item in case.workflow.transitions.values() if item.effect == "revise"]
    reason = refusal or next((rules.obstacle(actor, case, item) for item in revise), None) or ""
    found = Revision.open_of(stored.id)
    return {
        "pkg": package,
        "kinds": kinds(form.get("change_kind") or ""),
        "note": form.get("public_note") or "",
        "version": form.get("expected_version") or review.version,
        "errors": {name: _text(text) for name, text in errors.items()},
        "refusal": reason,
        "copy": _open_copy(found, actor) if found is not None else None,
        "own": actor.sysadmin or actor.is_producer(stored.owner_org),
    }


def show(copy_id: str) -> dict[str, Any]:
    """The page of one working copy: what it changes, where it stands, what can be done."""
    found = tk.get_action("satudata_revision_diff")({}, {"id": copy_id})
    copy = tk.get_action("package_show")({"ignore_auth": True}, {"id": copy_id})
    revision = found["revision"]
    live = model.Package.get(revision["live_id"])
    may_edit = tk.h.check_access("package_update", {"id": copy_id})
    return {
        "revision": {**revision, "started": ages.day(_moment(copy_id)), "preparing": "tables" in revision["pending"]},
        "copy": copy,
        "live": _link(live),
        "changes": in_words(found["changes"]),
        "conflict": in_words(found["conflict"]),
        "strip": pages.strip(copy),
        "may_edit": may_edit,
        "banner": banner(copy),
    }


def in_words(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of the API as the pages show them, marked word by word."""
    return [remarks.in_words(_change(change)) for change in changes]


def _change(data: dict[str, Any]) -> Change:
    position = tuple(data["position"]) if data["position"] else None
    return Change(**{**data, "parts": tuple(_change(part) for part in data["parts"]), "position": position})


def _moment(copy_id: str) -> Any:
    revision = Revision.get(copy_id)
    return revision.started_at if revision is not None else None


def settle(copy_id: str, form: dict[str, str], errors: dict[str, Any], refusal: str = "") -> dict[str, Any]:
    """The page of a conflict: what changed where, and what holds."""
    found = show(copy_id)
    revision = Revision.get(copy_id)
    live = cases.show(revision.live_id) if revision is not None else {}
    package, review = model.Package.get(copy_id), cases.find(copy_id)
    there = conflict.found(revision, live) if revision is not None else []
    here = {change.field: change for change in (conflict.of_copy(revision, found["copy"]) if revision else [])}
    producer = False
    if package is not None and review is not None:
        producer = cases.Case(package, review).state.editable_by == "producer"
    return {
        **found,
        "both": [
            {"field": one.field, **remarks.in_words(one), "here": remarks.in_words(here[one.field])}
            for one in there
            if one.field in here
        ],
        "only_there": [remarks.in_words(one) for one in there if one.field not in here],
        "producers_turn": producer,
        "form": form,
        "errors": {name: _text(text) for name, text in errors.items()},
        "refusal": refusal,
    }


def all_versions(package_id: str, args: Any) -> dict[str, Any]:
    """The page of all versions of a dataset."""
    package = tk.get_action("package_show")({}, {"id": package_id})
    found = tk.get_action("satudata_revision_versions")({}, {"id": package["id"], "limit": 1000})
    return {"pkg": package, "versions": [_version(version) for version in found["results"]]}


def _version(version: dict[str, Any]) -> dict[str, Any]:
    files = [
        {**item, "size_text": tk.h.localised_filesize(item["size"]) if item["size"] else ""}
        for item in version["files"]
    ]
    return {**version, "day": versions.day(version["published_at"]), "files": files}


def mine(args: Any, limit: int = 20) -> dict[str, Any]:
    """My revisions: what this person has begun or may edit, and what waits to be taken back."""
    part = args.get("part") if args.get("part") in ("open", "published", "abandoned") else OPEN
    try:
        page = max(1, int(args.get("page") or 1))
    except ValueError:
        page = 1
    query = {"mine": True, "status": part, "limit": limit, "offset": (page - 1) * limit}
    found = tk.get_action("satudata_revision_list")({}, query)
    rows = []
    for row in found["results"]:
        package = model.Package.get(row["revision_id"]) if row["status"] != PUBLISHED else None
        rows.append(
            {
                **row,
                "started": ages.day(_moment(row["revision_id"])),
                "edit": bool(package)
                and row["status"] == OPEN
                and tk.h.check_access("package_update", {"id": row["revision_id"]}),
                "undo": bool(package) and row["status"] == "abandoned",
            }
        )
    parts = [{"name": name, "label": dictize.status(name)} for name in ("open", "abandoned", "published")]
    return {"rows": rows, "count": found["count"], "part": part, "parts": parts, "page": page, "limit": limit}


def _text(errors: Any) -> str:
    return " ".join(str(one) for one in errors) if isinstance(errors, list) else str(errors)


__all__ = ["all_versions", "banner", "in_words", "kinds", "mine", "settle", "show", "start"]

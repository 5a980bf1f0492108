"""Loading the demo: accounts, grants and datasets, each by the action a person would use, as that person.

Nothing here passes by the review: every dataset is created by its producer and goes from state to state by
``satudata_review_transition``, called with the rights of the account named in ``datasets.yaml``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.regions import service as regions

from . import accounts, files

Say = Callable[[str], None]


def call_as(name: str, action: str, /, **data: Any) -> Any:
    """Call an action as that user, with all its checks.

    :param name: of the user
    """
    user = model.User.get(name)
    context: dict[str, Any] = {"user": name, "auth_user_obj": user, "ignore_auth": False}
    return tk.get_action(action)(context, data)


def people() -> list[dict[str, Any]]:
    """Make the accounts, members of their organizations, and the grants of those organizations.

    :returns: the accounts with their passwords, the sysadmin first
    """
    given = files.people()
    # The one account CKAN makes for itself; everything after it is done by people.
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    admin = _account(site_user["name"], given["sysadmin"], sysadmin=True)
    made = [admin]
    for unit in given["units"]:
        _unit(admin["name"], unit)
    for person in given["accounts"]:
        made.append(_account(admin["name"], person))
        call_as(
            admin["name"],
            "organization_member_create",
            id=organization_name(person["organization"]),
            username=person["name"],
            role="editor",
        )
    for grant in given["grants"]:
        call_as(admin["name"], "satudata_role_grant", **grant, note="Demo")
    return made


def _unit(by: str, unit: dict[str, Any]) -> None:
    """An organization that only the demo has, in its place in the tree."""
    call_as(by, "organization_create", name=unit["name"], title=unit["title"], groups=[{"name": unit["parent"]}])
    call_as(by, "satudata_region_update", id=unit["name"], kind=unit["kind"])


def _account(by: str, person: dict[str, Any], **more: Any) -> dict[str, Any]:
    word = accounts.password()
    with files.avatar(person["avatar"]).open("rb") as picture:
        call_as(
            by,
            "user_create",
            name=person["name"],
            fullname=person["fullname"],
            email=f"{person['name']}@demo.example",
            password=word,
            image_url="",
            image_upload=FileStorage(picture, f"{person['avatar']}.png", content_type="image/png"),
            **more,
        )
    return {**person, "password": word}


def front_page() -> None:
    """Say on the front page what this portal is, in place of CKAN's example text and picture."""
    call_as(files.people()["sysadmin"]["name"], "config_option_update", **files.front_page())


def organization_name(name_or_code: str) -> str:
    """The name of an organization that is given by name or by Kemendagri code."""
    found = regions.regions_by_code([name_or_code]).get(name_or_code)
    if found is None:
        return name_or_code
    query = sa.select(model.Group.name).where(model.Group.id == found["organization_id"])
    return str(model.Session.scalar(query))


def dataset(entry: dict[str, Any]) -> str:
    """Create a dataset with its file, and walk it to where it is to stand.

    :param entry: of ``datasets.yaml``
    :returns: the state it stands in
    """
    package = call_as(
        entry["oleh"],
        "package_create",
        name=entry["name"],
        title=entry["title"],
        type=entry.get("type", "dataset"),
        notes=entry["notes"].strip(),
        owner_org=organization_name(entry["organization"]),
        tags=[{"name": tag} for tag in entry["tags"]],
        **entry["fields"],
    )
    if entry.get("berkas"):
        upload(entry["oleh"], package["id"], entry["berkas"])
    for step in entry["jalan"]:
        _walk(entry, package["id"], dict(step))
    return str(call_as(entry["oleh"], "satudata_review_show", id=package["id"])["state"])


def upload(name: str, package_id: str, file: dict[str, Any]) -> dict[str, Any]:
    """Upload a shipped CSV file as that user."""
    resource = {key: value for key, value in file.items() if key != "file"}
    with files.table(file["file"]).open("rb") as stream:
        return call_as(
            name,
            "resource_create",
            package_id=package_id,
            url=file["file"],
            url_type="upload",
            format="CSV",
            upload=FileStorage(stream, file["file"], content_type="text/csv"),
            **resource,
        )


def _walk(entry: dict[str, Any], package_id: str, step: dict[str, Any]) -> None:
    who = step.pop("oleh")
    who = entry["oleh"] if who == "sendiri" else who
    if step["action"] == "priority":
        del step["action"]
        call_as(who, "satudata_priority_set", id=package_id, **step)
        return
    if step.pop("sesuai", False) or "principle_results" in step:
        conform = {name: {"conforms": True} for name in PRINCIPLES}
        step["principle_results"] = {**conform, **step.get("principle_results", {})}
    if "hari" in step:
        day = dt.date.today() + dt.timedelta(days=step.pop("hari"))
        # In the portal's time zone: at eight in the morning.
        step["release_at"] = f"{day.isoformat()}T08:00"
    call_as(who, "satudata_review_transition", id=package_id, **step)

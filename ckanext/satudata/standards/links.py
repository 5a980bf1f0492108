"""Datasets, activities and indicators point at each other: what is stored, and the other side found by one search.

A field with ``sdi_link: <type>`` holds ids of packages of that type, parted by semicolons where it takes several;
names, addresses of pages and titles become ids when they are saved, so that a new name breaks nothing. Free text
stays text: an activity may belong to another portal. Nobody is shown, or told by a refusal, what that person may
not see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import SearchError

from ckanext.satudata.standards import registry

SEPARATOR = "; "
#: So many of one kind are listed on a page; further ones are counted.
MOST = 100
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

# Who knows the package a working copy belongs to; another room says so at start (arrows run one way).
_live: list[Callable[[str], str | None]] = []


def copies_belong(to_live: Callable[[str], str | None]) -> None:
    """Let another room say which package a working copy is a copy of: links point at that one."""
    _live[:] = [to_live]


def live_id(package_id: str) -> str:
    """The package itself, where the id is that of a working copy."""
    return (_live[0](package_id) if _live else None) or package_id


def link_fields(package_type: str | None) -> dict[str, str]:
    """The fields of a type that name other packages, and the type each names."""
    fields = registry.fields_of(package_type)
    return {name: str(field["sdi_link"]) for name, field in fields.items() if field.get("sdi_link")}


def parts_of(value: Any) -> list[str]:
    """The single links of a field, as stored or as sent (text or list)."""
    items = value if isinstance(value, (list, tuple)) else str(value or "").split(";")
    return [str(item).strip() for item in items if str("" if item is None else item).strip()]


def to_store(field: Mapping[str, Any], value: Any, context: Mapping[str, Any]) -> str:
    """What a field of links stores.

    :param value: text, or a list of texts: ids, names, addresses, titles, or words for what is elsewhere
    :param context: of the action; decides what may be recognised
    :returns: ids and texts, each once, parted by semicolons
    """
    kind = str(field["sdi_link"])
    several = bool(field.get("sdi_multiple"))
    parts = parts_of(value) if several or isinstance(value, (list, tuple)) else [str(value).strip()]
    found = dict.fromkeys(_recognised(part, kind, context) for part in parts if part)
    return SEPARATOR.join(found)


def spelled(package: Mapping[str, Any]) -> str:
    """How a form shows a package and takes it back: title and address, for titles come twice."""
    return f"{package['title']} ({package['name']})"


def _recognised(text: str, kind: str, context: Mapping[str, Any]) -> str:
    wanted = text
    shown = re.search(r"\(([a-z0-9_-]{2,100})\)$", text)
    if shown:
        wanted = shown[1]
    elif "/" in text and " " not in text:
        wanted = urlsplit(text).path.rstrip("/").rsplit("/", 1)[-1]
    package = model.Package.get(wanted) if re.fullmatch(r"[a-z0-9_-]{2,100}", wanted) else None
    if package is not None and package.type == kind and package.state != model.State.DELETED:
        return live_id(package.id) if _may_see(package, context) else text
    return _by_title(text, kind, context) or text


def _may_see(package: model.Package, context: Mapping[str, Any]) -> bool:
    if context.get("ignore_auth"):
        return True
    try:
        tk.check_access("package_show", _asking(context), {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _asking(context: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: context[key] for key in ("user", "auth_user_obj", "ignore_auth") if key in context}
    return {"user": "", **kept}


def _by_title(title: str, kind: str, context: Mapping[str, Any]) -> str | None:
    """The one package of that title among those the person sees; two of the same title are none."""
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    if len(quoted) > 300:
        return None
    found = _search(f'+dataset_type:{kind} +title_string:"{quoted}"', _asking(context), 2)
    return str(found[0]["id"]) if len(found) == 1 else None


def _search(fq: str, context: dict[str, Any], rows: int = 1000, sort: str = "title_string asc") -> list[dict[str, Any]]:
    """Packages as their reader may see them, in one query.

    :returns: ``id, name, title, type, state, private, organization_id`` each
    """
    question = {
        "q": "*:*",
        "fq_list": [fq],
        "rows": rows,
        "sort": sort,
        "include_private": True,
        "include_drafts": True,
        "facet": "false",
        "fl": "id,name,title,dataset_type,state,capacity,owner_org",
    }
    try:
        results = tk.get_action("package_search")(context, question)["results"]
    except (tk.ValidationError, SearchError):  # words it refuses, or no search engine: nothing is recognised then
        return []
    return [
        {
            "id": each["id"],
            "name": each["name"],
            "title": each.get("title") or each["name"],
            "type": each.get("dataset_type"),
            "state": each.get("state"),
            "private": each.get("capacity") == "private",
            "organization_id": each.get("owner_org"),
        }
        for each in results
    ]


def named(values: Iterable[str], context: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The packages behind stored ids, by id; those the reader may not see are left out. One query.

    :param values: parts of fields of links; words are passed over
    """
    ids = sorted({value for value in values if UUID.match(value)})
    if not ids:
        return {}
    return {each["id"]: each for each in _search(f"+id:({' OR '.join(ids)})", context)}


def of(pkg: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Everything linked with a package, from either side, as far as this reader may see it. One search.

    :param pkg: as package_show gives it
    :param user: name of the reader; empty for anybody
    :returns: ``{"kegiatan": [...], "indikator": [...], "datasets": [...], "words": {field: [text, …]}, "more": n}``;
        packages as ``{id, name, title, type, state, private, organization_id}`` by title; ``words`` is what a field
        says of things that are not on this portal; ``more`` counts what is beyond :data:`MOST`
    """
    mine = live_id(str(pkg.get("id") or ""))
    wanted: list[str] = []
    words: dict[str, list[str]] = {}
    for name in link_fields(pkg.get("type")):
        for part in parts_of(pkg.get(name)):
            if UUID.match(part):
                wanted.append(part)
            else:
                words.setdefault(name, []).append(part)
    clauses = [f"id:({' OR '.join(sorted(set(wanted)))})"] if wanted else []
    if mine:
        clauses += [f'(dataset_type:{kind} AND {where}:"{mine}")' for kind, where in _pointing_at(pkg.get("type"))]
    answer: dict[str, Any] = {"kegiatan": [], "indikator": [], "datasets": [], "words": words, "more": 0}
    if not clauses:
        return answer
    for each in _search(f'+({" OR ".join(clauses)}) -id:"{mine or "none"}"', {"user": user or ""}):
        place = answer[each["type"] if each["type"] in ("kegiatan", "indikator") else "datasets"]
        if len(place) < MOST:
            place.append(each)
        else:
            answer["more"] += 1
    return answer


def _pointing_at(package_type: str | None) -> list[tuple[str, str]]:
    """Which fields of which types name packages of this type, as the index holds them."""
    found = []
    for kind in registry.types():
        for name, target in link_fields(kind).items():
            if target == (package_type or "dataset"):
                several = registry.fields_of(kind)[name].get("sdi_multiple")
                found.append((kind, f"vocab_{name}" if several else name))
    return found


def options(kind: str, user: str | None, most: int = 200) -> list[dict[str, Any]]:
    """What a form offers to choose from: packages of a type the person may see, by title."""
    return _search(f"+dataset_type:{kind}", {"user": user or ""}, most)


def missing(values: Iterable[str], kind: str) -> list[str]:
    """Of stored ids those whose package is gone or is of another type. One query; says nothing of who may see it."""
    ids = {value for value in values if UUID.match(value)}
    if not ids:
        return []
    rows = model.Session.execute(
        sa.select(model.Package.id).where(
            model.Package.id.in_(ids), model.Package.type == kind, model.Package.state != model.State.DELETED
        )
    )
    return sorted(ids - {row[0] for row in rows})


def variables_of(activity_id: str) -> list[str] | None:
    """The names of the variables of an activity, as stored; None where it is gone."""
    from ckanext.satudata.standards.conditions import rows_of

    package = model.Package.get(activity_id) if UUID.match(activity_id) else None
    if package is None or package.type != "kegiatan" or package.state == model.State.DELETED:
        return None
    return [str(row.get("nama") or "").strip() for row in rows_of((package.extras or {}).get("variabel"))]

"""Code lists in the API: open to read, for sysadmins to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.listing import listed, page_of, refuse_unknown
from ckanext.satudata.standards.codelists import query, schema, service

Result = dict[str, Any]


@tk.side_effect_free
def satudata_codelist_list(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """The code lists of this portal, each in the version in force: regions and organizations, then the others by id.

    :param q: only lists with this in their id, title or description
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of CodeLists: ``id, title, description, kind, source, show_code, version,
        valid_from, note, columns, codes_count, digest, shipped`` (``shipped``: nothing was loaded, the list that comes
        with the extension holds); texts are ``{"id": …, "en": …}``
    """
    tk.check_access("satudata_codelist_list", context, data_dict)
    refuse_unknown(data_dict, {"q", "limit", "offset"})
    page = page_of(data_dict)
    wanted = query.folded(str(data_dict.get("q") or ""))
    found = [
        each
        for each in query.everything()
        if wanted in query.folded(" ".join((each.list_id, *each.title.values(), *each.description.values())))
    ]
    return listed(len(found), [each.dictize() for each in found[page.offset : page.offset + page.limit]])


@tk.side_effect_free
def satudata_codelist_show(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """The codes of one list. The same question gets the same bytes until the list changes.

    :param id: id of the list, as ``urusan``; ``wilayah`` are the regions, ``instansi`` the organizations
    :param version: a published version (default: the one in force)
    :param q: only codes with this in code, label or alias
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"list": CodeList, "versions": [{"version", "valid_from", "published_at", "codes_count", "in_force"}],
        "count", "results"}``; a code is ``code, label {"id", "en"}, parent, valid_from, valid_to, successor, note,
        aliases, extra``; regions carry ``kode_bps``, ``kind`` and ``organization`` under ``extra``
    :raises ObjectNotFound: no such list, or no such published version of it
    """
    tk.check_access("satudata_codelist_show", context, data_dict)
    refuse_unknown(data_dict, {"id", "version", "q", "limit", "offset"})
    page = page_of(data_dict)
    list_id, version = schema.text(data_dict, "id"), str(data_dict.get("version") or "")
    found = _found(list_id, version)
    count, codes = query.codes(found, str(data_dict.get("q") or ""), page.limit, page.offset)
    return {"list": found.dictize(), "versions": versions(list_id), **listed(count, codes)}


def _found(list_id: str, version: str, drafts: bool = False) -> query.Version:
    found = query.find(list_id, version, drafts)
    if found is None:
        raise tk.ObjectNotFound(
            tk._("There is no version {version} of {list}").format(version=version, list=list_id)
            if version
            else tk._("There is no code list {list}").format(list=list_id)
        )
    return found


def versions(list_id: str, drafts: bool = False) -> list[Result]:
    """The versions of a list, the newest first, in one query and a half."""
    if list_id in query.TREE:
        return []
    current = query.find(list_id)
    return [
        {
            "version": each.version,
            "valid_from": each.valid_from.isoformat() if each.valid_from else None,
            "published_at": each.published_at.isoformat() if each.published_at else None,
            "codes_count": each.size,
            "in_force": current is not None and each.version == current.version,
        }
        for each in query.versions_of(list_id, drafts)
    ]


def satudata_codelist_load(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Load a version of a list, all of it or nothing. Sysadmins only.

    :param id: id of the list, as ``urusan``; an unknown one makes a new list
    :param version: name of the version; a published one is never written again
    :param codes: a list of ``{"code", "label": {"id", "en"}, "parent", "valid_from", "valid_to", "successor",
        "aliases", "note", "extra"}`` (``label_id`` and ``label_en`` are taken too)
    :param title: of the list: a text, or ``{"id", "en"}``; so ``description``
    :param source: where the codes come from, as a regulation
    :param kind: ``classification``, ``unit`` or ``measure``, for the rules of the submission check
    :param show_code: whether people know the codes, so that they stand before the labels
    :param note: what is new in this version
    :param valid_from: first day in force (default: from now)
    :param publish: put it in force (default true); else it is a draft until ``satudata_codelist_publish``
    :param dry_run: only say what would become of it
    :returns: ``{"id", "version", "verb", "count", "added", "removed", "changed"}``; ``verb`` is ``created``,
        ``published`` or ``unchanged``
    :raises ValidationError: keyed by parameter; rows that are wrong under ``codes``, each with its place
    """
    tk.check_access("satudata_codelist_load", context, data_dict)
    refuse_unknown(data_dict, schema.LOAD)
    given = data_dict.get("publish")
    return service.store(
        schema.text(data_dict, "id"),
        schema.text(data_dict, "version"),
        schema.loaded(data_dict),
        user=str(context.get("user") or ""),
        publish=True if given in (None, "") else tk.asbool(given),
        dry_run=tk.asbool(data_dict.get("dry_run") or False),
        facts=schema.facts(data_dict),
    )


def satudata_codelist_publish(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Put a draft in force, on its first day where it has one. Sysadmins only.

    :param id: id of the list
    :param version: name of the version
    :returns: the CodeList, in that version
    :raises ObjectNotFound: no such version
    """
    tk.check_access("satudata_codelist_publish", context, data_dict)
    refuse_unknown(data_dict, {"id", "version"})
    list_id, version = schema.text(data_dict, "id"), schema.text(data_dict, "version")
    service.publish(list_id, version)
    return _found(list_id, version).dictize()


def satudata_codelist_discard(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Remove a draft; a published version stays. Sysadmins only.

    :param id: id of the list
    :param version: name of the version
    :returns: ``{"id", "version"}`` of what was removed
    :raises ObjectNotFound: no such version
    :raises ValidationError: it is published
    """
    tk.check_access("satudata_codelist_discard", context, data_dict)
    refuse_unknown(data_dict, {"id", "version"})
    list_id, version = schema.text(data_dict, "id"), schema.text(data_dict, "version")
    service.discard(list_id, version)
    return {"id": list_id, "version": version}


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_codelist_list": satudata_codelist_list,
    "satudata_codelist_show": satudata_codelist_show,
    "satudata_codelist_load": satudata_codelist_load,
    "satudata_codelist_publish": satudata_codelist_publish,
    "satudata_codelist_discard": satudata_codelist_discard,
}

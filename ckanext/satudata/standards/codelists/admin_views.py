"""Code lists in the pages of the portal admin: upload, look at what changes, publish."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, g, request

from ckanext.satudata import csrf
from ckanext.satudata.standards.codelists import action, loader, query, rows, schema, service

blueprint = Blueprint("satudata_codelists_admin", __name__, url_prefix="/ckan-admin/satudata/codelists")
#: So many codes of each kind of change are shown on the preview.
SHOWN = 100


@blueprint.before_request
def _sysadmins_only() -> Any:
    if getattr(g, "userobj", None) is None:
        return tk.redirect_to("user.login", next=request.path)
    try:
        tk.check_access("satudata_codelist_load", {}, {})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return None


blueprint.before_request(csrf.protect)


@blueprint.route("", endpoint="index", methods=["GET", "POST"], strict_slashes=False)
def index() -> Any:
    """The lists with their drafts, and a form that takes a file; a file becomes a draft."""
    typed = {name: request.form.get(name, "").strip() for name in ("list", "version", "title", "note", "valid_from")}
    errors: dict[str, list[str]] = {}
    row_errors: list[str] = []
    if request.method == "POST":
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise tk.ValidationError({"file": [tk._("Choose a file")]})
            # One byte more than may be: a longer file is told apart without being read.
            loaded = loader.read(upload.stream.read(loader.LARGEST_FILE + 1), upload.filename)
            stored = _store(loaded, typed)
        except rows.ListError as error:
            row_errors = [str(each) for each in error.errors]
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            if stored["verb"] == "unchanged" and query.find(stored["id"], stored["version"]) is not None:
                tk.h.flash_notice(tk._("This version is published already, with the same codes"))
            return tk.redirect_to("satudata_codelists_admin.version", codelist=stored["id"], version=stored["version"])
    return tk.render(
        "satudata/codelists/admin.html",
        {
            "lists": [each.dictize() for each in query.everything()],
            "drafts": query.drafts(),
            "typed": typed,
            "errors": errors,
            "row_errors": row_errors,
            "shown": SHOWN,
        },
    )


def _store(loaded: rows.LoadedList, typed: dict[str, str]) -> dict[str, Any]:
    facts = schema.facts({name: typed[name] for name in ("title", "note", "valid_from")})
    return service.store(
        typed["list"] or str(loaded.facts.get("list") or ""),
        typed["version"] or str(loaded.facts.get("version") or ""),
        loaded,
        user=tk.current_user.name,
        publish=False,
        facts=facts,
    )


@blueprint.get("/<codelist>/<version>", endpoint="version")
def version(codelist: str, version: str) -> Any:
    """One version against the one in force, with the button that publishes a draft."""
    found = query.find(codelist, version, drafts=True)
    if found is None:
        return tk.abort(404, tk._("There is no version {version} of {list}").format(version=version, list=codelist))
    current = query.find(codelist)
    codes = query.codes(found)[1]
    before = query.codes(current)[1] if current else []
    return tk.render(
        "satudata/codelists/version.html",
        {
            "list": found.dictize(),
            "draft": found.id is not None and found.published_at is None,
            "current": current.dictize() if current and current.version != found.version else None,
            "is_in_force": current is not None and current.version == found.version,
            "difference": service.compare(before, codes),
            "codes": codes[:SHOWN],
            "shown": SHOWN,
            "versions": action.versions(codelist, drafts=True),
        },
    )


@blueprint.post("/<codelist>/<version>", endpoint="decide")
def decide(codelist: str, version: str) -> Any:
    """Publish a draft, or discard it."""
    name = "publish" if request.form.get("action") == "publish" else "discard"
    try:
        tk.get_action(f"satudata_codelist_{name}")({}, {"id": codelist, "version": version})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    except tk.ValidationError as error:
        tk.h.flash_error("; ".join(text for texts in error.error_dict.values() for text in texts))
        return tk.redirect_to("satudata_codelists_admin.version", codelist=codelist, version=version)
    if name == "discard":
        tk.h.flash_success(tk._("The draft is removed"))
        return tk.redirect_to("satudata_codelists_admin.index")
    tk.h.flash_success(tk._("Version {version} of {list} is published").format(version=version, list=codelist))
    return tk.redirect_to("satudata_codelists_admin.version", codelist=codelist, version=version)

"""Kode Referensi and Data Induk for everybody (Perpres 39/2019 Ps 36)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.codelists import export, helpers, query
from ckanext.satudata.standards.codelists.pager import pager

blueprint = Blueprint("satudata_codelists", __name__, url_prefix="/satudata")
ROWS = 50


@blueprint.get("/codes", endpoint="index", strict_slashes=False)
def index() -> Any:
    """Every list, with a search."""
    q = request.args.get("q", "").strip()[:200]
    found = _ask("satudata_codelist_list", {"limit": 1000, "q": q})
    return tk.render("satudata/codelists/index.html", {"lists": _by_title(found["results"]), "q": q})


@blueprint.get("/codes/<codelist>", endpoint="show")
def show(codelist: str) -> Any:
    """One list: its codes, with a search, its versions, and the ways to take it away."""
    q, version = request.args.get("q", "").strip()[:200], request.args.get("version", "").strip()[:60]
    page = _page()
    question = {"id": codelist, "q": q, "version": version, "limit": ROWS, "offset": (page - 1) * ROWS}
    found = _ask("satudata_codelist_show", question)
    given = {name: value for name, value in (("q", q), ("version", version)) if value}
    return tk.render(
        "satudata/codelists/show.html",
        {
            **found,
            "q": q,
            "version": version,
            "pager": pager("satudata_codelists.show", {"codelist": codelist, **given}, page, ROWS, found["count"]),
        },
    )


@blueprint.get("/codes/<codelist>.<form>", endpoint="download")
def download(codelist: str, form: str) -> Any:
    """A list as a file, with an ETag that is the fingerprint of its codes."""
    if form not in export.FORMATS:
        return tk.abort(404, tk._("There are these formats: {names}").format(names=", ".join(export.FORMATS)))
    version = request.args.get("version", "").strip()[:60]
    _ask("satudata_codelist_show", {"id": codelist, "version": version, "limit": 0})
    found = query.find(codelist, version)
    if found is None:
        return tk.abort(404, tk._("There is no code list {list}").format(list=codelist))
    response = Response(b"", content_type=export.FORMATS[form])
    response.set_etag(f"{found.digest}-{form}")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.headers["Content-Disposition"] = f'attachment; filename="{codelist}-{found.version}.{form}"'
    response.make_conditional(request)
    if response.status_code != 304:
        response.set_data(export.write(found, form))
    return response


@blueprint.get("/master-data", endpoint="master_data")
def master_data() -> Any:
    """Data Induk: regions, organizations, and what they are classified by."""
    lists = _ask("satudata_codelist_list", {"limit": 1000})["results"]
    return tk.render(
        "satudata/codelists/master_data.html",
        {
            "tree": [each for each in lists if each["id"] in query.TREE],
            "lists": _by_title(each for each in lists if each["id"] not in query.TREE),
            "kinds": regions.kinds_counted(),
        },
    )


def _by_title(lists: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As a reader looks for them; regions and organizations, which all others refer to, stay first."""
    return sorted(lists, key=lambda each: (each["id"] not in query.TREE, helpers.satudata_both(each["title"]).lower()))


def _page() -> int:
    given = request.args.get("page", "1")
    return max(1, min(int(given), 100_000)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def _ask(name: str, data: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(tk.get_action(name)({}, {key: value for key, value in data.items() if value != ""}))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Not authorized to see this page"))  # type: ignore[no-any-return]
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))  # type: ignore[no-any-return]

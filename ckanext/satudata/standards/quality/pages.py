"""What ``/satudata/quality`` shows: sums per organization, and where help is wanted most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import sheets
from ckanext.satudata.listing import MAX_LIMIT
from ckanext.satudata.principles import PRINCIPLES, principle_label
from ckanext.satudata.regions import service as regions

from . import words
from .weights import BANDS

PAGE = 50
WORST = 10
#: Columns in which a reader looks for the highest first.
_HIGH_FIRST = ("datasets", "late")


def labels() -> dict[str, str]:
    """The columns in words."""
    return {
        "title": tk._("Organization"),
        "datasets": tk._("Datasets"),
        "score": tk._("Score"),
        **{name: principle_label(name) for name in PRINCIPLES},
        "late": tk._("Update is late"),
    }


def show(args: Mapping[str, str]) -> dict[str, Any]:
    """What the template needs.

    :raises ObjectNotFound: no such organization
    """
    asked = args.get("organization", "")
    sort = args.get("sort", "") or "score"
    page = max(1, int(args["page"])) if args.get("page", "").isdigit() and len(args["page"]) < 7 else 1
    data: dict[str, Any] = {"limit": PAGE, "offset": (page - 1) * PAGE, "sort": sort}
    if asked:
        data["organization"] = asked
    try:
        found = tk.get_action("satudata_quality_summary")({}, data)
    except tk.ValidationError as error:
        if "organization" in error.error_dict:
            raise tk.ObjectNotFound(" ".join(error.error_dict["organization"])) from error
        sort = "score"
        found = tk.get_action("satudata_quality_summary")({}, {**data, "sort": sort})
    here = regions.find(asked) if asked else None
    if not here and found["count"] == 1:
        # One root: begin below it.
        return show({**args, "organization": found["results"][0]["name"]})
    worst = tk.get_action("satudata_quality_list")(
        {}, {"organization": here["organization_id"] if here else "", "type": "dataset", "limit": WORST}
    )
    pages = -(-found["count"] // PAGE)
    return {
        "here": here,
        "trail": _trail(here),
        "columns": _columns(sort, asked),
        "names": labels(),
        "principles": PRINCIPLES,
        "rows": [
            {**row, "label": words.band(_band(row["score"])), "href": _href(row, here)} for row in found["results"]
        ],
        "count": found["count"],
        "worst": [
            {**one, "label": words.band(one["band"]), "freshness_label": words.freshness(one["freshness"])}
            for one in worst["results"]
        ],
        "worst_count": worst["count"],
        "all_href": _search(here),
        "csv": tk.url_for("satudata_quality.csv", **_kept(asked, sort)),
        "pager": {
            "pages": pages,
            "page": page,
            "previous": _page(page - 1, asked, sort) if page > 1 else "",
            "following": _page(page + 1, asked, sort) if page < pages else "",
        },
    }


def _band(score: int) -> str:
    from . import weights
    from .score import band_of

    return band_of(score, weights.in_force())


def _kept(organization: str, sort: str) -> dict[str, str]:
    return {key: value for key, value in (("organization", organization), ("sort", sort)) if value}


def _page(page: int, organization: str, sort: str) -> str:
    return str(tk.url_for("satudata_quality.index", page=page, **_kept(organization, sort)))


def _href(row: dict[str, Any], here: dict[str, Any] | None) -> str:
    if here and row["organization_id"] == here["organization_id"]:
        return ""
    return str(tk.url_for("satudata_quality.index", organization=row["name"]))


def _search(here: dict[str, Any] | None) -> str:
    """The dataset search over the same part of the tree, lowest score first."""
    kept = {f"satudata_produsen_{here['depth']}": here["organization_id"]} if here else {}
    return str(tk.url_for("dataset.search", sort="satudata_skor asc, metadata_modified desc", **kept))


def _trail(here: dict[str, Any] | None) -> list[dict[str, str]]:
    """From the root to the organization shown."""
    if not here:
        return []
    line = tk.get_action("satudata_region_ancestors")({}, {"id": here["organization_id"]})["results"]
    found = [one for one in line if one["organization_id"] != here["organization_id"]]
    return [
        {"title": one["title"], "href": tk.url_for("satudata_quality.index", organization=one["name"])}
        for one in [*found, here]
    ]


def _columns(sort: str, organization: str) -> list[dict[str, Any]]:
    """The headings: a press sorts, a second one turns the order round."""
    name, _space, way = sort.partition(" ")
    found = []
    for column, label in labels().items():
        first = f"{column} desc" if column in _HIGH_FIRST else column
        turned = f"{column} desc" if column == name and way != "desc" else column
        wanted = turned if column == name else first
        found.append(
            {
                "name": column,
                "label": label,
                "href": tk.url_for("satudata_quality.index", **_kept(organization, wanted)),
                "order": ("descending" if way == "desc" else "ascending") if column == name else "",
            }
        )
    return found


def csv_lines(args: Mapping[str, str]) -> Iterator[str]:
    """The table as CSV, all of it.

    :raises ValidationError: an unknown organization or sorting
    """
    names = labels()
    kept = {name: args[name] for name in ("organization", "sort") if args.get(name)}
    heading = [
        names["title"], tk._("Code"), names["datasets"], names["score"], *(names[name] for name in PRINCIPLES),
        *(words.band(name) for name in BANDS), names["late"],
    ]  # fmt: skip
    rows: list[list[Any]] = [heading]
    offset = 0
    while True:
        found = tk.get_action("satudata_quality_summary")({}, {**kept, "limit": MAX_LIMIT, "offset": offset})
        for row in found["results"]:
            principles = (row["principles"][name] for name in PRINCIPLES)
            bands = (row["bands"][name] for name in BANDS)
            rows.append([row["title"], row["name"], row["datasets"], row["score"], *principles, *bands, row["late"]])
        offset += MAX_LIMIT
        if offset >= found["count"]:
            return iter([sheets.MARK, *(sheets.line(row) for row in rows)])

"""The page of the scores per organization; for everybody, of published open data."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from . import pages

blueprint = Blueprint("satudata_quality", __name__, url_prefix="/satudata")


@blueprint.get("/quality", endpoint="index")
def index() -> Any:
    """Scores per organization, and the datasets with the lowest."""
    try:
        return tk.render("satudata/quality/index.html", pages.show(request.args))
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


@blueprint.get("/quality.csv", endpoint="csv")
def as_csv() -> Any:
    """The same table as CSV."""
    try:
        lines = pages.csv_lines(request.args)
    except tk.ValidationError as error:
        return tk.abort(404, str(error))
    name = tk._("data-quality")
    return Response(lines, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})

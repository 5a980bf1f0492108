"""The page of the reports. Every filter stands in its address."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ..views import logged_in_only
from . import pages

blueprint = Blueprint("satudata_reports", __name__, url_prefix="/satudata")


blueprint.before_request(logged_in_only)


@blueprint.get("/reports", endpoint="show")
def show() -> Any:
    """Throughput, time per step, reasons of returns, what waits now, and each organization."""
    try:
        return tk.render("satudata/reports/show.html", pages.show(request.args))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))


@blueprint.get("/reports/<table>.csv", endpoint="csv")
def as_csv(table: str) -> Any:
    """One table of the report as CSV."""
    if table not in pages.TABLES:
        return tk.abort(404)
    try:
        lines = pages.csv_lines(request.args, table)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    name = tk._("report")
    headers = {"Content-Disposition": f'attachment; filename="{name}-{table}.csv"', "Cache-Control": "no-store"}
    return Response(lines, mimetype="text/csv", headers=headers)

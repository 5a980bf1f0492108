"""Parts of a formula that stand in other datasets: published ones, and those of the same organization.

A dataset says what its columns hold (“variables in the columns”): a column said to be the variable a formula needs
gives its figures, by region and period.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards import formulas
from ckanext.satudata.standards.formulas import folded
from ckanext.satudata.standards.rules import breakdown
from ckanext.satudata.standards.rules.breakdown import Figures
from ckanext.satudata.standards.validators import pairs_of

#: Region code and period, as both tables write them.
Key = tuple[str, str]
#: So many datasets that may have a part are opened.
MOST = 5


def key_columns(table: Any) -> tuple[int, int] | None:
    """Where region code and period of a table stand; None where one of them is missing."""
    region, period = table.column("kode_wilayah"), table.column("periode")
    return (region.place - 1, period.place - 1) if region is not None and period is not None else None


def key_of(cells: list[str], at: tuple[int, int]) -> Key | None:
    """Region and period of a row."""
    return (cells[at[0]].strip(), cells[at[1]].strip()) if max(at) < len(cells) else None


def figures_of(pkg: dict[str, Any], part: str, wanted: Iterable[str] = ()) -> Figures | None:
    """The figures of a part of a formula in another dataset; None where no dataset has it, or it is ambiguous.

    :param pkg: the dataset that is checked; its own organization's datasets are looked through, published or not
    :param part: what the formula calls it
    :param wanted: names of the dimensions the table that is checked is broken down by
    """
    wanted = tuple(wanted)
    quoted = part.replace("\\", " ").replace('"', " ")
    owner = str(pkg.get("owner_org") or "").replace('"', "")
    # As the portal itself, for the reader may be a job; what others have not published is left out by the question.
    found = tk.get_action("package_search")(
        {"ignore_auth": True},
        {
            "q": "*:*",
            "fq_list": [
                f'+dataset_type:dataset +state:active +extras_kolom_variabel:"{quoted}"',
                f'+(capacity:public OR owner_org:"{owner}")',
            ],
            "include_private": True,
            "rows": MOST,
            "facet": "false",
        },
    )
    for other in found["results"]:
        columns = {
            folded(column)
            for column, variable in pairs_of(other.get("kolom_variabel"))
            if folded(variable) == folded(part)
        }
        if columns and other["id"] != pkg.get("id"):
            found_here = _of_dataset(other, columns, wanted)
            if found_here is not None and found_here.values:
                return found_here
    return None


def _of_dataset(pkg: dict[str, Any], columns: set[str], wanted: tuple[str, ...]) -> Figures | None:
    from ckanext.satudata.standards.files import service
    from ckanext.satudata.standards.files.rows import rows_of

    for resource in pkg.get("resources") or []:
        facts = service.check_of(resource, begin=False).facts
        if facts is None:
            continue
        for table in facts.tables:
            at = key_columns(table)
            column = next((each for each in table.columns if folded(each.name) in columns), None)
            if at is None or column is None:
                continue
            comma = bool(column.thousands or column.decimal == ",")
            rows: list[tuple[Key, list[str], float]] = []
            for _row, cells in rows_of(resource, facts, table):
                key = key_of(cells, at)
                number = formulas.number(cells[column.place - 1], comma) if column.place <= len(cells) else None
                if key is not None and number is not None:
                    rows.append((key, cells, number))
            return breakdown.figures(rows, breakdown.dimensions(table, [column.place - 1]), wanted)
    return None

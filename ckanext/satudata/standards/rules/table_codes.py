"""Rules about the codes in a table: regions of which system, periods of which spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.files.facts import LISTED, Column
from ckanext.satudata.standards.rules.file_words import column_name, listed, rows_of, tables
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

_DOTTED = re.compile(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")
_LOST_ZERO = re.compile(r"^\d{2}\.\d$")
_MOST_CODES = 500


@rule("table.region", "kode_referensi", "error")
def table_region(subject: Subject) -> Iterator[Problem]:
    """A column of region codes holds Kemendagri's, with dots, and regions that exist.

    BPS and Kemendagri number the same places differently: 1271 is Sibolga to BPS, 12.71 is Medan to Kemendagri, whose
    BPS code is 1275. Four bare digits say nothing, so they are refused; longer ones can only be BPS's and belong into
    a column ``kode_bps``. Excel turns 12.10 into 12.1: format such a column as text.

    To mend: write ``12.71.15.1001`` into ``kode_wilayah``; name a column of BPS codes ``kode_bps``.
    """
    for resource, _facts, table, name in tables(subject):
        for column in table.columns:
            if column.role == "kode_wilayah":
                yield from _kemendagri(name, column, resource.get("id"))
            elif column.role == "kode_bps":
                yield from _bps(name, column, resource.get("id"))


def _kemendagri(name: str, column: Column, where: str | None) -> Iterator[Problem]:
    title, codes = column_name(column), column.codes
    bare = {code: row for code, row in codes.items() if code.isdigit() and len(code) == 4}
    longer = {code: row for code, row in codes.items() if code.isdigit() and len(code) > 4}
    zero = {code: row for code, row in codes.items() if _LOST_ZERO.match(code)}
    dotted = [code for code in codes if _DOTTED.match(code)]
    other = [row for code, row in codes.items() if "." in code and not _DOTTED.match(code) and code not in zero]
    if bare:
        yield Problem(
            tk._('In "{name}", {column} holds "{code}", which does not say whose code it is; rows {rows}').format(
                name=name, column=title, code=next(iter(bare)), rows=listed(bare.values())
            ),
            tk._(
                "BPS and Kemendagri number regions differently: 1271 is Sibolga to BPS, 12.71 is Medan to "
                'Kemendagri. Write the code of Kemendagri with its dots, for example "12.71.15.1001"'
            ),
            resource_id=where,
            part="bare",
        )
    if longer:
        yield Problem(
            tk._('In "{name}", {column} holds codes without dots; rows {rows}').format(
                name=name, column=title, rows=listed(longer.values())
            ),
            tk._("Codes of BPS belong into a column kode_bps; codes of Kemendagri are written with their dots"),
            resource_id=where,
            severity="warning",
            part="undotted",
        )
    if zero:
        yield Problem(
            tk._('In "{name}", {column} has lost zeros: "{code}" in row {rows}').format(
                name=name, column=title, code=next(iter(zero)), rows=listed(zero.values())
            ),
            tk._('Format the column as text before you type, so that 12.10 stays "12.10"'),
            resource_id=where,
            part="zero",
        )
    if other or column.unfit.count:
        rows = listed(other) if other else rows_of(column.unfit)
        yield Problem(
            tk._('In "{name}", {column} holds what is no region code; rows {rows}').format(
                name=name, column=title, rows=rows
            ),
            tk._('Write codes of Kemendagri with dots, for example "12.71.15.1001"; names have their own column'),
            resource_id=where,
            severity="warning",
            part="shape",
        )
    unknown = _unknown(dotted[:_MOST_CODES])
    if unknown:
        yield Problem(
            tk._('In "{name}", {column} holds codes this portal does not know: {codes}; rows {rows}').format(
                name=name,
                column=title,
                codes=", ".join(unknown[:LISTED]),
                rows=listed(codes[code] for code in unknown),
            ),
            tk._("Look the code up under Regions, or ask the data custodian to add the region"),
            resource_id=where,
            severity="warning",
            part="unknown",
        )


def _unknown(codes: list[str]) -> list[str]:
    """Codes that lie inside a tree this portal knows, and that it does not know."""
    above = {code: [code[: code.rfind(".")]] if "." in code else [] for code in codes}
    known = regions.regions_by_code([*codes, *(each for parents in above.values() for each in parents)])
    return [code for code in codes if code not in known and any(each in known for each in above[code])]


def _bps(name: str, column: Column, where: str | None) -> Iterator[Problem]:
    dotted = [row for code, row in column.codes.items() if "." in code]
    wrong = [row for code, row in column.codes.items() if code.isdigit() and len(code) not in (2, 4, 7, 10)]
    if dotted:
        yield Problem(
            tk._('In "{name}", {column} holds codes with dots, which are Kemendagri\'s; rows {rows}').format(
                name=name, column=column_name(column), rows=listed(dotted)
            ),
            tk._("Put codes of Kemendagri into a column kode_wilayah"),
            resource_id=where,
            severity="warning",
            part="dotted",
        )
    if wrong:
        yield Problem(
            tk._('In "{name}", {column} holds codes of a length BPS does not use; rows {rows}').format(
                name=name, column=column_name(column), rows=listed(wrong)
            ),
            tk._("Codes of BPS have 2, 4, 7 or 10 digits"),
            resource_id=where,
            severity="warning",
            part="length",
        )


@rule("table.period", "kode_referensi", "warning")
def table_period(subject: Subject) -> Iterator[Problem]:
    """Periods are written as ISO 8601 writes them.

    A year (2025), a month (2025-12), a day (2025-12-31), a quarter (2025-Q4) or a half (2025-S2): they sort, and every
    program reads them. "Januari 2025" and 31/12/2025 do neither.

    To mend: write ``2025-01`` instead of "Januari 2025".
    """
    for resource, _facts, table, name in tables(subject):
        for column in table.columns:
            if column.role != "periode" and column.kind != "date":
                continue
            spots = column.loose if column.loose.count else column.unfit
            if spots.count:
                yield Problem(
                    tk._('In "{name}", {column} holds periods that programs do not read; rows {rows}').format(
                        name=name, column=column_name(column), rows=rows_of(spots)
                    ),
                    tk._('Write 2025, 2025-01, 2025-01-31, 2025-Q1 or 2025-S1 instead of "Januari 2025"'),
                    resource_id=resource.get("id"),
                    part="loose" if column.loose.count else "unfit",
                )

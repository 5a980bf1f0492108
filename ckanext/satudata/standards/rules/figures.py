"""Rules about the figures of a table: values, the tidy shape, repeated rows, totals, jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import config
from ckanext.satudata.standards.files.facts import LISTED, FileFacts, Mismatch, Table
from ckanext.satudata.standards.rules.file_words import column_name, listed, quantity, rows_of, short, tables
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule


@rule("table.value", "interoperabilitas", "error")
def table_value(subject: Subject) -> Iterator[Problem]:
    """The column ``nilai`` holds figures alone.

    Charts, fact sheets and other portals compute with it.

    To mend: the figure alone, without unit, without text; leave the cell empty where there is none.
    """
    for resource, _facts, table, name in tables(subject):
        column = table.column("nilai")
        if column is None or not column.filled:
            continue
        spots = column.unfit if column.unfit.count else column.with_unit
        if column.kind not in ("number", "integer", "period") or spots.count:
            rows = rows_of(spots)
            message = tk._('In "{name}", {column} holds more than figures')
            if rows:
                message = tk._('In "{name}", {column} holds more than figures; rows {rows}')
            yield Problem(
                message.format(name=name, column=column_name(column), rows=rows),
                tk._("Write the figure alone; leave the cell empty where there is none"),
                resource_id=resource.get("id"),
            )


@rule("table.tidy", "interoperabilitas", "warning")
def table_tidy(subject: Subject) -> Iterator[Problem]:
    """The values of an indicator stand in the tidy shape.

    One row per region and period: ``kode_wilayah`` (Kemendagri), ``periode`` (ISO 8601), ``nilai``, then a column for
    each breakdown. Fact sheets, SDMX and harvesters read any such table without being told how.

    To mend: write the years below each other in one column ``periode`` instead of beside each other.
    """
    is_indicator = subject.pkg.get("type") == "indikator" or bool(subject.value("indikator"))
    for resource, _facts, table, name in tables(subject):
        if table.years_beside and not table.tidy:
            yield Problem(
                tk._('In "{name}" years stand beside each other: {years}').format(
                    name=name, years=", ".join(table.years_beside[:LISTED])
                ),
                tk._("Write one row per region and year, with the columns kode_wilayah, periode, nilai"),
                resource_id=resource.get("id"),
                part="years",
            )
        elif is_indicator and not table.tidy and table.rows:
            present = {column.role for column in table.columns}
            missing = [role for role in ("kode_wilayah", "periode", "nilai") if role not in present]
            yield Problem(
                tk._('"{name}" lacks columns an indicator is read by: {columns}').format(
                    name=name, columns=", ".join(missing)
                ),
                tk._("Write one row per region and year, with the columns kode_wilayah, periode, nilai"),
                resource_id=resource.get("id"),
                part="columns",
            )


@rule("table.repeated", "interoperabilitas", "warning")
def table_repeated(subject: Subject) -> Iterator[Problem]:
    """No row stands twice: one value per region, period and breakdown.

    Two values for the same thing leave the reader to guess.

    To mend: delete the older of the two, or add the column that tells them apart.
    """
    for resource, _facts, table, name in tables(subject):
        if table.repeated.count:
            yield Problem(
                tk._('In "{name}", several rows are about the same region, period and breakdown; rows {rows}').format(
                    name=name, rows=rows_of(table.repeated)
                ),
                tk._("Keep one of them, or add the column that tells them apart"),
                resource_id=resource.get("id"),
            )


@rule("table.totals", "standar_data", "warning")
def table_totals(subject: Subject) -> Iterator[Problem]:
    """Totals equal the sum of their parts.

    Rows called Jumlah or Total, columns of men and women beside their sum, and a category of totals in a long table.

    To mend: correct the part or the total; better still leave totals out, every program can add up.
    """
    for resource, _facts, table, name in tables(subject):
        for mismatch in table.mismatches[:LISTED]:
            message, part = _mismatch(name, mismatch)
            yield Problem(
                message,
                tk._("Correct the part or the total; a rounded total is explained under Method"),
                resource_id=resource.get("id"),
                part=part,
            )


def _mismatch(name: str, found: Mismatch) -> tuple[str, str]:
    names = [short(each) for each in found.names]
    words = {
        "name": name, "rows": rows_of(found.spots), "stated": quantity(found.stated), "summed": quantity(found.summed),
        "column": names[-1], "parts": " + ".join(names[:-1]),
    }  # fmt: skip
    if found.how == "column":
        text = tk._('In "{name}", {parts} is not {column}: {summed} instead of {stated}, and so on; rows {rows}')
    elif found.how == "group":
        text = tk._('In "{name}", totals under {column} say {stated} where the parts make {summed}; rows {rows}')
    else:
        text = tk._('In "{name}", the total of {column} says {stated}, its parts make {summed}; rows {rows}')
    return text.format(**words), found.how


@rule("table.jumps", "standar_data", "warning")
def table_jumps(subject: Subject) -> Iterator[Problem]:
    """A figure that rises or falls sharply comes with a word about why.

    From one period to the next in the same table, and against the version published before. From which change on is
    the option ``satudata.files.jump_percent`` (50); small counts, below 20, are left alone.

    To mend: look for a slip of the keyboard; if the figure is right, say why in the field "What changed and why".
    """
    least = config.file_jump_percent()
    if not least or subject.value("catatan_perubahan"):
        return
    field = "catatan_perubahan" if subject.has("catatan_perubahan") else None
    fix = tk._('If the figures are right, say why under "What changed and why"')
    for resource, facts, table, name in tables(subject):
        jumps = [jump for jump in table.jumps if abs(jump.percent) >= least]
        if jumps:
            jump = jumps[0]
            yield Problem(
                tk._(
                    'In "{name}", figures change sharply, for example by {percent} percent from {before} to {after}; '
                    "rows {rows}"
                ).format(
                    name=name,
                    percent=quantity(jump.percent),
                    before=jump.before,
                    after=jump.after,
                    rows=listed((each.row for each in jumps), table.jump_count > len(jumps)),
                ),
                fix,
                field=field,
                resource_id=resource.get("id"),
                part="periods",
            )
        for problem in _against_published(subject, resource, facts, table, name, least):
            yield replace(problem, field=field, fix=fix)


def _against_published(
    subject: Subject, resource: dict[str, Any], facts: FileFacts, table: Table, name: str, least: int
) -> Iterator[Problem]:
    """The same series at the same period, in the version published before."""
    if not table.series:
        return
    from ckanext.satudata.standards.files import service

    before = service.previous_of(subject.pkg, resource)
    if before is None or before is facts:
        return
    known = {key: values for each in before.tables for key, values in each.series.items()}
    changed = []
    for key, values in table.series.items():
        for period, value in values.items():
            old = known.get(key, {}).get(period)
            if old and max(abs(old), abs(value)) >= 20 and abs(value - old) / abs(old) * 100 >= least:
                changed.append((key, period, round((value - old) / abs(old) * 100, 1)))
    if changed:
        key, period, percent = changed[0]
        yield Problem(
            tk._(
                '"{name}" differs sharply from what is published: {count} figures; {key}, {period}: {percent} percent'
            ).format(name=name, count=len(changed), key=short(key) or "-", period=period, percent=quantity(percent)),
            resource_id=resource.get("id"),
            part="published",
        )

"""Rules about indicators: a formula names its parts, and a value is what the formula gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import json_text
from ckanext.satudata.standards import formulas, links
from ckanext.satudata.standards.conditions import rows_of
from ckanext.satudata.standards.formulas import Formula, NotComputable, folded
from ckanext.satudata.standards.rules import breakdown, elsewhere
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.validators import pairs_of

#: So many indicators of a dataset are computed, and so many rows are told of.
MOST, TOLD = 10, 5
#: Rounding explains a difference of half a unit of the last digit written; beyond this share it is an error.
CLEARLY = 0.05


def parts_of(pkg: dict[str, Any]) -> list[str]:
    """What an indicator says it is built from: variables (MS-Ind 15) and indicators (MS-Ind 12)."""
    rows = [
        *((row, "var_nama") for row in rows_of(pkg.get("variabel_pembangun"))),
        *((row, "pembangun_nama") for row in rows_of(pkg.get("indikator_pembangun"))),
    ]
    return [text for row, key in rows if (text := str(row.get(key) or "").strip())]


@rule("indicator.names", "standar_data", "warning")
def indicator_names(subject: Subject) -> Iterator[Problem]:
    """The formula of an indicator names its parts as their rows do.

    Why: a formula whose parts have other names can be recomputed by nobody (Perpres 39/2019 Article 8; MS-Ind item 6).

    Mend: write the name of each variable or indicator exactly as in its row.

    Example: the formula says “jumlah balita pendek”, the row “Jumlah balita stunting”.
    """
    text = subject.value("rumus")
    names = parts_of(subject.pkg)
    if not text or not names or not subject.has("rumus") or not formulas.is_arithmetic(text):
        return
    try:
        formulas.parse(text, names)
    except NotComputable as error:
        if error.unknown:
            yield Problem(
                tk._("The formula names something that is in no row: {names}").format(names=", ".join(error.unknown)),
                tk._("Write the parts as their rows call them: {names}").format(names=", ".join(names[:5])[:200]),
                field="rumus",
            )


class Indicator(NamedTuple):
    """A linked indicator that can be computed."""

    title: str
    names: frozenset[str]
    formula: Formula


@rule("indicator.formula", "standar_data", "warning")
def indicator_formula(subject: Subject) -> Iterator[Problem]:
    """The value of an indicator is what its formula gives, where its parts are there.

    Why: an indicator equals the computation from its parts; one that does not puts every figure in doubt (Perpres
    39/2019 Article 34). It is computed where each part is a column of the table, or of a table of the same
    organization or of a published one that says so (“variables in the columns”). Where that table is broken down
    further, by sex for instance, the row of the same breakdown counts, or that of its total; where neither is plain,
    nothing is computed. A difference beyond 5 % is an error, a smaller one that rounding does not explain a warning.

    Mend: correct the figure of a part, the value of the indicator, or the formula.

    Example: the prevalence says 12.5, but 30 stunted of 200 measured toddlers are 15.
    """
    if not subject.with_files or not subject.has("indikator"):
        return
    wanted = [each for each in links.parts_of(subject.pkg.get("indikator")) if links.UUID.match(each)][:MOST]
    found = computable(wanted) if wanted else []
    if not found:
        return
    columns_say = {folded(column): folded(variable) for column, variable in pairs_of(subject.value("kolom_variabel"))}
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        for table in facts.tables if facts is not None else []:
            for indicator in found:
                yield from _of_table(subject, resource, facts, table, indicator, columns_say)


def computable(ids: list[str]) -> list[Indicator]:
    """Those of these indicators whose formula is simple arithmetic over their parts; one query."""
    rows = model.Session.query(model.Package).filter(
        model.Package.id.in_(ids), model.Package.type == "indikator", model.Package.state != model.State.DELETED
    )
    found = []
    for package in rows:
        stored = dict(package.extras or {})
        pkg = {name: _loaded(stored.get(name)) for name in ("variabel_pembangun", "indikator_pembangun")}
        try:
            formula = formulas.parse(str(stored.get("rumus") or ""), parts_of(pkg))
        except NotComputable:
            continue
        names = frozenset({folded(package.title or ""), folded(package.name), "nilai", "value"})
        found.append(Indicator(package.title or package.name, names, formula))
    return found


def _loaded(value: Any) -> Any:
    try:
        return json_text.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _of_table(
    subject: Subject,
    resource: dict[str, Any],
    facts: Any,
    table: Any,
    indicator: Indicator,
    columns_say: dict[str, str],
) -> Iterator[Problem]:
    places: dict[str, int] = {}
    commas: dict[int, bool] = {}
    for column in table.columns:
        name = folded(column.name)
        places.setdefault(columns_say.get(name, name), column.place - 1)
        commas[column.place - 1] = bool(column.thousands or column.decimal == ",")
    value_at = next((places[name] for name in places if name in indicator.names - {"nilai", "value"}), None)
    if value_at is None:
        value_at = next((places[name] for name in ("nilai", "value") if name in places), None)
    at = {part: places[folded(part)] for part in indicator.formula.parts if folded(part) in places}
    keys = elsewhere.key_columns(table)
    missing = [part for part in indicator.formula.parts if part not in at]
    if value_at is None or (missing and keys is None):
        return
    from ckanext.satudata.standards.files.rows import rows_of as rows_of_table

    rows = list(rows_of_table(resource, facts, table))
    figures: dict[str, elsewhere.Figures] = {}
    own: list[breakdown.Dimension] = []
    if missing and keys is not None:
        keyed = [(key, cells) for _row, cells in rows if (key := elsewhere.key_of(cells, keys))]
        own = breakdown.telling(breakdown.dimensions(table, [value_at, *at.values()]), keyed)
        for part in missing:
            known = elsewhere.figures_of(subject.pkg, part, [dimension.name for dimension in own])
            if known is None:
                return
            figures[part] = known
    wrong: list[tuple[int, float, float]] = []
    count, worst = 0, 0.0
    for row, cells in rows:
        numbers = {part: _cell(cells, place, commas) for part, place in at.items()}
        if missing and keys is not None:
            key = elsewhere.key_of(cells, keys)
            numbers |= {part: known.of(key, own, cells) if key else None for part, known in figures.items()}
        stated = _cell(cells, value_at, commas)
        if stated is None or any(number is None for number in numbers.values()):
            continue
        computed = indicator.formula.value({part: number for part, number in numbers.items() if number is not None})
        if computed is None:
            continue
        rounding = 0.5 * 10 ** -_digits(cells[value_at], commas.get(value_at, False)) * 1.0001
        difference = abs(stated - computed)
        if difference > rounding:
            count += 1
            worst = max(worst, difference / max(abs(computed), 1e-9))
            if len(wrong) < TOLD:
                wrong.append((row, stated, computed))
    if count:
        row, stated, computed = wrong[0]
        yield Problem(
            tk._('In row {row}, "{indicator}" is {stated}; by its formula it would be {computed}').format(
                row=row, indicator=indicator.title, stated=_said(stated), computed=_said(computed)
            )
            + (tk._(" ({count} rows differ)").format(count=count) if count > 1 else ""),
            tk._("Correct the parts, the value or the formula; rows: {rows}").format(
                rows=", ".join(str(each[0]) for each in wrong) + (" …" if count > len(wrong) else "")
            ),
            resource_id=resource.get("id"),
            severity="error" if worst > CLEARLY else "warning",
        )


def _cell(cells: list[str], place: int, commas: dict[int, bool]) -> float | None:
    return formulas.number(cells[place], commas.get(place, False)) if place < len(cells) else None


def _digits(text: str, comma: bool) -> int:
    """How many digits stand behind the decimal sign."""
    _whole, _sign, rest = text.strip().rstrip("%").strip().partition("," if comma else ".")
    return len(rest)


def _said(value: float) -> str:
    return f"{value:.6g}"

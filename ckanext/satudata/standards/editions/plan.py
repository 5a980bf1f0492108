"""What a new edition takes over from an earlier one, what it proposes, and what it leaves out."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.editions import shift
from ckanext.satudata.standards.periods import parse_period

#: Of the old edition alone: who it is, what was found about it, and how firm its figures were.
OWN = frozenset(
    {"name", "owner_org", "identitas_rekomendasi", "dapat_rekomendasi_bps", "kode_kegiatan", "status_angka"}
)
#: Kinds of values that move with the time; of a repeating field the sub-fields of these names too.
TIMES = frozenset({"date", "year", "period"})
YEARS = frozenset({"tahun"})
#: Fields people write about the old year in: taken over, but to be looked at.
LOOK_AT = ("title", "kegiatan_statistik", "kegiatan", "sumber", "accesslevel", "jadwal_rilis")


@dataclass
class Plan:
    """A new package out of an old one.

    :ivar values: for ``package_create``
    :ivar proposed: names of fields whose value was worked out, or has to be looked at
    :ivar left_out: names of filled fields that were not taken over
    :ivar months: how far the new edition lies from the old
    """

    values: dict[str, Any] = field(default_factory=dict)
    proposed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    months: int = shift.YEAR


def plan_of(source: Mapping[str, Any], months: int | None = None) -> Plan:
    """Plan the next edition of a package; metadata only, never a figure or a file.

    :param source: as ``package_show`` gives it
    :param months: how far the new edition lies; worked out from period and frequency where left out (activities
        and indicators: a year)
    """
    kind = source.get("type") or "dataset"
    fields = registry.fields_of(kind)
    if months is None:
        months = (
            shift.months_between(
                str(source.get("frekuensi") or ""), source.get("periode_awal"), source.get("periode_akhir")
            )
            if "periode_awal" in fields
            else shift.YEAR
        )
    made = Plan({"type": kind, "owner_org": source.get("owner_org")}, months=months)
    for name, declared in fields.items():
        value = source.get(name)
        if name == "tag_string":
            made.values["tags"] = [{"name": tag["name"]} for tag in source.get("tags") or []]
            continue
        if _empty(value):
            continue
        if name in OWN or declared.get("sdi_protected") or declared.get("sdi_officer"):
            if name not in ("name", "owner_org"):
                made.left_out.append(name)
            continue
        _take_over(made, name, declared, copy.deepcopy(value), months)
    _year_of_period(made, fields)
    extras = [item for item in source.get("extras") or [] if not str(item["key"]).lower().startswith("lama")]
    if extras:
        made.values["extras"] = [{"key": item["key"], "value": item["value"]} for item in extras]
    if source.get("resources"):
        made.left_out.append("resources")
    return made


def _take_over(made: Plan, name: str, declared: Mapping[str, Any], value: Any, months: int) -> None:
    if "repeating_subfields" in declared and isinstance(value, list):
        made.values[name] = [_row_moved(row, declared["repeating_subfields"], months) for row in value]
        if made.values[name] != value:
            made.proposed.append(name)
        return
    if name == "title":
        made.values[name] = shift.title_moved(str(value), months)
        made.proposed.append(name)
        return
    made.values[name] = value
    if declared.get("sdi_format") in TIMES:
        # A year alone cannot tell of half a year; the period says it (`_year_of_period`).
        made.values[name] = shift.moved(value, months) or value
        made.proposed.append(name)
    elif name in LOOK_AT:
        made.proposed.append(name)


def _row_moved(row: Any, subfields: list[Mapping[str, Any]], months: int) -> Any:
    if not isinstance(row, dict):
        return row
    timed = {each["field_name"] for each in subfields if each.get("sdi_format") in TIMES or each["field_name"] in YEARS}
    return {key: shift.moved(value, months) or value if key in timed else value for key, value in row.items()}


def _year_of_period(made: Plan, fields: Mapping[str, Any]) -> None:
    period = parse_period(made.values.get("periode_awal"))
    if "tahun" in fields and period is not None:
        made.values["tahun"] = str(period.start.year)
        if "tahun" not in made.proposed:
            made.proposed.append("tahun")


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})

"""Tables broken down further than by region and period: which row of one belongs to a row of another.

A figure by region, period and sex is compared with one of the same sex; with one of both sexes only where a row of
the total says it, or men and women are all there is. Whatever is less plain has no answer, so no false finding comes
of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards.files import totals
from ckanext.satudata.standards.files.personal import key_of
from ckanext.satudata.standards.formulas import folded

TOTAL, MEN, WOMEN = "=total", "=l", "=p"
_TOTAL = re.compile(
    r"(?i)^(?:grand )?(?:total|jumlah|jml|semua|seluruhnya|keseluruhan|gabungan|l ?\+ ?p|l ?/ ?p"
    r"|laki[- ]laki ?(?:\+|dan|/|&) ?perempuan)$"
)
_MEN = re.compile(r"(?i)^(?:l|lk|laki|laki[- ]laki|pria|male)$")
_WOMEN = re.compile(r"(?i)^(?:p|pr|perempuan|wanita|female)$")
_SEX = frozenset(("jenis_kelamin", "jk", "kelamin", "sex", "gender", "l_p"))
#: Columns that name a place or the data themselves; the code or the title says the same.
_LABEL = re.compile(
    r"(^|_)(nama|kota|kabupaten|kecamatan|kelurahan|desa|provinsi|wilayah|daerah|indikator|variabel|data|judul|bps"
    r"|kemendagri)(_|$)"
)

Key = tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """A column that tells rows apart beside region and period."""

    name: str
    place: int

    def of(self, cells: list[str]) -> str:
        """What a row says of it, in one spelling: totals and the sexes are the same however they are written."""
        said = cells[self.place].strip() if self.place < len(cells) else ""
        if _TOTAL.match(said):
            return TOTAL
        if self.name == "jenis_kelamin":
            return MEN if _MEN.match(said) else WOMEN if _WOMEN.match(said) else folded(said)
        return folded(said)


def dimensions(table: Any, figures: Iterable[int]) -> list[Dimension]:
    """The columns of a table that may break it down.

    :param figures: places (from 0) of columns that hold its figures
    """
    left_out = {*figures}
    left_out |= {each.place - 1 for each in table.columns if each.role in ("kode_wilayah", "kode_bps", "periode")}
    keys = [key_of(column.name) for column in table.columns]
    found = []
    for index in totals.beside(table, keys, -1, -1):
        column = table.columns[index]
        if column.place - 1 not in left_out and column.filled and column.kind not in ("number", "integer"):
            name = "jenis_kelamin" if keys[index] in _SEX else keys[index]
            found.append(Dimension(name, column.place - 1))
    return found


def telling(found: list[Dimension], rows: Sequence[tuple[Key, list[str]]]) -> list[Dimension]:
    """Those that do break the table down: not the name of a region beside its code, nor a label all rows share.

    :param rows: key (region, period) and cells of each row
    """
    kept = []
    for dimension in found:
        values: dict[str, set[str]] = {}
        for key, cells in rows:
            values.setdefault(key[0], set()).add(dimension.of(cells))
        every = set().union(*values.values()) if values else set()
        by_region = all(len(each) == 1 for each in values.values())
        is_name = by_region and len(every) > 1 and not every & {TOTAL, MEN, WOMEN}
        if every == {TOTAL} or is_name or (len(every) <= 1 and _LABEL.search(dimension.name)):
            continue
        kept.append(dimension)
    return kept


@dataclass
class Figures:
    """A figure by region, period and the dimensions that both tables have.

    :ivar common: names of these dimensions, in the order of the keys
    """

    common: tuple[str, ...] = ()
    values: dict[Key, float] = field(default_factory=dict)

    def of(self, key: Key, own: list[Dimension], cells: list[str]) -> float | None:
        """The figure that belongs to a row of the other table; None where none does for certain.

        :param key: region and period of the row
        :param own: dimensions that break down the row's table
        """
        by_name = {dimension.name: dimension for dimension in own}
        if any(by_name[name].of(cells) != TOTAL for name in by_name if name not in self.common):
            return None  # one sex of a figure that is known for both together
        said = [by_name[name].of(cells) if name in by_name else TOTAL for name in self.common]
        return self.values.get((*key, *said))


def figures(rows: Sequence[tuple[Key, list[str], float]], found: list[Dimension], wanted: Iterable[str]) -> Figures:
    """The figures of a table, brought to region, period and the dimensions somebody else has, too.

    :param rows: key, cells and figure of each row
    :param found: what may break the table down
    :param wanted: names of the dimensions of the table they are compared with
    """
    own = telling(found, [(key, cells) for key, cells, _number in rows])
    common = [each for each in own if each.name in set(wanted)]
    others = [each for each in own if each.name not in set(wanted)]
    gathered: dict[Key, dict[Key, float | None]] = {}
    for key, cells, number in rows:
        place = gathered.setdefault((*key, *[each.of(cells) for each in common]), {})
        parts = tuple(each.of(cells) for each in others)
        place[parts] = None if parts in place else number  # twice the same: which is meant nobody can say
    values = {}
    for full, parts_of in gathered.items():
        value = _total(parts_of, len(others))
        if value is not None:
            values[full] = value
    return Figures(tuple(each.name for each in common), values)


def _total(parts: dict[Key, float | None], depth: int) -> float | None:
    """The figure for all categories together; None where it is not plain."""
    if depth == 0:
        return parts.get(())
    by_first: dict[str, dict[Key, float | None]] = {}
    for key, number in parts.items():
        by_first.setdefault(key[0], {})[key[1:]] = number
    said = _total(by_first[TOTAL], depth - 1) if TOTAL in by_first else None
    summed = None
    if set(by_first) - {TOTAL} == {MEN, WOMEN}:
        men, women = (_total(by_first[each], depth - 1) for each in (MEN, WOMEN))
        # Shares and means are not added up; counts are whole.
        if men is not None and women is not None and men.is_integer() and women.is_integer():
            summed = men + women
    if TOTAL in by_first and said is not None and summed is not None and abs(summed - said) > 0.5:
        return None  # its own table contradicts itself, and is told so there
    return said if TOTAL in by_first else summed

"""Which organization each row of a file is, and what would change. Nothing is written here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.lines import RowError
from ckanext.satudata.regions import sync
from ckanext.satudata.regions.loader import LoadError, Row, spellings
from ckanext.satudata.regions.query import columns, group, joined

Progress = Callable[[int], None]


@dataclass
class Step:
    """One row, the organization it is or becomes, and what is to be written."""

    row: Row
    id: str
    name: str
    title: str
    is_new: bool
    parent_id: str | None
    moves: bool
    found_by: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        """``create``, ``update`` or ``keep``."""
        return "create" if self.is_new else "update" if self.values or self.moves else "keep"


class Portal:
    """Every organization of the portal, read once, to look rows up in."""

    def __init__(self) -> None:
        rows = model.Session.execute(sa.select(*columns, group.c.state).select_from(joined)).all()
        self.by_id = {row.organization_id: row for row in rows}
        self.by_code: dict[tuple[str, str], Any] = {}
        for row in rows:
            for key in ("kode_kemendagri", "kode_bps"):
                if row._mapping[key]:
                    self.by_code[key, row._mapping[key]] = row
        self.by_name = {row.name: row for row in rows if row.state == "active"}
        self.names = set(model.Session.execute(sa.select(group.c.name)).scalars())
        self.within: dict[tuple[str | None, str], list[Any]] = defaultdict(list)
        parents = {row.parent_id for row in rows}
        self.placeless = {
            row.organization_id
            for row in rows
            if not (row.parent_id or row.kind or row.kode_kemendagri or row.kode_bps)
            and row.organization_id not in parents
        }
        for row in rows:
            if row.state == "active":
                for form in spellings([row.title or "", *row.aliases]):
                    self.within[row.parent_id, form].append(row)

    def named_like(self, row: Row, parent_id: str | None) -> list[Any]:
        """Organizations right under that parent whose title or alias fits, and nothing else speaks against."""
        found = {one.organization_id: one for form in row.spellings() for one in self.within.get((parent_id, form), ())}
        return [one for one in found.values() if _fits(row, one)]


def _fits(row: Row, one: Any) -> bool:
    return (
        one.kind in ("", row.kind)
        and (not row.kode_kemendagri or one.kode_kemendagri in (None, row.kode_kemendagri))
        and (not row.kode_bps or one.kode_bps in (None, row.kode_bps))
    )


def make(rows: list[Row], advance: Progress = lambda count: None) -> list[Step]:
    """Match every row, parents before children, and check the tree that would come of it.

    :param advance: told the number of rows done
    :raises LoadError: with every error found, by line
    """
    portal = Portal()
    errors: list[RowError] = []
    by_line = {row.line: row for row in rows}
    above = _parents(rows, portal, errors)
    if errors:
        raise LoadError(errors)
    sure = {row.line: found for row in rows if (found := _surely(row, portal, errors))}
    taken: dict[str, list[int]] = defaultdict(list)
    for line, (one, _by) in sure.items():
        taken[one.organization_id].append(line)
    steps: dict[int, Step] = {}
    for row in _top_down(rows, above, by_line, errors):
        step = _step(row, above[row.line], steps, portal, sure, taken, errors)
        if step:
            steps[row.line] = step
        advance(1)
    errors += _claimed_twice(taken, by_line, portal)
    errors += _codes_held_elsewhere(list(steps.values()), portal)
    errors += _circles(list(steps.values()), portal)
    if errors:
        raise LoadError(errors)
    return list(steps.values())


def _parents(rows: list[Row], portal: Portal, errors: list[RowError]) -> dict[int, Row | Any | None]:
    """Line → the row or the organization above it, or None for the top."""
    in_file: dict[str, Row] = {}
    for row in rows:
        names = (row.kode_kemendagri, f"bps:{row.kode_bps}" if row.kode_bps else None, row.new_name())
        in_file.update({name: row for name in names if name})
    found: dict[int, Row | Any | None] = {}
    for row in rows:
        up = row.parent
        above = in_file.get(up) or portal.by_name.get(up)
        if above is None and up:
            key = ("kode_bps", up[4:]) if up.startswith("bps:") else ("kode_kemendagri", up)
            above = portal.by_code.get(key)
            if above is None or above.state != "active":
                text = tk._("{parent} is neither in this file nor an organization of this portal")
                errors.append(RowError(row.line, "parent", text.format(parent=up)))
        code = getattr(above, "kode_kemendagri", None)
        if row.kode_kemendagri and code and not row.kode_kemendagri.startswith(f"{code}."):
            text = tk._("{code} does not lie within {parent}").format(code=row.kode_kemendagri, parent=code)
            errors.append(RowError(row.line, "kode_kemendagri", text))
        found[row.line] = above
    return found


def _surely(row: Row, portal: Portal, errors: list[RowError]) -> tuple[Any, str] | None:
    """The organization that a code or the name says this row is; the Kemendagri code counts most."""
    named = portal.by_name.get(row.new_name())
    coded = {}
    for key in ("kode_kemendagri", "kode_bps"):
        one = portal.by_code.get((key, getattr(row, key) or ""))
        if one is not None and one.state != "active":
            text = tk._("{code} is still the code of the deleted organization {name}; restore or purge that one")
            errors.append(RowError(row.line, key, text.format(code=getattr(row, key), name=one.name)))
        elif one is not None:
            coded[key] = one
    first = coded.get("kode_kemendagri")
    if first is not None and row.name and named is not None and named.organization_id != first.organization_id:
        text = tk._("The code belongs to {first}, the name to another organization; correct one of them")
        errors.append(RowError(row.line, "name", text.format(first=first.name)))
    if first is not None:
        return first, "kode_kemendagri"
    if named is not None:
        return named, "name"
    return (coded["kode_bps"], "kode_bps") if "kode_bps" in coded else None


def _codes_held_elsewhere(steps: list[Step], portal: Portal) -> Iterator[RowError]:
    """Codes a row wants which another organization keeps; rows of one file may exchange theirs."""
    by_id = {step.id: step for step in steps}
    for step in steps:
        for key in {"kode_kemendagri", "kode_bps"} & set(step.values):
            holder = portal.by_code.get((key, step.values[key] or ""))
            if holder is None or holder.organization_id == step.id:
                continue
            other = by_id.get(holder.organization_id)
            if other is None or key not in other.values:
                text = tk._("{code} is already the code of {name}").format(code=step.values[key], name=holder.name)
                yield RowError(step.row.line, key, text)


def _top_down(rows: list[Row], above: dict[int, Any], by_line: dict[int, Row], errors: list[RowError]) -> Iterator[Row]:
    children: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        up = above[row.line]
        children[up.line if isinstance(up, Row) else None].append(row)
    waiting, done = list(children[None]), set()
    for row in waiting:  # grows while it is walked
        done.add(row.line)
        waiting.extend(children[row.line])
        yield row
    errors.extend(RowError(line, "parent", tk._("The parents go in a circle")) for line in by_line if line not in done)


def _step(
    row: Row,
    above: Any,
    steps: dict[int, Step],
    portal: Portal,
    sure: dict[int, tuple[Any, str]],
    taken: dict[str, list[int]],
    errors: list[RowError],
) -> Step | None:
    parent = steps.get(above.line) if isinstance(above, Row) else None
    if isinstance(above, Row) and parent is None:
        return None  # The parent's own error says it all.
    parent_id = parent.id if parent else above.organization_id if above is not None else None
    one, by = sure.get(row.line, (None, ""))
    if one is None:
        candidates = [] if parent and parent.is_new else portal.named_like(row, parent_id)
        by = "title"
        if not candidates and parent_id is not None:
            candidates = [one for one in portal.named_like(row, None) if one.organization_id in portal.placeless]
        candidates = [one for one in candidates if not any(line in sure for line in taken[one.organization_id])]
        if len(candidates) > 1:
            names = ", ".join(sorted(one.name for one in candidates))
            text = tk._("{title} may be any of {names}; write the right name into the column name")
            errors.append(RowError(row.line, "title", text.format(title=row.title, names=names)))
            return None
        if candidates:
            one = candidates[0]
            taken[one.organization_id].append(row.line)
    if one is None:
        return _new(row, parent_id, portal, errors)
    moves = parent_id is not None and parent_id != one.parent_id
    return Step(
        row,
        one.organization_id,
        one.name,
        one.title or one.name,
        False,
        parent_id if moves else one.parent_id,
        moves,
        by,
        _changes(row, one),
    )


def _new(row: Row, parent_id: str | None, portal: Portal, errors: list[RowError]) -> Step | None:
    name = row.new_name()
    if name in portal.names:
        text = tk._("{name} is the name of something else here (maybe deleted); write another one into this column")
        errors.append(RowError(row.line, "name", text.format(name=name)))
        return None
    values = {
        "kind": row.kind,
        "kode_kemendagri": row.kode_kemendagri,
        "kode_bps": row.kode_bps,
        "aliases": row.aliases,
        "programmes": row.programmes,
    }
    return Step(row, str(uuid.uuid4()), name, row.title, True, parent_id, parent_id is not None, "", values)


def _changes(row: Row, one: Any) -> dict[str, Any]:
    """Columns of an organization that is there which the row changes; an empty cell changes nothing."""
    own = {one.title, *one.aliases}
    wanted = {
        "kind": row.kind,
        "kode_kemendagri": row.kode_kemendagri or one.kode_kemendagri,
        "kode_bps": row.kode_bps or one.kode_bps,
        "aliases": [*one.aliases, *(name for name in (row.title, *row.aliases) if name not in own)],
        "programmes": [*one.programmes, *(it for it in row.programmes if it not in one.programmes)],
    }
    return {key: value for key, value in wanted.items() if value != one._mapping[key]}


def _claimed_twice(taken: dict[str, list[int]], by_line: dict[int, Row], portal: Portal) -> Iterator[RowError]:
    for id, lines in taken.items():
        if len(lines) > 1:
            text = tk._(
                "Lines {lines} may all be the organization {name}; give it its code first, or write its name "
                "into the column name of the right line"
            ).format(lines=", ".join(map(str, sorted(lines))), name=portal.by_id[id].name)
            for line in lines:
                yield RowError(line, "title", text)


def _circles(steps: list[Step], portal: Portal) -> Iterator[RowError]:
    parents = {id: row.parent_id for id, row in portal.by_id.items()} | {step.id: step.parent_id for step in steps}
    for step in steps:
        up, height = step.parent_id, 0
        while up is not None and up != step.id and height <= sync.MAX_DEPTH:
            up, height = parents.get(up), height + 1
        if step.moves and up is not None:
            text = tk._("The tree would go in circles or be deeper than {levels} levels; choose another parent")
            yield RowError(step.row.line, "parent", text.format(levels=sync.MAX_DEPTH + 1))

"""From a YAML file to a table: states, actions, ways. What is wrong is noted with its line, all of it at once."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any, get_args

from yaml.nodes import Node

from ..transitions import BUILT_IN, PUBLICATION, Edge, Effect, Need, Role, State, Transition, Workflow
from . import safety
from .nodes import Path, Reading
from .problems import BadTable, Problem, _

ROLES: tuple[str, ...] = get_args(Role)
NEEDS: tuple[str, ...] = get_args(Need)
EFFECTS: tuple[str, ...] = get_args(Effect)
LANGUAGES = ("id", "en")

TABLE_KEYS = ("track", "initial", "states", "transitions")
STATE_KEYS = ("label", "public", "editable_by", "waits_for", "seen_by_roles")
TRANSITION_KEYS = ("label", "done", "ways", "needs", "effect", "four_eyes", "holds", "respects_holder")
WAY_KEYS = ("from", "to", "roles", "unasked")

#: What names of states and actions may look like: they stand in addresses, in the database and in the API.
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
#: Words of the history for what is no action of a table.
RESERVED = frozenset(
    "activity_code adopt conforms delete harvest move override override_edit priority purge resubmit restore "
    "table".split()
)
_PACKAGE_FILE = re.compile(r"[A-Za-z_][\w.]*:[^:]+")


def load(files: Iterable[str], tracks: dict[str, Workflow] | None = None, here: str = "") -> list[Workflow]:
    """The tables of these files.

    :param files: paths, relative ones from ``here``, or ``package:path/in/package``
    :param tracks: the tracks a table may be for, each with the extension's own table; publication where empty
    :raises BadTable: with every problem of every file
    """
    known = tracks or {PUBLICATION: BUILT_IN}
    tables: list[Workflow] = []
    problems: list[Problem] = []
    for name in files:
        try:
            text = _read(name, here)
        except (OSError, ImportError, UnicodeDecodeError, ValueError) as error:
            problems.append(
                Problem(
                    _("This file cannot be read: {problem}. Mend the option satudata.review.workflows."),
                    {"problem": str(error) or type(error).__name__},
                    file=name,
                )
            )
            continue
        table, found = parse(text, name, known)
        problems.extend(found)
        if table is None:
            continue
        if any(table.track == other.track for other in tables):
            problems.append(
                Problem(
                    _("There is already a table for the track “{name}”. Name one file a track."),
                    {"name": table.track},
                    ("track",),
                    name,
                    1,
                )
            )
        tables.append(table)
    if problems:
        raise BadTable(problems)
    return tables


def _read(name: str, here: str) -> str:
    if _PACKAGE_FILE.fullmatch(name):
        package, _colon, inner = name.partition(":")
        return importlib.resources.files(package).joinpath(inner).read_text(encoding="utf-8")
    return (FilePath(here) / name).read_text(encoding="utf-8")


def parse(
    text: str, file: str = "", tracks: dict[str, Workflow] | None = None
) -> tuple[Workflow | None, list[Problem]]:
    """One table from its text.

    :returns: the table, or None with what is wrong; never both
    """
    reading = Reading(file)
    node = reading.compose(text)
    if node is None:
        return None, reading.problems
    table = _Table(reading, tracks or {PUBLICATION: BUILT_IN}).read(node)
    if not reading.problems:
        for found in safety.problems(table):
            reading.problem(reading.line_of(found.path), found.path, found.text, **found.values)
    return (None, reading.problems) if reading.problems else (table, [])


class _Table:
    """Reads one file; what is missing is filled with something harmless, for a problem stops the table anyway."""

    def __init__(self, reading: Reading, tracks: dict[str, Workflow]) -> None:
        self.reading = reading
        self.tracks = tracks
        self.own = next(iter(tracks.values()))

    def read(self, node: Node) -> Workflow:
        entries = self.reading.mapping(node, (), TABLE_KEYS, ("initial", "states", "transitions"))
        track = self._track(entries.get("track"))
        self.own = self.tracks.get(track, self.own)
        states = self._named(entries.get("states"), ("states",))
        transitions = self._named(entries.get("transitions"), ("transitions",))
        self.names = list(states)
        initial = self._state(entries["initial"], ("initial",)) if "initial" in entries else None
        return Workflow(
            track,
            {name: self._read_state(name, item, name == initial) for name, item in states.items()},
            {name: self._read_transition(name, item) for name, item in transitions.items()},
            initial or "",
            decides_visibility=track == PUBLICATION,
        )

    def _track(self, node: Node | None) -> str:
        if node is None:
            return PUBLICATION
        name = self.reading.text(node, ("track",)) or PUBLICATION
        self.reading.one_of(
            node, ("track",), name, self.tracks, _("Unknown track “{name}”. Known: {names}. Write one of these.")
        )
        return name

    def _named(self, node: Node | None, path: Path) -> dict[str, Node]:
        """States or actions by name, each with a name that can stand everywhere."""
        if node is None:
            return {}
        found = self.reading.mapping(node, path)
        if not found and not any(problem.path[:1] == path for problem in self.reading.problems):
            self.reading.problem(node, path, _("Nothing is named here. Name at least one."))
        for name in found:
            here = (*path, name)
            if not NAME.fullmatch(name):
                text = _("“{name}” cannot be a name. Write 2 to 40 small letters a–z, digits and _, a letter first.")
                self.reading.problem(self.reading.lines[here], here, text, name=name)
            elif path == ("transitions",) and name in RESERVED:
                text = _("“{name}” is a word of the history already. Choose another name for this action.")
                self.reading.problem(self.reading.lines[here], here, text, name=name)
        return found

    def _state(self, node: Node, path: Path) -> str | None:
        name = self.reading.text(node, path)
        if name is None:
            return None
        known = self.reading.one_of(
            node, path, name, self.names, _("Unknown state “{name}”. Did you mean: {near}? Name it under states.")
        )
        return name if known else None

    def _role(self, node: Node, path: Path, name: str) -> Any:
        self.reading.one_of(node, path, name, ROLES, _("Unknown role “{name}”. Known: {names}. Write one of these."))
        return name

    def _role_or_nobody(self, entries: dict[str, Node], key: str, path: Path) -> Any:
        if key not in entries:
            return None
        name = self.reading.text_or_nothing(entries[key], (*path, key))
        return self._role(entries[key], (*path, key), name) if name else None

    def _words(self, entries: dict[str, Node], key: str, path: Path, needed: bool) -> dict[str, str]:
        """A text in both languages."""
        here = (*path, key)
        if key not in entries:
            if needed:
                self.reading.problem(
                    self.reading.line_of(path),
                    path,
                    _("“{name}” has no label. Add one in both languages: label: {{id: …, en: …}}."),
                    name=path[-1],
                )
            return {}
        words = self.reading.mapping(entries[key], here, LANGUAGES, LANGUAGES)
        return {lang: self.reading.text(node, (*here, lang)) or "" for lang, node in words.items()}

    def _read_state(self, name: str, node: Node, initial: bool) -> State:
        path: Path = ("states", name)
        entries = self.reading.mapping(node, path, STATE_KEYS)
        known = self.own.states.get(name)
        words = self._words(entries, "label", path, known is None)
        seen = (
            self.reading.flag(entries["seen_by_roles"], (*path, "seen_by_roles"))
            if "seen_by_roles" in entries
            else not initial
        )
        return State(
            name,
            words.get("en") or (known.label if known else name),
            public=self._flag(entries, "public", path),
            editable_by=self._role_or_nobody(entries, "editable_by", path),
            waits_for=self._role_or_nobody(entries, "waits_for", path),
            seen_by_roles=seen,
            words=words,
        )

    def _flag(self, entries: dict[str, Node], key: str, path: Path) -> bool:
        return key in entries and self.reading.flag(entries[key], (*path, key))

    def _read_transition(self, name: str, node: Node) -> Transition:
        path: Path = ("transitions", name)
        entries = self.reading.mapping(node, path, TRANSITION_KEYS, ("ways",))
        known = self.own.transitions.get(name)
        words = self._words(entries, "label", path, known is None)
        done = self._words(entries, "done", path, False)
        needs = self.reading.names(entries["needs"], (*path, "needs")) if "needs" in entries else []
        for need, item in needs:
            text = _("Unknown need “{name}”. Known: {names}. Write some of these.")
            self.reading.one_of(item, (*path, "needs"), need, NEEDS, text)
        effect = self.reading.text_or_nothing(entries["effect"], (*path, "effect")) if "effect" in entries else None
        if effect:
            text = _("Unknown effect “{name}”. Known: {names}. Write one of these, or leave it out.")
            self.reading.one_of(entries["effect"], (*path, "effect"), effect, EFFECTS, text)
        return Transition(
            name,
            words.get("en") or (known.label if known else name),
            tuple(
                edge for number, item in self._ways(entries, path) for edge in self._way(item, (*path, "ways", number))
            ),
            tuple(need for need, _item in needs),  # type: ignore[misc]
            effect,  # type: ignore[arg-type]
            four_eyes=self._flag(entries, "four_eyes", path),
            holds=self._flag(entries, "holds", path),
            respects_holder=self._flag(entries, "respects_holder", path),
            words=words,
            done_words=done,
        )

    def _ways(self, entries: dict[str, Node], path: Path) -> list[tuple[str, Node]]:
        if "ways" not in entries:
            return []
        items = self.reading.sequence(entries["ways"], (*path, "ways"))
        if not items and not any(problem.path == (*path, "ways") for problem in self.reading.problems):
            self.reading.problem(entries["ways"], (*path, "ways"), _("This list is empty. Name at least one."))
        return [(str(number), item) for number, item in enumerate(items, 1)]

    def _way(self, node: Node, path: Path) -> list[Edge]:
        entries = self.reading.mapping(node, path, WAY_KEYS, ("from", "to", "roles"))
        froms = self.reading.names(entries["from"], (*path, "from")) if "from" in entries else []
        text = _("Unknown state “{name}”. Did you mean: {near}? Name it under states.")
        for name, item in froms:
            self.reading.one_of(item, (*path, "from"), name, self.names, text)
        to = self._state(entries["to"], (*path, "to")) if "to" in entries else None
        roles = self.reading.names(entries["roles"], (*path, "roles")) if "roles" in entries else []
        unasked = self._state(entries["unasked"], (*path, "unasked")) if "unasked" in entries else None
        named = tuple(self._role(item, (*path, "roles"), name) for name, item in roles)
        edges = [Edge(name, to or "", named, unasked) for name, _item in froms]
        for edge in edges:
            self.reading.lines[safety.way_path(path[1], edge)] = node.start_mark.line + 1
        return edges

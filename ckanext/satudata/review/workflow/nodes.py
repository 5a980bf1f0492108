"""Reading YAML so that everything in it still knows its line.

Only plain YAML is taken: mappings, lists, texts and true or false. No tags (nothing is ever constructed from a
file), no anchors and aliases (a line would no longer belong to one place), no key twice (YAML would silently keep
the last).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .problems import Problem, Word, _, listed, near

Path = tuple[str, ...]
#: A table is a screen or two; more than this is another file by mistake.
MOST_BYTES = 200_000
_PLAIN = "tag:yaml.org,2002:"
_KINDS = {
    "map": _("a mapping"),
    "seq": _("a list"),
    "str": _("a text"),
    "bool": _("true or false"),
    "null": _("nothing"),
    "int": _("a number"),
    "float": _("a number"),
    "timestamp": _("a date"),
}


class _Anchored(yaml.MarkedYAMLError):
    """An anchor or an alias."""


class _Loader(yaml.SafeLoader):
    """Composes nodes and constructs nothing; stops at the first anchor or alias."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Anchored(problem_mark=event.start_mark)
        return super().compose_node(parent, index)


class Reading:
    """One file while it is read: the problems so far, and the line of every path."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {(): 1}

    # -- problems ---------------------------------------------------------------------------------------------

    def problem(self, node: Node | int, path: Path, text: str, **values: Any) -> None:
        """Note one, at the line of a node."""
        line = node if isinstance(node, int) else node.start_mark.line + 1
        self.problems.append(Problem(text, values, path, self.file, line))

    def line_of(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    # -- the file ---------------------------------------------------------------------------------------------

    def compose(self, text: str) -> Node | None:
        """The node at the top of the file, or None with the problem noted."""
        if len(text.encode("utf-8", "replace")) > MOST_BYTES:
            self.problem(1, (), _("This file is too long for a table of the review. Name the right file."))
            return None
        try:
            node = yaml.compose(text, Loader=_Loader)
        except _Anchored as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.problem(line, (), _("Anchors and aliases (& and *) are not taken. Write it out in full."))
            return None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            said = " ".join(str(getattr(error, "problem", None) or error).split())
            self.problem(
                mark.line + 1 if mark else 1,
                (),
                _("This is not YAML: {problem}. Look at indentation, colons and quotes near this line."),
                problem=said,
            )
            return None
        except RecursionError:
            self.problem(1, (), _("This file is nested too deeply for a table of the review. Name the right file."))
            return None
        if node is None:
            self.problem(1, (), _("This file is empty. Write a table with track, initial, states and transitions."))
        return node

    # -- what a node should be --------------------------------------------------------------------------------

    def _is(self, node: Node, path: Path, kind: str) -> bool:
        found = node.tag.removeprefix(_PLAIN)
        if node.tag.startswith(_PLAIN) and found == kind:
            return True
        self.problem(
            node,
            path,
            _("Here stands {found} where {wanted} belongs. Mend it; put a word that YAML misreads into quotes."),
            found=Word(_KINDS.get(found, node.tag)),
            wanted=Word(_KINDS[kind]),
        )
        return False

    def mapping(
        self, node: Node, path: Path, known: Collection[str] | None = None, required: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The entries of a mapping by key; unknown, doubled and missing keys are noted.

        :param known: the keys that may stand here; None for names of the portal's own
        """
        self.lines.setdefault(path, node.start_mark.line + 1)
        if not isinstance(node, MappingNode) or not self._is(node, path, "map"):
            if not isinstance(node, MappingNode):
                self._is(node, path, "map")
            return {}
        entries: dict[str, Node] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, ScalarNode) or key_node.tag not in (_PLAIN + "str", _PLAIN + "merge"):
                self._is(key_node, path, "str")
                continue
            key = key_node.value
            here = (*path, key)
            if key in entries:
                first = self.lines[here]
                self.problem(
                    key_node,
                    path,
                    _("“{name}” stands here twice; first in line {line}. Keep one."),
                    name=key,
                    line=first,
                )
                continue
            if known is not None and key not in known:
                self.problem(
                    key_node,
                    path,
                    _("Unknown key “{name}”. Known here: {names}. Did you mean “{near}”?")
                    if near(key, known) in known
                    else _("Unknown key “{name}”. Known here: {names}. Remove it."),
                    name=key,
                    names=listed(known),
                    near=near(key, known),
                )
                continue
            self.lines[here] = key_node.start_mark.line + 1
            entries[key] = value
        for key in required:
            if key not in entries and not any(
                problem.path == path and problem.values.get("near") == key for problem in self.problems
            ):
                self.problem(node, path, _("“{name}” is missing here. Add it."), name=key)
        return entries

    def text(self, node: Node, path: Path) -> str | None:
        """A text that is not empty, or None with the problem noted."""
        if not self._is(node, path, "str"):
            return None
        if not node.value.strip():
            self.problem(node, path, _("Here stands an empty text. Fill it in."))
            return None
        return str(node.value.strip())

    def text_or_nothing(self, node: Node, path: Path) -> str | None:
        """A text, or None where the file says nothing (empty, ``null``, ``~``)."""
        return None if node.tag == _PLAIN + "null" else self.text(node, path)

    def flag(self, node: Node, path: Path) -> bool:
        """True or false; false with the problem noted for anything else."""
        if not self._is(node, path, "bool"):
            return False
        return str(node.value).lower() in ("true", "yes", "on")

    def sequence(self, node: Node, path: Path) -> list[Node]:
        """The items of a list, or none with the problem noted."""
        if not isinstance(node, SequenceNode):
            self._is(node, path, "seq")
            return []
        return list(node.value) if self._is(node, path, "seq") else []

    def names(self, node: Node, path: Path) -> list[tuple[str, Node]]:
        """One name or a list of names, each with its node; a name twice is noted."""
        items = self.sequence(node, path) if isinstance(node, SequenceNode) else [node]
        found: list[tuple[str, Node]] = []
        for item in items:
            name = self.text(item, path)
            if name is None:
                continue
            if any(name == known for known, _node in found):
                self.problem(item, path, _("“{name}” stands here twice. Keep one."), name=name)
                continue
            found.append((name, item))
        if not found and not any(problem.path == path for problem in self.problems):
            self.problem(node, path, _("This list is empty. Name at least one."))
        return found

    def one_of(self, node: Node, path: Path, name: str, known: Collection[str], text: str) -> bool:
        """Whether a name is known; else the problem ``text`` with ``name``, ``names`` and ``near``."""
        if name in known:
            return True
        self.problem(node, path, text, name=name, names=listed(known), near=near(name, known))
        return False

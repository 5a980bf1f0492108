"""Checking events as PostgreSQL hands them out by ``COPY``, the quickest way rows leave it.

The canonical text of an event is put together straight from the columns of a ``COPY`` line: the escapes of ``COPY``
are those of JSON but for quotation marks and rare control characters. Where the two differ the hash does not fit, and
the line is read again by the exact way; so a line that fits *is* what was hashed, and none is called changed unheard.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import chain
from . import canonical

JSON_COLUMNS = chain.JSON_COLUMNS
#: In this order a line is split: objects last, because most events have none.
COLUMNS = (*(name for name in chain.HASHED if name not in JSON_COLUMNS), "hash", *JSON_COLUMNS)

_NULL = b"\\N"
_HEXADECIMAL = b"0123456789abcdef"
_NO_OBJECTS = b"\\N\t\\N\t\\N\n"
_TEMPLATE = b"{%b}" % b",".join(
    b'"%b":%b' % (name.encode(), b"%b" if name in (*JSON_COLUMNS, "position") else b'"%b"') for name in chain.HASHED
)
_ID = rb'"[0-9a-f-]{36}": '
_FILE = _ID + rb'(?:"[0-9a-f]{64}"|null)'
_TABLE = _ID + rb'(?:\{"hash": "-?[0-9]+", "rows": [0-9]{1,15}\}|null)'
_FILES = rb"(\{(?:%b(?:, %b)*)?\})" % (_FILE, _FILE)
_TABLES = rb"(\{(?:%b(?:, %b)*)?\})" % (_TABLE, _TABLE)
#: ``content`` as ``content.parts`` makes it; no text in it holds a space, so that taking them out is all it needs.
_USUAL_CONTENT = re.compile(
    rb'\{"files": %b, "tables": %b, "metadata": ("[0-9a-f]{64}"), "derived_tables": %b\}' % (_FILES, _TABLES, _TABLES)
).fullmatch
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"\\": b"\\"}
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """One place where the chain is broken.

    :param kind: ``changed`` (the event is not what its hash says), ``link`` (it does not follow from the one before),
        ``missing``, ``beyond`` (after the head), ``head``, ``no_head``, ``rewritten`` (another event stood there when
        it was last looked at), ``anchor`` (another event than the anchor says)
    """

    position: int
    kind: str


@dataclass
class Range:
    """What was found in the events from ``first`` to ``last``; also the consumer that ``COPY`` writes its lines to."""

    first: int
    last: int
    expected: int = 0
    count: int = 0
    problems: list[Problem] = field(default_factory=list)
    #: Hash before the first event and hash of the last one, to join ranges; None where there is none.
    before: bytes | None = None
    after: bytes | None = None
    _objects: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    _skeletons: set[bytes] = field(default_factory=set, repr=False)

    def write(self, line: bytes, sha256: Callable[[bytes], Any] = hashlib.sha256) -> None:
        """Check one line of ``COPY``, which must have ``COLUMNS`` in order of position.

        Written as one long function: it is called for every event, and a call costs a tenth of the check.
        """
        (
            action, actor, actor_name, at, body, comment, digest, from_state, organization, package, name, title,
            number, previous, program, to_state, track, own, objects,
        ) = line.split(b"\t", 18)  # fmt: skip
        if objects == _NO_OBJECTS:
            content = fields = results = b"null"
        else:
            content, fields, results = objects[:-1].split(b"\t")
            content = self._content(content)
            fields = b"null" if fields == _NULL else self._object(fields)
            results = b"null" if results == _NULL else self._object(results)
        if len(at) != 26:
            at = at.ljust(26, b"0") if len(at) > 19 else at + b".000000"
        text = _TEMPLATE % (
            action, actor, actor_name, at.replace(b" ", b"T"), body, comment, content, digest, fields, from_state,
            organization, package, name, title, number, previous, results, program, to_state, track,
        )  # fmt: skip
        position = int(number)
        if sha256(text.replace(b'"\\N"', b"null")).hexdigest().encode() != own and not _is_right(line):
            self.problems.append(Problem(position, "changed"))
        if position != self.expected:
            self.problems.append(Problem(self.expected, "missing"))
        elif self.after is None:
            self.before = previous
        elif previous != self.after:
            self.problems.append(Problem(position, "link"))
        self.after = own
        self.count += 1
        self.expected = position + 1

    def end(self) -> Range:
        """Nothing more comes; what is still expected is missing."""
        if self.expected <= self.last:
            self.problems.append(Problem(self.expected, "missing"))
        self._objects.clear()
        del self.problems[100:]
        return self

    def _content(self, column: bytes) -> bytes:
        """The column ``content`` as canonical JSON: the same four parts in another order, where it is as usual.

        Without its hexadecimal digits little is left of it, and that little is the same for most events. Where it is
        what was left of a usual one, so are all quotation marks, spaces and brackets: every space stands between
        texts, and the names found below are no parts of texts. A column that differs in a name alone finds it
        nowhere, and what is put together then is no JSON at all.
        """
        if column == _NULL:
            return b"null"
        skeleton = column.translate(None, _HEXADECIMAL)
        if skeleton not in self._skeletons:
            if not _USUAL_CONTENT(column):
                return self._object(column)
            if len(self._skeletons) < 10_000:
                self._skeletons.add(skeleton)
        start, files = column[:10], column[10:]
        files, _, tables = files.partition(b', "tables": ')
        tables, _, metadata = tables.partition(b', "metadata": ')
        metadata, _, derived = metadata.partition(b', "derived_tables": ')
        if start != b'{"files": ' or not derived:
            return self._object(column)
        return (
            b'{"derived_tables":%b,"files":%b,"metadata":%b,"tables":%b}' % (derived[:-1], files, metadata, tables)
        ).replace(b" ", b"")

    def _object(self, column: bytes) -> bytes:
        """A ``jsonb`` column as canonical JSON; the few objects that return again and again are remembered."""
        known = self._objects.get(column)
        if known is None:
            try:
                known = canonical.dumps(json.loads(column.replace(b"\\\\", b"\\")))
            except ValueError:  # a number without canonical form: never written by us, so the hash cannot fit
                known = column
            if len(self._objects) < 10_000:
                self._objects[column] = known
        return known


def _is_right(line: bytes) -> bool:
    """Whether the hash of an event fits, by the exact way: columns read as what they are, RFC 8785 over them."""
    values = dict(zip(COLUMNS, (_read(column) for column in line[:-1].split(b"\t")), strict=True))
    try:
        values["position"] = int(values["position"])
        values["at"] = dt.datetime.fromisoformat(_padded(values["at"]))
        for name in JSON_COLUMNS:
            values[name] = None if values[name] is None else json.loads(values[name])
        return chain.hash_of_values(values) == values["hash"]
    except (ValueError, TypeError):
        return False


def _padded(at: str) -> str:
    """A moment with all six digits: Python 3.10 reads no fewer."""
    return at.ljust(26, "0") if len(at) > 19 else at


def _read(column: bytes) -> Any:
    if column == _NULL:
        return None
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), column).decode()

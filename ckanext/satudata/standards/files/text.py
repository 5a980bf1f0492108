"""Text files in blocks: whatever the encoding, UTF-8 comes out, cut at the end of a row, in bounded memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Bytes of text handed on at once; memory is a small multiple of it.
BLOCK = 4 * 1024 * 1024
#: A row longer than this is no row of a table.
LONGEST_ROW = 2 * BLOCK
#: So many line ends are tried when a block ends within quotes, before the quotes are held to be stray.
_TRIES = 200

_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CONTROL = bytes([*range(1, 9), 11, 12, *range(14, 32), 127])
_AS_SPACES = bytes.maketrans(_CONTROL, b" " * len(_CONTROL))


class RowTooLong(ValueError):
    """A row that does not end within :data:`LONGEST_ROW` bytes."""


@dataclass
class Seen:
    """What was noticed on the way.

    :ivar encoding: ``utf-8``, ``utf-16``, ``utf-32``, ``cp1252``, ``latin-1`` or ``mixed``
    :ivar nul: how many NUL bytes were taken out
    :ivar control: how many control characters were replaced by a space
    :ivar lines: line ends in the blocks handed on so far
    """

    encoding: str = ""
    nul: int = 0
    control: int = 0
    lines: int = 0


def wide_encoding(start: bytes) -> str:
    """``utf-16-le`` and its kin, by the mark at the beginning or by every other byte being zero; else empty."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = start[:4096]
    if len(sample) >= 8:
        half = len(sample) // 2
        if sample[1::2].count(0) > half * 0.8 and sample[0::2].count(0) < half * 0.1:
            return "utf-16-le"
        if sample[0::2].count(0) > half * 0.8 and sample[1::2].count(0) < half * 0.1:
            return "utf-16-be"
    return ""


def blocks(pieces: Iterable[bytes], seen: Seen) -> Iterator[bytes]:
    """The text as UTF-8 in blocks that end at the end of a row (or of the file).

    :param pieces: the bytes of the file, from its beginning
    :param seen: is filled in on the way; ``encoding`` is final only after the last block
    :raises RowTooLong: a row does not end
    """
    rest = b""
    for text in _as_utf8(pieces, seen):
        rest = rest + text if rest else text
        while len(rest) >= BLOCK:
            cut = _end_of_row(rest[:BLOCK])
            if not cut:
                if len(rest) < LONGEST_ROW:
                    break
                cut = _end_of_row(rest[:LONGEST_ROW])
                if not cut:
                    raise RowTooLong
            block, rest = rest[:cut], rest[cut:]
            yield block
            seen.lines += block.count(b"\n")
    if rest:
        yield rest
        seen.lines += rest.count(b"\n")


def _end_of_row(text: bytes) -> int:
    """Where the last whole row ends; 0 where none does. A line end within quotes ends no row."""
    end = last = text.rfind(b"\n") + 1
    quotes = text.count(b'"', 0, end)
    for _ in range(_TRIES):
        if not end or quotes % 2 == 0:
            return end
        earlier = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(b'"', earlier, end)
        end = earlier
    return last


def _as_utf8(pieces: Iterable[bytes], seen: Seen) -> Iterator[bytes]:
    source = iter(pieces)
    start = next(source, b"")
    wide = wide_encoding(start)
    if wide:
        seen.encoding = wide[:6]
        yield from _clean(_from_wide(start, source, wide), seen)
    else:
        yield from _clean(_from_narrow(start.removeprefix(codecs.BOM_UTF8), source, seen), seen)


def _from_wide(start: bytes, source: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(start).lstrip("\ufeff").encode("utf-8", "replace")
    for piece in source:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _from_narrow(start: bytes, source: Iterator[bytes], seen: Seen) -> Iterator[bytes]:
    """UTF-8 as it is; lines that are none are read as Windows wrote them."""
    rest, utf8, other, undefined = b"", False, False, False
    seen.encoding = "utf-8"
    piece: bytes | None = start
    while piece is not None:
        following = next(source, None)
        data = rest + piece
        # A character may be cut in half: only whole lines are judged, as long as lines end at all.
        cut = len(data) if following is None else (data.rfind(b"\n") + 1 or max(0, len(data) - 4))
        now, rest = data[:cut], data[cut:]
        try:
            now.decode("utf-8")
            utf8 = utf8 or not now.isascii()
        except UnicodeDecodeError:
            lines = now.split(b"\n")
            for index, line in enumerate(lines):
                if line.isascii():
                    continue
                try:
                    line.decode("utf-8")
                    utf8 = True
                except UnicodeDecodeError:
                    other = True
                    odd = bool(_UNDEFINED_IN_CP1252.search(line))
                    undefined = undefined or odd
                    lines[index] = line.decode("latin-1" if odd else "cp1252").encode()
            now = b"\n".join(lines)
        if other:
            seen.encoding = "mixed" if utf8 else "latin-1" if undefined else "cp1252"
        yield now
        piece = following


def _clean(texts: Iterator[bytes], seen: Seen) -> Iterator[bytes]:
    """Line ends of one kind, and nothing in between that no table holds."""
    held = b""
    for text in texts:
        text = held + text
        held = b""
        if text.endswith(b"\r"):
            text, held = text[:-1], b"\r"
        if b"\x00" in text:
            seen.nul += text.count(b"\x00")
            text = text.replace(b"\x00", b"")
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        control = len(text) - len(text.translate(None, _CONTROL))
        if control:
            text = text.translate(_AS_SPACES)
            seen.control += control
        yield text
    if held:
        yield b"\n"

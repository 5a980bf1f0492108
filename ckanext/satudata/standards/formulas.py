"""Formulas of indicators as officers write them, read as arithmetic and nothing else.

``Prevalensi = (Jumlah balita stunting / jumlah balita diukur) x 100%`` names its parts in words. The names are known
from the rows of the indicator (MS-Ind 13 to 15): they are put in first, the longest first; what is left has to be
numbers, parentheses and the four operations. It is parsed by :mod:`ast` and walked by a list of allowed nodes: no
names, no calls, no powers, nothing is evaluated as Python.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LONGEST = 1000
MOST_NODES = 200
_WORDS = {
    "dibagi dengan": "/", "dibagi": "/", "dikalikan dengan": "*", "dikalikan": "*", "dikali": "*", "kali": "*",
    "dikurangi": "-", "ditambah": "+", "divided by": "/", "times": "*", "minus": "-", "plus": "+",
    "per seratus": "/ 100",
}  # fmt: skip
_SIGNS = str.maketrans("×·∗÷∕:−–[]{}", "***///--()()")
_OPERATIONS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
# 1.000 and 1.000,5 are Indonesian, 0.5 is not: three digits after a dot are thousands.
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?")


class NotComputable(ValueError):
    """A formula that is no simple arithmetic over known parts.

    :ivar unknown: words in it that are no part
    """

    def __init__(self, unknown: list[str]) -> None:
        super().__init__(", ".join(unknown))
        self.unknown = unknown


@dataclass(frozen=True)
class Formula:
    """A formula that can be computed.

    :ivar parts: the names it needs, as they were given
    """

    tree: ast.expr
    parts: tuple[str, ...]

    def value(self, of: Mapping[str, float]) -> float | None:
        """What comes out for these values of the parts; None where it divides by nothing.

        :raises KeyError: a part has no value
        """
        try:
            return _value(self.tree, [of[name] for name in self.parts])
        except (ZeroDivisionError, OverflowError):
            return None


def folded(text: str) -> str:
    """A name as it is compared: letters and digits in lower case, parted by single blanks."""
    return " ".join(re.findall(r"[^\W_]+", str(text).casefold()))


def is_arithmetic(text: str) -> bool:
    """Whether somebody meant a computation at all: prose about a method is none."""
    said = text.translate(_SIGNS)
    return bool(re.search(r"[/*+=]|\s-\s|\bx\b|×", said)) or any(f" {word} " in f" {said.lower()} " for word in _WORDS)


def parse(text: str, names: Iterable[str]) -> Formula:
    """Read a formula.

    :param names: what its parts are called
    :raises NotComputable: it is too long, no arithmetic, or names something else
    """
    if len(text) > LONGEST or re.search("[\ue000\ue001]", text):
        raise NotComputable([])
    said = text.splitlines()[0] if "\n" in text.strip() and "=" in text.splitlines()[0] else " ".join(text.split())
    if "=" in said:
        said = said.split("=", 1)[1]
    parts = sorted({name: folded(name) for name in names if folded(name)}.items(), key=lambda pair: -len(pair[1]))
    used: dict[str, int] = {}
    for name, words in parts:
        pattern = r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words.split())) + r"(?![^\W_])"
        if name.rstrip().endswith(")"):
            pattern += r"\s*\)"
        if re.search(pattern, said, re.IGNORECASE):
            place = used.setdefault(name, len(used))
            # A sign no text has, so that no shorter name is found within.
            said = re.sub(pattern, f" \ue000{place}\ue001 ", said, flags=re.IGNORECASE)
    tree = _arithmetic(said, len(used))
    if not used:
        raise NotComputable([])
    return Formula(tree, tuple(used))


def _arithmetic(said: str, parts: int) -> ast.expr:
    said = said.translate(_SIGNS)
    for word, sign in _WORDS.items():
        said = re.sub(rf"(?<!\w){word}(?!\w)", f" {sign} ", said, flags=re.IGNORECASE)
    said = re.sub(r"(?<=[\s)\d\ue001])[xX](?=[\s(\d\ue000])", "*", said)
    said = re.sub(r"(\d)\s*(?:%|persen|percent)", r"\1", said, flags=re.IGNORECASE)
    said = _numbers(said)
    said = re.sub(r"\ue000(\d+)\ue001", r"_\1", said)
    unknown = [" ".join(words.split()) for words in re.findall(r"[^\W\d_][^\d+*/()=\-]*", said.replace("_", " "))]
    if unknown:
        raise NotComputable([words[:60] for words in unknown][:5])
    try:
        tree = ast.parse(said.strip(" .;,"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotComputable([]) from None
    if sum(1 for _node in ast.walk(tree)) > MOST_NODES:
        raise NotComputable([])
    _check(tree, parts)
    return tree


def _numbers(said: str) -> str:
    """Numbers as Python writes them; the places of the parts are left alone."""
    pieces = re.split(r"(\ue000\d+\ue001)", said)
    return "".join(
        piece if piece.startswith("\ue000") else _NUMBER.sub(lambda found: _plain(found.group()), piece)
        for piece in pieces
    )


def _plain(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", number):
        number = number.replace(".", "")
    return str(float(number.replace(",", ".")))


def _check(node: ast.AST, parts: int) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        _check(node.left, parts)
        _check(node.right, parts)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        _check(node.operand, parts)
    elif isinstance(node, ast.Name) and node.id[1:].isdigit() and int(node.id[1:]) < parts:
        return
    elif not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
        raise NotComputable([])


def _value(node: ast.expr, values: list[float]) -> float:
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, values)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Name):
        return values[int(node.id[1:])]
    assert isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
    return float(node.value)


def number(text: str, comma: bool = False) -> float | None:
    """A figure in a table; None where it is none.

    :param comma: the column parts decimals by a comma, thousands by a dot (``1.263.569`` and ``12,5``)
    """
    said = text.strip().rstrip("%").strip()
    said = said.replace(".", "").replace(",", ".") if comma else said.replace(",", "")
    return float(said) if re.fullmatch(r"-?\d+(\.\d+)?", said) and len(said) < 40 else None

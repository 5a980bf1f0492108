"""The forms as a PDF to print or to send with a letter: A4, in Indonesian, the same bytes for the same content."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.bps import Item

from . import look
from .dates import date_in_words
from .layout import BLOCKS, TITLES, Line, columns, label_of, lines

FONT, BOLD = "SatuDataVera", "SatuDataVera-Bold"
#: A paragraph of a table cell cannot break over pages; so longer texts become several rows.
LONGEST = 1500
#: So much of one text is printed; the rest stands on the portal.
MOST = 60_000


@lru_cache(maxsize=1)
def _fonts() -> None:
    """Register the Unicode font that comes with reportlab; the built-in ones know Latin-1 only."""
    import reportlab
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    where = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(FONT, str(where / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(where / "VeraBd.ttf")))
    for bold, name in ((0, FONT), (1, BOLD)):
        addMapping(FONT, bold, 0, name)
        addMapping(FONT, bold, 1, name)


class _Paper:
    """The story of one document and the styles its paragraphs take."""

    def __init__(self) -> None:
        from reportlab.lib import colors
        from reportlab.lib.styles import ParagraphStyle

        _fonts()
        self.colors = colors
        self.story: list[Any] = []
        text = ParagraphStyle("text", fontName=FONT, fontSize=8.5, leading=11.5, splitLongWords=1, wordWrap="LTR")
        self.styles = {
            "text": text,
            "label": ParagraphStyle("label", parent=text, textColor=colors.HexColor("#333333")),
            "bold": ParagraphStyle("bold", parent=text, fontName=BOLD),
            "head": ParagraphStyle("head", parent=text, fontName=BOLD, textColor=colors.white),
            "title": ParagraphStyle("title", parent=text, fontName=BOLD, fontSize=14, leading=18, spaceAfter=4,
                                    textColor=colors.HexColor(f"#{look.NAVY}")),
            "sub": ParagraphStyle("sub", parent=text, fontSize=10, leading=13, spaceAfter=8),
            "item": ParagraphStyle("item", parent=text, fontName=BOLD, fontSize=10.5, leading=14, spaceBefore=10,
                                   spaceAfter=3),
        }  # fmt: skip

    def say(self, text: Any, style: str = "text") -> Any:
        from reportlab.platypus import Paragraph

        shown = escape(look.plain(str(text or ""))).replace("\n", "<br/>")
        return Paragraph(shown, self.styles[style])

    def table(
        self, rows: list[list[Any]], widths: Sequence[float], styles: list[tuple[Any, ...]], repeat: int = 0
    ) -> None:
        from reportlab.platypus import LongTable, TableStyle

        if not rows:
            return
        grid = [
            ("GRID", (0, 0), (-1, -1), 0.4, self.colors.HexColor(f"#{look.LINE}")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
        made = LongTable(rows, colWidths=widths, repeatRows=repeat, splitByRow=1, splitInRow=1)
        made.setStyle(TableStyle([*grid, *styles]))
        self.story.append(made)


def write(activities: Sequence[dict[str, Any]], indicators: Sequence[dict[str, Any]], edition: str = "later") -> bytes:
    """A PDF of these packages, each form beginning on a page of its own.

    :param activities: ``kegiatan`` as package_show gives them, with their variables
    :param indicators: ``indikator`` likewise
    :param edition: ``2021`` or ``later``
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import PageBreak, SimpleDocTemplate

    paper = _Paper()
    for package in activities:
        _activity(paper, package, edition)
        _variables(paper, package, edition)
        paper.story.append(PageBreak())
    for package in indicators:
        _indicator(paper, package, edition)
        paper.story.append(PageBreak())
    if paper.story:
        paper.story.pop()
    all_of_them = [*activities, *indicators]
    name = str(all_of_them[0].get("title") or "") if len(all_of_them) == 1 else "Metadata statistik"
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=42, rightMargin=42, topMargin=42, bottomMargin=48, invariant=1,
        title=look.plain(name)[:200], author="Satu Data", lang="id",
    )  # fmt: skip
    document.build(paper.story, canvasmaker=_numbered(look.plain(name)))
    return out.getvalue()


def _numbered(title: str) -> Any:
    """A canvas that knows how many pages there are only when it is saved."""
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for page in self._pages:
                self.__dict__.update(page)
                self.setFont(FONT, 7.5)
                self.setFillGray(0.35)
                self.drawString(42, 28, _fitting(title, 400))
                self.drawRightString(self._pagesize[0] - 42, 28, f"Halaman {self._pageNumber} dari {len(self._pages)}")
                Canvas.showPage(self)
            Canvas.save(self)

    return Numbered


def _fitting(text: str, width: float) -> str:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    text = " ".join(text.split())
    if stringWidth(text, FONT, 7.5) <= width:
        return text
    while text and stringWidth(f"{text}…", FONT, 7.5) > width:
        text = text[:-1]
    return f"{text}…"


def _activity(paper: _Paper, package: dict[str, Any], edition: str) -> None:
    paper.story += [paper.say(TITLES["ms_keg"], "title"), paper.say(package.get("title"), "sub")]
    rows: list[list[Any]] = []
    styles: list[tuple[Any, ...]] = []
    block = ""
    for line in lines(edition):
        if line.no and line.no[0] != block:
            block = line.no[0]
            roman, words = BLOCKS[block]
            _span(paper, rows, styles, f"{roman}. {words}", look.NAVY, "head")
        if not line.items:
            _span(paper, rows, styles, f"{line.no}  {line.words}", look.PALE, "bold")
            continue
        for at, part in enumerate(_parts(_answer(line, package))):
            number, words = ("", "") if at else (line.no, line.words)
            rows.append([paper.say(number, "label"), paper.say(words, "label"), paper.say(part)])
    paper.table(rows, (36, 175, 300), styles)


def _span(
    paper: _Paper, rows: list[list[Any]], styles: list[tuple[Any, ...]], text: str, fill: str, style: str
) -> None:
    at = len(rows)
    rows.append([paper.say(text, style), "", ""])
    styles += [("SPAN", (0, at), (-1, at)), ("BACKGROUND", (0, at), (-1, at), paper.colors.HexColor(f"#{fill}")),
               ("NOSPLIT", (0, at), (-1, at + 1))]  # fmt: skip


def _answer(line: Line, package: dict[str, Any]) -> str:
    if len(line.items) == 2:
        start, end = (_text(item, package) for item in line.items)
        return f"{start or '…'} s.d. {end or '…'}" if start or end else ""
    return _text(line.item, package)


def _text(item: Item, values: dict[str, Any]) -> str:
    """An answer in the words of the form."""
    value = bps.value_of(item, values)
    if item.kind == "rows":
        if item.field == "variabel":
            return f"{len(value)} variabel; lihat MS-Var" if value else ""
        shown = [", ".join(str(row[c.field]) for c in reversed(item.columns) if row.get(c.field)) for row in value]
        return "\n".join(f"{at}. {text}" for at, text in enumerate(shown, 1))
    if item.kind == "multiselect":
        words = str(values.get(item.other) or "") if item.other else ""
        labels = [bps.label_of(item, each) for each in value]
        return "\n".join(f"• {label}" + (f": {words}" if words and each == "lainnya" else "")
                         for each, label in zip(value, labels, strict=True))  # fmt: skip
    if item.choices:
        return bps.label_of(item, value) if value else ""
    return date_in_words(value) if item.kind == "date" else str(value)


def _parts(text: str) -> list[str]:
    """A long answer as pieces a table can break between pages."""
    text = text if len(text) <= MOST else f"{text[:MOST]}…"
    pieces: list[str] = []
    while len(text) > LONGEST:
        cut = max(text.rfind("\n", 0, LONGEST), text.rfind(" ", 0, LONGEST))
        cut = cut if cut > LONGEST // 2 else LONGEST
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text]


def _variables(paper: _Paper, package: dict[str, Any], edition: str) -> None:
    """MS-Var: an overview as a table, then each variable with all its columns."""
    variables = list(package.get("variabel") or [])
    if not variables:
        return
    from reportlab.platypus import PageBreak

    paper.story += [PageBreak(), paper.say(TITLES["ms_var"], "title"), paper.say(package.get("title"), "sub")]
    navy = ("BACKGROUND", (0, 0), (-1, 0), paper.colors.HexColor(f"#{look.NAVY}"))
    heads = [paper.say(text, "head") for text in ("No", "Nama Variabel", "Alias", "Tipe Data", "Satuan")]
    listed = [
        [
            paper.say(at),
            *(paper.say(_parts(str(row.get(name) or ""))[0]) for name in ("nama", "alias", "tipe_data", "satuan")),
        ]
        for at, row in enumerate(variables, 1)
    ]
    paper.table([heads, *listed], (28, 203, 120, 90, 70), [navy], repeat=1)
    items = columns("ms_var", edition)
    for at, row in enumerate(variables, 1):
        paper.story.append(paper.say(f"{at}. {row.get('nama') or '–'}"[:300], "item"))
        _card(paper, items[1:], row)


def _indicator(paper: _Paper, package: dict[str, Any], edition: str) -> None:
    paper.story += [paper.say(TITLES["ms_ind"], "title"), paper.say(package.get("title"), "sub")]
    items = columns("ms_ind", edition)
    own = [item for item in items if not item.rows]
    cut = next((at for at, item in enumerate(own) if item.field == "komposit"), len(own) - 1) + 1
    _card(paper, own[:cut], package)
    for name in dict.fromkeys(item.rows for item in items if item.rows):
        part = [item for item in items if item.rows == name]
        rows = [row for row in package.get(name) or [] if any(row.values())]
        if not rows:
            continue
        group = label_of(part[0]).split(": ")[0]
        paper.story.append(paper.say(group, "item"))
        heads = [paper.say("No", "head"), *(paper.say(label_of(item).split(": ")[-1], "head") for item in part)]
        shown = [
            [paper.say(at), *(paper.say(_parts(_text(item, row))[0]) for item in part)]
            for at, row in enumerate(rows, 1)
        ]
        width = (511 - 28) / len(part)
        navy = ("BACKGROUND", (0, 0), (-1, 0), paper.colors.HexColor(f"#{look.NAVY}"))
        paper.table([heads, *shown], (28, *[width] * len(part)), [navy], repeat=1)
    if own[cut:]:
        paper.story.append(paper.say("Penyajian", "item"))
        _card(paper, own[cut:], package)


def _card(paper: _Paper, items: Sequence[Item], values: dict[str, Any]) -> None:
    rows: list[list[Any]] = []
    for item in items:
        number = item.no if item.no.startswith("(") else ""
        for at, part in enumerate(_parts(_text(item, values))):
            beside = ("", "") if at else (number, label_of(item))
            rows.append([*(paper.say(text, "label") for text in beside), paper.say(part)])
    paper.table(rows, (36, 150, 325), [])

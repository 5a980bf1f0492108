"""PDF: its text, read by PDFium in a process of its own, looked through for personal data page by page.

A PDF is no table (the rule ``files.format`` says so); what matters is that nobody's number is published in one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ckanext.satudata.standards.files import apart, prose
from ckanext.satudata.standards.files.facts import FileFacts, Prose

#: So many characters of one page are looked through at once; a page that holds more is no page.
_AT_ONCE = 1_000_000


def scan(path: Path, facts: FileFacts, go_on: Callable[..., bool], seconds: float) -> None:
    """Look through the text of every page."""
    facts.prose = found = Prose()
    page, text = 0, ""
    try:
        with closing(apart.read("PDF", path, seconds)) as said:
            for line in said:
                if "pages" in line:
                    found.pages = line["pages"]
                    facts.looked_into = True
                    continue
                if page and (line["page"] != page or len(text) > _AT_ONCE):
                    prose.judge(found, page, text)
                    text = ""
                    if not go_on(facts.size // max(1, found.pages)):
                        facts.complete = False
                        return
                page = line["page"]
                text += line["text"]
            if page:
                prose.judge(found, page, text)
    except apart.Ended as error:
        facts.complete = False
        if page:
            prose.judge(found, page, text)  # what was read of it counts
        if not found.pages or not page:
            facts.trouble = error.args[0]

"""What templates ask of code lists and of the rules of the check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards.codelists import memory
from ckanext.satudata.standards.rules import switches


def satudata_both(text: Mapping[str, str]) -> str:
    """A text of a code list in the reader's language; Indonesian where that one is missing."""
    lang = "id" if current().startswith("id") else "en"
    return text_in(dict(text), lang) if text else ""


def satudata_code_is_retired(code: dict[str, Any]) -> bool:
    """Whether a code is no longer to be used."""
    return memory.is_retired(code)


def satudata_column_label(name: str) -> str:
    """What a column of a list's own is called; its name where nobody has a word for it."""
    return {
        "kind": tk._("Kind"),
        "kode_bps": tk._("BPS code"),
        "kode_kemendagri": tk._("Kemendagri code"),
        "organization": tk._("Organization"),
        "measures": tk._("Measures it fits"),
        "days": tk._("Days between figures"),
        "depth": tk._("Parts of the region code"),
    }.get(name, name)


def satudata_code_cell(column: str, value: str) -> str:
    """A cell of a list's own column in words."""
    if column == "kind":
        return str(tk.h.satudata_kind_label(value))
    if column == "measures":
        named = (memory.meant("ukuran", one) for one in value.split("|"))
        return ", ".join(satudata_both(code["label"]) for code in named if code)
    return ", ".join(value.split("|"))


def satudata_rule_page(finding_id: str) -> str:
    """The place on the page of the rules that explains a finding; empty where none does."""
    rule = switches.rule_of(finding_id)
    return f"{tk.url_for('satudata_rules.index')}#{rule}" if rule else ""


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_both": satudata_both,
    "satudata_code_cell": satudata_code_cell,
    "satudata_code_is_retired": satudata_code_is_retired,
    "satudata_column_label": satudata_column_label,
    "satudata_rule_page": satudata_rule_page,
}

"""The rules of the submission check, a module per subject; importing a module registers its rules."""

from __future__ import annotations

from ckanext.satudata.standards.rules import (
    codes,
    figures,
    files,
    forms,
    indicators,
    metadata,
    periods,
    personal,
    regions,
    source,
    standard,
    table_codes,
    tables,
)

#: Every module with rules of ours; a new one is added above and here, by a line each.
MODULES = (
    codes,
    figures,
    files,
    forms,
    indicators,
    metadata,
    periods,
    personal,
    regions,
    source,
    standard,
    table_codes,
    tables,
)

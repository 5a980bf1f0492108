"""The rules of the submission check, a module per subject; importing a module registers its rules."""

from __future__ import annotations

from ckanext.satudata.standards.rules import (  # noqa: F401 (each registers its rules)
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

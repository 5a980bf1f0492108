"""The rules of the submission check, a module per subject; importing a module registers its rules."""

from __future__ import annotations

from ckanext.satudata.standards import rules_files
from ckanext.satudata.standards.rules import forms, metadata, regions, source

#: Every module with rules of ours; a new one is added here, by one line.
MODULES = (
    forms,
    metadata,
    regions,
    rules_files,
    source,
)

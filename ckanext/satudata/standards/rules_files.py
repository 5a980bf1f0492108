"""Rules about the files of a dataset."""

from __future__ import annotations

from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.standards.checks import Problem, Subject, rule


@rule("files.none", "interoperabilitas", "error")
def files_none(subject: Subject) -> Iterator[Problem]:
    """What is handed over is data + standard + metadata (Perpres 39/2019 Ps 33): there is a file."""
    if not subject.resources:
        yield Problem(
            tk._("There is no file yet"),
            tk._("Add the table itself, best as a CSV file"),
        )

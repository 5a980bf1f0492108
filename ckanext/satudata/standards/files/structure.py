"""The structure of a table's first rows, as frictionless judges it.

Only of a sample: on 8 MB (300,000 rows) frictionless takes 1.75 s where polars takes 0.02 s.
"""

from __future__ import annotations

import logging
from collections import Counter

log = logging.getLogger(__name__)

SAMPLE_ROWS = 200
_MOST_COLUMNS = 200
_LONGEST = 200
#: Errors of frictionless that speak of structure; types are the scan's matter.
KNOWN = frozenset("blank-header blank-label duplicate-label blank-row extra-cell missing-cell incorrect-label".split())


def errors_of(names: list[str], rows: list[list[str]]) -> dict[str, int]:
    """Error types of frictionless for a header and its first rows, each with how often.

    :param rows: as they stand in the file, so that one may be longer or shorter than the header
    """
    from frictionless import Detector, Dialect, Resource
    from frictionless.exception import FrictionlessException

    head = [_cell(name) for name in names[:_MOST_COLUMNS]]
    body = [[_cell(cell) for cell in row[: _MOST_COLUMNS + 1]] for row in rows[:SAMPLE_ROWS]]
    if not head or not body:
        return {}
    try:
        detector = Detector(field_type="string")
        # Left alone, frictionless takes a later row for the header where most rows are wider than the first.
        report = Resource(data=[head, *body], detector=detector, dialect=Dialect(header_rows=[1])).validate()
        types = [row[0] for row in report.flatten(["type"])]
    except (FrictionlessException, ValueError, TypeError, KeyError) as error:
        log.info("frictionless could not judge a table: %s", type(error).__name__)
        return {}
    return dict(Counter(name for name in types if name in KNOWN))


def _cell(text: str) -> str:
    return text[:_LONGEST]

"""The recommendation of BPS for a sectoral survey (Romantik), beside publication.

States and actions stand in ``table.yaml``; what goes beyond a table (the identity, the letter, when publication
waits) in ``service.py``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..transitions import Workflow

TRACK = "recommendation"
#: The state in which BPS has found the activity feasible (LAYAK).
FEASIBLE = "feasible"


@lru_cache(maxsize=1)
def table() -> Workflow:
    """The extension's own table of this track."""
    # Imported late: the loader knows the tables it may replace, and this is one of them.
    from ..workflow import loader

    text = (Path(__file__).parent / "table.yaml").read_text(encoding="utf-8")
    nothing = Workflow(TRACK, {}, {}, "")
    found, problems = loader.parse(text, "table.yaml", {TRACK: nothing})
    if found is None:
        raise ValueError("\n".join(map(str, problems)))
    return found

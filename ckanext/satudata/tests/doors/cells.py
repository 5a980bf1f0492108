"""How many cells of the matrices have been run: counted as they run, and printed at the end (see ``conftest.py``)."""

from __future__ import annotations

from collections import Counter

#: What the cell asks → how often it was asked in this run.
COUNT: Counter[str] = Counter()

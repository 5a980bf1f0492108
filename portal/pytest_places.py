"""Give each pytest-xdist worker a place (databases, core, Redis number) of its own.

Loaded with ``-p`` by ``make test``, before pytest-ckan reads the configuration: CKAN takes these variables in
place of what ``test.ini`` says.
"""

from __future__ import annotations

import json
import os


def _take_place() -> None:
    places = json.loads(os.environ.get("SATUDATA_TEST_PLACES") or "[]")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    number = int(worker[2:]) if worker.startswith("gw") else 0
    if number < len(places):
        os.environ.update(places[number])


_take_place()

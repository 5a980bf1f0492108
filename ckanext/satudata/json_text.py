"""JSON that stands in a text somebody sent."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """What a JSON text holds.

    :raises ValueError: it is none, or is nested so deeply that Python gives up (five thousand opening brackets are
        valid text of a field, and were an error page)
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error

"""Steps with their number and time, as a person reads them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


def say(text: str) -> None:
    """A line inside a step."""
    print(f"      {text}", flush=True)


@contextlib.contextmanager
def step(number: int, total: int, text: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    print(f"[{number}/{total}] {text}", flush=True)
    begin = time.monotonic()
    yield
    say(f"done in {time.monotonic() - begin:.1f} s")

from __future__ import annotations

from collections.abc import Callable
from typing import Any

AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {}

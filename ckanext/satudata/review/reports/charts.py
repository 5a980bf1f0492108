"""Charts as SVG drawn by the server: lengths only; every number stands beside them as text.

No library: a bar is a rectangle, screen readers read the table, a phone scales it, paper prints it, and no script has
to load over a slow line. Why not vl-convert or a script: ``docs/decisions/0015-charts.md``.
"""

from __future__ import annotations

from typing import Any

WIDTH, HEIGHT = 640, 160


def share(number: float, largest: float) -> str:
    """The length of a bar in per cent of the longest, as text."""
    return f"{100 * number / largest:.1f}" if largest else "0"


def columns(weeks: list[dict[str, Any]], names: tuple[str, str]) -> dict[str, Any]:
    """Two columns per week: positions and heights within ``WIDTH`` × ``HEIGHT``.

    :param names: the two counters that are drawn, the first hollow and the second filled
    """
    largest = max((week[name] for week in weeks for name in names), default=0)
    slot = WIDTH / max(len(weeks), 1)
    width = slot * 0.4
    drawn = []
    for number, week in enumerate(weeks):
        for place, name in enumerate(names):
            height = HEIGHT * week[name] / largest if largest else 0
            drawn.append(
                {
                    "x": round(number * slot + slot * 0.08 + place * width, 1),
                    "y": round(HEIGHT - height, 1),
                    "width": round(width, 1),
                    "height": round(height, 1),
                    "filled": place == 1,
                }
            )
    return {"columns": drawn, "largest": largest, "width": WIDTH, "height": HEIGHT}

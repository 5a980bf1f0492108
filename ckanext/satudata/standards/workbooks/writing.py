"""The forms as a workbook BPS officers know: MS-Keg as a filled form, MS-Var and MS-Ind as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .book import Writer
from .layout import SHEETS
from .written_form import write_activity
from .written_tables import write_indicators, write_variables


def write(activities: Sequence[dict[str, Any]], indicators: Sequence[dict[str, Any]], edition: str = "later") -> bytes:
    """A workbook of these packages.

    :param activities: ``kegiatan`` as package_show gives them; none gives no MS-Keg
    :param indicators: ``indikator`` likewise
    :param edition: ``2021`` or ``later``; the older one has no place for what only the later asks
    """
    writer = Writer(edition)
    for at, package in enumerate(activities, 1):
        ending = f" {at}" if len(activities) > 1 else ""
        write_activity(writer, f"{SHEETS['ms_keg']}{ending}", package)
        write_variables(writer, f"{SHEETS['ms_var']}{ending}", package)
    if indicators or not activities:
        write_indicators(writer, SHEETS["ms_ind"], indicators)
    return writer.bytes()


def template(edition: str = "later") -> bytes:
    """The empty forms of an edition."""
    writer = Writer(edition)
    write_activity(writer, SHEETS["ms_keg"], {})
    write_variables(writer, SHEETS["ms_var"], {})
    write_indicators(writer, SHEETS["ms_ind"], [])
    return writer.bytes()

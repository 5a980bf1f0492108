"""Moments: stored as naive UTC, as CKAN does, and read on the portal's own clock and calendar."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ckanext.satudata import config


def local(at: dt.datetime) -> dt.datetime:
    """A moment in the portal's time zone; one without an offset is UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=dt.timezone.utc)
    return aware.astimezone(ZoneInfo(config.timezone()))


def stored(at: dt.datetime) -> dt.datetime:
    """A moment as it is stored: naive UTC; one without an offset is UTC already.

    :raises OverflowError: in UTC it lies before the year 1 or after 9999
    """
    return at.astimezone(dt.timezone.utc).replace(tzinfo=None) if at.tzinfo else at

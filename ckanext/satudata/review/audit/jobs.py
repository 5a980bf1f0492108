"""Verifications nobody waits for at a screen."""

from __future__ import annotations

from . import service

#: Seconds a job may take: ten million events at the speed of one core.
TIMEOUT = 3600


def verify_all() -> None:
    """Background job: verify everything and remember the outcome."""
    service.run("full")


def verify_due() -> None:
    """Periodic job: what is new every day, everything once a week."""
    service.verify_due()

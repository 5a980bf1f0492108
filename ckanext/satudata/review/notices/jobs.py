"""Work of the notices that nobody waits for at a screen."""

from __future__ import annotations

from . import service, words


def tell() -> dict[str, int]:
    """Background job: announce what is new and send what is due."""
    service.taken_up()
    with words.read_in(words.portal_language()):
        return service.run()


def sweep() -> dict[str, int]:
    """Every few minutes: whatever a job has not done, and the digest."""
    with words.read_in(words.portal_language()):
        return service.sweep()

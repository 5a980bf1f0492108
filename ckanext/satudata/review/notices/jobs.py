"""Work of the notices that nobody waits for at a screen."""

from __future__ import annotations

from ckanext.satudata.languages import portal_language, read_in

from . import service


def tell() -> dict[str, int]:
    """Background job: announce what is new and send what is due."""
    service.taken_up()
    with read_in(portal_language()):
        return service.run()


def sweep() -> dict[str, int]:
    """Every few minutes: whatever a job has not done, and the digest."""
    with read_in(portal_language()):
        return service.sweep()

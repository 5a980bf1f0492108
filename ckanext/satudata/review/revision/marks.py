"""What tells a working copy from any other package, for those parts of the review that must never mistake one.

Imports nothing of the review, so that everything there can ask.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

#: Core state of a working copy: neither active nor draft, so that no list of CKAN's ever holds it.
CORE_STATE = "revision"

#: Id of the published package that is being written to by the publishing of its copy, in this very call.
#: Nobody outside can set it: no key of a request or of a context reaches it.
being_published: ContextVar[str | None] = ContextVar("satudata_being_published", default=None)


def copy_name(copy_id: str) -> str:
    """The name of a copy; nobody types it, and no other package can have it: it holds the package's own id."""
    return f"rev-{copy_id}"


def is_copy(package: Any) -> bool:
    """Whether a package is a working copy, open or ended; asks no query."""
    return package is not None and (package.state == CORE_STATE or package.name == copy_name(package.id or ""))

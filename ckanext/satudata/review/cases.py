"""One package under review, and how its rows are found and locked.

Locks are taken in one order everywhere: the package, then its review row, then the head of the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config

from . import workflows
from .errors import invalid
from .model import PUBLICATION, Review
from .recommendation import service as recommendation
from .transitions import State, Workflow


@dataclass
class Case:
    """One package on one track, with its rows (locked, where ``lock`` gave them)."""

    package: model.Package
    review: Review
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def workflow(self) -> Workflow:
        """The table that decides about it."""
        return workflows.in_force(self.review.track)

    @property
    def state(self) -> State:
        """Where it stands, with what follows from that."""
        return self.workflow.state(self.review.state)

    @property
    def as_dict(self) -> dict[str, Any]:
        """The package as ``package_show`` gives it from the database."""
        return self.remember("dict", lambda: show(self.package.id))

    def remember(self, what: str, find_out: Callable[[], Any]) -> Any:
        """Ask once: buttons of one page put the same questions many times."""
        if what not in self._known:
            self._known[what] = find_out()
        return self._known[what]

    def forget(self) -> None:
        """Find everything out anew: its rows have changed."""
        self._known.clear()

    @property
    def fields(self) -> dict[str, Any]:
        """The schema's own fields as stored; enough for most rules, and no ``package_show``."""
        return dict(self.package.extras or {})

    @property
    def jenis_data(self) -> str:
        """Which kind of data it is; decides which pembina is asked."""
        return str(self.fields.get("jenis_data") or "statistik")


def show(package_id: str) -> dict[str, Any]:
    """A package from the database, not from the index, without asking who wants it."""
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})


def is_reviewed_type(package_type: str | None) -> bool:
    """Closed by default: every type is reviewed unless the portal exempts it."""
    return config.review_enabled() and (package_type or "dataset") not in config.exempt_types()


def find(package_id: str, track: str = PUBLICATION) -> Review | None:
    """The review row, unlocked, or None where the package is unmanaged or the review is switched off."""
    if not config.review_enabled():
        return None
    return Review.get(package_id, track)


def lock(package_id: str, track: str = PUBLICATION) -> Case:
    """Lock a package and then its review row.

    :param package_id: id or name
    :raises ObjectNotFound: no such package
    :raises ValidationError: it is not under review on that track
    """
    query = model.Session.query(model.Package)
    package = (
        query.filter((model.Package.id == package_id) | (model.Package.name == package_id))
        .populate_existing()
        .with_for_update(of=model.Package)
        .first()
    )
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    review = Review.get(package.id, track, lock=True) if is_reviewed_type(package.type) else None
    if review is None and is_reviewed_type(package.type):
        # A recommendation has a row from the moment somebody asks for it.
        review = recommendation.begin(package, track)
    if review is None:
        raise invalid("id", tk._("This dataset is not under review"))
    return Case(package, review)

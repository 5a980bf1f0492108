"""Which reviews one person sees, and which wait for that person: conditions for any query about reviews."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service as roles

from . import calendar, officers
from .model import PUBLICATION, Review
from .people import Actor
from .workflows import in_force

#: Which kind of data a package is, as ``cases.Case.jenis_data`` reads it.
_KIND = sa.func.coalesce(sa.func.nullif(model.package_table.c.extras["jenis_data"].astext, ""), "statistik")
MEMBERS = ("member", "editor", "admin")


class View:
    """Which reviews one actor sees, and which wait for that actor, as conditions of a query.

    What it takes to know this is asked once: two small queries, one more for whom a supporting custodian precedes.
    """

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @cached_property
    def standing(self) -> dict[str, list[Any]]:
        """The organizations the actor produces for, and the grants it acts under."""
        return roles.standing(self.actor.id) if self.actor.id else {"organizations": [], "scopes": []}

    @cached_property
    def _supporters(self) -> list[str | None]:
        if not any(scope["role"] == "custodian" for scope in self.standing["scopes"]):
            return []
        return list(roles.scopes_under("supporting_custodian"))

    @cached_property
    def _subtrees(self) -> dict[str, Any]:
        scopes = [scope["scope_id"] for scope in self.standing["scopes"]]
        return regions.subtree_selects(id for id in (*scopes, *self._supporters) if id)

    def within(self, scope_ids: Iterable[str | None]) -> Any:
        """Owned somewhere under one of these organizations; None stands for the whole portal."""
        wanted = list(dict.fromkeys(scope_ids))
        if None in wanted:
            return sa.true()
        return sa.or_(sa.false(), *(Review.organization_id.in_(self._subtrees[id]) for id in wanted if id is not None))

    def visible(self, track: str = PUBLICATION) -> Any:
        """Members of the owner see all; a role sees what was handed over within its scope."""
        if self.actor.sysadmin or self.actor.trusted:
            return sa.true()
        if self.actor.id is None:
            return sa.false()
        handed_over = Review.state.in_(in_force(track).names(seen_by_roles=True))
        return sa.or_(
            Review.organization_id.in_(roles.direct_select(self.actor.id, MEMBERS)),
            sa.and_(handed_over, self.within(scope["scope_id"] for scope in self.standing["scopes"])),
        )

    def owners(self, organization_id: Any) -> Any:
        """Organizations whose data this actor may see: its own, and those under its scopes."""
        if self.actor.sysadmin or self.actor.trusted:
            return sa.true()
        if self.actor.id is None:
            return sa.false()
        wanted = {scope["scope_id"] for scope in self.standing["scopes"]}
        if None in wanted:
            return sa.true()
        under = [organization_id.in_(self._subtrees[id]) for id in wanted if id is not None]
        return sa.or_(organization_id.in_(roles.direct_select(self.actor.id, MEMBERS)), *under)

    def waiting(self, track: str = PUBLICATION, as_checker: bool = False) -> Any:
        """What this actor is the one to act on now, and nobody else holds.

        :param as_checker: leave out what waits for the actor as a producer
        """
        if self.actor.id is None:
            return sa.false()
        turns = [self._turn(scope, track) for scope in self.standing["scopes"]]
        if not as_checker:
            states = in_force(track).names(waits_for="producer")
            own = self.standing["organizations"]
            turns.append(sa.and_(Review.state.in_(states), Review.organization_id.in_(own)))
        return sa.or_(sa.false(), *turns)

    def _turn(self, scope: dict[str, Any], track: str) -> Any:
        return sa.and_(
            self._turn_of(scope["role"], track),
            self.within([scope["scope_id"]]),
            # A pembina is asked about one kind of data: maps do not go to BPS.
            sa.true() if scope["jenis_data"] is None else scope["jenis_data"] == _KIND,
            sa.or_(officers.nobody_holds(), Review.holder_id == self.actor.id),
            # With a release date it waits for the day, not for a person.
            sa.or_(Review.release_at.is_(None), Review.release_at <= dt.datetime.utcnow()),
            sa.not_(Review.authors.contains([self.actor.id])),
        )

    def _turn_of(self, role: str, track: str) -> Any:
        """States in which it is this role's turn."""
        waiting = Review.state.in_(in_force(track).names(waits_for=role))
        if role == "custodian":
            return sa.and_(waiting, sa.not_(self._supporters_turn()))
        if role == "supporting_custodian":
            handed_over = sa.and_(
                Review.state.in_(in_force(track).acted_on_by(role)), Review.supporting_checked_at.is_(None)
            )
            return sa.or_(waiting, handed_over)
        return waiting

    def _supporters_turn(self) -> Any:
        """What a supporting custodian looks at first, and the custodian not before a set time (``rules``)."""
        if not self._supporters:
            return sa.false()
        return sa.and_(
            Review.supporting_checked_at.is_(None),
            Review.submitted_at > calendar.working_days_ago(config.supporting_days()),
            self.within(self._supporters),
            Review.state.in_(in_force().acted_on_by("supporting_custodian")),
        )

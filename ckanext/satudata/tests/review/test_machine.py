"""Anybody does anything, in any order: a state machine over the real actions, and what must hold after every step.

``SATUDATA_MACHINE_STEPS`` says how many steps are run in all; ``make test-long`` asks for 10,000.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import commit as solr_commit
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ckanext.satudata.review import cases, chain, rules
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.roles import service as roles
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.doors.cells import COUNT
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, with_support

STEPS = int(os.environ.get("SATUDATA_MACHINE_STEPS", "400"))
STEPS_EACH = 50

PEOPLE = (
    "producer", "colleague", "member", "neighbour", "custodian", "second_custodian", "supporter", "pembina",
    "planner", "city_admin", "collaborator", "sysadmin",
)  # fmt: skip

#: Every move there is, written by hand: from → to.
MOVES = {
    "draft": {"submitted"},
    "submitted": {"draft", "supporting_check", "custodian_check", "returned", "approved", "pembina_review"},
    "supporting_check": {"submitted", "custodian_check", "returned", "draft"},
    "custodian_check": {"submitted", "returned", "approved", "pembina_review", "draft"},
    "pembina_review": {"custodian_check", "approved", "draft"},
    "approved": {"published", "returned", "draft"},
    "published": {"withdrawn"},
    "returned": {"submitted", "draft"},
    "withdrawn": {"draft"},
}
#: Who must not be among the authors of what he lets pass.
DECISIONS = {"forward", "approve", "publish"}
INPUTS: dict[str, dict[str, Any]] = {
    "return": {"comment": "Lengkapi satuan", "principle_results": ONE_FAILS},
    "forward": {"principle_results": ALL_CONFORM, "comment": "Sudah sesuai"},
    "unpublish": {"comment": "Salah berkas"},
    "reopen": {"comment": "Diperbaiki"},
    "revise": {"change_kind": "koreksi", "public_note": "Satuan diperbaiki"},
}
ACTIONS = (
    "submit", "claim", "release", "assign", "return", "forward", "approve", "publish", "withdraw", "unpublish",
    "reopen", "revise",
)  # fmt: skip
_VISIBLE = sa.text(
    "SELECT p.id, p.private, p.state AS core, r.state, p.extras ->> 'accesslevel' AS access, r.holder_id "
    "FROM package p JOIN satudata_review r ON r.package_id = p.id AND r.track = 'publication' WHERE p.id = ANY(:ids)"
)


class Portal:
    """What outlives one example: the city, and how far the chain has been looked at."""

    city: Any
    position = 0
    previous = chain.GENESIS
    #: Package → state by its last event; authors since the last publication; whether it was ever let through.
    states: dict[str, str] = {}
    shown: set[str] = set()


class Everybody(RuleBasedStateMachine):
    """Datasets of one kelurahan, and everybody who may want something of them."""

    datasets = Bundle("datasets")

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.authors: dict[str, set[str]] = {}
        self.overridden: set[str] = set()

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do it; a refusal is an answer, anything else is a fault."""
        COUNT["steps of the state machine"] += 1
        try:
            return act() or True
        except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound):
            model.Session.rollback()
            return None

    def user(self, person: str) -> dict[str, Any]:
        return getattr(Portal.city, person)

    # -- what people do ---------------------------------------------------------------------------------------

    @initialize(target=datasets)
    def first(self) -> str:
        return self.make("producer", False)

    @rule(target=datasets, person=st.sampled_from(("producer", "colleague", "sysadmin")), priority=st.booleans())
    def create(self, person: str, priority: bool) -> str:
        return self.make(person, priority)

    def make(self, person: str, priority: bool) -> str:
        COUNT["steps of the state machine"] += 1
        city = Portal.city
        data = submittable(city.kelurahan, private=False)
        try:
            package = call_as(self.user(person), "package_create", **data)
        except tk.NotAuthorized:
            # The colleague has left by then.
            model.Session.rollback()
            person = "producer"
            package = call_as(self.user(person), "package_create", **data)
        if priority:
            call_as(city.planner, "satudata_priority_set", id=package["id"], prioritas_daerah_tahun="2024")
        self.ids.append(package["id"])
        self.authors[package["id"]] = {self.user(person)["id"]}
        return package["id"]

    @rule(pid=datasets, person=st.sampled_from(PEOPLE), action=st.sampled_from(ACTIONS))
    def act(self, pid: str, person: str, action: str) -> None:
        self.transition(pid, person, action)

    @rule(pid=datasets, action=st.sampled_from(ACTIONS))
    def act_as_expected(self, pid: str, action: str) -> None:
        """The same by somebody whose turn it may be: chance alone rarely walks the whole road."""
        review = Review.get(pid)
        turn = {
            "draft": ("producer", "submit"),
            "submitted": ("supporter", "forward"),
            "supporting_check": ("supporter", "forward"),
            "custodian_check": ("custodian", "forward"),
            "pembina_review": ("pembina", "approve"),
            "approved": ("second_custodian", "publish"),
            "published": ("producer", "revise"),
            "returned": ("colleague", "submit"),
            "withdrawn": ("custodian", "reopen"),
        }
        if review is not None:
            person, next_action = turn[review.state]
            if review.state == "submitted" and review.supporting_checked_at:
                person = "custodian"
            self.transition(pid, person, next_action)

    def transition(self, pid: str, person: str, action: str) -> None:
        data = dict(INPUTS.get(action, {}))
        if action == "assign":
            data["assignee"] = self.user("second_custodian")["name"]
        user = self.user(person)
        done = self.attempt(lambda: call_as(user, "satudata_review_transition", id=pid, action=action, **data))
        if not done:
            return
        if action in DECISIONS:
            assert user["id"] not in self.authors[pid], f"{person} let his own content pass: {action}"
        if action == "submit":
            self.authors[pid].add(user["id"])
        if action == "publish":
            self.authors[pid] = set()

    @rule(pid=datasets, person=st.sampled_from(PEOPLE), public=st.booleans())
    def edit(self, pid: str, person: str, public: bool) -> None:
        number = COUNT["steps of the state machine"]
        data = {"notes": f"Uraian {number}", **({"private": False, "state": "active"} if public else {})}
        user = self.user(person)
        if self.attempt(lambda: call_as(user, "package_patch", id=pid, **data)):
            self.authors[pid].add(user["id"])
            self.overridden.discard(pid)

    @rule(pid=datasets, person=st.sampled_from(PEOPLE))
    def open_key(self, pid: str, person: str) -> None:
        self.attempt(lambda: call_as(self.user(person), "package_patch", id=pid, private=False))

    @rule(pid=datasets, person=st.sampled_from(PEOPLE))
    def delete(self, pid: str, person: str) -> None:
        self.attempt(lambda: call_as(self.user(person), "package_delete", id=pid))

    @rule(pid=datasets, person=st.sampled_from(PEOPLE))
    def restore(self, pid: str, person: str) -> None:
        self.attempt(lambda: call_as(self.user(person), "package_patch", id=pid, state="active", private=False))

    @rule(pid=datasets, person=st.sampled_from(PEOPLE), back=st.booleans())
    def move(self, pid: str, person: str, back: bool) -> None:
        owner = Portal.city.kelurahan if back else Portal.city.other
        self.attempt(lambda: call_as(self.user(person), "package_patch", id=pid, owner_org=owner["id"]))

    @rule(pid=datasets)
    def override_and_edit(self, pid: str) -> None:
        admin = self.user("sysadmin")
        if self.attempt(lambda: call_as(admin, "satudata_review_override", id=pid, reason="Salah ketik")):
            self.edit(pid, "sysadmin", False)

    # -- roles come and go ------------------------------------------------------------------------------------

    @rule(give=st.booleans())
    def grant_or_revoke(self, give: bool) -> None:
        city, admin = Portal.city, self.user("sysadmin")
        found = call_as(admin, "satudata_role_list", limit=1000)["results"]
        mine = [one for one in found if one["role"] == "pembina"]
        if give and not mine:
            self.attempt(
                lambda: call_as(
                    admin, "satudata_role_grant", organization_id=city.bps["id"], role="pembina",
                    scope_id=city.kota["id"], jenis_data="statistik",
                )
            )  # fmt: skip
        elif not give and mine:
            self.attempt(lambda: call_as(admin, "satudata_role_revoke", id=mine[0]["id"]))

    @rule(person=st.sampled_from(("custodian", "supporter", "colleague")), member=st.booleans())
    def join_or_leave(self, person: str, member: bool) -> None:
        city = Portal.city
        body = {"custodian": city.kominfo, "supporter": city.unit, "colleague": city.kelurahan}[person]
        action = "member_create" if member else "member_delete"
        data = {"capacity": "editor" if person != "colleague" else "admin"} if member else {}
        self.attempt(
            lambda: call_as(
                self.user("sysadmin"), action, id=body["id"], object=self.user(person)["id"], object_type="user", **data
            )
        )

    # -- working copies ---------------------------------------------------------------------------------------

    @rule(target=datasets, pid=datasets, person=st.sampled_from(("producer", "colleague", "custodian")))
    def start_copy(self, pid: str, person: str) -> str:
        user = self.user(person)
        started = self.attempt(
            lambda: call_as(user, "satudata_revision_start", id=pid, change_kind="koreksi", public_note="x")
        )
        if not started:
            return pid
        copy = started["revision_id"]
        self.ids.append(copy)
        self.authors[copy] = set()
        return copy

    @rule(pid=datasets, person=st.sampled_from(PEOPLE), undo=st.booleans())
    def abandon_copy(self, pid: str, person: str, undo: bool) -> None:
        self.attempt(lambda: call_as(self.user(person), "satudata_revision_abandon", id=pid, undo=undo))

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def chain_is_whole_and_every_move_is_in_the_table(self) -> None:
        model.Session.rollback()
        model.Session.expire_all()
        events = model.Session.scalars(
            sa.select(ReviewEvent).where(ReviewEvent.position > Portal.position).order_by(ReviewEvent.position)
        ).all()
        assert chain.first_break(events, Portal.previous, Portal.position) is None
        for event in events:
            Portal.position, Portal.previous = event.position, event.hash
            if event.track != "publication":
                continue
            stood = Portal.states.get(event.package_id, event.from_state)
            assert event.from_state == stood, f"event {event.position} begins in {event.from_state}, not in {stood}"
            if event.to_state != event.from_state:
                assert event.to_state in MOVES[event.from_state], (
                    f"{event.action}: {event.from_state} → {event.to_state}"
                )
            Portal.states[event.package_id] = event.to_state
            # What the public may see follows from the events alone.
            if event.action == "publish":
                Portal.shown.add(event.package_id)
            elif event.action in ("unpublish", "delete", "purge"):
                Portal.shown.discard(event.package_id)

    @invariant()
    def what_is_not_published_is_private_and_held_by_who_may(self) -> None:
        for row in model.Session.execute(_VISIBLE, {"ids": self.ids}):
            assert row.state == Portal.states.get(row.id, "draft"), "the row and its last event disagree"
            if not row.private:
                assert (row.state, row.core, row.access) == ("published", "active", "terbuka")
                assert row.id in Portal.shown, "public, and no event says that it was published"
            elif row.id in Portal.shown and row.access == "terbuka" and row.core == "active":
                raise AssertionError("published, and yet private")
            if row.holder_id:
                case = cases.Case(model.Session.get(model.Package, row.id), Review.get(row.id))
                shown = rules.holder(case)
                waits = case.state.waits_for
                admin = model.User.get(row.holder_id).sysadmin
                may = admin or roles.roles_over(row.holder_id, case.review.organization_id, case.jenis_data).get(waits)
                assert bool(shown) is bool(may), "held by somebody who no longer has the role"

    @invariant()
    def the_newest_is_shown_to_nobody_before_its_time(self) -> None:
        for pid in self.ids[-1:]:
            try:
                call_as(None, "package_show", id=pid)
                seen = True
            except (tk.NotAuthorized, tk.ObjectNotFound):
                model.Session.rollback()
                seen = False
            assert not seen or pid in Portal.shown

    def teardown(self) -> None:
        """The index says what the database says, for everything this example has touched."""
        if self.ids:
            solr_commit()
            self.index_is_the_database()
        # The next example begins where this one began.
        self.grant_or_revoke(True)
        for person in ("custodian", "supporter", "colleague"):
            self.join_or_leave(person, True)
        super().teardown()

    def index_is_the_database(self) -> None:
        listed = " OR ".join(self.ids)
        stored = {row.id: row for row in model.Session.execute(_VISIBLE, {"ids": self.ids})}
        everything = call_as(
            self.user("sysadmin"), "package_search", fq=f"id:({listed})", rows=1000, include_private=True,
            include_drafts=True,
        )  # fmt: skip
        found = {one["id"]: one["private"] for one in everything["results"]}
        assert found == {pid: row.private for pid, row in stored.items() if row.core in ("active", "draft")}
        public = call_as(None, "package_search", fq=f"id:({listed})", rows=1000)["results"]
        assert {one["id"] for one in public} == {pid for pid, row in stored.items() if not row.private}


@pytest.fixture(scope="module")
def portal(lasting_city: Any) -> Any:
    Portal.city = with_support(lasting_city)
    call_as(
        Portal.city.sysadmin, "member_create", id=Portal.city.other["id"], object=Portal.city.producer["id"],
        object_type="user", capacity="editor",
    )  # fmt: skip
    Portal.position, Portal.previous, Portal.states, Portal.shown = 0, chain.GENESIS, {}, set()
    return Portal.city


def test_whatever_anybody_does_in_any_order_everything_that_must_hold_does(portal: Any, ckan_config: Any) -> None:
    # One commit of the index an example instead of one a step; what is written to it is the same.
    ckan_config["ckan.search.solr_commit"] = False
    before = COUNT["steps of the state machine"]
    # Examples differ in length: how many there will be is not known before.
    while COUNT["steps of the state machine"] - before < STEPS:
        run_state_machine_as_test(
            Everybody,
            settings=settings(
                max_examples=10,
                stateful_step_count=STEPS_EACH,
                deadline=None,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )

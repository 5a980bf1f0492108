"""Whatever is done to the tree, the stored path is the walk up CKAN's own ``Member`` rows."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.regions import service
from ckanext.satudata.regions.model import region
from ckanext.satudata.regions.sync import TreeError

SIZE = 7


@pytest.fixture
def forest(clean: None) -> list[str]:
    """Seven organizations without parents, made as bare models."""
    groups = [
        model.Group(name=f"org-{number}", title=f"Org {number}", type="organization", is_organization=True)
        for number in range(SIZE)
    ]
    model.Session.add_all(groups)
    model.Session.commit()
    return [group.id for group in groups]


def walk(id: str) -> list[str] | None:
    """Itself and everything above it by Member rows; None on a loop."""
    line = [id]
    while True:
        ups = (
            model.Session.query(model.Member.table_id)
            .join(model.Group, model.Group.id == model.Member.table_id)
            .filter(
                model.Member.group_id == line[-1],
                model.Member.table_name == "group",
                model.Member.state == "active",
                model.Group.state == "active",
            )
            .all()
        )
        if not ups:
            return line
        (up,) = ups[0]
        if up in line:
            return None
        line.append(up)


def put(child: str, parent: str | None) -> None:
    """As core does it: old rows become deleted, a new one is added; nothing is flushed."""
    for row in model.Session.query(model.Member).filter_by(group_id=child, table_name="group", state="active"):
        row.state = "deleted"
    if parent:
        group = model.Session.get(model.Group, child)
        model.Session.add(model.Member(group=group, table_id=parent, table_name="group", capacity="parent"))


places = st.integers(0, SIZE - 1)
moves = st.tuples(st.just("move"), places, st.none() | places)
states = st.tuples(st.just("state"), places, st.sampled_from(["active", "deleted"]))
# Each inner list is one commit: several changes at once, swaps of parent and child among them.
histories = st.lists(st.lists(moves | states, min_size=1, max_size=4), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_the_path_is_the_walk_up_the_member_rows(forest: list[str], history: list[list[tuple[str, int, Any]]]) -> None:
    for id in forest:  # each example starts from the flat forest
        put(id, None)
        model.Session.get(model.Group, id).state = "active"
    model.Session.commit()
    for commit in history:
        before = sorted(map(tuple, model.Session.execute(region.select())))
        last = {(kind, who): value for kind, who, value in commit}
        for (kind, who), value in last.items():
            if kind == "move":
                put(forest[who], forest[value] if value is not None and value != who else None)
            else:
                model.Session.get(model.Group, forest[who]).state = value
        try:
            model.Session.commit()
        except TreeError:
            model.Session.rollback()
            model.Session.expire_all()
            assert sorted(map(tuple, model.Session.execute(region.select()))) == before
        for id in forest:
            expected = walk(id)
            assert expected is not None
            assert service.ancestor_ids(id) == expected
            row = service.region_of(id)
            assert row["depth"] == len(expected) - 1
            assert row["parent_id"] == (expected[1] if len(expected) > 1 else None)

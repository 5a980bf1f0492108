"""Random changes of our own table: each is refused with its line, or keeps what makes a table safe.

What "safe" means is said here a second time and in another way than in the loader: by walking. Every road a dataset
can take through an accepted table is followed, with what has happened to its content on the way.
"""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.review import recommendation
from ckanext.satudata.review.transitions import BUILT_IN, Transition, Workflow
from ckanext.satudata.review.workflow import loader, show, start

OURS = show.as_dict(BUILT_IN)
THEIRS = show.as_dict(recommendation.table())
WORDS = sorted(
    {*OURS["states"], *OURS["transitions"], *loader.ROLES, *loader.NEEDS, *loader.EFFECTS, "baru", "", "Ya", "feasible"}
)
SCALARS = st.one_of(
    st.sampled_from(WORDS), st.booleans(), st.none(), st.integers(), st.text(max_size=8), st.just([]), st.just({})
)
LABEL = {"id": "Baru", "en": "New"}
WAYS = st.fixed_dictionaries(
    {
        "from": st.lists(st.sampled_from(sorted(OURS["states"])), min_size=1, max_size=3, unique=True),
        "to": st.sampled_from(sorted(OURS["states"])),
        "roles": st.lists(st.sampled_from(loader.ROLES), min_size=1, max_size=2, unique=True),
    },
    optional={"unasked": st.sampled_from(sorted(OURS["states"]))},
)
ACTIONS = st.fixed_dictionaries(
    {"label": st.just(LABEL), "ways": st.lists(WAYS, min_size=1, max_size=3)},
    optional={
        "needs": st.lists(st.sampled_from(loader.NEEDS), unique=True, max_size=3),
        "effect": st.sampled_from(loader.EFFECTS),
        "four_eyes": st.booleans(),
        "holds": st.booleans(),
        "respects_holder": st.booleans(),
    },
)
STATES = st.fixed_dictionaries(
    {"label": st.just(LABEL)},
    optional={
        "public": st.booleans(),
        "editable_by": st.sampled_from(loader.ROLES),
        "waits_for": st.sampled_from(loader.ROLES),
        "seen_by_roles": st.booleans(),
    },
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree of mappings and lists."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, value in items for place in places(value, (*path, key)))]


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


#: Changes that anybody might type, and changes that at least look like a table.
ANY = ("remove", "replace", "copy", "way", "action", "state", "flag")
LIKELY = ("way", "way", "action", "flag")


@st.composite
def mutated(draw: st.DrawFn, table: dict[str, Any], hows: tuple[str, ...], most: int) -> dict[str, Any]:
    """A table with some changes: something removed, replaced, copied elsewhere, or added."""
    tree = copy.deepcopy(table)
    for _ in range(draw(st.integers(1, most))):
        how = draw(st.sampled_from(hows))
        known = places(tree)[1:]
        if not known:
            break
        path = draw(st.sampled_from(known))
        parent, key = at(tree, path[:-1]), path[-1]
        if how == "remove":
            del parent[key]
        elif how == "replace":
            parent[key] = draw(SCALARS)
        elif how == "copy":
            parent[key] = copy.deepcopy(at(tree, draw(st.sampled_from(known))))
        elif how == "way" and isinstance(tree.get("transitions"), dict) and tree["transitions"]:
            action = tree["transitions"][draw(st.sampled_from(sorted(tree["transitions"], key=str)))]
            if isinstance(action, dict) and isinstance(action.get("ways"), list):
                action["ways"].append(draw(WAYS))
        elif how == "action" and isinstance(tree.get("transitions"), dict):
            tree["transitions"][draw(st.sampled_from(("baru", "forward", "approve", "reopen")))] = draw(ACTIONS)
        elif how == "state" and isinstance(tree.get("states"), dict):
            tree["states"][draw(st.sampled_from(("baru", "submitted", "withdrawn", "approved")))] = draw(STATES)
        elif how == "flag" and isinstance(tree.get("states"), dict) and tree["states"]:
            state = tree["states"][draw(st.sampled_from(sorted(tree["states"], key=str)))]
            if isinstance(state, dict):
                state.update(draw(STATES))
                if draw(st.booleans()):
                    state.pop("label")
    return tree


# -- what safe means, by walking ------------------------------------------------------------------------------


def decided_by_checkers(action: Transition, roles: tuple[str, ...]) -> bool:
    """Whether only a custodian or pembina who is no author goes this way, finding every principle conforming."""
    return (
        action.effect == "check"
        and action.four_eyes
        and {"principles", "conforms"} <= set(action.needs)
        and bool(roles)
        and set(roles) <= {"custodian", "pembina"}
    )


def walk(table: Workflow) -> None:
    """Follow every road; fail where content could become public unchecked, or change where it must not.

    What is known of the content on the way: whether it was sealed by ``submit``, and whether it was checked since.
    """
    todo, seen = [(table.initial, False, False)], set()
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        name, sealed, checked = here
        state = table.states[name]
        assert not (state.public and state.editable_by), "public and editable"
        assert state.editable_by in (None, "producer")
        if state.public:
            assert sealed and checked, f"{name} is public and unchecked"
        if state.editable_by:
            sealed = checked = False
        for action in table.transitions.values():
            for edge in action.edges:
                if edge.from_state != name:
                    continue
                for target in filter(None, (edge.to, edge.unasked)):
                    aim = table.states[target]
                    if aim.public and not state.public:
                        assert action.name == "publish" and action.effect == "publish" and action.four_eyes
                        assert set(edge.roles) <= {"custodian", "pembina"}
                    if state.public and not aim.public:
                        assert action.name == "unpublish" and action.effect == "hide" and "comment" in action.needs
                        assert set(edge.roles) <= {"custodian", "pembina"}
                    if state.editable_by and not aim.editable_by:
                        assert action.name == "submit" and action.effect == "submit" and "no_errors" in action.needs
                        assert set(edge.roles) == {"producer"}
                    todo.append(
                        (
                            target,
                            sealed or action.effect == "submit",
                            checked or decided_by_checkers(action, edge.roles),
                        )
                    )
    assert {name for name, _sealed, _checked in seen} == set(table.states), "a state nothing leads to"


def test_the_walk_finds_what_it_looks_for() -> None:
    walk(BUILT_IN)
    tree = copy.deepcopy(OURS)
    tree["transitions"]["reopen"]["ways"][0]["to"] = "published"
    unsafe = loader._Table(loader.Reading("x"), start.built_in()).read(yaml.compose(yaml.safe_dump(tree)))
    try:
        walk(unsafe)
    except AssertionError:
        return
    raise AssertionError("reopening straight to the public went unnoticed")


counted = {"accepted": 0, "refused": 0}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(mutated(OURS, ANY, 4), mutated(OURS, LIKELY, 2), mutated(OURS, LIKELY, 1)))
def test_a_changed_table_is_refused_with_a_line_or_safe(tree: dict[str, Any]) -> None:
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    table, problems = loader.parse(text, "kota.yaml", start.built_in())
    if table is None:
        counted["refused"] += 1
        lines = text.count("\n") + 1
        assert problems
        assert all(1 <= problem.line <= lines and problem.file == "kota.yaml" for problem in problems)
        assert all(problem.said("en") and problem.said("id") for problem in problems)
        return
    counted["accepted"] += 1
    assert not problems
    if table.decides_visibility:
        walk(table)


def test_changes_of_both_kinds_were_tried() -> None:
    print(counted)
    assert min(counted.values()) > 5


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(mutated(THEIRS, ANY, 3), mutated(THEIRS, LIKELY, 1)))
def test_a_changed_table_of_the_recommendation_decides_nothing_public(tree: dict[str, Any]) -> None:
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    table, problems = loader.parse(text, "kota.yaml", start.built_in())
    assert (table is None) == bool(problems)
    if table is None or table.track != recommendation.TRACK:
        return
    assert not table.names(public=True)
    assert set(table.names(editable_by=None)) == set(table.states)
    for action in table.transitions.values():
        for edge in action.edges:
            if edge.to == recommendation.FEASIBLE != edge.from_state:
                assert action.name == "feasible" and edge.roles == ("pembina",)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))),
    st.integers(0, 3000),
)
def test_any_text_in_the_file_is_a_problem_and_no_crash(noise: str, place: int) -> None:
    text = show.as_yaml(BUILT_IN)
    broken = text[:place] + noise + text[place:]
    table, problems = loader.parse(broken, "kota.yaml", start.built_in())
    assert (table is None) == bool(problems)
    if table is not None:
        walk(table)

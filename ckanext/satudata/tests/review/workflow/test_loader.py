"""A portal's own table: read, or refused with the line at fault and what to mend, all at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.review import recommendation, workflows
from ckanext.satudata.review.transitions import BUILT_IN, PUBLICATION, Workflow
from ckanext.satudata.review.workflow import loader, safety, show, start
from ckanext.satudata.review.workflow.problems import BadTable
from ckanext.satudata.tests.messages import ROOT

OURS = show.as_yaml(BUILT_IN)
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("workflow-*.yaml"))


def without_words(table: Workflow) -> dict[str, Any]:
    """A table in a form that compares: the order of ways does not matter."""
    return {
        "states": {name: dataclasses.replace(state, words={}) for name, state in table.states.items()},
        "actions": {
            action.name: (set(action.edges), set(action.needs), action.effect, action.four_eyes, action.holds)
            for action in table.transitions.values()
        },
        "initial": table.initial,
        "visibility": table.decides_visibility,
    }


def test_our_own_table_survives_the_way_through_a_file() -> None:
    table, problems = loader.parse(OURS)
    assert problems == []
    assert table is not None
    assert without_words(table) == without_words(BUILT_IN)


def test_our_own_tables_are_safe() -> None:
    for table in (BUILT_IN, recommendation.table()):
        assert list(safety.problems(table)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_of_the_documentation_are_safe(path: Path) -> None:
    assert [table.track for table in loader.load([str(path)], start.built_in())] == [PUBLICATION]


#: Text to replace in our own table, by what, what is said of it, and the text in whose line it is said.
WRONG: dict[str, tuple[str, str, str, str]] = {
    "yaml syntax": ("states:\n", "states: [\n", "This is not YAML", "  draft:\n"),
    "a tab for indentation": ("  draft:\n", "\tdraft:\n", "This is not YAML", "\tdraft:"),
    "an anchor": ("initial: draft", "initial: &here draft", "Anchors and aliases", "&here"),
    "a python object": ("initial: draft", "initial: !!python/object/apply:os.system [ls]", "Here stands", "!!python"),
    "an unknown key of the table": ("track: publication", "tracks: publication", "Unknown key “tracks”", "tracks:"),
    "an unknown track": ("track: publication", "track: publikasi", "Unknown track “publikasi”", "publikasi"),
    "no initial": ("initial: draft\n", "", "“initial” is missing", "track:"),
    "an initial nobody knows": ("initial: draft", "initial: draf", "Did you mean: draft?", "initial: draf"),
    "an unknown key of a state": (
        "    waits_for: producer\n    seen_by_roles: false",
        "    wait_for: producer",
        "Did you mean “waits_for”?",
        "wait_for",
    ),
    "a wrong type": ("public: true", "public: ya", "Here stands a text where true or false belongs", "public: ya"),
    "a list for a text": ("initial: draft", "initial: [draft]", "Here stands a list where a text belongs", "initial"),
    "a text for a mapping": (
        "  withdrawn:\n    seen_by_roles: true",
        "  withdrawn: ya",
        "a mapping belongs",
        "withdrawn: ya",
    ),
    "an unknown role": ("waits_for: pembina", "waits_for: bps", "Unknown role “bps”", "waits_for: bps"),
    "an unknown role on a way": ("roles: [pembina]", "roles: [walidata]", "Unknown role “walidata”", "[walidata]"),
    "an unknown need": ("needs: [assignee]", "needs: [whom]", "Unknown need “whom”", "needs: [whom]"),
    "an unknown effect": ("effect: hide", "effect: remove", "Unknown effect “remove”", "effect: remove"),
    "an unknown state on a way": ("to: approved", "to: aproved", "Did you mean: approved?", "to: aproved"),
    "a name twice": (
        "  withdrawn:\n",
        "  draft:\n",
        "“draft” stands here twice; first in line",
        "  draft:\n    seen_by_roles: true",
    ),
    "a name that cannot be one": ("  withdrawn:", "  Ditarik Lagi:", "cannot be a name", "Ditarik Lagi:"),
    "an action named like an event": ("  reopen:", "  restore:", "a word of the history already", "restore:"),
    "no label for a new state": ("  withdrawn:", "  ditarik:", "“ditarik” has no label", "ditarik:"),
    "an empty list": ("needs: [assignee]", "needs: []", "This list is empty", "needs: []"),
    "no submit": (
        "  submit:\n",
        "  serahkan:\n    label: {id: Serahkan, en: Hand in}\n",
        "The action “submit” is missing",
        "transitions:",
    ),
    "an effect of another action": (
        "effect: hide",
        "effect: publish",
        "must have the effect “hide”",
        "needs: [comment]\n    effect: publish",
    ),
    "publish without four eyes": (
        "    effect: publish\n    four_eyes: true",
        "    effect: publish",
        "“publish” must be kept from the authors",
        "publish:",
    ),
    "publish by the producer": (
        "      - from: [approved]\n        to: published\n        roles: [custodian]",
        "      - from: [approved]\n        to: published\n        roles: [producer]",
        "is for custodian and pembina only",
        "  publish:",
    ),
    "publish from the draft": (
        "- from: [approved]\n        to: published",
        "- from: [draft]\n        to: published",
        "cannot lead from",
        "to: published",
    ),
    "another way to the public": (
        "        to: draft\n        roles: [custodian]",
        "        to: published\n        roles: [custodian]",
        "“reopen” would make “published” public",
        "- from: [withdrawn]",
    ),
    "hidden by another action": (
        "- from: [withdrawn]\n        to: draft",
        "- from: [published]\n        to: draft",
        "would hide what is public",
        "- from: [published]\n        to: draft",
    ),
    "two ways to the public, one without a check": (
        "  submitted:\n    waits_for: custodian",
        "  submitted:\n    waits_for: custodian\n    seen_by_roles: true\n"
        "  lewat:\n    label: {id: Lewat, en: Past}\n    waits_for: custodian",
        "“published” can be reached without a check",
        "  published:",
    ),
    "no public state": ("    public: true\n", "", "No state is public", "states:"),
    "a public state that is editable": (
        "    public: true\n",
        "    public: true\n    editable_by: producer\n",
        "public and editable at once",
        "editable_by: producer\n    seen",
    ),
    "edited by a checker": (
        "    editable_by: producer",
        "    editable_by: custodian",
        "Only the producer changes content",
        "editable_by: custodian",
    ),
    "an initial state that is closed": (
        "initial: draft",
        "initial: submitted",
        "must be editable_by: producer",
        "initial: submitted",
    ),
    "an unreachable state": (
        "  withdrawn:\n",
        "  arsip:\n    label: {id: Arsip, en: Archive}\n  withdrawn:\n",
        "Nothing leads to “arsip”",
        "arsip:",
    ),
    "a dead end": (
        "      - from: [withdrawn]\n        to: draft\n",
        "      - from: [withdrawn]\n        to: withdrawn\n",
        "is a dead end",
        "  withdrawn:",
    ),
    "waiting for who cannot act": (
        "  withdrawn:\n",
        "  withdrawn:\n    waits_for: planner\n",
        "who has no way out of it",
        "waits_for: planner",
    ),
    "waiting for who does not see": (
        "    waits_for: pembina\n    seen_by_roles: true",
        "    waits_for: pembina\n    seen_by_roles: false",
        "who does not see it",
        "waits_for: pembina\n    seen_by_roles: false",
    ),
    "a return without a reason": (
        "needs: [comment, principles]",
        "needs: [principles]",
        "“return” must need “comment”",
        "needs: [principles]\n",
    ),
    "the pembina returns to the producer": (
        "        to: custodian_check\n        roles: [pembina]",
        "        to: returned\n        roles: [pembina]",
        "goes by way of the custodian",
        "  return:",
    ),
    "content taken from the producer by another action": (
        "      - from: [draft]\n        to: draft\n",
        "      - from: [draft]\n        to: submitted\n",
        "takes content from the producer",
        "- from: [draft]",
    ),
    "a hold for who is not waited for": (
        "      - from: [pembina_review]\n        to: pembina_review\n        roles: [pembina]\n    holds",
        "      - from: [pembina_review]\n        to: custodian_check\n        roles: [pembina]\n    holds",
        "gives pembina the hold",
        "to: custodian_check\n        roles: [pembina]\n    holds",
    ),
    "two ways for one role": (
        "      - from: [approved]\n        to: published\n        roles: [custodian]",
        "      - from: [approved]\n        to: published\n        roles: [custodian]\n"
        "      - from: [approved]\n        to: approved\n        roles: [custodian]",
        "Two ways of “publish” begin in “approved”",
        "to: approved\n        roles: [custodian]",
    ),
    "a need nobody asks for": (
        "needs: [change_kind]",
        "needs: [change_kind, assignee]",
        "Nobody is asked for “assignee” here",
        "needs: [change_kind, assignee]",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_bad_table_is_refused_with_the_line_at_fault(what: str) -> None:
    old, new, said, place = WRONG[what]
    text = OURS.replace(old, new, 1)
    if what.startswith("two ways to the public"):
        past = "      - {from: draft, to: lewat, roles: [producer]}\n"
        text = text.replace("from: [draft, returned]\n        to: sub", "from: [returned]\n        to: sub")
        text = text.replace("  submit:\n    ways:\n", f"  submit:\n    ways:\n{past}")
        text = text.replace("- from: [approved]\n        to: pub", "- from: [approved, lewat]\n        to: pub")
    assert text != OURS
    table, problems = loader.parse(text, "kota.yaml")
    assert table is None
    matching = [problem for problem in problems if said in problem.said()]
    assert matching, [str(problem) for problem in problems]
    lines = text.split("\n")
    expected = text[: text.index(place)].count("\n") + 1 + (place.startswith("\n"))
    near = {problem.line for problem in matching}
    assert any(abs(line - expected) <= 1 for line in near), (near, expected, lines[min(near) - 1])
    assert str(matching[0]).startswith(f"kota.yaml:{matching[0].line}")


def test_every_problem_is_said_at_once() -> None:
    text = OURS.replace("public: true", "public: ya").replace("needs: [assignee]", "needs: [whom]")
    with pytest.raises(BadTable) as refusal:
        raise BadTable(loader.parse(text, "kota.yaml")[1])
    assert len(refusal.value.problems) == 2
    assert [problem.line for problem in refusal.value.problems] == sorted(
        problem.line for problem in refusal.value.problems
    )


def test_every_problem_is_said_in_both_languages() -> None:
    _table, problems = loader.parse(OURS.replace("needs: [assignee]", "needs: [whom]"), "kota.yaml")
    english, indonesian = problems[0].said("en"), problems[0].said("id")
    assert english.startswith("Unknown need “whom”.")
    assert indonesian.startswith("Kebutuhan “whom” tidak dikenal.")
    assert str(problems[0]).splitlines() == [
        f"kota.yaml:{problems[0].line}  transitions → assign → needs",
        f"    {english}",
        f"    {indonesian}",
    ]


@pytest.mark.parametrize("text", ["", "null", "[]", "- a\n- b", "a: 1", "{}", "\x00", "a: b\n---\nc: d", "? [a]\n: b"])
def test_what_is_no_table_is_refused_with_a_line(text: str) -> None:
    table, problems = loader.parse(text, "kota.yaml")
    assert table is None
    assert problems and all(problem.line >= 1 for problem in problems)


def test_a_file_that_is_no_table_at_all_is_refused_by_its_size() -> None:
    _table, problems = loader.parse("a: b\n" * 100_000, "kota.yaml")
    assert "too long" in problems[0].said()


# -- the option -----------------------------------------------------------------------------------------------


@pytest.fixture
def option(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the option, and puts our own tables back in force afterwards."""
    before = [workflows.in_force(track) for track in workflows.tracks()]

    def set_to(value: str) -> None:
        monkeypatch.setitem(tk.config, start.OPTION, value)

    yield set_to
    workflows.put_in_force(*before)


def test_the_option_puts_a_table_in_force_from_a_path_and_from_a_package(option: Any, tmp_path: Path) -> None:
    example = EXAMPLES[0]
    option(str(example))
    start.put_in_force()
    assert "quality_check" in workflows.in_force().states
    assert set(workflows.tracks()) == {PUBLICATION, recommendation.TRACK}
    option("ckanext.satudata.review:recommendation/table.yaml")
    start.put_in_force()
    assert workflows.in_force() is BUILT_IN
    assert workflows.in_force(recommendation.TRACK).states["feasible"].words["id"] == "Layak"


def test_a_relative_path_counts_from_the_folder_of_the_ini_file(
    option: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kota.yaml").write_text(OURS, encoding="utf-8")
    monkeypatch.setitem(tk.config, "here", str(tmp_path))
    option("kota.yaml")
    start.put_in_force()
    assert without_words(workflows.in_force()) == without_words(BUILT_IN)


@pytest.mark.parametrize("name", ["/nowhere/kota.yaml", "no.such.package:kota.yaml", "ckanext.satudata:none.yaml"])
def test_a_file_that_cannot_be_read_stops_the_start(option: Any, name: str) -> None:
    option(name)
    with pytest.raises(CkanConfigurationException, match="cannot be read"):
        start.put_in_force()


def test_two_tables_for_one_track_stop_the_start(option: Any, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(OURS, encoding="utf-8")
    option(f"{tmp_path}/a.yaml {tmp_path}/b.yaml")
    with pytest.raises(CkanConfigurationException, match="already a table for the track"):
        start.put_in_force()


def test_a_bad_table_stops_the_start_and_leaves_the_one_in_force(option: Any, tmp_path: Path) -> None:
    (tmp_path / "kota.yaml").write_text(OURS.replace("public: true", "public: ya"), encoding="utf-8")
    option(f"{tmp_path}/kota.yaml")
    before = workflows.in_force()
    with pytest.raises(CkanConfigurationException) as refusal:
        start.put_in_force()
    said = str(refusal.value)
    assert "satudata.review.workflows" in said
    assert "kota.yaml:" in said
    assert "Perbaiki" in said
    assert workflows.in_force() is before

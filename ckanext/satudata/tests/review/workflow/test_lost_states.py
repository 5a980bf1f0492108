"""Rows in states that a portal's new table lacks: closed, reported, and led back without skipping a check."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import pytest
import yaml
from ckan import model
from click.testing import CliRunner

from ckanext.satudata.review import chain, recommendation, workflows
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.people import Actor
from ckanext.satudata.review.transitions import BUILT_IN
from ckanext.satudata.review.workflow import cli, loader, lost, show, start, views
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.messages import ROOT
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, walk_to

ADMIN = Actor(None, "table", sysadmin=True, program="table")
LABEL = {"id": "Baru", "en": "New"}


def renamed(old: str, new: str) -> dict[str, Any]:
    """Our own table with one state under another name."""
    tree = copy.deepcopy(show.as_dict(BUILT_IN))
    tree["states"] = {new if name == old else name: state for name, state in tree["states"].items()}
    tree["states"][new]["label"] = LABEL
    tree["initial"] = new if tree["initial"] == old else tree["initial"]
    for action in tree["transitions"].values():
        for way in action["ways"]:
            way["from"] = [new if name == old else name for name in way["from"]]
            way["to"] = new if way["to"] == old else way["to"]
            if way.get("unasked") == old:
                way["unasked"] = new
    return tree


def put_in_force(tree: dict[str, Any]) -> None:
    table, problems = loader.parse(yaml.safe_dump(tree, sort_keys=False), "kota.yaml", start.built_in())
    assert table is not None, [str(problem) for problem in problems]
    workflows.put_in_force(recommendation.table(), table)


@pytest.fixture(autouse=True)
def former_tables() -> Iterator[None]:
    before = [workflows.in_force(track) for track in workflows.tracks()]
    yield
    workflows.put_in_force(*before)
    # One city for all: what this test leaves in a state of its own table would be lost to the next one.
    model.Session.rollback()
    known = [name for table in before for name in table.states]
    model.Session.query(Review).filter(Review.state.notin_(known)).delete()
    model.Session.commit()


def stands(package_id: str) -> tuple[Any, ...]:
    model.Session.expire_all()
    package, review = model.Package.get(package_id), Review.get(package_id)
    return review.state, review.version, package.private, package.state


def counts() -> dict[str, tuple[int, int]]:
    return {one.state: (one.count, one.public) for one in lost.lost()}


def test_nothing_is_lost_under_our_own_tables(lasting_city: Any) -> None:
    walk_to(lasting_city, "published")
    assert lost.lost() == []


def test_rows_of_a_state_that_is_gone_are_closed_and_counted(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "custodian_check")["id"]
    before = stands(pid)
    put_in_force(renamed("custodian_check", "telaah"))
    assert counts()["custodian_check"][1] == 0
    for person, action in ((city.custodian, "release"), (city.producer, "withdraw"), (city.sysadmin, "release")):
        with pytest.raises(tk.NotAuthorized) as refusal:
            call_as(person, "satudata_review_transition", id=pid, action=action)
        assert "custodian_check" in str(refusal.value) or "no role" in str(refusal.value)
    with pytest.raises(tk.NotAuthorized, match="workflow check"):
        call_as(city.producer, "package_patch", id=pid, title="Diam-diam")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "package_delete", id=pid)
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=pid)
    shown = call_as(city.producer, "satudata_review_show", id=pid)
    assert (shown["state"], shown["actions"]) == ("custodian_check", [])
    assert stands(pid) == before


def test_what_was_published_stays_public_and_what_was_not_stays_hidden(lasting_city: Any) -> None:
    city = lasting_city
    published = walk_to(city, "published")["id"]
    put_in_force(renamed("published", "terbit"))
    assert call_as(None, "package_show", id=published)["id"] == published
    assert counts()["published"][1] >= 1
    with pytest.raises(tk.NotAuthorized):
        call_as(city.custodian, "satudata_review_transition", id=published, action="unpublish", comment="Salah")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "package_patch", id=published, title="Diam-diam")
    assert call_as(None, "package_show", id=published)["title"] != "Diam-diam"
    moved = lost.move(ADMIN, "published", "terbit")
    assert published in [model.Package.get(name).id for name in moved.moved]
    assert stands(published)[0] == "terbit"
    assert call_as(None, "package_show", id=published)["id"] == published
    assert call_as(city.custodian, "satudata_review_transition", id=published, action="unpublish", comment="Salah")
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=published)


def test_rows_are_led_back_as_events_of_their_history(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "custodian_check")["id"]
    put_in_force(renamed("custodian_check", "telaah"))
    before = stands(pid)
    name = model.Package.get(pid).name
    assert name in lost.move(ADMIN, "custodian_check", "submitted", dry_run=True).moved
    assert stands(pid) == before
    assert name in lost.move(ADMIN, "custodian_check", "submitted").moved
    assert stands(pid)[:3] == ("submitted", before[1] + 1, True)
    event = call_as(city.producer, "satudata_review_history", id=pid)["results"][-1]
    assert (event["action"], event["from_state"], event["to_state"], event["program"]) == (
        "table", "custodian_check", "submitted", "table",
    )  # fmt: skip
    events = model.Session.query(ReviewEvent).order_by(ReviewEvent.position)
    assert chain.first_break(events) is None
    call_as(city.custodian, "satudata_review_transition", id=pid, action="forward", principle_results=ALL_CONFORM)


@pytest.mark.parametrize("target", ["approved", "pembina_review"])
def test_nothing_is_led_past_the_check(lasting_city: Any, target: str) -> None:
    pid = walk_to(lasting_city, "custodian_check")["id"]
    put_in_force(renamed("custodian_check", "telaah"))
    before = stands(pid)
    with pytest.raises(tk.ValidationError) as refusal:
        lost.move(ADMIN, "custodian_check", target)
    assert "without a check" in refusal.value.error_dict["target"][0]
    assert stands(pid) == before


def test_nothing_unpublished_is_led_to_the_public_and_nothing_public_is_hidden(lasting_city: Any) -> None:
    city = lasting_city
    hidden, public = walk_to(city, "returned")["id"], walk_to(city, "published")["id"]
    put_in_force(renamed("returned", "perbaikan"))
    left = dict(lost.move(ADMIN, "returned", "published").left)
    assert model.Package.get(hidden).name in left
    assert stands(hidden)[0] == "returned"
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=hidden)
    put_in_force(renamed("published", "terbit"))
    left = dict(lost.move(ADMIN, "published", "draft").left)
    assert "public" in left[model.Package.get(public).name]
    assert call_as(None, "package_show", id=public)["id"] == public


def test_what_was_never_submitted_is_led_to_the_producer_only(lasting_city: Any) -> None:
    pid = walk_to(lasting_city, "draft")["id"]
    name = model.Package.get(pid).name
    put_in_force(renamed("draft", "konsep"))
    assert "never submitted" in dict(lost.move(ADMIN, "draft", "submitted").left)[name]
    assert name in lost.move(ADMIN, "draft", "konsep").moved


@pytest.mark.parametrize("state, target, said", [
    ("submitted", "draft", "use its actions"), ("hilang", "tujuan", "Unknown state"),
])  # fmt: skip
def test_only_lost_states_and_known_targets_are_taken(lasting_city: Any, state: str, target: str, said: str) -> None:
    with pytest.raises(tk.ValidationError) as refusal:
        lost.move(ADMIN, state, target)
    assert said in str(refusal.value.error_dict)


# -- the command line, and the start --------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.workflow, list(arguments))
    return result.exit_code, result.output


def test_the_command_shows_the_table_in_force() -> None:
    for form in show.FORMATS:
        code, output = run("show", "--format", form)
        assert code == 0
        assert "pembina_review" in output
    assert run("show", "--format", "mermaid")[1].startswith("stateDiagram-v2")
    table, problems = loader.parse(run("show", "--format", "yaml")[1])
    assert problems == [] and table is not None
    assert "needs_repair" in run("show", "--track", "recommendation")[1]
    assert run("show", "--track", "lain")[0] == 1


def test_the_command_tries_a_table_before_it_counts(lasting_city: Any, tmp_path: Path) -> None:
    walk_to(lasting_city, "custodian_check")
    in_force = workflows.in_force()
    file = tmp_path / "kota.yaml"
    file.write_text(yaml.safe_dump(renamed("custodian_check", "telaah"), sort_keys=False), encoding="utf-8")
    code, output = run("check", str(file))
    assert code == 1
    assert "safe" in output and "“custodian_check”" in output and "workflow move" in output
    assert workflows.in_force() is in_force
    file.write_text("track: publication\n", encoding="utf-8")
    code, output = run("check", str(file))
    assert code == 1 and "kota.yaml:1" in output
    code, output = run("check", str(ROOT / "docs" / "examples" / "workflow-quality-check.yaml"))
    assert "9 states" in output
    assert run("check") == (0, "Every dataset is in a state the tables have.\n")


def test_the_command_leads_rows_back(lasting_city: Any) -> None:
    pid = walk_to(lasting_city, "custodian_check")["id"]
    put_in_force(renamed("custodian_check", "telaah"))
    name = model.Package.get(pid).name
    assert run("check")[0] == 1
    code, output = run("move", "custodian_check", "telaah", "--dry-run")
    assert code == 0 and f"{name}: custodian_check → telaah" in output and "would move" in output
    assert run("move", "custodian_check", "approved")[0] == 1
    assert run("move", "custodian_check", "telaah")[0] == 0
    assert stands(pid)[0] == "telaah"
    assert run("check")[0] == 0
    lost_again = workflows.in_force()
    workflows.put_in_force(recommendation.table(), BUILT_IN)
    assert run("move", lost_again.states["telaah"].name, "custodian_check")[0] == 0


def test_the_first_request_says_what_is_lost(
    lasting_city: Any, app_once: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk_to(lasting_city, "custodian_check")
    put_in_force(renamed("custodian_check", "telaah"))
    monkeypatch.setattr(views, "_looked", False)
    # The logging of the test's ini file switches off what was imported before it.
    monkeypatch.setattr(lost.log, "disabled", False)
    with caplog.at_level(logging.ERROR, logger="ckanext.satudata.review.workflow.lost"):
        assert app_once.get("/api/3/action/status_show").status_code == 200
        first = [record for record in caplog.records if "workflow check" in record.getMessage()]
        app_once.get("/api/3/action/status_show")
    assert len(first) == 1
    assert "'custodian_check'" in first[0].getMessage()
    assert [record for record in caplog.records if "workflow check" in record.getMessage()] == first

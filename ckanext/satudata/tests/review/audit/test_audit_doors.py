"""The audit trail from the command line, in the pages of the portal admin, and as files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan

from ckanext.satudata.review import chain
from ckanext.satudata.review.audit import anchor as anchors
from ckanext.satudata.review.audit import jobs, service
from ckanext.satudata.review.audit.model import AuditRun
from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import soup, words

event = ReviewEvent.__table__


@pytest.fixture(scope="module")
def told(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """A city with a published dataset, and thus a history."""
    lasting_city.package = walk_to(lasting_city, "published")
    return lasting_city


@pytest.fixture
def run(cli: Any) -> Any:
    return lambda *words: cli.invoke(ckan, ["satudata", "audit", *words])


@pytest.fixture
def broken(told: Any) -> Any:
    """The second event changed behind our back; put back afterwards."""
    with model.meta.engine.begin() as connection:
        before = connection.execute(sa.select(event.c.actor_name).where(event.c.position == 2)).scalar()
        connection.execute(sa.update(event).where(event.c.position == 2).values(actor_name="orang lain"))
    yield told
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(event).where(event.c.position == 2).values(actor_name=before))
        connection.execute(sa.delete(AuditRun.__table__))


# -- the command line -----------------------------------------------------------------------------------------


def test_a_whole_history_ends_with_0(told: Any, run: Any) -> None:
    done = run("verify")
    assert done.exit_code == 0 and "whole" in done.output
    outcome = json.loads(run("verify", "--json").output)
    assert outcome["whole"] and outcome["first_bad_position"] is None and outcome["events"] > 2


def test_a_broken_history_ends_with_1_and_names_the_first_bad_event(broken: Any, run: Any) -> None:
    done = run("verify")
    assert done.exit_code == 1 and "First bad position: 2" in done.output and "changed" in done.output
    outcome = json.loads(run("verify", "--json").output)
    assert (outcome["whole"], outcome["first_bad_position"]) == (False, 2)
    assert {"position": 2, "kind": "changed"} in outcome["problems"]


def test_an_anchor_kept_elsewhere_is_checked_later(told: Any, run: Any, tmp_path: Path) -> None:
    key = tmp_path / "anchor.key"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    kept = tmp_path / "anchor.txt"
    kept.write_text("> dikirim ke inspektorat\n\n" + run("anchor", "--key", str(key)).output)
    walk_to(told, "submitted")
    for option in ("--anchor", "--from-anchor"):
        done = run("verify", option, str(kept), "--key", str(key))
        assert done.exit_code == 0, done.output
    wrong = kept.with_name("wrong.txt")
    wrong.write_text(kept.read_text().replace("position: ", "position: 1"))
    assert run("verify", "--anchor", str(wrong), "--key", str(key)).exit_code == 2, "a changed anchor is no anchor"
    # Unsigned or not looked at, it is still compared with what is there.
    assert run("verify", "--anchor", str(wrong)).exit_code == 1


@pytest.mark.parametrize("text", ["", "not an anchor", f"{anchors.HEADING}\nposition: x\nhash: y\nat: z\n"])
def test_what_is_no_anchor_ends_with_2(told: Any, run: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "anchor.txt"
    file.write_text(text)
    done = run("verify", "--anchor", str(file))
    assert done.exit_code == 2 and "no anchor" in done.output
    assert run("verify", "--anchor", str(tmp_path / "missing")).exit_code == 2


def test_another_key_or_a_short_one_is_refused(told: Any) -> None:
    text = anchors.write(service.head(), b"0123456789abcdef")
    assert anchors.read(text, b"0123456789abcdef").known == service.head()
    with pytest.raises(anchors.AnchorError, match="signature"):
        anchors.read(text, b"another key of some length")
    with pytest.raises(anchors.AnchorError, match="not signed"):
        anchors.read(anchors.write(service.head()), b"0123456789abcdef")
    with pytest.raises(anchors.AnchorError, match="at least 16"):
        anchors.read_key(b"short\n")


# -- exports --------------------------------------------------------------------------------------------------


def test_exported_lines_carry_all_that_a_hash_is_about(told: Any, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    assert run("export", "--format", "jsonl", "--output", str(file)).exit_code == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    previous = chain.GENESIS
    for number, row in enumerate(rows, 1):
        assert row["position"] == number and row["previous_hash"] == previous
        assert chain.hash_of_values(row) == row["hash"]
        previous = row["hash"]


def test_an_export_begins_where_it_is_told_to(told: Any, run: Any) -> None:
    assert json.loads(run("export", "--since", "2").output.splitlines()[0])["position"] == 2
    assert run("export", "--since", "2999-01-01").output == ""
    assert run("export", "--since", "kemarin").exit_code == 2
    lines = list(csv.reader(io.StringIO(run("export", "--format", "csv").output.lstrip("\ufeff"))))
    assert lines[0][0] == "position" and lines[1][0] == "1"


def test_names_survive_the_purge_of_dataset_person_and_activity(told: Any, run: Any) -> None:
    from ckan.tests import factories

    package = walk_to(told, "draft")
    officer = factories.User(name="pergi", fullname="Yang Pergi")
    call_as(
        told.sysadmin, "member_create", id=told.kelurahan["id"], object="pergi", object_type="user", capacity="admin"
    )
    call_as(officer, "satudata_review_transition", id=package["id"], action="submit")
    call_as(officer, "satudata_review_transition", id=package["id"], action="withdraw")
    call_as(told.sysadmin, "package_delete", id=package["id"])
    call_as(told.sysadmin, "dataset_purge", id=package["id"])
    call_as(told.sysadmin, "user_delete", id="pergi")
    rows = [json.loads(line) for line in run("export").output.splitlines()]
    mine = [row for row in rows if row["package_id"] == package["id"]]
    assert {"submit", "withdraw", "delete", "purge"} <= {row["action"] for row in mine}
    assert {row["package_name"] for row in mine if row["action"] == "submit"} == {package["name"]}
    assert "pergi" in {row["actor_name"] for row in mine}
    assert run("verify").exit_code == 0


def test_a_comment_is_no_formula_in_a_spreadsheet(told: Any) -> None:
    from ckanext.satudata.review.audit.export import _csv

    assert _csv(["=1+1", "aman", None, {"a": 1}]) == '\'=1+1,aman,,"{""a"": 1}"\r\n'


# -- the periodic verification --------------------------------------------------------------------------------


def test_each_day_only_what_is_new_is_looked_at_and_all_of_it_once_a_week(told: Any) -> None:
    model.Session.query(AuditRun).delete()
    model.Session.commit()
    assert service.verify_due() == "full"
    walk_to(told, "draft")
    walk_to(told, "submitted")
    assert service.verify_due() == "incremental"
    newest = service.last_run()
    assert newest is not None and newest.whole and newest.from_position > 1
    full = service.last_run(kind="full")
    assert full is not None
    full.started_at -= service.FULL_EVERY
    model.Session.commit()
    assert service.verify_due() == "full"


def test_a_break_is_found_by_the_job_and_looked_at_in_full_from_then_on(broken: Any) -> None:
    jobs.verify_all()
    alarm = service.alarm()
    assert alarm is not None and (alarm.bad_position, alarm.problem) == (2, "changed")
    assert service.verify_due() == "full"


# -- pages ----------------------------------------------------------------------------------------------------


def page(app: Any, as_user: Any, user: Any, path: str = "", status: int = 200) -> Any:
    address = f"/ckan-admin/satudata/audit{path}"
    return app.get(address, headers=as_user(user), status=status, follow_redirects=False)


def test_the_page_says_where_the_history_ends_and_that_it_is_whole(told: Any, app_once: Any, as_user: Any) -> None:
    service.run("full")
    shown = soup(page(app_once, as_user, told.sysadmin))
    text = words(shown.select_one("#content"))
    assert "The history is whole." in text and service.head().hash in text
    assert shown.select_one("a[href$='/audit/events.jsonl']") and shown.select_one("a[href$='/audit/anchor.txt']")
    tabs = [link["href"] for link in shown.select(".page-header a")]
    assert any(address.endswith("/ckan-admin/satudata/audit") for address in tabs)


def test_a_break_is_shown_to_sysadmins_on_every_page_and_to_nobody_else(
    broken: Any, app_once: Any, as_user: Any
) -> None:
    service.run("full")
    shown = words(soup(page(app_once, as_user, broken.sysadmin)).select_one("#content"))
    assert "The history is not whole." in shown and "First bad event: 2" in shown
    elsewhere = app_once.get("/dataset/", headers=as_user(broken.sysadmin))
    assert "The history is not whole" in elsewhere.body
    assert "The history is not whole" not in app_once.get("/dataset/", headers=as_user(broken.custodian)).body
    assert "The history is not whole" not in app_once.get("/dataset/").body


def test_what_the_page_hands_out_is_an_anchor_and_every_event(told: Any, app_once: Any, as_user: Any) -> None:
    text = page(app_once, as_user, told.sysadmin, "/anchor.txt").body
    assert anchors.read(text).known == service.head()
    lines = page(app_once, as_user, told.sysadmin, "/events.jsonl").body.splitlines()
    assert len(lines) == service.head().position
    page(app_once, as_user, told.sysadmin, "/events.exe", status=404)


@pytest.mark.parametrize("path", ["", "/anchor.txt", "/events.csv"])
def test_the_pages_are_for_sysadmins_only(told: Any, app_once: Any, as_user: Any, path: str) -> None:
    for person in (told.custodian, told.planner, told.producer):
        page(app_once, as_user, person, path, status=403)
    assert "/user/login" in page(app_once, as_user, None, path, status=302).headers["Location"]


def test_verification_from_the_page_is_a_job(told: Any, app_once: Any, as_user: Any, monkeypatch: Any) -> None:
    before = len(tk.get_action("job_list")({"ignore_auth": True}, {}))
    answer = app_once.post(
        "/ckan-admin/satudata/audit/verify", headers=as_user(told.sysadmin), follow_redirects=False, status=302
    )
    assert answer.headers["Location"].endswith("/ckan-admin/satudata/audit")
    assert len(tk.get_action("job_list")({"ignore_auth": True}, {})) == before + 1
    with pytest.raises(tk.NotAuthorized):
        call_as(told.custodian, "satudata_audit_verify")

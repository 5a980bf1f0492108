"""``ckan satudata notices`` and the periodic work."""

from __future__ import annotations

from typing import Any

from ckan.common import config
from ckan.tests.helpers import CKANCliRunner

from ckanext.satudata.review import schedule
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.story.live import free_port

from .conftest import Postbox, words_of


def run(*arguments: str) -> Any:
    """Run a command as at the console."""
    from ckanext.satudata.cli import satudata

    return CKANCliRunner().invoke(satudata, ["notices", *arguments])


def test_send_tells_of_what_is_new_and_says_how_much(settled: Any, postbox: Postbox, app_once: Any) -> None:
    walk_to(settled, "submitted")
    done = run("send")
    assert done.exit_code == 0, done.output
    assert ["new", "2"] in [line.split() for line in done.output.splitlines()]
    assert ["sent", "2"] in [line.split() for line in done.output.splitlines()]
    assert len(postbox.mails) == 2


def test_status_says_what_waits_and_why(settled: Any, postbox: Postbox, app_once: Any) -> None:
    there, config["smtp.server"] = config["smtp.server"], f"127.0.0.1:{free_port()}"
    walk_to(settled, "submitted")
    run("send")
    done = run("status")
    config["smtp.server"] = there
    assert done.exit_code == 0
    assert ["pending", "2"] in [line.split() for line in done.output.splitlines()]
    assert "could not be connected" in done.output
    assert ["sent", "2"] in [line.split() for line in run("send", "--retry").output.splitlines()]
    assert ["pending", "0"] in [line.split() for line in run("status").output.splitlines()]


def test_the_sweep_is_periodic_work_of_the_portal(settled: Any, postbox: Postbox, app_once: Any) -> None:
    pid = walk_to(settled, "submitted")["id"]
    outcome = schedule.run(schedule.find("notices"), force=True)
    assert (outcome.name, outcome.fate) == ("notices", "done")
    assert words_of(settled.custodian, pid) == ["check"]
    assert len(postbox.mails) == 2

"""The newcomer's command, once: killed in the middle, taken up again, looked at, ended, removed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from portal import processes
from portal.errors import tail
from portal.home import ROOT, Home
from portal.site import clean_environment

pytestmark = pytest.mark.install


class Command:
    """``python -m portal …`` in a directory of its own."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.env = {**clean_environment(), "SATUDATA_PORTAL_HOME": str(path), "PYTHONUNBUFFERED": "1"}

    def begin(self, name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "portal", name],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, name: str) -> str:
        process = self.begin(name)
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said
        return said

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.home.state['web_port']}"

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def started(self) -> dict[str, str]:
        """The pid file of each of its processes."""
        return {path.name: path.read_text() for path in self.home.run.glob("*.pid")}

    def processes(self) -> list[int]:
        """Everything alive whose command line names the directory, whoever started it."""
        pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
        return [pid for pid in pids if str(self.home.path) in processes.command_line(pid)]


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    made = Command(tmp_path_factory.mktemp("demo") / "home")
    yield made
    if made.home.path.exists():
        made.run("clean")


@pytest.fixture(scope="module")
def interrupted(command):
    """A first run, killed with all its children while it loaded the demo."""
    process = command.begin("up")
    for line in process.stdout:
        if "[3/" in line and "published" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return command


@pytest.fixture(scope="module")
def up(interrupted):
    """The second run, to the end."""
    interrupted.said = interrupted.run("up")
    return interrupted


def test_a_run_killed_while_loading_is_taken_up_by_the_next(up):
    assert "interrupted while it loaded the demo" in up.said
    assert "The demo is loaded." in up.said
    assert up.url in up.said


def test_the_accounts_are_shown_and_kept_for_their_owner_only(up):
    accounts = up.home.path / "accounts.txt"
    assert accounts.stat().st_mode & 0o777 == 0o600
    for line in accounts.read_text().splitlines():
        assert line in up.said
    assert (up.home.path / "ckan.ini").stat().st_mode & 0o777 == 0o600


def test_an_anonymous_visitor_finds_what_is_published_in_indonesian_and_no_outside_picture(up):
    found = json.loads(up.get("/api/3/action/package_search?rows=100"))["result"]
    assert found["count"] > 0
    assert not [each["name"] for each in found["results"] if each["private"]]
    page = up.get("/dataset/").decode()
    assert 'lang="id"' in page
    assert "gravatar" not in page


def test_the_job_worker_loads_a_published_file_into_the_datastore(up):
    found = json.loads(up.get("/api/3/action/package_search?rows=100"))["result"]["results"]
    ids = [resource["id"] for each in found for resource in each["resources"] if resource["format"] == "CSV"]
    deadline = time.monotonic() + 120
    rows: list[dict[str, str]] = []
    # The records, not the total: CKAN keeps a count it took between the making and the filling of a table.
    while not rows and time.monotonic() < deadline:
        time.sleep(1)
        with contextlib.suppress(OSError):
            rows = json.loads(up.get(f"/api/3/action/datastore_search?resource_id={ids[0]}"))["result"]["records"]
    assert rows, "\n".join(tail(up.home.log_file("worker"), 40))


def test_ckans_own_command_line_works_on_it(up):
    ckan = Path(sys.executable).parent / "ckan"
    command = [str(ckan), "-c", str(up.home.path / "ckan.ini"), "db", "pending-migrations"]
    done = subprocess.run(command, cwd="/", env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unapplied" not in done.stdout


def test_a_further_run_starts_and_loads_nothing(up):
    before = up.started()
    commands = up.home.log_file("ckan").stat().st_size
    said = up.run("up")
    # No ckan command was run: it is they that take time (the whole takes about a second).
    assert up.home.log_file("ckan").stat().st_size == commands
    assert "loaded by an earlier run" in said
    assert up.started() == before
    assert "does not run" not in up.run("status")


def test_the_foreground_command_leaves_running_what_it_did_not_start(up):
    assert "running already" in up.run("demo")
    assert up.get("/api/3/action/status_show")


def test_down_ends_everything(up):
    assert "Ended: web, worker, postgresql, redis, solr." in up.run("down")
    assert up.processes() == []
    assert "Nothing was running." in up.run("down")


def test_ctrl_c_ends_what_the_foreground_command_started_and_clean_removes_all(up):
    servers = up.begin("demo")
    for line in servers.stdout:
        if "Ctrl-C ends it" in line:
            break
    assert up.get("/api/3/action/status_show")
    os.killpg(servers.pid, signal.SIGINT)
    assert "Ended." in servers.communicate(timeout=60)[0]
    assert servers.returncode == 0
    assert up.processes() == []
    up.run("clean")
    assert not up.home.path.exists()

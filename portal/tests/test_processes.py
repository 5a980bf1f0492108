"""What is ended, and what is left alone."""

from __future__ import annotations

import os
import sys
import time

import pytest

from portal import processes
from portal.errors import PortalError


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_somebody_elses_process_is_left_alone_and_its_pid_file_removed(home, sleeper):
    foreign = sleeper("somebody-elses")
    path = home.pid_file("web")
    processes.write_pid(path, foreign.pid)
    assert processes.end(path, ("marker-of-ours",), "The web server") is False
    assert foreign.poll() is None
    assert not path.exists()


def test_our_process_is_ended_with_the_children_in_its_group(home, sleeper):
    # The child's word is put together from two, so that the parent's command line does not hold it.
    child = "[sys.executable, '-c', 'import time; time.sleep(60)', 'child-of-' + 'ours-1']"
    ours = sleeper("ours-1", code=f"import subprocess, sys, time; subprocess.Popen({child}); time.sleep(60)")
    assert wait_for(lambda: processes.find(("child-of-ours-1",)))
    path = home.pid_file("web")
    processes.write_pid(path, ours.pid)
    assert processes.end(path, ("ours-1",), "The web server") is True
    assert wait_for(lambda: processes.find(("child-of-ours-1",)) is None)
    assert not path.exists()


def test_a_process_that_ignores_the_polite_request_is_killed(home, sleeper):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    ours = sleeper("stubborn-1", code=code)
    time.sleep(0.3)
    processes.write_pid(home.pid_file("web"), ours.pid)
    assert processes.end(home.pid_file("web"), ("stubborn-1",), "The web server", patience=0.3) is True


def test_a_defunct_process_counts_as_gone(sleeper):
    ours = sleeper("short-1", code="pass")
    # Not waited for: it stays defunct as long as we, its parent, do not ask.
    assert wait_for(lambda: processes.command_line(ours.pid) == "")
    assert os.path.exists(f"/proc/{ours.pid}") or sys.platform != "linux"
    assert not processes.is_ours(ours.pid, ("short-1",))


def test_a_process_whose_pid_file_was_never_written_is_found_by_its_command_line(home, sleeper):
    ours = sleeper("orphan-1", str(home.path))
    path = home.pid_file("web")
    assert wait_for(lambda: processes.running(path, ("orphan-1", str(home.path))) == ours.pid)
    assert processes.read_pid(path) == ours.pid


def test_a_stale_pid_file_does_not_count(home):
    path = home.pid_file("web")
    path.write_text("999999999\n")
    assert processes.running(path, ("nothing-like-this",)) is None
    path.write_text("not a number")
    assert processes.running(path, ("nothing-like-this",)) is None


def spawned(home, code, word):
    return processes.spawn(
        [sys.executable, "-c", code, word],
        cwd=home.path,
        log=home.log_file("web"),
        pid_file=home.pid_file("web"),
    )


def test_a_spawned_process_outlives_the_group_of_its_maker(home):
    pid = spawned(home, "import time; time.sleep(60)", "spawned-1").pid
    assert os.getpgid(pid) == pid != os.getpgid(0)
    assert processes.end(home.pid_file("web"), ("spawned-1",), "The web server") is True


def test_a_process_without_a_command_line_yet_is_waited_for(home, monkeypatch):
    # What the kernel shows while it loads a program from a cold disk: a living process, no command line.
    child = spawned(home, "import time; time.sleep(60)", "loading-1")
    real, asked = processes.command_line, []

    def loading(pid):
        asked.append(pid)
        return "" if len(asked) < 5 else real(pid)

    monkeypatch.setattr(processes, "command_line", loading)
    assert processes.is_ours(child.pid, ("loading-1",))
    asked.clear()
    answers = iter([False, False, True])
    processes.wait_until(lambda: next(answers), child, "The web server", seconds=20, log=home.log_file("web"))
    assert asked == [], "whether it lives is not read off its command line"
    assert processes.end(home.pid_file("web"), ("loading-1",), "The web server") is True


def test_a_server_that_ends_at_once_is_reported_with_how_it_ended(home):
    child = spawned(home, "import sys; print('port taken'); sys.exit(3)", "short-2")
    with pytest.raises(PortalError) as caught:
        processes.wait_until(lambda: False, child, "Solr", seconds=20, log=home.log_file("web"))
    assert "exit code 3" in str(caught.value)
    assert "port taken" in str(caught.value)
    child = spawned(home, "import os; os.kill(os.getpid(), 9)", "short-3")
    with pytest.raises(PortalError, match="ended by signal 9"):
        processes.wait_until(lambda: False, child, "Solr", seconds=20, log=home.log_file("web"))


def test_a_server_that_never_answers_is_not_waited_for_for_ever(home):
    child = spawned(home, "import time; time.sleep(60)", "mute-1")
    with pytest.raises(PortalError, match=r"no answer in 0\.2 seconds"):
        processes.wait_until(lambda: False, child, "Solr", seconds=0.2, log=home.log_file("web"))
    assert processes.end(home.pid_file("web"), ("mute-1",), "The web server") is True

"""What is ended, and what is left alone."""

from __future__ import annotations

import os
import sys
import time

from portal import processes


def wait_for(condition, seconds=5.0):
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


def test_a_spawned_process_outlives_the_group_of_its_maker(home):
    pid = processes.spawn(
        [sys.executable, "-c", "import time; time.sleep(60)", "spawned-1"],
        cwd=home.path,
        log=home.log_file("web"),
        pid_file=home.pid_file("web"),
    )
    assert os.getpgid(pid) == pid != os.getpgid(0)
    assert processes.end(home.pid_file("web"), ("spawned-1",), "The web server") is True

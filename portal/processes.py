"""Start processes that outlive us, and end exactly those: by pid *and* command line.

A pid alone is not enough: after a reboot the same number may belong to anything. Each service therefore has
a *marker*, pieces of its command line (the program and the portal's own directory), and a process counts as
ours only if its command line carries all of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from portal.errors import PortalError

Marker = tuple[str, ...]


def command_line(pid: int) -> str:
    """The command line of a living process; empty where it is gone or defunct."""
    proc = Path("/proc") / str(pid)
    if Path("/proc/self/stat").exists():
        try:
            # The state is the first word after the command in brackets; Z is defunct, X is dead.
            if (proc / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX":
                return ""
            return (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (OSError, IndexError):
            return ""
    shown = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    state, _, command = shown.partition(" ")
    return "" if state.startswith("Z") else command.strip()


def carries(command: str, marker: Marker) -> bool:
    """Whether a command line holds every piece of a marker; an empty one holds none."""
    return bool(command) and all(piece in command for piece in marker)


def is_ours(pid: int | None, marker: Marker) -> bool:
    """Whether ``pid`` lives and its command line carries ``marker``.

    A process that is just being loaded has no command line for some milliseconds: it is asked again.
    """
    if not pid:
        return False
    deadline = time.monotonic() + 0.5
    command = command_line(pid)
    while not command and _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
        command = command_line(pid)
    return carries(command, marker)


def _lives(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def read_pid(path: Path) -> int | None:
    """The number in the first line of a pid file, or None where the file is absent or unreadable."""
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def write_pid(path: Path, pid: int) -> None:
    """Write a pid file in one step, so that an interruption leaves the old one or the new one."""
    part = path.with_suffix(".part")
    part.write_text(f"{pid}\n")
    part.replace(path)


def find(marker: Marker) -> int | None:
    """The oldest living process whose command line carries ``marker``.

    Needed where a start was interrupted between making the process and writing its pid file.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if pid != os.getpid() and carries(command_line(pid), marker):
            with contextlib.suppress(OSError, ValueError, IndexError):
                started = int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[19])
                found.append((started, pid))
    return min(found)[1] if found else None


def spawn(
    command: list[str], *, cwd: Path, log: Path, pid_file: Path, env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session and process group of its own, its output appended to ``log``.

    :returns: the process, whose pid is also written to ``pid_file``
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    write_pid(pid_file, child.pid)
    return child


def wait_until(
    ready: Callable[[], bool], child: subprocess.Popen[bytes], name: str, *, seconds: float, log: Path
) -> None:
    """Wait until a server that was just started answers.

    Whether it still lives is asked of the process itself, not of its command line: while a new program is
    being loaded from a cold disk, ``/proc/<pid>/cmdline`` is empty for some milliseconds.

    :raises PortalError: if it ends, or does not answer in time, with the last lines of its log
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        status = child.poll()
        if status is not None:
            how = f"was ended by signal {-status}" if status < 0 else f"ended with exit code {status}"
            raise PortalError(f"{name} does not come up: it {how}.", log=log)
        time.sleep(0.05)
    raise PortalError(f"{name} does not come up: no answer in {seconds:g} seconds.", log=log)


def running(pid_file: Path, marker: Marker) -> int | None:
    """The pid of our living process, by its pid file or, failing that, by its marker."""
    pid = read_pid(pid_file)
    if is_ours(pid, marker):
        return pid
    pid = find(marker)
    if pid:
        write_pid(pid_file, pid)
    return pid


def end(pid_file: Path, marker: Marker, name: str, *, patience: float = 20.0) -> bool:
    """End our process, politely first, and remove its pid file.

    A pid file that names somebody else's process is only removed: that process is left alone.

    :returns: True if a process was ended
    :raises PortalError: if it still lives after SIGKILL
    """
    pid = running(pid_file, marker)
    if not pid:
        pid_file.unlink(missing_ok=True)
        return False
    # Its group is ours only where it leads it; never a group that others belong to.
    leads = _leads(pid)
    for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        # The polite request goes to the process alone: a job worker then lets its job finish.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            reap(pid)
            if not is_ours(pid, marker):
                if leads:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)  # children it left behind
                pid_file.unlink(missing_ok=True)
                return True
            time.sleep(0.05)
    raise PortalError(f"{name} (process {pid}) does not end.", f"End it by hand: kill -9 {pid}")


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def reap(pid: int) -> None:
    """Take the exit status of a child of ours, so that it does not stay defunct."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)

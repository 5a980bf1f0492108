"""The portal itself: its database, the demo in it, the web server and the job worker."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from portal import ckan_ini, ports, processes
from portal.errors import PortalError
from portal.home import ROOT, Home
from portal.services import Place, Services, drop_place, make_place

USUAL_PORT = 5000
PLACE = "satudata"
REDIS_NUMBER = 0
BIN = Path(sys.executable).parent


class Site:
    """CKAN on the services of one portal's directory.

    :param say: told what happens inside a step
    """

    def __init__(self, home: Home, services: Services, say: Callable[[str], None]) -> None:
        self.home = home
        self.services = services
        self.say = say
        self.ini = home.path / "ckan.ini"

    @property
    def port(self) -> int:
        return int(self.home.state.get("web_port") or USUAL_PORT)

    @property
    def url(self) -> str:
        return ckan_ini.site_url(self.port)

    # -- its data

    def prepare_database(self) -> Place:
        """Databases, core, configuration file and migrations; quick where nothing changed.

        A demo whose loading was interrupted is removed first: half of it would be neither an empty portal
        nor the demo.
        """
        if self.home.state.get("demo") == "loading":
            self.say("the last run was interrupted while it loaded the demo: starting its data anew")
            self.stop()
            drop_place(self.services, PLACE, REDIS_NUMBER)
            shutil.rmtree(self.home.path / "storage", ignore_errors=True)
            self.home.remember(demo="", migrated="", indexed="", xloader_token="")
        # SATUDATA_PORTAL_SOLR=stock: search as a CKAN without our schema does.
        indonesian = os.environ.get("SATUDATA_PORTAL_SOLR", "satudata") != "stock"
        place = make_place(self.services, PLACE, REDIS_NUMBER, indonesian=indonesian)
        if place.new_databases:
            self.home.remember(demo="", migrated="", xloader_token="")
        self.write_ini(place)
        wanted = _migrations()
        if self.home.state.get("migrated") != wanted:
            self.ckan("db", "upgrade")
            self.home.remember(migrated=wanted)
        if not self.home.state.get("xloader_token"):
            # The site user's: its technical writes are the ones that pass while a dataset is under review.
            self.home.remember(xloader_token=self.ckan("user", "token", "add", PLACE, "xloader", "-q").split()[-1])
            self.write_ini(place)
        if place.new_core or place.new_databases:
            self.home.remember(indexed="")
        return place

    def write_ini(self, place: Place) -> None:
        """Choose the web server's port and write the configuration file."""
        if not self.web_pid():
            port = ports.choose(USUAL_PORT)
            if port != USUAL_PORT:
                self.say(f"port {USUAL_PORT} is taken by another program: using {port}")
            self.home.remember(web_port=port)
        ckan_ini.write(self.home, place, self.port)

    def load_demo(self) -> bool:
        """Load the Medan demo once; False if it is there already."""
        if self.home.state.get("demo") == "loaded":
            return False
        self.home.remember(demo="loading")
        self.ckan("satudata", "demo", "load", show=True)
        self.home.remember(demo="loaded")
        return True

    def index(self) -> bool:
        """Index what there is; False if the index is up to date.

        The index keeps whole datasets with the addresses of their files, so another port makes it stale.
        """
        if self.home.state.get("indexed") == self.url:
            return False
        self.ckan("search-index", "rebuild")
        self.home.remember(indexed=self.url)
        return True

    def ckan(self, *arguments: str, show: bool = False) -> str:
        """Run ``ckan -c .portal/ckan.ini …``; its output, which is also kept in ``log/ckan.log``.

        :param show: pass each line on while it runs
        :raises PortalError: with its last lines
        """
        log = self.home.log_file("ckan")
        lines = []
        with log.open("a", encoding="utf-8") as out:
            out.write(f"$ ckan {' '.join(arguments)}\n")
            out.flush()
            process = subprocess.Popen(
                [str(BIN / "ckan"), "-c", str(self.ini), *arguments],
                cwd=ROOT,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # What it logs goes to the log only; what it prints is its answer.
                stderr=out,
                text=True,
                errors="replace",
            )
            assert process.stdout
            try:
                for line in process.stdout:
                    lines.append(line)
                    out.write(line)
                    if show and line.strip():
                        self.say(line.rstrip())
                code = process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
        if code != 0:
            raise PortalError(f"The command 'ckan {' '.join(arguments)}' failed.", log=log)
        return "".join(lines)

    # -- its processes

    @property
    def web_marker(self) -> processes.Marker:
        return ("gunicorn", str(self.home.run / "gunicorn.conf.py"))

    @property
    def worker_marker(self) -> processes.Marker:
        return ("ckan", f"-c {self.ini} jobs worker")

    def web_pid(self) -> int | None:
        return processes.running(self.home.pid_file("web"), self.web_marker)

    def worker_pid(self) -> int | None:
        return processes.running(self.home.pid_file("worker"), self.worker_marker)

    def start(self, started: list[str]) -> None:
        """Start the web server and the job worker unless they run.

        :param started: filled with the names of what is begun
        :raises PortalError: if the site does not answer within two minutes, with the last lines of its log
        """
        self._start_web(started)
        if not self.worker_pid():
            started.append("worker")
            command = [sys.executable, str(BIN / "ckan"), "-c", str(self.ini), "jobs", "worker"]
            processes.spawn(
                command, cwd=self.home.path, log=self.home.log_file("worker"),
                pid_file=self.home.pid_file("worker"), env=clean_environment(),
            )  # fmt: skip

    def _start_web(self, started: list[str]) -> None:
        if self.web_pid() and self.answers():
            return
        started.append("web")
        processes.end(self.home.pid_file("web"), self.web_marker, "The web server")
        config = self.home.run / "gunicorn.conf.py"
        config.write_text(
            f'bind = "{ports.HOST}:{self.port}"\nworkers = 2\nthreads = 4\ntimeout = 120\n'
            f'accesslog = "{self.home.log_file("access")}"\n'
        )
        child = processes.spawn(
            [sys.executable, str(BIN / "gunicorn"), "-c", str(config), "--no-control-socket", "portal.wsgi"],
            cwd=ROOT,
            log=self.home.log_file("web"),
            pid_file=self.home.pid_file("web"),
            env={**clean_environment(), "CKAN_INI": str(self.ini)},
        )
        processes.wait_until(self.answers, child, "The web server", seconds=120, log=self.home.log_file("web"))

    def stop(self, names: Iterable[str] | None = None) -> list[str]:
        """End the web server and the worker (of ``names``, if given); the names of what was ended."""
        ended = []
        for name, marker in (("web", self.web_marker), ("worker", self.worker_marker)):
            if (names is None or name in names) and processes.end(self.home.pid_file(name), marker, f"The {name}"):
                ended.append(name)
        return ended

    def answers(self) -> bool:
        """Whether CKAN's own status action answers."""
        line = http.client.HTTPConnection(ports.HOST, self.port, timeout=20)
        with contextlib.suppress(OSError, http.client.HTTPException):
            line.request("GET", "/api/3/action/status_show")
            return line.getresponse().status == 200
        return False


def clean_environment() -> dict[str, str]:
    """Our environment without ``CKAN_*``, which would override the configuration file."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}


def _migrations() -> str:
    """Changes when CKAN, one of its plugins or this extension brings a migration the database may lack."""
    digest = hashlib.sha256(ckan_ini.PLUGINS.encode())
    for package in ("ckan", "ckanext.activity", "ckanext.satudata"):
        found = importlib.util.find_spec(package)
        for place in found.submodule_search_locations or () if found else ():
            for path in sorted(Path(place).glob("migration/**/versions/*.py")):
                digest.update(f"{package}/{path.name}".encode())
                if package == "ckanext.satudata":
                    digest.update(path.read_bytes())
    return digest.hexdigest()

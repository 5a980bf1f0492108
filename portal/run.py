"""``make demo``, ``make up``, ``make down``, ``make status`` and ``make clean``."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from portal import testrun
from portal.errors import PortalError
from portal.home import Home
from portal.services import Services
from portal.site import Site
from portal.steps import say, step

STEPS = 7


class Stopped(BaseException):
    """Ctrl-C, a closed terminal, or a polite request to end."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    # A second Ctrl-C while we tidy up would leave half of it behind.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped


def start(home: Home) -> tuple[Site, list[str]]:
    """Bring the portal up, from wherever it stands.

    :returns: the site, and the names of what this run started
    """
    started: list[str] = []
    services = Services(home, say)
    site = Site(home, services, say)
    try:
        with home.lock():
            with step(3, STEPS, "Servers: PostgreSQL, Redis and Solr"):
                services.up(started)
            with step(4, STEPS, "Databases: made, migrated, DataStore included"):
                site.prepare_database()
            with step(5, STEPS, "Demo: Medan's tree, roles and datasets"):
                if not site.load_demo():
                    say("loaded by an earlier run")
            with step(6, STEPS, "Search index"):
                if not site.index():
                    say("up to date")
            with step(7, STEPS, "Web server and job worker"):
                site.start(started)
    except BaseException:
        stop(site, started)
        raise
    return site, started


def stop(site: Site, names: list[str]) -> None:
    """End the named processes, and no other."""
    site.stop(names)
    site.services.down(names)


def demo() -> int:
    """The portal in the foreground, until Ctrl-C; ends exactly what it started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    home = Home()
    try:
        site, started = start(home)
    except Stopped:
        print("\nStopped; what this run started has ended. The next run takes up from here.", flush=True)
        return 130
    code = 0
    try:
        welcome(site)
        if "web" not in started:
            print("The portal was running already, so this command leaves it running: make down ends it.")
            return 0
        print("Ctrl-C ends it.", flush=True)
        while True:
            time.sleep(0.5)
            for name, pid in (("web server", site.web_pid()), ("job worker", site.worker_pid())):
                if not pid:
                    print(f"\nThe {name} has ended (was it make down?); its log is in {home.log}.", flush=True)
                    code = 1
                    raise Stopped
    except Stopped:
        print("\nEnding what was started …", flush=True)
        with home.lock():
            stop(site, started)
        print("Ended.", flush=True)
    return code


def up() -> int:
    """The portal in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        site, _ = start(Home())
    except Stopped:
        print("\nStopped; what this run started has ended. The next run takes up from here.", flush=True)
        return 130
    welcome(site)
    print("make status shows it, make down ends it.", flush=True)
    return 0


def down() -> int:
    """End the portal's processes, those of its tests' servers included."""
    ended = []
    for home in _homes():
        if home.path.is_dir():
            with home.lock():
                services = Services(home)
                ended += Site(home, services, say).stop() + services.down()
    print(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")
    return 0


def status() -> int:
    """What runs, as which process, on which port, and the portal's address if it serves."""
    home = Home()
    services = Services(home)
    site = Site(home, services, say)
    rows = dict(services.status())
    rows["web"] = (site.web_pid(), site.port)
    show(rows)
    worker = site.worker_pid()
    print(f"{'worker':12} {f'runs as process {worker}' if worker else 'does not run'}")
    if rows["web"][0] and site.answers():
        print(f"\n{site.url}")
    return 0


def show(rows: dict[str, tuple[int | None, int]]) -> None:
    """A line per server: its process and port."""
    for name, (pid, port) in rows.items():
        print(f"{name:12} {f'runs as process {pid} on port {port}' if pid else 'does not run'}")


def clean() -> int:
    """End everything and remove the portal's directory with all data in it."""
    home = Home()
    if not home.path.exists():
        print(f"{home.path} is not there: nothing to remove.")
        return 0
    if not home.is_ours():
        raise PortalError(
            f"{home.path} was not made by make demo or make test, so it is not removed.",
            "Is SATUDATA_PORTAL_HOME right?",
        )
    down()
    for each in _homes():
        Services(each).postgres.remove()
    shutil.rmtree(home.path)
    print(f"Removed {home.path}.")
    return 0


def welcome(site: Site) -> None:
    """The address and the accounts."""
    print(f"\n  {site.url}\n", flush=True)
    accounts = site.home.path / "accounts.txt"
    if accounts.is_file():
        print(accounts.read_text(encoding="utf-8"), flush=True)


def _homes() -> list[Home]:
    return [Home(), testrun.test_home()]


def fail(error: PortalError) -> int:
    """Show an error as a person reads it."""
    print(f"\nERROR: {error}", file=sys.stderr, flush=True)
    return 1

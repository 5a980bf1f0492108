"""``make test``: the whole suite with coverage, on servers of its own or on those given by environment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from portal.errors import PortalError
from portal.home import ROOT, Home
from portal.services import Place, Services, make_place
from portal.site import clean_environment
from portal.steps import say, step

STEPS = 4
GIVEN = (
    "SATUDATA_TEST_SQLALCHEMY_URL",
    "SATUDATA_TEST_DATASTORE_WRITE_URL",
    "SATUDATA_TEST_DATASTORE_READ_URL",
    "SATUDATA_TEST_SOLR_URL",
    "SATUDATA_TEST_REDIS_URL",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def test(arguments: list[str]) -> int:
    """Run the suite; pytest's own closing line is the last one printed.

    :param arguments: for pytest, in place of "everything, with coverage"
    """
    with step(3, STEPS, "A browser for the page tests"):
        arguments = [*arguments, *browser()]
    Home().prepare()
    home = test_home()
    started: list[str] = []
    services = Services(home, say, fast=True)
    try:
        with step(4, STEPS, "Servers of the tests"):
            places = given() or own(home, services, started)
        environment = {
            **clean_environment(),
            **places[0].test_environment(),
            "SATUDATA_TEST_PLACES": json.dumps([place.test_environment() for place in places]),
        }
        command = [sys.executable, "-m", "pytest", "-p", "portal.pytest_places", *workers(places)]
        command += arguments if any(not each.startswith("-m") for each in arguments) else [*coverage(), *arguments]
        print(flush=True)
        return run_to_the_end(command, environment)
    finally:
        if started:
            services.down(started)


def run_to_the_end(command: list[str], environment: dict[str, str]) -> int:
    """Run pytest and let it close its report, also after Ctrl-C, which reaches it as well as us."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    # A handler, not SIG_IGN: that would be passed on, and pytest would not hear Ctrl-C.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: process.send_signal(number))
    return process.wait()


def test_home() -> Home:
    """The tests' servers have a directory of their own, so that they and the demo do not meet."""
    return Home(Home().path / "test")


def coverage() -> list[str]:
    """What pytest is told when the whole suite runs."""
    return ["--cov=ckanext.satudata", "--cov=portal", "--cov-report=term:skip-covered"]


def workers(places: list[Place]) -> list[str]:
    """Several workers where there are places for several; a file's tests stay with one of them.

    In the order of the files, so that the longest (``install``) is among the first.
    """
    several = ["-n", str(len(places)), "--dist", "loadfile", "--no-loadscope-reorder"]
    return several if len(places) > 1 else []


def given() -> list[Place]:
    """The real servers named by environment variables, as one place; an empty list if there are none.

    :raises PortalError: if only some of them are named
    """
    missing = [name for name in GIVEN if not os.environ.get(name)]
    if len(missing) == len(GIVEN):
        return []
    if missing:
        raise PortalError(
            f"Servers for the tests are only half given: {', '.join(missing)} is missing.",
            "Set all five, or none of them for servers made on the spot.",
        )
    say("those given by SATUDATA_TEST_*")
    return [Place("satudata_test", *[os.environ[name] for name in GIVEN])]  # type: ignore[arg-type]


def own(home: Home, services: Services, started: list[str]) -> list[Place]:
    """Servers under ``.portal/test``, apart from the demo's, with one place per worker."""
    with home.lock():
        services.up(started)
        return [
            make_place(services, f"test{number}", number, for_tests=True)
            for number in range(1, number_of_workers() + 1)
        ]


def number_of_workers() -> int:
    """``SATUDATA_TEST_WORKERS``, else two where there are two processors."""
    chosen = os.environ.get("SATUDATA_TEST_WORKERS", "")
    if chosen.isdigit() and 1 <= int(chosen) <= 16:
        return int(chosen)
    return min(2, os.cpu_count() or 1)


def browser() -> list[str]:
    """See to it that there is a Chromium; what to tell pytest if the reader chose to go without.

    :raises PortalError: if there is none and none can be installed
    """
    found = os.environ.get("SATUDATA_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium with apt-get")
        log = Home().path / "log" / "chromium.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        install_chromium(log)
        found = shutil.which("chromium")
    if found:
        say(found)
        return []
    if os.environ.get("SATUDATA_TEST_WITHOUT_BROWSER"):
        say("none: the tests that need one are left out")
        return ["-mnot browser"]
    raise PortalError(
        "The page tests need Chromium, and it is not installed.",
        "Debian and Ubuntu: sudo apt install chromium. Elsewhere: SATUDATA_CHROMIUM=/path/to/chrome.\n"
        "To leave these tests out: SATUDATA_TEST_WITHOUT_BROWSER=1 make test",
    )


def install_chromium(log: Path) -> None:
    """``apt-get update`` and ``install``; whether it went well shows in what is there afterwards."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("a") as out:
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-q", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                check=False,
            )

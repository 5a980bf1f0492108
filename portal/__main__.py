"""The portal's commands, run inside ``.venv``: ``python -m portal demo|up|down|status|test …``."""

from __future__ import annotations

import argparse
import errno
import shlex
import sys

from portal import jars, run, testrun
from portal.errors import PortalError
from portal.home import Home
from portal.services import Services, make_place

HOME_HELP = "their directory, if not test/ in the portal's"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with a message if not."""
    parser = argparse.ArgumentParser(prog="python -m portal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="the portal with its demo, in the foreground")
    commands.add_parser("up", help="the same in the background")
    commands.add_parser("down", help="end it")
    commands.add_parser("status", help="say what runs")
    commands.add_parser("clean", help="end it and remove its directory")
    commands.add_parser("test", help="run the test suite; what follows goes to pytest").add_argument(
        "pytest", nargs=argparse.REMAINDER
    )
    commands.add_parser("lock-jars", help="resolve Solr's jars anew and pin them")
    for name, words in (
        ("services-up", "start the tests' PostgreSQL, Redis and Solr"),
        ("services-down", "end them"),
        ("services-status", "say which of them run"),
    ):
        commands.add_parser(name, help=words).add_argument("--home", help=HOME_HELP)
    slot = commands.add_parser("slot", help="print the environment of a test slot with its own databases and core")
    slot.add_argument("number", type=int, choices=range(1, 25))
    slot.add_argument("--home", help=HOME_HELP)
    options = parser.parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except PortalError as error:
        return run.fail(error)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return run.fail(PortalError(f"The disk is full: {error}", "Make room and run the command again."))
        raise
    except KeyboardInterrupt:
        return 130


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _services(options: argparse.Namespace) -> Services:
    return Services(Home(options.home) if options.home else testrun.test_home(), _say, fast=True)


def _services_up(options: argparse.Namespace) -> int:
    services = _services(options)
    with services.home.lock():
        services.up()
    return 0


def _services_down(options: argparse.Namespace) -> int:
    services = _services(options)
    with services.home.lock():
        for name in services.down():
            _say(f"{name} ended")
    return 0


def _services_status(options: argparse.Namespace) -> int:
    run.show(_services(options).status())
    return 0


def _slot(options: argparse.Namespace) -> int:
    services = _services(options)
    with services.home.lock():
        services.up()
        place = make_place(services, f"slot{options.number}", options.number, for_tests=True)
    for name, value in place.test_environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _lock_jars(options: argparse.Namespace) -> int:
    pinned = jars.resolve()
    comments = [line for line in jars.LIST.read_text().splitlines() if line.startswith("#")]
    jars.LIST.write_text("\n".join([*comments, *map(str, pinned)]) + "\n")
    _say(f"{len(pinned)} jars pinned in {jars.LIST}")
    return 0


_COMMANDS = {
    "demo": lambda options: run.demo(),
    "up": lambda options: run.up(),
    "down": lambda options: run.down(),
    "status": lambda options: run.status(),
    "clean": lambda options: run.clean(),
    "test": lambda options: testrun.test(options.pytest),
    "lock-jars": _lock_jars,
    "services-up": _services_up,
    "services-down": _services_down,
    "services-status": _services_status,
    "slot": _slot,
}

if __name__ == "__main__":
    sys.exit(main())

"""The portal's commands, run inside ``.venv``: ``python -m portal up|down|status|slot …``."""

from __future__ import annotations

import argparse
import shlex
import sys

from portal.errors import PortalError
from portal.home import Home
from portal.services import Services, make_place


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with a message if not."""
    parser = argparse.ArgumentParser(prog="python -m portal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("services-up", help="start PostgreSQL, Redis and Solr only")
    commands.add_parser("services-down", help="end them")
    commands.add_parser("services-status", help="say which of them run")
    slot = commands.add_parser(
        "slot", help="print the environment of a test slot with its own databases and core"
    )
    slot.add_argument("number", type=int, choices=range(1, 25))
    options = parser.parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except PortalError as error:
        print(f"\nERROR: {error}", file=sys.stderr)
        return 1


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _services_up(options: argparse.Namespace) -> int:
    home = Home()
    with home.lock():
        Services(home, _say).up()
    return 0


def _services_down(options: argparse.Namespace) -> int:
    home = Home()
    with home.lock():
        for name in Services(home).down():
            _say(f"{name} ended")
    return 0


def _services_status(options: argparse.Namespace) -> int:
    for name, (pid, port) in Services(Home()).status().items():
        print(f"{name:12} {f'runs as process {pid} on port {port}' if pid else 'does not run'}")
    return 0


def _slot(options: argparse.Namespace) -> int:
    home = Home()
    with home.lock():
        services = Services(home, _say)
        services.up()
        place = make_place(services, f"slot{options.number}", options.number, for_tests=True)
    for name, value in place.test_environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


_COMMANDS = {
    "services-up": _services_up,
    "services-down": _services_down,
    "services-status": _services_status,
    "slot": _slot,
}

if __name__ == "__main__":
    sys.exit(main())

"""What ``satudata`` costs: plain CKAN with scheming and the same schema against the same with ``satudata``.

``python -m benchmarks.overhead`` starts two web servers on loopback, each with databases and a Solr core of its own
and the same data, and sends requests over HTTP: one to one side, one to the other, the order changing with every
pair, so that whatever else the machine does falls on both. Each round gives a ratio of medians; printed are the
median, the smallest and the largest of the rounds, and before them the lower quartile of all requests, which a busy
machine disturbs least. Beside them stands the processor time the server's Python used per request, which what else
runs hardly touches (database and Solr are not in it). ``--control`` adds a second plain server on the data of the
first: its ratios, which should be 1, are the noise of the measurement.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import names_only, places
from benchmarks.load import dataset
from portal import ports
from portal.home import Home
from portal.ports import HOST

PLAIN, OURS, CONTROL = "bench_plain", "bench_satudata", "bench_plain_again"
OPTIONS = {
    "ckan.site_id": "bench",
    "ckan.site_title": "Portal",
    "ckan.site_url": "http://localhost",
    "ckan.auth.create_unowned_dataset": "false",
    "ckan.gravatar_default": "disabled",
    "ckan.upload.resource.types": "*",
    "ckan.auth.roles_that_cascade_to_sub_groups": "admin",
}
HEADING = (
    "                             lower quartile            ratio of medians per round    Python's processor time\n"
    "                                plain satudata  ratio   median    min    max   goal          plain  satud.  ratio"
)
GOALS = {"read": 1.05, "create": 1.15}


@dataclass
class Side:
    """One running portal, and what the measurement knows of it."""

    name: str
    port: int
    known: dict[str, Any]
    pid: int = 0
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> bytes:
        """Send one request.

        :raises RuntimeError: if the answer is not 200, with its beginning
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = token
        if self.connection is None:
            self.connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: {method} {path}: {answer.status} {content[:800]!r}")
        return content

    def action(self, name: str, token: str = "", /, **data: Any) -> Any:
        return json.loads(self.ask("POST", f"/api/3/action/{name}", data, token))["result"]

    def python_seconds(self) -> float:
        """Processor time its worker has used so far, whatever else ran beside it; 0 where Linux is not there."""
        with contextlib.suppress(OSError, ValueError):
            workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            files = [path for worker in workers for path in Path(f"/proc/{worker}/task").glob("*/schedstat")]
            return sum(int(path.read_text().split()[0]) for path in files) / 1e9
        return 0.0


Operation = Callable[[Side, int], object]


def operations(count: int) -> dict[str, tuple[str, Operation]]:
    """What is measured: name → (kind, one request of it)."""
    title = itertools.count()

    def create(side: Side, number: int) -> None:
        organization = side.known["organizations"][number % len(side.known["organizations"])]
        data = dataset(f"baru-{uuid.uuid4().hex}", organization, number)
        side.action("package_create", side.known["producer"], **data)

    def patch(side: Side, number: int) -> None:
        if "draft" not in side.known:
            data = dataset(f"draf-{uuid.uuid4().hex}", side.known["organizations"][0], number)
            side.known["draft"] = side.action("package_create", side.known["producer"], **data)["id"]
        side.action("package_patch", side.known["producer"], id=side.known["draft"], title=f"Judul {next(title)}")

    def show(side: Side, number: int) -> None:
        side.ask("GET", f"/api/3/action/package_show?id=penduduk-{number % count}")

    def show_as_producer(side: Side, number: int) -> None:
        address = f"/api/3/action/package_show?id=penduduk-{number % count}"
        side.ask("GET", address, token=side.known["producer"])

    def search(side: Side, number: int) -> None:
        side.ask("GET", f"/api/3/action/package_search?q=penduduk&rows=20&start={number % 5 * 20}")

    def search_as_producer(side: Side, number: int) -> None:
        address = f"/api/3/action/package_search?q=penduduk&rows=20&include_private=true&start={number % 5 * 20}"
        side.ask("GET", address, token=side.known["producer"])

    def page(side: Side, number: int) -> None:
        side.ask("GET", f"/dataset/penduduk-{number % count}")

    return {
        "package_show, anonymous": ("read", show),
        "package_show, producer": ("read", show_as_producer),
        "package_search, anonymous": ("read", search),
        "package_search, producer": ("read", search_as_producer),
        "dataset page, anonymous": ("read", page),
        "package_create": ("create", create),
        "package_patch": ("create", patch),
    }


def prepare(directory: Path, count: int) -> tuple[dict[str, Path], dict[str, dict[str, Any]], dict[str, str]]:
    """Make both portals anew and fill them; returns their configurations, what they hold, and their environment."""
    extra = names_only.installed_into(directory / "plugins")
    inis: dict[str, Path] = {}
    known: dict[str, dict[str, Any]] = {}
    plain = {"ckan.plugins": "activity benchmark_names_only scheming_datasets", **names_only.OPTIONS}
    ours = {"ckan.plugins": "activity satudata scheming_datasets"}
    for name, place in places.make([PLAIN, OURS]).items():
        options = {**OPTIONS, **(plain if name == PLAIN else ours)}
        inis[name] = places.write_ini(directory / name, place, options)
        print(f"  {name}: filling with {count} datasets", flush=True)
        places.ckan(inis[name], "db", "clean", "--yes", more=extra)
        places.ckan(inis[name], "db", "init", more=extra)
        places.ckan(inis[name], "db", "upgrade", more=extra)
        places.ckan(inis[name], "search-index", "clear", more=extra)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", str(inis[name]), str(count)],
            env=places.clean_environment(extra),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name} could not be filled:\n{done.stderr[-4000:]}")
        known[name] = json.loads(done.stdout.strip().splitlines()[-1])
    return inis, known, extra


@contextlib.contextmanager
def serving(inis: dict[str, Path], extra: dict[str, str]) -> Iterator[dict[str, tuple[int, int]]]:
    """Web servers for these configurations, one process each; ended on the way out.

    :returns: per name the port and the process id of the server
    """
    taken: dict[str, int] = {}
    servers = []
    try:
        for name, ini in inis.items():
            taken[name] = ports.choose(18000, set(taken.values()))
            command = [
                sys.executable,
                "-m",
                "gunicorn",
                "--workers=1",
                "--worker-class=gthread",
                "--threads=1",
            ]
            command += ["--keep-alive=600", f"--bind={HOST}:{taken[name]}", "portal.wsgi:application"]
            log = (ini.parent / f"{name}.log").open("wb")
            environment = places.clean_environment({**extra, "CKAN_INI": str(ini)})
            servers.append(
                subprocess.Popen(command, cwd=ini.parent, env=environment, stdout=log, stderr=subprocess.STDOUT)
            )
        for name, port in taken.items():
            wait_for(name, port, inis[name].parent / f"{name}.log")
        yield {name: (port, server.pid) for (name, port), server in zip(taken.items(), servers, strict=True)}
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(timeout=30)


def wait_for(name: str, port: int, log: Path) -> None:
    """Wait until a server answers.

    :raises RuntimeError: after a minute, with the end of its log
    """
    for _ in range(240):
        with contextlib.suppress(OSError):
            Side(name, port, {}).ask("GET", "/api/3/action/status_show")
            return
        time.sleep(0.25)
    raise RuntimeError(f"{name} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


Round = dict[str, list[float]]


def measure(sides: list[Side], operation: Operation, pairs: int, begin: int) -> Round:
    """The seconds of each request of one round, per side."""
    spent: dict[str, list[float]] = {side.name: [] for side in sides}
    for number in range(begin, begin + pairs):
        turn = number % len(sides)
        for side in sides[turn:] + sides[:turn]:
            start = time.perf_counter()
            operation(side, number)
            spent[side.name].append(time.perf_counter() - start)
    return spent


def quick(rounds: list[Round], arm: str) -> float:
    """The lower quartile of all requests: what remains where the machine was busy with something else."""
    return statistics.quantiles([seconds for one in rounds for seconds in one[arm]], n=4)[0]


def report(name: str, kind: str, rounds: list[Round], python: dict[str, float]) -> dict[str, Any]:
    """Print one line and return its figures.

    :param python: milliseconds of processor time per request, per side
    """
    control = CONTROL in python

    def ratios_of(arm: str) -> list[float]:
        return [statistics.median(one[arm]) / statistics.median(one[PLAIN]) for one in rounds]

    ratios = ratios_of(OURS)
    plain, ours = (quick(rounds, arm) * 1000 for arm in (PLAIN, OURS))
    middle = statistics.median(ratios)
    line = (
        f"{name:28} {plain:8.1f} {ours:8.1f} {ours / plain:6.3f}   {middle:6.3f} {min(ratios):6.3f} {max(ratios):6.3f}"
    )
    line += f"   {GOALS[kind]:.2f} {'ok  ' if middle <= GOALS[kind] else 'OVER'}"
    if python[PLAIN]:
        line += f"  {python[PLAIN]:7.1f} {python[OURS]:7.1f} {python[OURS] / python[PLAIN]:6.3f}"
    figures = {"operation": name, "plain_ms": plain, "satudata_ms": ours, "ratios": ratios, "python_ms": python}
    if control:
        noise = ratios_of(CONTROL)
        figures["control"] = noise
        line += f"   ({quick(rounds, CONTROL) * 1000 / plain:.3f};"
        line += f" {statistics.median(noise):.3f}, {min(noise):.3f} to {max(noise):.3f};"
        line += f" {python[CONTROL] / (python[PLAIN] or 1):.3f})"
    print(line, flush=True)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--datasets", type=int, default=200, help="public datasets on each side (200)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pairs", type=int, default=30, help="requests to each side in a round (30)")
    parser.add_argument("--control", action="store_true", help="a second plain server: the noise")
    parser.add_argument("--again", action="store_true", help="use the portals as the last run filled them")
    parser.add_argument("--only", default="", help="measure only operations whose name holds this")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    directory = Home().path / "bench"
    filled = directory / "filled.json"
    if options.again:
        inis = {name: directory / name / "ckan.ini" for name in (PLAIN, OURS)}
        extra = names_only.installed_into(directory / "plugins")
        options.datasets, known = json.loads(filled.read_text(encoding="utf-8"))
    else:
        inis, known, extra = prepare(directory, options.datasets)
        filled.write_text(json.dumps([options.datasets, known]), encoding="utf-8")
    if options.control:
        inis[CONTROL], known[CONTROL] = inis[PLAIN], dict(known[PLAIN])
    figures = []
    with serving(inis, extra) as served:
        sides = [Side(name, port, known[name], pid) for name, (port, pid) in served.items()]
        print(f"{options.datasets} datasets, {options.rounds} rounds of {options.pairs} pairs; milliseconds, ratios")
        print(HEADING + ("  (control)" if options.control else ""), flush=True)
        for name, (kind, operation) in operations(options.datasets).items():
            if options.only not in name:
                continue
            measure(sides, operation, 10, 0)  # warm caches and compiled templates on every side
            before = {side.name: side.python_seconds() for side in sides}
            rounds = [
                measure(sides, operation, options.pairs, number * options.pairs) for number in range(options.rounds)
            ]
            requests = options.pairs * options.rounds
            python = {side.name: (side.python_seconds() - before[side.name]) * 1000 / requests for side in sides}
            figures.append(report(name, kind, rounds, python))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

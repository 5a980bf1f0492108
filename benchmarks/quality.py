"""What the quality score costs per save, and its fields per document of the index.

``python -m benchmarks.quality`` uses the portals ``benchmarks.overhead`` filled last, or fills them. In one run:

* ``package_patch`` and ``package_create`` over HTTP on plain CKAN and with ``satudata``, one request to each in turn;
* the same saves in one process with ``satudata``, every other one with the hook of the score taken out: the median
  difference of neighbours is what the score adds to a save, whatever else the machine does;
* the parts of it (check, score, row), and the one query that a document of the index takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import names_only, overhead
from benchmarks.where import Counted, InProcess
from portal.home import Home


def against_plain(inis: dict[str, Path], known: dict[str, Any], extra: dict[str, str], count: int, pairs: int) -> None:
    """Saves over HTTP, plain CKAN beside ours."""
    with overhead.serving(inis, extra) as served:
        sides = [overhead.Side(name, port, known[name], pid) for name, (port, pid) in served.items()]
        for name in ("package_patch", "package_create"):
            _kind, operation = overhead.operations(count)[name]
            overhead.measure(sides, operation, 8, 0)
            spent = overhead.measure(sides, operation, pairs, 0)
            plain, ours = (statistics.median(spent[arm]) * 1000 for arm in (overhead.PLAIN, overhead.OURS))
            print(f"{name:<16} plain CKAN {plain:6.1f} ms   satudata {ours:6.1f} ms   ratio {ours / plain:.2f}")


def in_process(ini: Path, known: dict[str, Any], count: int, pairs: int) -> None:
    """Saves with and without the score, in turn; then its parts."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    from ckanext.satudata.standards.quality import service

    application = make_app(load_config(str(ini)))
    side = InProcess(overhead.OURS, 0, known)
    side.client = application._wsgi_app.test_client()  # type: ignore[attr-defined]
    counted = Counted()
    with_score = service.after_write

    def without(*_arguments: Any, **_options: Any) -> None:
        return None

    for name in ("package_patch", "package_create"):
        _kind, operation = overhead.operations(count)[name]
        for number in range(6):
            operation(side, number)
        differences, whole = [], []
        for number in range(pairs):
            spent = {}
            for hook in (with_score, without) if number % 2 else (without, with_score):
                service.after_write = hook
                start = time.perf_counter()
                operation(side, number)
                spent[hook is with_score] = time.perf_counter() - start
            differences.append(spent[True] - spent[False])
            whole.append(spent[True])
        service.after_write = with_score
        counts = {}
        for hook in (with_score, without):
            service.after_write = hook
            counted.sql.clear()
            operation(side, 3)
            counts[hook is with_score] = len(counted.sql)
        service.after_write = with_score
        cost, all_of_it = statistics.median(differences) * 1000, statistics.median(whole) * 1000
        print(
            f"{name:<16} the score adds {cost:5.1f} ms to {all_of_it - cost:.1f} ms ({cost / (all_of_it - cost):.0%}), "
            f"{counts[True] - counts[False]} SQL statements"
        )
    with application._wsgi_app.test_request_context():  # type: ignore[attr-defined]
        _parts(side)


def _parts(side: InProcess) -> None:
    import ckantoolkit as tk

    from ckanext.satudata.standards.checks import findings_of
    from ckanext.satudata.standards.conditions import keyed_fields
    from ckanext.satudata.standards.quality import service, weights
    from ckanext.satudata.standards.quality.score import score_of
    from ckanext.satudata.standards.search import document

    pkg = dict(tk.get_action("package_show")({"ignore_auth": True}, {"id": side.known["draft"]}))
    fields, wanted = keyed_fields("dataset"), weights.in_force()
    findings = findings_of(pkg)
    parts: dict[str, Callable[[], object]] = {
        "the check": lambda: findings_of(pkg),
        "the score": lambda: score_of(pkg, fields, findings, {}, wanted),
        "the row, read": lambda: service._stored(pkg["id"]),
        "a document of the index": lambda: document.extend({**pkg}),
    }
    for name, part in parts.items():
        times = []
        for _number in range(60):
            start = time.perf_counter()
            part()
            times.append(time.perf_counter() - start)
        print(f"  {name:<24} {statistics.median(times) * 1000:6.2f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--datasets", type=int, default=60, help="public datasets on each side, where none are there")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--again", action="store_true", help="use the portals as the last run filled them")
    options = parser.parse_args()
    directory = Home().path / "bench"
    filled = directory / "filled.json"
    if options.again and filled.is_file():
        inis = {name: directory / name / "ckan.ini" for name in (overhead.PLAIN, overhead.OURS)}
        extra = names_only.installed_into(directory / "plugins")
        count, known = json.loads(filled.read_text(encoding="utf-8"))
    else:
        inis, known, extra = overhead.prepare(directory, options.datasets)
        count = options.datasets
        filled.write_text(json.dumps([count, known]), encoding="utf-8")
    against_plain(inis, known, extra, count, options.pairs)
    os.environ.update({key: value for key, value in extra.items() if key != "PYTHONPATH"})
    sys.path.insert(0, extra["PYTHONPATH"])
    for key in [name for name in os.environ if name.startswith("CKAN_")]:
        del os.environ[key]
    in_process(inis[overhead.OURS], known[overhead.OURS], count, options.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())

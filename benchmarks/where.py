"""Where the time goes: the same requests in one process, with counts of SQL and Solr calls and a profile of our code.

``python -m benchmarks.where [--side plain|satudata] [--only package_create]`` on the portals that
``benchmarks.overhead`` filled last. Counts do not depend on how busy the machine is: where ``satudata`` asks the
database no more often than plain CKAN does, what it costs is in the listing below the counts.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import sys
from typing import Any

from benchmarks import names_only, overhead
from portal.home import Home

SIDES = {"plain": overhead.PLAIN, "satudata": overhead.OURS}


class InProcess(overhead.Side):
    """A side that answers in this process."""

    client: Any = None

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> bytes:
        headers = {"Authorization": token} if token else {}
        answer = self.client.open(path, method=method, json=body, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.data[:500]!r}")
        return bytes(answer.data)


class Counted:
    """How often the database and Solr were asked."""

    def __init__(self) -> None:
        import pysolr
        import sqlalchemy as sa
        from ckan import model

        self.sql: list[str] = []
        self.solr = 0
        sa.event.listen(model.meta.engine, "before_cursor_execute", self._statement)
        send = pysolr.Solr._send_request

        def counted(*arguments: Any, **options: Any) -> Any:
            self.solr += 1
            return send(*arguments, **options)

        pysolr.Solr._send_request = counted

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.sql.append(" ".join(statement.split()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.where", description=__doc__)
    parser.add_argument("--side", choices=SIDES, default="satudata")
    parser.add_argument("--only", default="", help="only operations whose name holds this")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--sql", action="store_true", help="print the statements of one request")
    options = parser.parse_args()
    directory = Home().path / "bench"
    extra = names_only.installed_into(directory / "plugins")
    os.environ.update({key: value for key, value in extra.items() if key != "PYTHONPATH"})
    sys.path.insert(0, extra["PYTHONPATH"])
    for key in [name for name in os.environ if name.startswith("CKAN_")]:
        del os.environ[key]

    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    name = SIDES[options.side]
    count, known = json.loads((directory / "filled.json").read_text(encoding="utf-8"))
    application = make_app(load_config(str(directory / name / "ckan.ini")))
    side = InProcess(name, 0, known[name])
    side.client = application._wsgi_app.test_client()  # type: ignore[attr-defined]
    counted = Counted()
    for title, (_kind, operation) in overhead.operations(count).items():
        if options.only not in title:
            continue
        for number in range(5):
            operation(side, number)
        counted.sql.clear()
        counted.solr = 0
        operation(side, 7)
        print(f"\n{title}: {len(counted.sql)} SQL statements, {counted.solr} calls of Solr")
        if options.sql:
            for number, statement in enumerate(counted.sql, 1):
                print(f"  {number:3} {statement[:200]}")
        profile = cProfile.Profile()
        profile.enable()
        for number in range(options.times):
            operation(side, number)
        profile.disable()
        stats = pstats.Stats(profile)
        stats.sort_stats("cumulative")
        total = stats.total_tt / options.times * 1000  # type: ignore[attr-defined]
        print(f"{total:.1f} ms under the profiler; of it, in and below our functions:")
        rows = []
        for (file, line, function), (_calls, calls, _own, spent, _callers) in stats.stats.items():  # type: ignore[attr-defined]
            if "ckanext/satudata" in file and spent / options.times * 1000 > 0.05:
                short = file.split("ckanext/satudata/")[-1]
                rows.append((spent / options.times * 1000, calls / options.times, f"{short}:{line} {function}"))
        for spent, calls, where in sorted(rows, reverse=True)[:25]:
            print(f"  {spent:7.2f} ms  {calls:6.1f} calls  {where}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

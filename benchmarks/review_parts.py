"""The measurements of ``benchmarks.review`` that need no second portal; they run in the portal's own process."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import review_fill
from benchmarks.where import Counted, InProcess

Figures = dict[str, Any]


def milliseconds(what: Callable[[], object], times: int) -> list[float]:
    """How long each of these calls took."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        what()
        spent.append((time.perf_counter() - begin) * 1000)
    return spent


def spread(values: list[float]) -> Figures:
    """Median and the value nine of ten stay under."""
    return {"median": statistics.median(values), "nine_of_ten": statistics.quantiles(values, n=10)[-1]}


def chain_cost(times: int) -> Figures:
    """Adding an event at the head of the chain, beside one empty round trip to the database and a commit."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.satudata.review import chain

    content = {"metadata": "a" * 64, "files": {"0" * 36: "b" * 64}, "tables": {}, "derived_tables": {}}
    values = {"package_id": "ukur", "package_title": "Jumlah penduduk", "action": "submit", "content": content}

    def append() -> None:
        chain.append(**values, from_state="draft", to_state="submitted", actor_id="u", actor_name="produsen")

    spent: dict[str, list[float]] = {"append": [], "round_trip": [], "commit": []}
    for _ in range(times):
        # As within a transition: its connection is open and has already asked something.
        model.Session.execute(sa.text("SELECT 1"))
        spent["round_trip"] += milliseconds(lambda: model.Session.execute(sa.text("SELECT 1")), 1)
        spent["append"] += milliseconds(append, 1)
        spent["commit"] += milliseconds(model.Session.commit, 1)
    figures = {name: spread(values) for name, values in spent.items()}
    print(
        f"chain            {figures['append']['median']:.2f} ms, nine of ten within "
        f"{figures['append']['nine_of_ten']:.2f} ms (one round trip {figures['round_trip']['median']:.2f} ms)",
        flush=True,
    )
    return figures


def verification(count: int) -> Figures:
    """Events checked a second, with one process and with one per core; and rows the database gives out a second."""
    from ckan import model

    from ckanext.satudata.review.audit import rows, verify

    review_fill.events(count)

    class Nothing:
        def write(self, line: bytes) -> None:
            """Look at nothing: what remains is what the database takes."""

    connection = model.meta.engine.raw_connection()
    begin = time.perf_counter()
    names = ", ".join(rows.COLUMNS)
    cursor: Any = connection.cursor()
    cursor.copy_expert(f"COPY (SELECT {names} FROM satudata_review_event ORDER BY position) TO STDOUT", Nothing())
    database = time.perf_counter() - begin
    connection.close()
    figures: Figures = {"events": count, "cores": os.cpu_count(), "database_alone": count / database}
    for processes in sorted({1, os.cpu_count() or 1}):
        report = verify.verify(processes=processes)
        if not report.whole:
            raise RuntimeError(f"The chain of the benchmark is broken: {report.bad}")
        figures[f"processes_{processes}"] = report.events / report.seconds
        print(
            f"audit verify     {report.events / report.seconds:9,.0f} events a second, {processes} process(es); "
            f"the database alone gives out {count / database:,.0f}",
            flush=True,
        )
    return figures


def queue(side: InProcess, counted: Counted, count: int, token: str) -> Figures:
    """Pages of the queue: statements beyond those of any page this person opens, and milliseconds."""
    figures: Figures = {"reviews": count}
    side.ask("GET", "/about", token=token)
    counted.sql.clear()
    side.ask("GET", "/about", token=token)
    usual = len(counted.sql)
    for name, path in (
        ("mine", "/satudata/review"),
        ("everything", "/satudata/review?tab=all"),
        ("overdue", "/satudata/review?tab=overdue"),
        ("page 2,000", "/satudata/review?tab=all&page=2000"),
        ("action", "/api/3/action/satudata_review_list?limit=20"),
    ):
        side.ask("GET", path, token=token)
        counted.sql.clear()
        side.ask("GET", path, token=token)
        queries = len(counted.sql) - (usual if path.startswith("/satudata") else 0)
        spent = spread(milliseconds(lambda path=path: side.ask("GET", path, token=token), 10))  # type: ignore[misc]
        figures[name] = {"queries": queries, **spent}
        print(
            f"queue            {name:11} {queries:3} queries, {spent['median']:7.0f} ms",
            flush=True,
        )
    return figures


def labels(side: InProcess, counted: Counted, large: dict[str, str]) -> Figures:
    """Search and show as custodian of the root, as somebody logged in without any role, and as nobody, in turn.

    Between the last two lies what logging in costs; between the first two what the role costs.
    """
    search, show = "/api/3/action/package_search?q=penduduk&rows=20", "/api/3/action/package_show?id="
    asked = {
        "package_search": (search, search),
        "package_search with private": (search, f"{search}&include_private=true"),
        "package_show, published": (show + large["published"], show + large["published"]),
        "package_show, under review": (show + large["published"], show + large["waiting"]),
    }
    figures: Figures = {}
    for name, (public, own) in asked.items():
        arms = [("anonymous", public, ""), ("stranger", public, large["stranger"]), ("custodian", own, large["token"])]
        spent: dict[str, list[float]] = {who: [] for who, _path, _token in arms}
        for number in range(45):
            turn = number % len(arms)
            for who, path, token in arms[turn:] + arms[:turn]:
                taken = milliseconds(lambda p=path, t=token: side.ask("GET", p, token=t), 1)  # type: ignore[misc]
                if number >= 5:
                    spent[who] += taken
        queries = {}
        for who, path, token in arms:
            counted.sql.clear()
            side.ask("GET", path, token=token)
            queries[who] = len(counted.sql)
        middle = {who: statistics.median(values) for who, values in spent.items()}
        figures[name] = {
            "milliseconds": middle,
            "queries": queries,
            "against_anonymous": middle["custodian"] / middle["anonymous"],
            "against_stranger": middle["custodian"] / middle["stranger"],
        }
        print(
            f"root custodian   {name:28} {middle['custodian']:6.1f} ms ({queries['custodian']} queries); "
            f"{figures[name]['against_anonymous']:.2f} of anonymous, "
            f"{figures[name]['against_stranger']:.2f} of a stranger",
            flush=True,
        )
    return figures

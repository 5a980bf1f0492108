"""What the review costs, and how large a portal it carries.

``python -m benchmarks.review`` fills two portals (plain CKAN, and the same with ``satudata``) and measures:

* a transition against plain ``package_patch``, request by request in turn over HTTP, as in ``benchmarks.overhead``;
* what the chain of events costs within a transition (goal: at most 1 ms);
* how many events a second ``audit verify`` checks (goal: 250,000 where the database allows it), beside what the
  database itself gives out a second when nobody looks at the rows;
* a page of the queue with 100,000 reviews (goal: at most 5 queries of ours): queries and time;
* searching and showing as custodian of a root over 10,000 organizations against an anonymous visitor.

Ratios within one run count; times say on which machine.
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

from benchmarks import overhead, review_fill
from benchmarks.load import PRINCIPLES, dataset
from benchmarks.where import Counted, InProcess
from portal.home import Home

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


# -- a transition against package_patch -----------------------------------------------------------------------


def against_package_patch(sides: list[overhead.Side], rounds: int, pairs: int) -> Figures:
    """Ratio of medians per round: one request to each side in turn, the order changing with every pair."""

    def drafts(side: overhead.Side) -> str:
        data = dataset("diukur", side.known["organizations"][0], 1)
        return str(side.action("package_create", side.known["producer"], **data)["id"])

    ids = {side.name: drafts(side) for side in sides}

    def patch(side: overhead.Side, number: int) -> None:
        side.action("package_patch", side.known["producer"], id=ids[side.name], private=bool(number % 2))

    def transition(side: overhead.Side, user: str, action: str, **more: Any) -> None:
        side.action("satudata_review_transition", side.known[user], id=ids[side.name], action=action, **more)

    def submit_and_withdraw(side: overhead.Side, number: int) -> None:
        if side.name == overhead.PLAIN:
            return patch(side, number)
        return transition(side, "producer", "withdraw" if number % 2 else "submit")

    def claim_and_release(side: overhead.Side, number: int) -> None:
        if side.name == overhead.PLAIN:
            return patch(side, number)
        return transition(side, "custodian", "release" if number % 2 else "claim")

    figures: Figures = {}
    for name, operation in (
        ("submit, cancel", submit_and_withdraw),
        ("take, let go", claim_and_release),
    ):
        if operation is claim_and_release:
            for side in sides:
                if side.name != overhead.PLAIN:
                    transition(side, "producer", "submit")
        overhead.measure(sides, operation, 6, 0)
        figures[name] = _ratio([overhead.measure(sides, operation, pairs, 2 * n * pairs) for n in range(rounds)])
        _say_ratio(name, figures[name])
    figures["publish"] = _publications(sides, transition, ids, pairs)
    _say_ratio("publish", figures["publish"])
    return figures


def _publications(sides: list[overhead.Side], transition: Any, ids: dict[str, str], pairs: int) -> Figures:
    """Publishing alone: the way there, by transitions that are not timed, is taken for each dataset."""
    results = {name: {"conforms": True} for name in PRINCIPLES}
    spent: overhead.Round = {side.name: [] for side in sides}
    for number in range(pairs):
        for side in sides if number % 2 else sides[::-1]:
            owner = side.known["organizations"][0]
            data = dataset(f"terbit-{number}", owner, number)
            ids[side.name] = side.action("package_create", side.known["producer"], **data)["id"]
            if side.name != overhead.PLAIN:
                transition(side, "producer", "submit")
                transition(side, "custodian", "forward", principle_results=results)
            begin = time.perf_counter()
            if side.name == overhead.PLAIN:
                side.action("package_patch", side.known["producer"], id=ids[side.name], private=False)
            else:
                transition(side, "custodian", "publish")
            spent[side.name].append(time.perf_counter() - begin)
    return _ratio([spent])


def _ratio(rounds: list[overhead.Round]) -> Figures:
    ratios = [statistics.median(one[overhead.OURS]) / statistics.median(one[overhead.PLAIN]) for one in rounds]
    return {
        "package_patch_ms": overhead.quick(rounds, overhead.PLAIN) * 1000,
        "transition_ms": overhead.quick(rounds, overhead.OURS) * 1000,
        "ratio": statistics.median(ratios),
        "smallest": min(ratios),
        "largest": max(ratios),
    }


def _say_ratio(name: str, figures: Figures) -> None:
    print(
        f"{name:16} package_patch {figures['package_patch_ms']:.1f} ms, transition {figures['transition_ms']:.1f} ms, "
        f"ratio {figures['ratio']:.2f} ({figures['smallest']:.2f} to {figures['largest']:.2f})",
        flush=True,
    )


# -- in one process -------------------------------------------------------------------------------------------


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
    """Pages of the queue: statements about our tables, all statements, and milliseconds."""
    figures: Figures = {"reviews": count}
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
        ours = sum("satudata_" in statement for statement in counted.sql)
        statements = len(counted.sql)
        spent = spread(milliseconds(lambda path=path: side.ask("GET", path, token=token), 10))  # type: ignore[misc]
        figures[name] = {"queries_of_ours": ours, "queries": statements, **spent}
        print(
            f"queue            {name:11} {ours:3} queries of ours, {statements:3} in all, {spent['median']:7.0f} ms",
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


def grown(options: argparse.Namespace) -> dict[str, str]:
    """Let the portal grow, with a custodian of the root of its tree; returns what the measurement needs."""
    from ckan import model
    from ckan.logic import get_action

    site = get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(action: str, /, **data: Any) -> Any:
        return get_action(action)({"user": site, "auth_user_obj": model.User.get(site), "ignore_auth": True}, data)

    producer = model.User.get("produsen")
    root = call("organization_create", name=review_fill.ROOT, title="Kota")["id"]
    office = call("organization_create", name="kantor-akar", title="Dinas Kominfo Kota")["id"]
    call("user_create", name="walidata-akar", email="akar@example.com", password="only-for-comparisons")
    call("member_create", id=office, object="walidata-akar", object_type="user", capacity="editor")
    call("satudata_role_grant", organization_id=office, role="custodian", scope_id=root)
    token = call("api_token_create", user="walidata-akar", name="measure")["token"]
    call("user_create", name="tamu", email="tamu@example.com", password="only-for-comparisons")
    stranger = call("api_token_create", user="tamu", name="measure")["token"]
    review_fill.tree(options.organizations)
    waiting = call("package_create", **dataset("menunggu", "org-200", 1))["id"]
    call("satudata_review_transition", id=waiting, action="submit")
    review_fill.reviews(options.reviews, options.organizations, producer.id)
    model.Session.remove()
    return {"token": token, "stranger": stranger, "waiting": waiting, "published": "penduduk-0"}


def in_one_process(options: argparse.Namespace, ini: Path, known: dict[str, Any]) -> Figures:
    """The measurements that need no second portal."""
    for key in [name for name in os.environ if name.startswith("CKAN_")]:
        del os.environ[key]
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    application = make_app(load_config(str(ini)))
    flask = application._wsgi_app  # type: ignore[attr-defined]
    side = InProcess(overhead.OURS, 0, known)
    side.client = flask.test_client()
    figures: Figures = {}
    with flask.test_request_context():
        figures["chain"] = chain_cost(options.times)
        figures["verify"] = verification(options.events)
        print(f"  growing to {options.organizations} organizations and {options.reviews} reviews", flush=True)
        large = grown(options)
    counted = Counted()
    figures["queue"] = queue(side, counted, options.reviews, large["token"])
    figures["labels"] = labels(side, counted, large)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.review", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pairs", type=int, default=20, help="requests to each side in a round (20)")
    parser.add_argument("--times", type=int, default=500, help="events added one by one (500)")
    parser.add_argument("--events", type=int, default=500_000, help="length of the verified chain (500,000)")
    parser.add_argument("--reviews", type=int, default=100_000)
    parser.add_argument("--organizations", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    directory = Home().path / "bench-review"
    inis, known, extra = overhead.prepare(directory, 10)
    figures: Figures = {"cores": os.cpu_count(), "load": os.getloadavg()}
    with overhead.serving(inis, extra) as served:
        sides = [overhead.Side(name, port, known[name], pid) for name, (port, pid) in served.items()]
        figures["transition"] = against_package_patch(sides, options.rounds, options.pairs)
    os.environ.update({key: value for key, value in extra.items() if key != "PYTHONPATH"})
    sys.path.insert(0, extra["PYTHONPATH"])
    figures |= in_one_process(options, inis[overhead.OURS], known[overhead.OURS])
    figures["load_at_the_end"] = os.getloadavg()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

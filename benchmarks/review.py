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
from pathlib import Path
from typing import Any

from benchmarks import overhead, review_fill, review_parts
from benchmarks.load import dataset
from benchmarks.review_parts import Figures
from benchmarks.where import Counted, InProcess
from ckanext.satudata.principles import PRINCIPLES
from portal.home import Home

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
    waiting = call("package_create", **dataset("menunggu", f"org-{options.organizations}", 1))["id"]
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
        figures["chain"] = review_parts.chain_cost(options.times)
        figures["verify"] = review_parts.verification(options.events)
        print(f"  growing to {options.organizations} organizations and {options.reviews} reviews", flush=True)
        large = grown(options)
    counted = Counted()
    figures["queue"] = review_parts.queue(side, counted, options.reviews, large["token"])
    figures["labels"] = review_parts.labels(side, counted, large)
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

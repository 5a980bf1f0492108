"""How well the search finds what people mean: CKAN's stock schema against ours, on real Solr cores.

``python -m benchmarks.relevance`` puts 60 titles into two new cores and asks 58 questions the way CKAN does (its own
query fields, minimum match and tie; stop words taken out as the extension does it). Per schema: how many of the
expected datasets are found (recall), how many of the first five found are expected (precision), how often the first
one is (first), and how many questions find nothing. Collection and questions stand in ``relevance.json``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from portal.home import Home
from portal.services import Services

HERE = Path(__file__).parent
NAMES = {False: "bench_words_stock", True: "bench_words_ours"}


def ask(core: Any, question: str) -> list[str]:
    """What is found, best first; as ``ckan.lib.search.query`` asks."""
    from ckan.lib.search.query import QUERY_FIELDS

    answer = core.search(
        question, **{"defType": "dismax", "tie": "0.1", "mm": "2<-1 5<80%", "qf": QUERY_FIELDS, "df": "text",
                     "q.op": "AND", "fl": "id", "rows": 20},
    )  # fmt: skip
    return [found["id"] for found in answer.docs]


def measure(core: Any, questions: dict[str, list[str]], show: bool) -> dict[str, float]:
    """Means over the questions, each counting the same."""
    from ckanext.satudata.standards.search.questions import without_stop_words

    recall, precision, first, nothing = [], [], 0, 0
    for question, expected in questions.items():
        found = ask(core, without_stop_words(question))
        hits = [name for name in found if name in expected]
        recall.append(len(hits) / len(expected))
        precision.append(sum(name in expected for name in found[:5]) / min(5, len(found)) if found else 0.0)
        first += bool(found) and found[0] in expected
        nothing += not found
        if show and (len(hits) < len(expected) or (found and found[0] not in expected)):
            print(f"    {question:<38} expected {', '.join(expected)}; found {', '.join(found[:6]) or 'nothing'}")
    return {
        "recall": sum(recall) / len(recall),
        "precision": sum(precision) / len(precision),
        "first": first / len(questions),
        "nothing": nothing,
    }


def main() -> int:
    import pysolr

    show = "--show" in sys.argv
    collection = json.loads((HERE / "relevance.json").read_text(encoding="utf-8"))
    titles, questions = collection["titles"], collection["questions"]
    assert set().union(*questions.values()) <= set(titles)
    home = Home(os.environ.get("SATUDATA_BENCH_SERVICES") or None)
    with home.lock():
        services = Services(home, lambda text: print(f"  {text}", flush=True))
        services.solr.start(set())
        for ours, name in NAMES.items():
            services.solr.drop(name)
            services.solr.core(name, indonesian=ours)
    print(f"{len(titles)} titles, {len(questions)} questions")
    print(f"{'schema':<8} {'recall':>7} {'prec@5':>7} {'first':>7} {'nothing':>8}")
    try:
        for ours, name in NAMES.items():
            core = pysolr.Solr(services.solr.url(name), always_commit=True, timeout=60)
            core.add(
                [
                    {"index_id": each, "id": each, "site_id": "b", "name": f"x{number}", "title": title}
                    for number, (each, title) in enumerate(titles.items())
                ]
            )
            found = measure(core, questions, show)
            print(
                f"{'ours' if ours else 'stock':<8} {found['recall']:7.0%} {found['precision']:7.0%} "
                f"{found['first']:7.0%} {found['nothing']:8.0f}"
            )
    finally:
        for name in NAMES.values():
            services.solr.drop(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

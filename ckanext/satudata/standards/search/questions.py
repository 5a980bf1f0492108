"""What people type into the search: stop words are taken out before the question goes to Solr.

CKAN's query parser asks for every word in each of several fields. Some of them hold whole values (name, tags), so a
stop word that Solr dropped from the text would still be asked of those, and nothing be found. Taken out here it is
asked of none, with CKAN's stock schema as with ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .solr import WORDS

#: What only Solr's own query language has: such a question is left as it is.
_SYNTAX = re.compile(r'[:"*?~^{}\[\]()\\/+!&|]|\b(AND|OR|NOT)\b')


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """The list of the extension."""
    lines = (WORDS / "satudata_stopwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def without_stop_words(question: str) -> str:
    """The words that say something; the question as it is where nothing would be left."""
    if _SYNTAX.search(question):
        return question
    words = question.split()
    kept = [word for word in words if word.lower() not in stop_words()]
    return " ".join(kept) if kept and len(kept) < len(words) else question


def ease(search_params: dict[str, Any]) -> dict[str, Any]:
    """``IPackageController.before_dataset_search``; filters and sorting stay as they are, harvesters rely on them."""
    question = search_params.get("q")
    if isinstance(question, str) and question and "defType" not in search_params:
        search_params["q"] = without_stop_words(question)
    return search_params

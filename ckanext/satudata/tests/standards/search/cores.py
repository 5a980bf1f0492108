"""Solr cores of a test's own, beside the one of the tests, with CKAN's stock schema or with ours."""

from __future__ import annotations

import json
import shutil
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import pysolr
import pytest
from ckan.lib.search.query import QUERY_FIELDS

from ckanext.satudata.standards.search import solr

SOLRCONFIG = Path(__file__).parents[5] / "portal" / "solr" / "solrconfig.xml"


def _ask(path: str, **parameters: str) -> dict[str, Any]:
    root = str(tk.config["solr_url"]).rstrip("/").rsplit("/", 1)[0]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{root}/{path}?{urllib.parse.urlencode({'wt': 'json', **parameters})}", timeout=60) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


@contextmanager
def core(ours: bool) -> Iterator[pysolr.Solr]:
    """A core with one of the two schemas, removed afterwards.

    Skips the test where Solr runs on another machine: its files have to be written.
    """
    home = Path(_ask("admin/info/system")["solr_home"])
    if not (home.is_dir() and SOLRCONFIG.is_file()):
        pytest.skip("the files of this Solr are not within reach")
    name = f"words_{uuid.uuid4().hex[:12]}"
    conf = home / name / "conf"
    conf.mkdir(parents=True)
    shutil.copyfile(SOLRCONFIG, conf / "solrconfig.xml")
    if ours:
        solr.write(conf)
    else:
        shutil.copyfile(solr.stock_schema(), conf / "schema.xml")
        for file_name in solr.EMPTY_FILES:
            (conf / file_name).touch()
    try:
        _ask("admin/cores", action="CREATE", name=name, instanceDir=name)
        root = str(tk.config["solr_url"]).rstrip("/").rsplit("/", 1)[0]
        yield pysolr.Solr(f"{root}/{name}", always_commit=True, timeout=60)
    finally:
        _ask("admin/cores", action="UNLOAD", core=name, deleteInstanceDir="true")
        shutil.rmtree(home / name, ignore_errors=True)


def fill(connection: pysolr.Solr, titles: dict[str, str]) -> None:
    """Put datasets with these names and titles into a core; the names are for the test and not searched."""
    connection.add(
        [{"index_id": name, "id": name, "site_id": "t", "name": f"x{n}", "title": title}
         for n, (name, title) in enumerate(titles.items())]
    )  # fmt: skip


def find(connection: pysolr.Solr, q: str) -> list[str]:
    """Names of what CKAN's own search would find for these words, best first."""
    # As PackageSearchQuery.run sends it.
    answer = connection.search(
        q, **{"defType": "dismax", "tie": "0.1", "mm": "2<-1 5<80%", "qf": QUERY_FIELDS, "df": "text", "q.op": "AND",
              "fl": "id", "rows": 50},
    )  # fmt: skip
    return [found["id"] for found in answer.docs]

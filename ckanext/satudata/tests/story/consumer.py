"""Another portal, plain CKAN 2.12 with ckanext-harvest, that harvests ours; a process of its own.

It obeys lines on standard input and answers each with a line of JSON: ``harvest`` runs the source once, ``list`` tells
what it holds, ``source <url>`` forgets all of it and takes another source. Nothing of ours is loaded into it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

NAMES = ["satu-data-medan"]


def main(ini: str, url: str) -> None:
    """Make the portal and its source, then obey.

    :param ini: its configuration file
    :param url: of the portal it harvests
    """
    answers, sys.stdout = sys.stdout, sys.stderr  # what CKAN prints is not an answer
    from ckan import model, plugins
    from ckan.cli import CKANConfigLoader
    from ckan.cli.db import _run_migrations
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(ini).get_config())
    model.repo.upgrade_db()
    _run_migrations("harvest", "head", True)
    assert not plugins.plugin_loaded("satudata")
    with app._wsgi_app.test_request_context():
        _create_source(url)
        print("{}", file=answers, flush=True)
        for line in sys.stdin:
            command, _space, argument = line.strip().partition(" ")
            answer = {"harvest": harvest, "list": held}[command]() if not argument else change_source(argument)
            print(json.dumps(answer), file=answers, flush=True)


def _context() -> dict[str, Any]:
    import ckantoolkit as tk

    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": site_user["name"], "ignore_auth": True}


def _create_source(url: str) -> None:
    import ckantoolkit as tk

    if len(NAMES) == 1:
        tk.get_action("organization_create")(_context(), {"name": "provinsi"})
    tk.get_action("harvest_source_create")(
        _context(),
        {"name": NAMES[-1], "title": url, "url": url, "source_type": "ckan", "owner_org": "provinsi", "config": "{}"},
    )


def change_source(url: str) -> dict[str, Any]:
    """Drop what the source brought, and take another one from now on."""
    import ckantoolkit as tk

    source = tk.get_action("harvest_source_show")(_context(), {"id": NAMES[-1]})
    tk.get_action("harvest_source_clear")(_context(), {"id": source["id"]})
    NAMES.append(f"{NAMES[0]}-{len(NAMES)}")
    _create_source(url)
    return held()


def harvest() -> dict[str, Any]:
    """What ``ckan harvester run-test`` does, and the job's own account of it."""
    import ckantoolkit as tk
    from ckan import model
    from ckan.lib.search import rebuild

    from ckanext.harvest import utils

    # ckanext-harvest 1.6.3 on CKAN 2.12: a finished job leaves the source without its type in the index.
    rebuild(NAMES[-1])
    utils.run_test_harvester(NAMES[-1], None)
    model.Session.remove()
    source = tk.get_action("harvest_source_show")(_context(), {"id": NAMES[-1]})
    job = tk.get_action("harvest_job_list")(_context(), {"source_id": source["id"]})[0]
    shown = tk.get_action("harvest_job_show")(_context(), {"id": job["id"]})
    report = tk.get_action("harvest_job_report")(_context(), {"id": job["id"]})
    return {"status": shown["status"], "stats": shown["stats"], "report": report}


def held() -> dict[str, Any]:
    """Ids and titles of the datasets it holds."""
    import ckantoolkit as tk

    found = tk.get_action("package_search")(_context(), {"fq": "dataset_type:dataset", "rows": 1000})
    return {package["id"]: package for package in found["results"]}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

"""A pytest plugin (``-p benchmarks.with_satudata``) that keeps our plugins loaded through CKAN's own tests.

CKAN unloads every plugin before its tests and loads only what a test names. Here ours are loaded before each
test, stand first in whatever list a test gives, and our tables are made again when a test drops the database.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

#: Plugins to keep loaded, in their order.
KEPT = "SATUDATA_SUITE_PLUGINS"
OURS = tuple(os.environ.get(KEPT, "satudata scheming_datasets").split())


def pytest_configure(config: pytest.Config) -> None:
    import ckantoolkit as tk
    import sqlalchemy as sa
    from ckan import model, plugins
    from ckan.cli.db import _run_migrations
    from ckan.common import config as options
    from ckan.plugins import core

    update, rebuild = core.plugins_update, model.repo.rebuild_db

    def plugins_update() -> None:
        listed = tk.aslist(options.get("ckan.plugins"))
        if OURS[0] in core._PLUGINS and not set(OURS) <= set(listed):
            options["ckan.plugins"] = [*OURS, *(name for name in listed if name not in OURS)]
        update()

    def load_all(force_update: bool = False) -> None:
        core.unload_all()
        listed = tk.aslist(options.get("ckan.plugins"))
        core.load(*OURS, *(name for name in listed if name not in OURS), force_update=force_update)

    def rebuild_db() -> None:
        load_ours()  # fixtures of the session come before those of a test
        rebuild()
        if "satudata" in OURS and not sa.inspect(model.meta.engine).has_table("satudata_region"):
            _run_migrations("satudata", "head", True)

    patched: list[tuple[Any, str, Any]] = [
        (core, "plugins_update", plugins_update),
        (core, "load_all", load_all),
        (plugins, "load_all", load_all),
        (model.repo, "rebuild_db", rebuild_db),
    ]
    for owner, name, function in patched:
        setattr(owner, name, function)


def load_ours() -> None:
    """Load ours where the test before unloaded everything."""
    from ckan.plugins import core

    missing = [name for name in OURS if name not in core._PLUGINS]
    if missing:
        core.load(*missing)


@pytest.fixture(autouse=True)
def satudata_is_loaded() -> None:
    load_ours()

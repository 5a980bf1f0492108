"""The portal with every extension it may meet, and one lasting world with a dataset at every place of the review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model, plugins
from ckan.cli.db import _run_migrations
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

#: What a portal of ours meets besides the plugins of ``test.ini``.
COMPANIONS = (
    "dcat dcat_json_interface structured_data croissant harvest ckan_harvester stats tracking image_view "
    "webpage_view audio_view video_view resource_proxy tabledesigner expire_api_token xloader"
).split()
_HARVEST_TABLES = "harvest_object_extra harvest_object harvest_job harvest_source".split()


@pytest.fixture(scope="package")
def full_house(portal_once: None) -> Iterator[Any]:
    """The application with all the extensions at once."""
    from ckan.common import config

    usual = config["ckan.plugins"]
    config["ckan.plugins"] = [*tk.aslist(usual), *COMPANIONS]
    config["ckanext.xloader.api_token"] = "only-for-tests"
    # Making the application loads what the configuration names.
    app = make_app(config)
    assert all(plugins.plugin_loaded(name) for name in COMPANIONS)
    for name in ("harvest", "tracking"):
        _run_migrations(name, "head", True)
    yield CKANTestApp(app)
    model.Session.rollback()
    for name in _HARVEST_TABLES:
        model.Session.execute(sa.text(f"DELETE FROM {name}"))
    model.Session.commit()
    model.Session.remove()
    config["ckan.plugins"] = usual
    plugins.load_all()

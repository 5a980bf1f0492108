"""Every action and every route that a portal can have is classified; a door nobody thought of fails here."""

from __future__ import annotations

from typing import Any

import ckan.logic as logic
import ckantoolkit as tk
from ckan.lib import plugins as lib_plugins

from ckanext.satudata.review import classified, doors


def test_every_registered_action_is_classified_once(full_house: Any) -> None:
    tk.get_action("status_show")
    registered = set(logic._actions)
    assert registered > {
        "package_update",
        "datastore_create",
        "xloader_submit",
        "harvest_source_clear",
        "dcat_dataset_show",
    }
    unknown = {name for name in registered if classified.kind_of_action(name) is None}
    assert unknown == set(), "a door nobody thought of"
    names = [name for group in classified.ACTIONS for name in group.names]
    assert len(names) == len(set(names)), sorted(name for name in set(names) if names.count(name) > 1)
    gone = {name for name in names if name not in registered}
    assert gone == set(), "a name that no longer opens anything"
    print(f"{len(registered)} actions classified")


def test_every_route_is_classified_once(full_house: Any) -> None:
    types = set(lib_plugins._package_plugins)
    endpoints = {rule.endpoint for rule in full_house.flask_app.url_map.iter_rules()}
    assert endpoints > {
        "dataset.read",
        "datastore.dump",
        "satudata_review.desk",
        "harvester.clear",
        "dcat.read_catalog",
    }
    unknown = {name for name in endpoints if classified.kind_of_route(name, types) is None}
    assert unknown == set(), "a door nobody thought of"
    names = [name for group in classified.ROUTES for name in group.names]
    assert len(names) == len(set(names)), sorted(name for name in set(names) if names.count(name) > 1)
    gone = {name for name in names if name not in endpoints}
    assert gone == set(), "a name that no longer opens anything"
    print(f"{len(endpoints)} routes classified")


def test_every_action_said_to_be_guarded_has_a_link_of_ours_in_its_chain(full_house: Any) -> None:
    chained = set(doors.actions()) - {"package_create", "package_update", "harvest_object_show", "activity_create"}
    assert chained == classified.GUARDED.names - classified.ALIASES


def test_every_group_says_why(portal_once: None) -> None:
    assert all(len(group.why) > 10 and group.names for group in (*classified.ACTIONS, *classified.ROUTES))

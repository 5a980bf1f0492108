"""Every way to read × every place of the review × every person: who may not see it, reads no word of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.lib import plugins as lib_plugins
from ckan.tests.helpers import CKANTestClient

from ckanext.satudata.review import classified
from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import _empty_portal, call_as
from ckanext.satudata.tests.doors.cells import COUNT
from ckanext.satudata.tests.doors.world import COPIES, PEOPLE, SEES, Item, World, build_world

Asked = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world(full_house: Any) -> World:
    _empty_portal()
    return build_world()


def answer(user: Any, action: str, data: dict[str, Any]) -> str:
    """All that an action tells this person, refusals included."""
    try:
        return json.dumps(call_as(user, action, **data), default=str)
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError, AssertionError) as error:
        # CKAN itself asserts a user where it lists collaborators.
        model.Session.rollback()
        return str(error)
    finally:
        model.Session.expire_all()


def _package(world: World, item: Item) -> Asked:
    return [{"id": item.package_id}]


def _resource(world: World, item: Item) -> Asked:
    return [{"id": item.resource_id}]


def _nothing(world: World, item: Item) -> Asked:
    return []


#: Action → the questions about one dataset.
ABOUT: dict[str, Callable[[World, Item], Asked]] = {
    "package_show": lambda w, i: [{"id": i.package_id}, {"id": i.package_id, "use_default_schema": True}],
    "resource_show": _resource,
    "resource_view_show": lambda w, i: [{"id": i.view_id}],
    "resource_view_list": _resource,
    "package_relationships_list": _package,
    "datastore_search": lambda w, i: [{"resource_id": i.resource_id}],
    "datastore_search_sql": lambda w, i: [{"sql": f'SELECT nama FROM "{i.resource_id}"'}],
    "datastore_info": _resource,
    "package_collaborator_list": _package,
    "file_show": lambda w, i: [{"id": i.resource_id}],
    "file_owner_scan": lambda w, i: [
        {"owner_type": "resource", "owner_id": i.resource_id},
        {"owner_type": "package", "owner_id": i.package_id},
    ],
    "dcat_dataset_show": lambda w, i: [{"id": i.package_id, "format": form} for form in ("ttl", "jsonld")],
    "xloader_status": lambda w, i: [{"resource_id": i.resource_id}],
    "package_activity_list": _package,
    "activity_show": lambda w, i: [{"id": i.activity_id, "include_data": True}],
    "activity_data_show": lambda w, i: [{"id": i.activity_id}],
    "activity_diff": lambda w, i: [{"id": i.activity_id, "object_type": "package", "diff_type": "unified"}],
    "harvest_object_show": lambda w, i: [{"dataset_id": i.package_id}],
    "task_status_show": lambda w, i: [{"entity_id": i.resource_id, "task_type": "xloader", "key": "xloader"}],
    "satudata_review_show": _package,
    "satudata_review_history": _package,
    "satudata_submission_check": _package,
    "satudata_file_check": _resource,
    "satudata_forms_export": lambda w, i: [{"ids": [i.package_id]}, {"ids": i.name}],
    "satudata_edition_preview": _package,
    "satudata_table_show": _resource,
    "satudata_revision_diff": _package,
    "satudata_revision_versions": _package,
    "satudata_quality_show": _package,
    "satudata_restriction_show": _package,
    "satudata_restricted_show": lambda w, i: [{"id": i.package_id}, {"id": i.name}],
    "tag_show": lambda w, i: [{"id": i.tag, "include_datasets": True}],
    "member_list": lambda w, i: [{"id": w.group["id"], "object_type": "package"}],
}

#: Action → the questions about everything at once.
OVERALL: dict[str, Callable[[World], Asked]] = {
    "package_search": lambda w: [
        {"rows": 1000, "include_private": True, "include_drafts": True, "include_deleted": True},
        {
            "q": "(kanari* OR judul*)",
            "rows": 1000,
            "include_private": True,
            "facet.field": ["tags", "organization", "groups"],
        },
        {"fq": f"owner_org:{w.city.kelurahan['id']}", "facet.field": ["tags", "res_format"], "rows": 0},
        {"rows": 1000, "fl": "id,name,title,data_dict", "include_private": True, "use_default_schema": True},
    ],
    "package_list": lambda w: [{}],
    "package_autocomplete": lambda w: [{"q": "berkas", "limit": 100}, {"q": "Judul", "limit": 100}],
    "current_package_list_with_resources": lambda w: [{"limit": 1000}],
    "resource_search": lambda w: [{"query": "name:kanari"}, {"query": "url:kanari"}],
    "format_autocomplete": lambda w: [{"q": "CS"}],
    "group_package_show": lambda w: [{"id": w.group["id"], "limit": 1000}],
    "group_show": lambda w: [{"id": w.group["id"], "include_datasets": True}],
    "group_list": lambda w: [{"all_fields": True, "include_dataset_count": True}],
    "organization_show": lambda w: [{"id": w.city.kelurahan["id"], "include_datasets": True}],
    "organization_list": lambda w: [{"all_fields": True, "include_dataset_count": True}],
    "group_autocomplete": lambda w: [{"q": "kel"}],
    "organization_autocomplete": lambda w: [{"q": "kel"}],
    "group_list_authz": lambda w: [{}],
    "organization_list_for_user": lambda w: [{"include_dataset_count": True}],
    "user_show": lambda w: [{"id": w.city.producer["name"], "include_datasets": True, "include_num_followers": True}],
    "tag_list": lambda w: [{}, {"query": "label"}, {"all_fields": True}],
    "tag_search": lambda w: [{"query": "label"}],
    "tag_autocomplete": lambda w: [{"q": "label"}],
    "dcat_catalog_show": lambda w: [{"format": "ttl"}, {"format": "jsonld"}],
    "dcat_catalog_search": lambda w: [{"format": "ttl", "q": "(kanari* OR judul*)"}],
    "dcat_datasets_list": lambda w: [{}],
    "user_activity_list": lambda w: [{"id": w.city.producer["name"], "limit": 100}],
    "group_activity_list": lambda w: [{"id": w.group["id"], "limit": 100}],
    "organization_activity_list": lambda w: [{"id": w.city.kelurahan["id"], "limit": 100}],
    "recently_changed_packages_activity_list": lambda w: [{"limit": 100}],
    "dashboard_activity_list": lambda w: [{"limit": 100}],
    "dashboard_new_activities_count": lambda w: [{}],
    "package_collaborator_list_for_user": lambda w: [{"id": w.city.collaborator["id"]}],
    "dataset_followee_list": lambda w: [{"id": w.city.producer["id"]}],
    "followee_list": lambda w: [{"id": w.city.producer["id"]}],
    "satudata_forms_import_show": lambda w: [{"id": "00000000-0000-4000-8000-000000000000"}],
    "satudata_notice_list": lambda w: [{"limit": 1000}],
    "satudata_notice_delivery_list": lambda w: [{"limit": 1000}],
    "satudata_review_bulk_show": lambda w: [{"id": "00000000-0000-4000-8000-000000000000"}],
    "satudata_revision_list": lambda w: [{"limit": 1000}],
    "satudata_quality_list": lambda w: [{"limit": 1000}, {"organization": w.city.kota["id"], "limit": 1000}],
    "satudata_quality_summary": lambda w: [{"limit": 1000}, {"organization": w.city.kota["id"]}],
    "satudata_organizations_without_editor": lambda w: [{}],
    "satudata_restriction_list": lambda w: [{"limit": 1000}, {"q": "kanari", "limit": 1000}],
    "satudata_restricted_list": lambda w: [{"limit": 1000}, *({"q": word} for word in ("kanari", "Judul", "label"))],
    "satudata_defaults_show": lambda w: [{"organization_id": w.city.kelurahan["id"]}],
    "satudata_table_shape": lambda w: [{"organization_id": w.city.kelurahan["id"], "periods": "2025"}],
    "satudata_review_report": lambda w: [{}],
    "satudata_audit_show": lambda w: [{"limit": 1000}],
    "satudata_review_list": lambda w: [{"limit": 1000}, {"q": "kanari", "limit": 1000}],
}


def test_every_reading_action_is_asked(world: World) -> None:
    reading = {name for group in classified.ACTIONS if group.kind == "reads" for name in group.names}
    assert reading == set(ABOUT) | set(OVERALL)
    assert set(STATES) <= set(SEES) == set(world.items)


@pytest.fixture
def request_context(full_house: Any) -> Iterator[None]:
    """What some actions want to make addresses."""
    with full_house.flask_app.test_request_context():
        yield


@pytest.mark.parametrize("person", PEOPLE)
def test_no_action_tells_a_person_of_what_is_hidden_from_him(world: World, request_context: None, person: str) -> None:
    user, leaks = world.user(person), []
    for action, questions in OVERALL.items():
        for question in questions(world):
            told = answer(user, action, question)
            for item in world.hidden_from(person):
                COUNT["reading by actions"] += 1
                leaks += [(action, item.place, needle) for needle in item.secrets(action) if needle in told]
    for item in world.hidden_from(person):
        for action, about in ABOUT.items():
            for question in about(world, item):
                COUNT["reading by actions"] += 1
                # What was asked may come back in a refusal; what stands in the data may not.
                told = answer(user, action, question)
                leaks += [(action, item.place, needle) for needle in item.words(action) if needle in told]
    assert leaks == []


@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_may_see_it_does_see_it(world: World, person: str) -> None:
    user, blind = world.user(person), []
    for item in world.items.values():
        if person not in SEES[item.place]:
            continue
        for action in ("package_show", "resource_show", "datastore_search", "resource_view_show"):
            COUNT["reading by those concerned"] += 1
            if item.word not in answer(user, action, ABOUT[action](world, item)[0]):
                blind.append((action, item.place))
    assert blind == []


def test_counts_and_facets_count_what_the_asker_may_see(world: World) -> None:
    for person in PEOPLE:
        user = world.user(person)
        seen = sum(person in SEES[place] for place in SEES) + len(COPIES)
        for action, data in (
            ("organization_show", {"id": world.city.kelurahan["id"]}),
            ("group_show", {"id": world.group["id"]}),
        ):
            COUNT["counts and facets"] += 1
            count = call_as(user, action, include_dataset_count=True, **data)["package_count"]
            assert count <= seen, (person, action)
            if person in ("nobody", "stranger", "former", "neighbour"):
                assert count == 1 + len(COPIES), (person, action)
        for action in ("organization_list", "group_list"):
            COUNT["counts and facets"] += 1
            for one in call_as(user, action, all_fields=True, include_dataset_count=True):
                assert one["package_count"] <= seen
        COUNT["counts and facets"] += 1
        found = call_as(user, "package_search", include_private=True, rows=0, **{"facet.field": ["organization"]})
        assert found["count"] <= seen
        assert sum(found["facets"]["organization"].values()) <= seen


# -- pages ----------------------------------------------------------------------------------------------------

#: Neither pages of data nor worth a request a person: assets, other languages, and the way out.
NOT_ASKED = {
    "static",
    "webassets.index",
    "home.redirect_locale",
    "user.logout",
    "api.action",
    "api.i18n_js_translations",
    # Empty forms, as bytes of a spreadsheet.
    "satudata_forms.template",
}


#: Pages that take words to search for.
SEARCHES = set(
    "dataset.search home.index feeds.custom organization.read group.read satudata_review.queue "
    "satudata_review.queue_csv api.dataset_autocomplete api.tag_autocomplete dcat.read_catalog".split()
)


def addresses(app: Any, world: World, item: Item | None) -> Iterator[tuple[str, str]]:
    """Endpoint and address of every GET route: about one dataset, or (``item`` None) about everything.

    A route with a part that nobody here knows how to fill fails the test: it was not asked.
    """
    types = set(lib_plugins._package_plugins)
    adapter = app.flask_app.url_map.bind("test.ckan.net")
    for rule in app.flask_app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_ASKED:
            continue
        elsewhere = blueprint.removesuffix("_resource") in types - {"dataset"} or blueprint == "harvester"
        if elsewhere and rule.endpoint != "harvester.object_show":
            # The same views under the name of another type; harvest sources are no data under review.
            continue
        if blueprint == "satudata_harvest":
            yield from ((rule.endpoint, address) for address in harvest_addresses(rule, world, item))
            continue
        values, about_one = {}, False
        for part in rule.arguments - set(rule.defaults or ()):
            known = _known(world, item, blueprint, part)
            assert known is not None, f"{rule.endpoint}: nobody knows how to fill <{part}>"
            values[part] = known[0]
            about_one = about_one or known[1]
        suffixes = [""]
        if rule.endpoint in SEARCHES and not about_one:
            suffixes = ["", "?q=judul*&limit=100", "?q=label&incomplete=label"]
        if rule.endpoint.endswith("changes_multiple") and item:
            about_one, suffixes = True, [f"?old_id={item.activity_id}&new_id={item.activity_id}"]
        if rule.endpoint == "satudata_forms.export" and item:
            about_one, suffixes = True, [f"?id={item.package_id}", f"?id={item.name}"]
        if about_one == (item is not None):
            for suffix in suffixes:
                yield rule.endpoint, adapter.build(rule.endpoint, values, method="GET") + suffix


#: What a harvester asks about everything, and what somebody asks who looks for what is hidden.
HARVEST = (
    "package_search?rows=1000&sort=id+asc",
    "package_search?rows=1000&include_private=true&include_drafts=true&include_deleted=true",
    "package_search?rows=1000&q=kanari*",
    "package_search?rows=1000&q=judul*",
    "package_search?rows=1000&q=name:berkas*+OR+title:judul*+OR+res_name:kanari*",
    "package_search?rows=1000&fq=res_name:kanari*",
    "package_search?rows=1000&fq=name:berkas*+AND+tags:label*&facet.field=tags",
    "package_list",
    "organization_list?all_fields=true",
    "organization_show?include_datasets=true&include_users=true&id={organization}",
    "group_list?all_fields=true",
    "group_show?include_datasets=true&id={group}",
    "status_show",
)
#: What is asked about one: by id and name, and by the words of its title, description, tag and files.
HARVEST_ONE = (
    "package_show?id={i.package_id}",
    "package_show?id={i.name}",
    "package_search?q={i.word}",
    "package_search?fq=id:{i.package_id}+OR+res_name:{i.word}+OR+title:{i.heading}",
    "package_search?rows=0&facet.field=tags&fq=title:{i.heading}+AND+text:{i.word}",
)


def harvest_addresses(rule: Any, world: World, item: Item | None) -> Iterator[str]:
    """The questions at both views, those about one dataset at the wider; ``/api/action/`` is the same function."""
    address = rule.rule.removesuffix("<logic_function>")
    if not address.endswith("/api/3/action/") or (item and "/all/" not in address):
        return
    for question in HARVEST_ONE if item else HARVEST:
        filled = question.format(i=item, organization=world.city.kelurahan["name"], group=world.group["name"])
        yield address + filled


def _known(world: World, item: Item | None, blueprint: str, part: str) -> tuple[str, bool] | None:
    """What stands for one part of an address, and whether it is about one dataset."""
    mine = item or next(iter(world.items.values()))
    if part in ("id", "_id") and blueprint in ("group", "organization", "user", "activity_user"):
        owner = {"group": world.group, "organization": world.city.kelurahan, "user": world.city.producer}
        return owner[blueprint]["name"], False
    # Numbers of their own; a person is asked for those of nobody.
    if blueprint in ("satudata_notices", "satudata_absence", "satudata_review_bulk", "satudata_forms") and part == "id":
        return "1", False
    # A table is opened by its file.
    if blueprint == "satudata_tables" and part == "id":
        return mine.resource_id, True
    fixed = {
        "form": ("csv", False),
        "table": ("ageing", False),
        "resource_id": (mine.resource_id, True),
        "view_id": (mine.view_id, True),
        "resource_view_id": (mine.table_view_id, True),
        "activity_id": (mine.activity_id, True),
        "group_type": ("organization", False),
        "user_id": (world.city.collaborator["id"], True),
        "filename": ("berkas.csv", True),
        "location": (f"resources/{mine.resource_id[:3]}/{mine.resource_id[3:6]}/{mine.resource_id[6:]}", True),
        "storage_name": ("default", True),
        "token": ("x", False),
        "ver": ("2", False),
        "name": (world.city.kelurahan["name"], False),
        "codelist": ("urusan", False),
        "edition": ("2021", False),
        "file_format": ("xlsx", False),
        "version": ("2019", False),
        "action": ("publish", True),
        "_format": ("ttl", False),
    }
    if part in ("id", "_id") and part not in fixed:
        return mine.package_id, True
    return fixed.get(part)


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_shows_a_person_what_is_hidden_from_him(world: World, full_house: Any, person: str) -> None:
    user = world.user(person)
    full_house.flask_app.test_client_class = CKANTestClient
    client = full_house.flask_app.test_client(user=model.User.get(user["name"]) if user else None)
    leaks: list[tuple[str, ...]] = []
    pages = 0

    def read(address: str) -> str:
        nonlocal pages
        pages += 1
        try:
            response = client.get(address, follow_redirects=False, base_url="http://test.ckan.net")
        except Exception as error:
            model.Session.rollback()
            # Some of CKAN's own pages stumble over a refusal; one of ours may not.
            if "/satudata/" in address:
                leaks.append((address, repr(error)))
            return str(error)
        told = response.get_data(as_text=True)
        response.close()
        return told

    types = set(lib_plugins._package_plugins)
    for endpoint, address in list(addresses(full_house, world, None)):
        if person != "nobody" and classified.kind_of_route(endpoint, types) == "neither":
            continue
        told = read(address)
        for item in world.hidden_from(person):
            COUNT["reading by pages"] += 1
            leaks += [(endpoint, item.place, needle) for needle in item.secrets(endpoint) if needle in told]
    for item in world.hidden_from(person):
        for endpoint, address in list(addresses(full_house, world, item)):
            COUNT["reading by pages"] += 1
            told = re.sub(re.escape(address), "", read(address))
            leaks += [(endpoint, item.place, needle) for needle in item.words(endpoint) if needle in told]
    print(f"{person}: {pages} pages")
    assert leaks == []

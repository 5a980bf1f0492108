"""Every way by which a stranger might learn of a dataset over HTTP, and what must not stand in the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus, urlencode

import requests


@dataclass(frozen=True)
class Trace:
    """A dataset, and words that stand nowhere but in it.

    :ivar activities: ids of what CKAN wrote into its stream while it was public
    :ivar words: of title, notes, tag and table, each unlike any other text of the portal
    """

    package_id: str
    name: str
    resource_id: str
    filename: str
    organization: str
    organization_id: str
    producer: str
    tag: str
    words: tuple[str, ...]
    activities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """One address.

    :ivar opens: whether the dataset must show here once it is published (so that looking here means something)
    """

    path: str
    opens: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it leads to one dataset, or is answered without a page around it."""
        return self.path.startswith(("/api/", "/datastore/", "/feeds/", "/dataset/")) and not self.path.startswith(
            "/dataset/?"
        )


def doors(trace: Trace) -> Iterator[Door]:
    """All of them: pages, search, API, files, tables, feeds, tags, activity, catalogue."""
    package, resource, org = trace.name, trace.resource_id, trace.organization
    page = f"/dataset/{package}"
    file = f"{page}/resource/{resource}"
    yield from (
        # Pages
        Door("/"),
        Door(page, True),
        Door(f"/dataset/{trace.package_id}", True),
        Door(f"/en/dataset/{package}", True),
        Door(file, True),
        Door(f"{file}/view"),
        Door(f"{file}/views"),
        Door(f"{file}/download/{trace.filename}", True),
        Door(f"{file}/download", True),
        Door(f"/dataset/activity/{package}", True),
        Door(f"/dataset/followers/{package}"),
        Door(f"/dataset/groups/{package}"),
        Door(f"/dataset/edit/{package}"),
        Door(f"/dataset/resources/{package}"),
        Door("/dataset/", True),
        Door(f"/dataset/?q={package}", True),
        Door(f"/dataset/?organization={org}", True),
        Door(f"/dataset/?tags={quote(trace.tag)}", True),
        Door(f"/organization/{org}", True),
        Door(f"/organization/activity/{org}", True),
        Door(f"/organization/about/{org}"),
        Door("/organization/"),
        Door(f"/user/{trace.producer}"),
        Door(f"/user/activity/{trace.producer}"),
        Door("/dashboard"),
        # Feeds and catalogue
        Door("/feeds/dataset.atom", True),
        Door(f"/feeds/organization/{org}.atom", True),
        Door(f"/feeds/tag/{quote(trace.tag)}.atom", True),
        Door(f"/feeds/custom.atom?q={package}", True),
        Door("/catalog.ttl", True),
        Door("/catalog.jsonld", True),
        Door(f"{page}.ttl", True),
        Door(f"{page}.jsonld", True),
        Door("/sitemap.xml"),
        # Suggestions while typing
        Door(f"/api/2/util/dataset/autocomplete?incomplete={package}", True),
        Door(f"/api/2/util/tag/autocomplete?incomplete={quote(trace.tag[:6])}", True),
        # Tables
        Door(f"/datastore/dump/{resource}", True),
        Door(f"/datastore/dictionary_download/{resource}"),
        Door(f"/datastore/api_info/{resource}"),
        # Ours
        Door(f"/satudata/review/{trace.package_id}"),
        Door(f"/satudata/review/{trace.package_id}/history"),
        Door("/satudata/review"),
        Door("/satudata/review.csv"),
        Door("/satudata/my-work"),
        Door("/satudata/regions"),
    )
    for activity in trace.activities:
        yield Door(f"/dataset/changes/{activity}")
        yield Door(f"{page}/history/{activity}")
        yield Door(f"{page}/resources/{resource}/history/{activity}")
        yield _action("activity_show", False, id=activity, include_data="true")
    yield from (_action(name, opens, **data) for name, opens, data in _actions(trace))


def _actions(trace: Trace) -> Iterator[tuple[str, bool, dict[str, str]]]:
    package, resource, org = trace.package_id, trace.resource_id, trace.organization_id
    everything = {"include_private": "true", "include_drafts": "true", "include_deleted": "true", "rows": "1000"}
    yield "package_show", True, {"id": package}
    yield "package_show", True, {"id": trace.name, "use_default_schema": "true"}
    yield "package_search", True, {"q": trace.name}
    yield "package_search", True, everything
    yield "package_search", True, {**everything, "fq": f"id:{package}"}
    yield "package_search", False, {**everything, "fq": f"+capacity:private +owner_org:{org}"}
    yield "package_search", True, {"facet.field": '["tags","organization","res_format"]', "rows": "0"}
    yield "package_list", True, {}
    yield "package_autocomplete", True, {"q": trace.name}
    yield "current_package_list_with_resources", True, {}
    yield "resource_show", True, {"id": resource}
    yield "resource_view_list", False, {"id": resource}
    yield "resource_search", True, {"query": f"url:{trace.filename[:8]}"}
    yield "package_relationships_list", False, {"id": package}
    yield "package_activity_list", True, {"id": package}
    yield "organization_activity_list", True, {"id": org}
    yield "user_activity_list", False, {"id": trace.producer}
    yield "recently_changed_packages_activity_list", True, {}
    yield "organization_show", True, {"id": org, "include_datasets": "true"}
    yield "organization_list", False, {"all_fields": "true", "include_dataset_count": "true"}
    yield "group_package_show", False, {"id": org}
    yield "tag_list", True, {}
    yield "tag_list", False, {"all_fields": "true"}
    yield "tag_list", True, {"query": trace.tag[:6]}
    yield "tag_autocomplete", True, {"query": trace.tag[:6]}
    yield "tag_search", True, {"query": trace.tag[:6]}
    yield "tag_show", True, {"id": trace.tag, "include_datasets": "true"}
    yield "datastore_search", True, {"resource_id": resource}
    yield "datastore_search", True, {"resource_id": resource, "include_total": "true", "fields": "catatan"}
    yield "datastore_info", False, {"id": resource}
    yield "datastore_search_sql", True, {"sql": f'SELECT * FROM "{resource}"'}
    yield "datastore_search", False, {"resource_id": "_table_metadata"}
    yield "satudata_review_show", False, {"id": package}
    yield "satudata_review_history", False, {"id": package}
    yield "satudata_review_list", False, {}
    yield "satudata_submission_check", False, {"id": package}
    yield "file_search", False, {}
    yield "status_show", False, {}


def _action(name: str, opens: bool, **data: str) -> Door:
    return Door(f"/api/3/action/{name}?{urlencode(data)}" if data else f"/api/3/action/{name}", opens)


def leaks(url: str, trace: Trace, narrow: bool = False) -> list[str]:
    """Which doors show something of it to nobody in particular; an empty list if none does.

    :param narrow: leave out the wide pages, which take most of the time
    """
    found = []
    with requests.Session() as stranger:
        for door in doors(trace):
            if narrow and not door.narrow:
                continue
            seen = _seen(stranger, url, door, trace)
            if seen:
                found.append(f"{door.path}: {', '.join(seen)}")
    return found


def shut(url: str, trace: Trace) -> list[str]:
    """Which of the doors that must open do not; an empty list if all do."""
    with requests.Session() as stranger:
        return [door.path for door in doors(trace) if door.opens and not _seen(stranger, url, door, trace)]


def _seen(stranger: requests.Session, url: str, door: Door, trace: Trace) -> list[str]:
    """Words of the dataset in the answer that were not in the question."""
    answer = stranger.get(url + door.path, timeout=60)
    assert answer.status_code < 500, (door.path, answer.status_code, answer.text[-2000:])
    asked = unquote_plus(door.path)
    given = [*trace.words, trace.tag, trace.name]
    # A refusal names what was refused by its id.
    if answer.ok:
        given += [trace.package_id, trace.resource_id]
    # After a redirect to the login page the address stands in a field, as it was asked.
    return [word for word in given if word in answer.text and word not in asked]

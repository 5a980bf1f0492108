"""Old datasets: what a portal held before our schema was enabled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.lib.search import rebuild
from ckan.tests import factories

from ckanext.satudata.tests.review.conftest import city, lasting_city  # noqa: F401 (fixtures of this room too)


@pytest.fixture
def editor(clean: None) -> dict[str, Any]:
    """An editor of an organization, whose id is under ``organization_id``."""
    from ckanext.satudata.tests.factories import officer

    organization = factories.Organization()
    return {**officer(organization), "organization_id": organization["id"]}


@pytest.fixture
def old_dataset(editor: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Make a dataset as it stood before our schema: extras in the row, no review, and in Solr what was then shown.

    ``indexed="before"`` leaves in Solr the document of that time (extras as a list), ``"after"`` re-indexes it.
    """
    import json

    import pysolr
    from ckan.common import config

    def make(extras: dict[str, str], indexed: str = "before", **kwargs: Any) -> dict[str, Any]:
        package = factories.Dataset(owner_org=editor["organization_id"], private=True, **kwargs)
        row = model.Package.get(package["id"])
        row.extras = dict(extras)
        model.Session.commit()
        if indexed == "after":
            rebuild(package["id"])
            return package
        solr = pysolr.Solr(config["solr_url"], always_commit=True)
        document = solr.search(f"id:{package['id']}", fl="*").docs[0]
        for name in ("data_dict", "validated_data_dict"):
            stored = json.loads(document[name])
            stored["extras"] = [{"key": key, "value": value} for key, value in extras.items()]
            document[name] = json.dumps(stored)
        for name in ("_version_", "indexed_ts", "text"):
            document.pop(name, None)
        document["permission_labels"] = ["public"]
        solr.add([document])
        model.Session.remove()
        return package

    return make

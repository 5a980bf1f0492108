"""Files are looked into in both kinds of storage CKAN has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ckanext.satudata.standards.files import jobs, model, service, stored
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.files.conftest import storage  # noqa: F401 (a fixture)
from ckanext.satudata.tests.standards.files.conftest import add_file

TABLE = "kode_wilayah,periode,nilai\n12.71.10.1001,2024,10\n"


def test_a_file_is_found_and_looked_into_wherever_it_lies(lasting_city: Any, storage: Path) -> None:  # noqa: F811
    data = submittable(lasting_city.kelurahan, resources=[])
    package = call_as(lasting_city.producer, "package_create", **data)
    resource = add_file(lasting_city.producer, package["id"], TABLE)
    file = stored.find(resource)
    assert file is not None and file.size == len(TABLE) and any(path.is_file() for path in storage.rglob("*"))
    check = service.check_of(resource)
    assert check.facts is not None and check.facts.tables[0].rows == 1
    # By a job too.
    service._recent.clear()
    model.forget(file.identity)
    model.wait(file.identity, {"package_id": package["id"], "resource_id": resource["id"]}, "CSV", file.size)
    assert jobs.run(file.identity) and service.check_of(resource).status == "done"
    assert stored.find({**resource, "id": "tidak-ada-sama-sekali"}) is None

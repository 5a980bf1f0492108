"""Saving: nothing of SDI is required, and no old extra stops it, through any door."""

from __future__ import annotations

from ckan.tests import factories

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer


def test_a_draft_with_title_name_and_producer_only_is_saved(clean: None) -> None:
    organization = factories.Organization()
    editor = officer(organization)
    saved = call_as(editor, "package_create", title="Balita", name="balita", owner_org=organization["id"], private=True)
    assert saved["title"] == "Balita"

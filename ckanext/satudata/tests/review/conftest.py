"""A small city: an owner, a custodian's unit, BPS, and one person per role."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ckan.tests import factories

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer

COMPLETE: dict[str, Any] = {}


@pytest.fixture
def city(clean: None) -> SimpleNamespace:
    """Kota › kelurahan, Kominfo's unit as custodian and BPS as pembina of the whole portal."""
    sysadmin = factories.Sysadmin()
    kota = factories.Organization(title="Kota Medan")
    kelurahan = factories.Organization(title="Kelurahan Aur", groups=[{"name": kota["name"]}])
    other = factories.Organization(title="Kelurahan Sukaraja", groups=[{"name": kota["name"]}])
    kominfo = factories.Organization(title="Bidang Statistik Kominfo")
    bps = factories.Organization(title="BPS Kota Medan")
    bappeda = factories.Organization(title="Bappeda")
    people = SimpleNamespace(
        sysadmin=sysadmin,
        producer=officer(kelurahan),
        member=officer(kelurahan, "member"),
        colleague=officer(kelurahan, "admin"),
        neighbour=officer(other),
        custodian=officer(kominfo),
        second_custodian=officer(kominfo, "admin"),
        pembina=officer(bps),
        planner=officer(bappeda),
        stranger=factories.User(),
    )
    call_as(sysadmin, "satudata_role_grant", organization_id=kominfo["id"], role="custodian", scope_id=kota["id"])
    call_as(
        sysadmin,
        "satudata_role_grant",
        organization_id=bps["id"],
        role="pembina",
        scope_id=kota["id"],
        jenis_data="statistik",
    )
    call_as(sysadmin, "satudata_role_grant", organization_id=bappeda["id"], role="planner", scope_id=kota["id"])
    return SimpleNamespace(
        kota=kota, kelurahan=kelurahan, other=other, kominfo=kominfo, bps=bps, bappeda=bappeda, **vars(people)
    )

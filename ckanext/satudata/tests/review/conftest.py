"""A small city: an owner, a custodian's unit, BPS, and one person per role."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ckan.tests import factories

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable


@pytest.fixture
def city(clean: None) -> SimpleNamespace:
    """Kota › kelurahan, Kominfo's unit as custodian and BPS as pembina of the whole city."""
    return build_city()


@pytest.fixture(scope="module")
def lasting_city(clean_once: None) -> SimpleNamespace:
    """One city for all tests of a module that leave what others look at alone."""
    return build_city()


def build_city() -> SimpleNamespace:
    """The organizations, the people and their grants."""
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
        # Rights that CKAN's own rules give, and the review does not: an admin from above, a collaborator.
        city_admin=officer(kota, "admin"),
        collaborator=factories.User(),
        # Once an editor here: access ends with membership.
        former=officer(kelurahan),
    )
    call_as(sysadmin, "organization_member_delete", id=kelurahan["id"], username=people.former["name"])
    grants = (
        (kominfo, {"role": "custodian"}),
        (bps, {"role": "pembina", "jenis_data": "statistik"}),
        (bappeda, {"role": "planner"}),
    )
    for body, grant in grants:
        call_as(sysadmin, "satudata_role_grant", organization_id=body["id"], scope_id=kota["id"], **grant)
    return SimpleNamespace(
        kota=kota, kelurahan=kelurahan, other=other, kominfo=kominfo, bps=bps, bappeda=bappeda, **vars(people)
    )


def with_support(city: SimpleNamespace) -> SimpleNamespace:
    """The same city with a unit at the kecamatan that supports the custodian over the kelurahan.

    From then on the custodian's turn comes after the supporter's: ``walk_to`` goes that way.
    """
    unit = factories.Organization(title="Kecamatan Medan Maimun")
    city.support = call_as(
        city.sysadmin,
        "satudata_role_grant",
        organization_id=unit["id"],
        role="supporting_custodian",
        scope_id=city.kelurahan["id"],
    )
    city.unit, city.supporter, city.second_supporter = unit, officer(unit), officer(unit, "admin")
    return city


ALL_CONFORM = dict.fromkeys(PRINCIPLES, True)
ONE_FAILS = {**ALL_CONFORM, "standar_data": {"conforms": False, "note": "Satuan belum tepat"}}

#: For each state the actions that lead there, each with the person who takes it. Written by hand.
ROADS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "draft": [],
    "submitted": [("producer", "submit", {})],
    # Only where somebody supports the custodian: `with_support`.
    "supporting_check": [("producer", "submit", {}), ("supporter", "claim", {})],
    "custodian_check": [("producer", "submit", {}), ("custodian", "claim", {})],
    "returned": [
        ("producer", "submit", {}),
        ("custodian", "return", {"comment": "Lengkapi satuan", "principle_results": ONE_FAILS}),
    ],
    "pembina_review": [
        ("planner", "priority", {}),
        ("producer", "submit", {}),
        ("custodian", "forward", {"principle_results": ALL_CONFORM}),
    ],
    "approved": [("producer", "submit", {}), ("custodian", "forward", {"principle_results": ALL_CONFORM})],
    "published": [
        ("producer", "submit", {}),
        ("custodian", "forward", {"principle_results": ALL_CONFORM}),
        ("custodian", "publish", {}),
    ],
    "withdrawn": [
        ("producer", "submit", {}),
        ("custodian", "forward", {"principle_results": ALL_CONFORM}),
        ("custodian", "publish", {}),
        ("custodian", "unpublish", {"comment": "Ditarik untuk diperbaiki"}),
    ],
}


#: What a restriction record needs of those who propose it.
REASONS = {"legal_basis": "UU 27/2022 Pasal 4", "consequence": "Warga dapat dikenali", "end_date": "2099-12-31"}
#: And of the custodian who enters what was decided.
DECIDED = {**REASONS, "forum_date": "2026-01-15", "decision_reference": "BA Forum 01/2026"}


def record_restriction(city: SimpleNamespace, package_id: str, action: str, level: str) -> None:
    """What the restriction record of data that are not open needs before this action: a proposal, or the decision."""
    if level == "terbuka":
        return
    if action == "submit":
        call_as(city.producer, "satudata_restriction_set", id=package_id, proposed_level=level, **REASONS)
    elif action == "publish":
        call_as(city.custodian, "satudata_restriction_set", id=package_id, decided_level=level, **DECIDED)


def walk_to(city: SimpleNamespace, state: str, **changes: Any) -> dict[str, Any]:
    """A dataset of the kelurahan, led to that state by the real transitions."""
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, **changes))
    call_as(
        city.sysadmin,
        "package_collaborator_create",
        id=package["id"],
        user_id=city.collaborator["id"],
        capacity="editor",
    )
    if state == "supporting_check" and not hasattr(city, "supporter"):
        # For this walk only: the other tests of the city know of no supporting custodian.
        package = walk_to(with_support(city), state, **changes)
        call_as(city.sysadmin, "satudata_role_revoke", id=city.support["id"])
        del city.support, city.unit, city.supporter, city.second_supporter
        return package
    supported = hasattr(city, "supporter") and state != "supporting_check"
    for person, action, data in ROADS[state]:
        user = getattr(city, person)
        if supported and person == "custodian":
            supported = False
            _support(city, package["id"])
        record_restriction(city, package["id"], action, changes.get("accesslevel", "terbuka"))
        if action == "priority":
            call_as(user, "satudata_priority_set", id=package["id"], prioritas_daerah_tahun="2024")
        else:
            call_as(user, "satudata_review_transition", id=package["id"], action=action, **data)
    return package


def _support(city: SimpleNamespace, package_id: str) -> None:
    """The supporting custodian finds it conforming and gives it back."""
    call_as(
        city.supporter,
        "satudata_review_transition",
        id=package_id,
        action="forward",
        principle_results=ALL_CONFORM,
    )

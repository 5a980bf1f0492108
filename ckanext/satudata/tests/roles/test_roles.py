"""Who may act for which body over which data."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.roles import service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.regions.conftest import org
from ckanext.satudata.tests.statements import counted


@pytest.fixture
def portal(clean: None) -> dict[str, Any]:
    """A province with a city; each has a unit that may be custodian, and BPS."""
    province = org("Sumatera Utara")
    city = org("Kota Medan", province)
    district = org("Medan Tembung", city)
    return {
        "province": province,
        "city": city,
        "district": district,
        "village": org("Indra Kasih", district),
        "kominfo": org("Kominfo Kota", city),
        "kominfo_prov": org("Kominfo Provinsi", province),
        "bps": org("BPS Kota Medan", city),
        "bappeda": org("Bappeda", city),
        "sysadmin": factories.Sysadmin(),
    }


def give(portal: dict[str, Any], body: str, role: str, scope: str | None = None, **extra: Any) -> dict[str, Any]:
    data = {"organization_id": portal[body]["id"], "role": role, **extra}
    if scope:
        data["scope_id"] = portal[scope]["id"]
    return call_as(portal["sysadmin"], "satudata_role_grant", **data)


def errors_of(action: str, user: Any, **data: Any) -> dict[str, Any]:
    with pytest.raises(tk.ValidationError) as caught:
        call_as(user, action, **data)
    return caught.value.error_dict


class TestGrants:
    def test_a_grant_says_who_gave_it_and_when(self, portal):
        made = give(portal, "kominfo", "custodian", "city", note="SK 12/2026")
        assert made["granted_by"] == portal["sysadmin"]["id"]
        assert made["granted_at"]
        assert made["scope_title"] == "Kota Medan"
        assert made["note"] == "SK 12/2026"
        assert made["revoked_at"] is None

    def test_only_a_sysadmin_grants_and_revokes(self, portal):
        admin = officer(portal["city"], "admin")
        made = give(portal, "kominfo", "custodian", "city")
        for user in (admin, factories.User(), None):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, "satudata_role_grant", organization_id=portal["bps"]["id"], role="planner")
            with pytest.raises(tk.NotAuthorized):
                call_as(user, "satudata_role_revoke", id=made["id"])

    def test_a_program_without_a_sysadmin_account_grants_nothing(self, portal):
        with pytest.raises(tk.NotAuthorized):
            call_action("satudata_role_grant", organization_id=portal["bps"]["id"], role="planner")

    def test_a_scope_has_one_custodian_and_the_message_names_it(self, portal):
        give(portal, "kominfo", "custodian", "city")
        errors = errors_of(
            "satudata_role_grant",
            portal["sysadmin"],
            organization_id=portal["bps"]["id"],
            role="custodian",
            scope_id=portal["city"]["id"],
        )
        assert "Kominfo Kota" in errors["scope_id"][0]

    def test_the_whole_portal_has_one_custodian_too(self, portal):
        give(portal, "kominfo", "custodian")
        errors = errors_of(
            "satudata_role_grant", portal["sysadmin"], organization_id=portal["bps"]["id"], role="custodian"
        )
        assert "scope_id" in errors

    def test_the_database_itself_refuses_a_second_custodian(self, portal):
        from sqlalchemy.exc import IntegrityError

        from ckanext.satudata.roles.model import RoleGrant

        give(portal, "kominfo", "custodian")
        model.Session.add(
            RoleGrant(organization_id=portal["bps"]["id"], role="custodian", granted_by="x", granted_by_name="x")
        )
        with pytest.raises(IntegrityError):
            model.Session.flush()
        model.Session.rollback()

    def test_the_same_grant_twice_is_refused(self, portal):
        give(portal, "bappeda", "planner")
        errors = errors_of(
            "satudata_role_grant", portal["sysadmin"], organization_id=portal["bappeda"]["id"], role="planner"
        )
        assert "organization_id" in errors

    def test_a_pembina_must_name_its_kind_of_data_and_nobody_else_may(self, portal):
        for extra in ({}, {"jenis_data": "cuaca"}):
            errors = errors_of(
                "satudata_role_grant",
                portal["sysadmin"],
                organization_id=portal["bps"]["id"],
                role="pembina",
                **extra,
            )
            assert "statistik" in errors["jenis_data"][0]
        errors = errors_of(
            "satudata_role_grant",
            portal["sysadmin"],
            organization_id=portal["bps"]["id"],
            role="planner",
            jenis_data="statistik",
        )
        assert "jenis_data" in errors

    def test_wrong_input_is_named_field_by_field(self, portal):
        errors = errors_of(
            "satudata_role_grant", portal["sysadmin"], organization_id="nobody", role="king", scope_id="nowhere"
        )
        assert set(errors) == {"organization_id", "role", "scope_id"}
        errors = errors_of("satudata_role_grant", portal["sysadmin"], organisation_id="x")
        assert set(errors) == {"organisation_id"}

    def test_a_revoked_grant_stays_in_the_history_and_frees_the_scope(self, portal):
        made = give(portal, "kominfo", "custodian", "city")
        ended = call_as(portal["sysadmin"], "satudata_role_revoke", id=made["id"])
        assert ended["revoked_by_name"] == portal["sysadmin"]["name"]
        give(portal, "bps", "custodian", "city")
        assert call_as(portal["sysadmin"], "satudata_role_list")["count"] == 1
        everything = call_as(portal["sysadmin"], "satudata_role_list", include_revoked=True)
        assert {one["id"] for one in everything["results"]} >= {made["id"]}

    def test_a_grant_is_revoked_once(self, portal):
        made = give(portal, "kominfo", "custodian")
        call_as(portal["sysadmin"], "satudata_role_revoke", id=made["id"])
        assert "id" in errors_of("satudata_role_revoke", portal["sysadmin"], id=made["id"])
        with pytest.raises(tk.ObjectNotFound):
            call_as(portal["sysadmin"], "satudata_role_revoke", id="none")

    def test_others_list_only_the_grants_that_concern_their_organizations(self, portal):
        stranger_city = org("Kota Binjai", portal["province"])
        portal["binjai"] = stranger_city
        give(portal, "kominfo", "custodian", "city")
        give(portal, "kominfo_prov", "custodian", "binjai")
        give(portal, "bappeda", "planner")

        def seen(user: dict[str, Any]) -> set[str]:
            return {one["organization_name"] for one in call_as(user, "satudata_role_list")["results"]}

        kominfo, bappeda = portal["kominfo"]["name"], portal["bappeda"]["name"]
        assert seen(officer(portal["village"], "member")) == {kominfo, bappeda}
        assert seen(officer(portal["kominfo_prov"])) == {portal["kominfo_prov"]["name"], bappeda}
        assert seen(factories.User()) == set()
        with pytest.raises(tk.NotAuthorized):
            call_as(None, "satudata_role_list")


class TestRolesOver:
    def test_a_direct_editor_or_admin_is_the_producer(self, portal):
        for capacity in ("editor", "admin"):
            user = officer(portal["village"], capacity)
            assert service.roles_over(user["id"], portal["village"]["id"]) == {"producer": [portal["village"]["id"]]}
        reader = officer(portal["village"], "member")
        assert service.roles_over(reader["id"], portal["village"]["id"]) == {}

    def test_an_admin_from_above_is_not_the_producer(self, portal):
        user = officer(portal["district"], "admin")
        assert service.roles_over(user["id"], portal["village"]["id"]) == {}

    def test_a_collaborator_has_no_role(self, portal):
        user = factories.User()
        dataset = factories.Dataset(owner_org=portal["village"]["id"])
        call_action("package_collaborator_create", id=dataset["id"], user_id=user["id"], capacity="editor")
        assert service.roles_over(user["id"], portal["village"]["id"]) == {}

    def test_only_direct_people_of_the_body_act_for_it(self, portal):
        give(portal, "kominfo", "custodian", "city")
        direct, above = officer(portal["kominfo"]), officer(portal["city"], "admin")
        assert service.roles_over(direct["id"], portal["village"]["id"]) == {"custodian": [portal["kominfo"]["id"]]}
        assert service.roles_over(above["id"], portal["village"]["id"]) == {}

    def test_the_nearest_custodian_wins(self, portal):
        give(portal, "kominfo_prov", "custodian", "province")
        provincial = officer(portal["kominfo_prov"])
        assert "custodian" in service.roles_over(provincial["id"], portal["village"]["id"])
        give(portal, "kominfo", "custodian", "city")
        assert service.roles_over(provincial["id"], portal["village"]["id"]) == {}
        assert service.has_body("custodian", portal["village"]["id"], "statistik") == [portal["kominfo"]["id"]]
        assert service.has_body("custodian", portal["province"]["id"], "statistik") == [portal["kominfo_prov"]["id"]]

    def test_the_whole_portal_is_further_than_any_root(self, portal):
        give(portal, "bappeda", "custodian")
        give(portal, "kominfo_prov", "custodian", "province")
        assert service.has_body("custodian", portal["village"]["id"]) == [portal["kominfo_prov"]["id"]]

    def test_a_grant_over_a_sibling_gives_nothing(self, portal):
        other = org("Medan Maimun", portal["city"])
        portal["other"] = other
        give(portal, "kominfo", "custodian", "other")
        assert service.has_body("custodian", portal["village"]["id"]) == []

    def test_a_pembina_is_asked_only_about_its_kind_of_data(self, portal):
        give(portal, "bps", "pembina", jenis_data="statistik")
        user = officer(portal["bps"])
        assert "pembina" in service.roles_over(user["id"], portal["village"]["id"])
        assert service.roles_over(user["id"], portal["village"]["id"], "geospasial") == {}

    def test_planners_and_supporting_custodians_count_from_every_level(self, portal):
        for role in ("planner", "supporting_custodian"):
            give(portal, "kominfo_prov", role, "province")
            give(portal, "kominfo", role, "district")
            assert set(service.has_body(role, portal["village"]["id"])) == {
                portal["kominfo_prov"]["id"],
                portal["kominfo"]["id"],
            }

    def test_a_deleted_body_carries_no_role_and_the_next_one_counts(self, portal):
        give(portal, "kominfo", "custodian", "city")
        give(portal, "kominfo_prov", "custodian", "province")
        user = officer(portal["kominfo"])
        call_as(portal["sysadmin"], "organization_delete", id=portal["kominfo"]["id"])
        assert service.roles_over(user["id"], portal["village"]["id"]) == {}
        assert service.has_body("custodian", portal["village"]["id"]) == [portal["kominfo_prov"]["id"]]

    def test_a_deleted_user_carries_no_role(self, portal):
        give(portal, "kominfo", "custodian", "city")
        user = officer(portal["kominfo"])
        model.User.get(user["id"]).state = "deleted"
        model.Session.commit()
        assert service.roles_over(user["id"], portal["village"]["id"]) == {}
        assert service.user_labels(user["id"]) == []
        assert service.direct_organizations(user["id"]) == []

    def test_a_revoked_grant_gives_nothing(self, portal):
        made = give(portal, "kominfo", "custodian", "city")
        user = officer(portal["kominfo"])
        call_as(portal["sysadmin"], "satudata_role_revoke", id=made["id"])
        assert service.roles_over(user["id"], portal["village"]["id"]) == {}
        assert service.scopes_of(user["id"]) == []

    def test_it_takes_three_queries_however_many_grants(self, portal):
        give(portal, "kominfo", "custodian", "city")
        give(portal, "kominfo", "planner")
        give(portal, "bps", "pembina", jenis_data="statistik")
        user = officer(portal["kominfo"])
        with counted() as statements:
            found = service.roles_over(user["id"], portal["village"]["id"])
        assert set(found) == {"custodian", "planner"}
        assert len(statements) == 3


class TestLabelsAndScopes:
    def test_labels_are_one_per_grant_in_one_query(self, portal):
        give(portal, "kominfo", "custodian", "city")
        give(portal, "kominfo", "planner")
        user = officer(portal["kominfo"])
        with counted() as statements:
            labels = service.user_labels(user["id"])
        assert labels == sorted([f"satudata:custodian:{portal['city']['id']}", "satudata:planner:*"])
        assert len(statements) == 1

    def test_my_roles_names_what_i_produce_and_what_my_bodies_hold(self, portal):
        give(portal, "kominfo", "custodian", "city")
        user = officer(portal["kominfo"])
        mine = call_as(user, "satudata_my_roles")
        assert mine["count"] == 2
        assert [(one["role"], one["scope_title"]) for one in mine["results"]] == [
            ("producer", "Kominfo Kota"),
            ("custodian", "Kota Medan"),
        ]
        assert call_as(factories.User(), "satudata_my_roles")["count"] == 0
        with pytest.raises(tk.NotAuthorized):
            call_as(None, "satudata_my_roles")


class TestCommandLine:
    def test_grant_list_and_revoke(self, portal, cli):
        from ckanext.satudata.cli import satudata

        name = portal["kominfo"]["name"]
        made = cli.invoke(satudata, ["roles", "grant", name, "custodian", "--scope", portal["city"]["name"]])
        assert made.exit_code == 0, made.output
        again = cli.invoke(
            satudata, ["roles", "grant", portal["bps"]["name"], "custodian", "--scope", portal["city"]["name"]]
        )
        assert again.exit_code == 1
        assert "Kominfo Kota" in again.output
        listed = cli.invoke(satudata, ["roles", "list"])
        assert name in listed.output
        id = listed.output.split()[0]
        assert cli.invoke(satudata, ["roles", "revoke", id]).exit_code == 0
        assert name not in cli.invoke(satudata, ["roles", "list"]).output
        assert name in cli.invoke(satudata, ["roles", "list", "--all"]).output

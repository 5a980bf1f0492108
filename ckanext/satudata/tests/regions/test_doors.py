"""Parent, kind and codes are changed by sysadmins only, whichever door is tried."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.regions import service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.regions.conftest import org


@pytest.fixture
def tree(clean: None) -> dict[str, Any]:
    city = org("Kota Medan")
    district = org("Medan Tembung", city)
    village = org("Indra Kasih", district)
    return {
        "city": city,
        "district": district,
        "village": village,
        "other": org("Medan Maimun", city),
        "admin": officer(village, "admin"),
        "sysadmin": factories.Sysadmin(),
    }


def above(tree: dict[str, Any], name: str = "village") -> list[str]:
    """The names of what stands above an organization, by our path; which must equal CKAN's own tree."""
    model.Session.rollback()
    model.Session.expire_all()
    up = service.ancestor_ids(tree[name]["id"])[1:]
    own = model.Group.get(tree[name]["id"]).get_parent_group_hierarchy(type="organization")
    assert up == [group.id for group in reversed(own)]
    return [key for id in up for key, value in tree.items() if value.get("id") == id]


OTHER = [("with another parent", "other"), ("with no parent", None)]
# group_patch is no door: it does not find organizations (see below).
DOORS = ["organization_update", "organization_patch", "group_update"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("case", "parent"), OTHER)
@pytest.mark.parametrize("key", ["name", "id"])
def test_an_admin_of_the_organization_cannot_change_its_parent(tree, door, case, parent, key):
    groups = [{"name": tree[parent][key], "capacity": "parent"}] if parent else []
    with pytest.raises(tk.NotAuthorized, match="sysadmin"):
        call_as(tree["admin"], door, id=tree["village"]["id"], name=tree["village"]["name"], groups=groups)
    assert above(tree) == ["district", "city"]


def test_patching_a_group_does_not_reach_an_organization(tree):
    with pytest.raises(tk.ObjectNotFound):
        call_as(tree["admin"], "group_patch", id=tree["village"]["id"], groups=[])
    assert above(tree) == ["district", "city"]


@pytest.mark.parametrize("capacity", ["public", "parent", None])
def test_whatever_capacity_the_link_is_given(tree, capacity):
    entry = {"name": tree["other"]["name"]}
    if capacity:
        entry["capacity"] = capacity
    with pytest.raises(tk.NotAuthorized):
        call_as(tree["admin"], "organization_patch", id=tree["village"]["id"], groups=[entry])
    assert above(tree) == ["district", "city"]


def test_an_id_beside_a_name_does_not_hide_the_other_parent(tree):
    entry = {"id": tree["district"]["id"], "name": tree["other"]["name"], "capacity": "parent"}
    with pytest.raises(tk.NotAuthorized):
        call_as(tree["admin"], "organization_patch", id=tree["village"]["id"], groups=[entry])
    assert above(tree) == ["district", "city"]


@pytest.mark.parametrize("door", ["organization_update", "organization_patch"])
def test_an_admin_may_resend_the_parent_or_leave_it_out(tree, door):
    shown = call_as(tree["admin"], "organization_show", id=tree["village"]["id"])
    call_as(tree["admin"], door, **{**shown, "title": "Indra Kasih Baru"})
    assert above(tree) == ["district", "city"]
    call_as(tree["admin"], door, id=tree["village"]["id"], name=tree["village"]["name"], title="Indra Kasih")
    assert above(tree) == ["district", "city"]
    call_as(
        tree["admin"],
        door,
        id=tree["village"]["id"],
        name=tree["village"]["name"],
        groups=[{"name": tree["district"]["name"]}],
    )
    assert above(tree) == ["district", "city"]


def test_a_program_that_ignores_auth_cannot_change_the_parent_either(tree):
    for user in (tree["admin"]["name"], "", "127.0.0.1"):
        with pytest.raises(tk.NotAuthorized):
            call_action("organization_patch", context={"user": user}, id=tree["village"]["id"], groups=[])
        with pytest.raises(tk.NotAuthorized):
            call_action(
                "member_delete",
                context={"user": user},
                id=tree["village"]["id"],
                object=tree["district"]["id"],
                object_type="group",
            )
    assert above(tree) == ["district", "city"]


@pytest.mark.parametrize("object_type", ["group", "Group"])
@pytest.mark.parametrize("capacity", ["parent", "public"])
def test_an_admin_cannot_add_a_parent_as_a_member(tree, object_type, capacity):
    lonely = org("Sendiri")
    admin = officer(lonely, "admin")
    with pytest.raises(tk.NotAuthorized):
        call_as(
            admin,
            "member_create",
            id=lonely["id"],
            object=tree["city"]["id"],
            object_type=object_type,
            capacity=capacity,
        )
    assert service.ancestor_ids(lonely["id"]) == [lonely["id"]]


def test_an_admin_cannot_take_the_parent_out_of_the_members(tree):
    with pytest.raises(tk.NotAuthorized):
        call_as(
            tree["admin"],
            "member_delete",
            id=tree["village"]["id"],
            object=tree["district"]["id"],
            object_type="group",
        )
    assert above(tree) == ["district", "city"]


def test_an_admin_still_manages_people_and_texts(tree):
    user = factories.User()
    call_as(tree["admin"], "organization_member_create", id=tree["village"]["id"], username=user["name"], role="editor")
    call_as(tree["admin"], "organization_member_delete", id=tree["village"]["id"], username=user["name"])
    call_as(tree["admin"], "organization_patch", id=tree["village"]["id"], description="Baru")
    assert above(tree) == ["district", "city"]


def test_whoever_may_create_organizations_creates_them_without_a_parent(tree, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckan.auth.user_create_organizations", True)
    user = factories.User()
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "organization_create", name="anak", groups=[{"name": tree["city"]["name"]}])
    assert model.Group.get("anak") is None
    made = call_as(user, "organization_create", name="anak")
    assert service.ancestor_ids(made["id"]) == [made["id"]]


def test_a_group_cannot_be_turned_into_an_organization_of_the_tree(tree, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckan.auth.user_create_groups", True)
    user = factories.User()
    group = call_as(user, "group_create", name="kelompok")
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "group_patch", id=group["id"], is_organization=True, groups=[{"name": tree["city"]["name"]}])
    assert service.region_of(group["id"]) is None


@pytest.mark.parametrize("door", ["organization_delete", "group_delete", "organization_patch"])
def test_deleting_an_organization_others_stand_under_is_for_sysadmins(tree, door):
    admin = officer(tree["district"], "admin")
    data = {"state": "deleted"} if door == "organization_patch" else {}
    with pytest.raises(tk.NotAuthorized, match="stand under"):
        call_as(admin, door, id=tree["district"]["id"], **data)
    assert above(tree) == ["district", "city"]


def test_an_admin_may_delete_an_organization_nobody_stands_under(tree):
    call_as(tree["admin"], "organization_delete", id=tree["village"]["id"])
    assert service.find(tree["village"]["id"]) is None


def test_when_a_sysadmin_deletes_or_purges_the_children_come_to_the_top(tree):
    call_as(tree["sysadmin"], "organization_delete", id=tree["district"]["name"])
    assert service.ancestor_ids(tree["village"]["id"]) == [tree["village"]["id"]]
    call_as(tree["sysadmin"], "organization_purge", id=tree["city"]["id"])
    assert service.ancestor_ids(tree["other"]["id"]) == [tree["other"]["id"]]
    assert service.region_of(tree["city"]["id"]) is None
    assert service.ancestor_ids(tree["city"]["id"]) == [tree["city"]["id"]]


class TestSysadmin:
    @pytest.mark.parametrize("door", DOORS)
    def test_moves_an_organization_through_any_door(self, tree, door):
        call_as(
            tree["sysadmin"],
            door,
            id=tree["village"]["id"],
            name=tree["village"]["name"],
            groups=[{"name": tree["other"]["name"], "capacity": "parent"}],
        )
        assert above(tree) == ["other", "city"]
        call_as(tree["sysadmin"], door, id=tree["village"]["id"], name=tree["village"]["name"], groups=[])
        assert above(tree) == []

    def test_moves_an_organization_as_a_member(self, tree):
        call_as(
            tree["sysadmin"],
            "member_delete",
            id=tree["village"]["id"],
            object=tree["district"]["id"],
            object_type="group",
        )
        assert above(tree) == []
        call_as(
            tree["sysadmin"],
            "member_create",
            id=tree["village"]["id"],
            object=tree["other"]["id"],
            object_type="group",
            capacity="parent",
        )
        assert above(tree) == ["other", "city"]

    @pytest.mark.parametrize("door", ["organization_patch", "group_update"])
    def test_two_parents_are_refused(self, tree, door):
        with pytest.raises(tk.ValidationError, match="one parent"):
            call_as(
                tree["sysadmin"],
                door,
                id=tree["village"]["id"],
                name=tree["village"]["name"],
                groups=[{"name": tree["district"]["name"]}, {"name": tree["other"]["name"]}],
            )
        with pytest.raises(tk.ValidationError, match="one parent"):
            call_as(
                tree["sysadmin"],
                "member_create",
                id=tree["village"]["id"],
                object=tree["other"]["id"],
                object_type="group",
                capacity="parent",
            )
        with pytest.raises(tk.ValidationError, match="one parent"):
            call_as(
                tree["sysadmin"],
                "organization_create",
                name="dua-induk",
                groups=[{"name": tree["district"]["name"]}, {"name": tree["other"]["name"]}],
            )
        assert above(tree) == ["district", "city"]

    def test_loops_are_refused(self, tree):
        link = {"id": tree["city"]["id"], "object": tree["village"]["id"], "object_type": "group", "capacity": "parent"}
        with pytest.raises(tk.ValidationError) as caught:
            call_as(tree["sysadmin"], "member_create", **link)
        assert "object" in caught.value.error_dict
        with pytest.raises(tk.ValidationError) as caught:
            call_as(
                tree["sysadmin"],
                "organization_patch",
                id=tree["city"]["id"],
                groups=[{"name": tree["village"]["name"]}],
            )
        assert "groups" in caught.value.error_dict
        with pytest.raises(tk.ValidationError) as caught:
            call_as(tree["sysadmin"], "satudata_region_update", id=tree["city"]["id"], parent_id=tree["village"]["id"])
        assert "parent_id" in caught.value.error_dict
        assert above(tree, "city") == []

    def test_a_tree_deeper_than_ckan_looks_is_refused(self, tree):
        last = tree["village"]
        for level in range(3, 9):
            last = org(f"Tingkat {level}", last)
        with pytest.raises(tk.ValidationError, match="levels"):
            call_as(tree["sysadmin"], "organization_create", name="terlalu-dalam", groups=[{"name": last["name"]}])


def test_rows_written_past_every_action_cannot_make_two_parents_or_a_loop(tree):
    from ckanext.satudata.regions.sync import TreeError

    for child, parent in (("village", "other"), ("city", "village")):
        model.Session.add(
            model.Member(
                group=model.Group.get(tree[child]["id"]),
                table_id=tree[parent]["id"],
                table_name="group",
                capacity="parent",
            )
        )
        with pytest.raises(TreeError):
            model.Session.commit()
        assert above(tree) == ["district", "city"]


def test_with_the_review_switched_off_ckans_own_rules_hold(tree, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "satudata.review.enabled", False)
    call_as(tree["admin"], "organization_patch", id=tree["village"]["id"], groups=[])
    assert above(tree) == []


class TestUpdate:
    def test_only_sysadmins_change_kind_and_codes(self, tree):
        for user in (tree["admin"], officer(tree["city"], "admin"), None):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, "satudata_region_update", id=tree["village"]["id"], kind="kelurahan")
        with pytest.raises(tk.NotAuthorized):
            call_action("satudata_region_update", id=tree["village"]["id"], kind="kelurahan")
        assert service.region_of(tree["village"]["id"])["kind"] == ""

    def test_keys_left_out_stay_as_they_are(self, tree):
        id = tree["village"]["id"]
        call_as(
            tree["sysadmin"],
            "satudata_region_update",
            id=id,
            kind="kelurahan",
            kode_kemendagri="12.71.14.1001",
            kode_bps="1275170001",
            aliases=["Indrakasih", " Indrakasih ", ""],
        )
        region = call_as(tree["sysadmin"], "satudata_region_update", id=id, parent_id=tree["other"]["name"])
        assert region["kind"] == "kelurahan"
        assert region["kode_bps"] == "1275170001"
        assert region["aliases"] == ["Indrakasih"]
        assert above(tree) == ["other", "city"]
        call_as(tree["sysadmin"], "satudata_region_update", id=id, parent_id=None, kode_bps="")
        assert above(tree) == []
        assert service.region_of(id)["kode_bps"] is None

    def test_an_organization_edited_by_its_admin_keeps_its_codes(self, tree):
        id = tree["village"]["id"]
        call_as(tree["sysadmin"], "satudata_region_update", id=id, kind="kelurahan", kode_bps="1275170001")
        call_as(
            tree["admin"],
            "organization_patch",
            id=id,
            title="Indra Kasih II",
            kind="kota",
            kode_bps="1271",
            extras=[{"key": "kode_kemendagri", "value": "12.71"}],
        )
        region = service.region_of(id)
        assert (region["kind"], region["kode_bps"], region["kode_kemendagri"]) == ("kelurahan", "1275170001", None)

    @pytest.mark.parametrize(
        ("field", "value", "word"),
        [
            ("kode_kemendagri", "1271", "Sibolga"),
            ("kode_kemendagri", "12.71", "parts"),
            ("kode_kemendagri", "12-71-14-1001", "dots"),
            ("kode_bps", "12.71", "Kemendagri"),
            ("kode_bps", "1275", "BPS"),
            ("kode_bps", "12751700ab", "BPS"),
            ("kind", "negara", "negara"),
            ("aliases", "Indrakasih", "list"),
            ("parent_id", "1271", "Sibolga"),
            ("parent_id", "nowhere", "nowhere"),
            ("warna", "biru", "Unknown"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_changes(self, tree, field, value, word):
        id = tree["village"]["id"]
        call_as(tree["sysadmin"], "satudata_region_update", id=id, kind="kelurahan")
        before = service.region_of(id)
        with pytest.raises(tk.ValidationError) as caught:
            call_as(
                tree["sysadmin"],
                "satudata_region_update",
                **{"id": id, "kode_bps": "1275170001", "parent_id": tree["other"]["id"], field: value},
            )
        assert word in caught.value.error_dict[field][0]
        assert service.region_of(id) == before

    def test_a_code_belongs_to_one_organization(self, tree):
        call_as(tree["sysadmin"], "satudata_region_update", id=tree["village"]["id"], kode_kemendagri="12.71.14.1001")
        with pytest.raises(tk.ValidationError) as caught:
            call_as(tree["sysadmin"], "satudata_region_update", id=tree["other"]["id"], kode_kemendagri="12.71.14.1001")
        assert tree["village"]["name"] in caught.value.error_dict["kode_kemendagri"][0]

    def test_a_kind_that_does_not_fit_the_code_it_has_is_refused(self, tree):
        call_as(tree["sysadmin"], "satudata_region_update", id=tree["city"]["id"], kind="kota", kode_kemendagri="12.71")
        with pytest.raises(tk.ValidationError):
            call_as(tree["sysadmin"], "satudata_region_update", id=tree["city"]["id"], kind="kelurahan")


class TestAfterAMove:
    def test_the_packages_of_the_subtree_are_asked_to_be_indexed_after_the_commit(self, tree):
        from ckan.lib import jobs

        from ckanext.satudata.regions.jobs import packages_under, reindex_subtrees

        dataset = factories.Dataset(owner_org=tree["village"]["id"])
        factories.Dataset(owner_org=tree["other"]["id"])
        jobs.get_queue().empty()
        call_as(tree["sysadmin"], "satudata_region_update", id=tree["district"]["id"], parent_id=tree["other"]["id"])
        waiting = jobs.get_queue().jobs
        assert [(job.func_name.rsplit(".", 1)[-1], list(job.args)) for job in waiting] == [
            ("reindex_subtrees", [[tree["district"]["id"]]])
        ]
        assert packages_under([tree["district"]["id"]]) == [dataset["id"]]
        assert reindex_subtrees([tree["district"]["id"]]) == 1

    def test_nothing_is_asked_when_nothing_moved(self, tree):
        from ckan.lib import jobs

        jobs.get_queue().empty()
        call_as(tree["admin"], "organization_patch", id=tree["village"]["id"], title="Sama saja")
        org("Baru", tree["city"])
        assert jobs.get_queue().jobs == []

    def test_nothing_is_asked_when_the_move_was_rolled_back(self, tree):
        from ckan.lib import jobs

        from ckanext.satudata.regions import write

        jobs.get_queue().empty()
        write.set_parent(tree["village"]["id"], tree["other"]["id"])
        model.Session.rollback()
        model.Session.commit()
        assert jobs.get_queue().jobs == []

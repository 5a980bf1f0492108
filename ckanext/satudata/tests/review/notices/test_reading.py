"""What people read of the notices: over the API, in the header and on the pages."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers

from ckanext.satudata.review.notices import reading, service
from ckanext.satudata.review.notices.model import Notice
from ckanext.satudata.review.people import Actor
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import soup, words
from ckanext.satudata.tests.statements import counted

from .conftest import tell, told, words_of

FIELDS = (
    "id kind word label number bulk_id read at package_id package_name package_type title track organization_id "
    "organization_title own action actor_name body_title comment due_at release_at state state_label url"
).split()


def actor(user: dict[str, Any]) -> Actor:
    return Actor(user["id"], user["name"])


@pytest.fixture
def page(app_once: Any, as_user: Any) -> Any:
    """Look at a page as somebody."""

    def get(user: dict[str, Any] | None, path: str, **more: Any) -> Any:
        return app_once.get(path, headers=as_user(user), **more)

    return get


# -- the API --------------------------------------------------------------------------------------------------


def test_a_notice_has_the_shape_the_documentation_gives(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "returned", title="Jumlah balita")["id"]
    tell()
    found = call_as(quiet_city.producer, "satudata_notice_list", limit=1)
    item = found["results"][0]
    assert set(item) == set(FIELDS)
    assert (item["kind"], item["action"], item["package_id"]) == ("waiting", "return", pid)
    assert (item["title"], item["comment"], item["state"]) == ("Jumlah balita", "Lengkapi satuan", "returned")
    assert item["url"].startswith("http://test.ckan.net/dataset/")
    assert item["read"] is False
    assert found["count"] >= 1


def test_nobody_reads_what_another_was_told_nor_marks_it(quiet_city: Any) -> None:
    walk_to(quiet_city, "returned")
    tell()
    mine = call_as(quiet_city.producer, "satudata_notice_list", limit=1)["results"][0]["id"]
    for other in (quiet_city.colleague, quiet_city.stranger, quiet_city.sysadmin):
        assert mine not in [item["id"] for item in call_as(other, "satudata_notice_list", limit=100)["results"]]
        with pytest.raises(tk.ObjectNotFound):
            call_as(other, "satudata_notice_mark_read", ids=[mine])
    assert call_as(quiet_city.producer, "satudata_notice_list", limit=1)["results"][0]["read"] is False


@pytest.mark.parametrize(
    "action",
    [
        "satudata_notice_list",
        "satudata_notice_mark_read",
        "satudata_notice_preferences_show",
        "satudata_notice_preferences_update",
        "satudata_notice_delivery_list",
        "satudata_notice_delivery_retry",
    ],
)
def test_nobody_is_refused(quiet_city: Any, action: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(None, action, **({"all": True} if action.endswith("mark_read") else {}))


@pytest.mark.parametrize("action", ["satudata_notice_delivery_list", "satudata_notice_delivery_retry"])
def test_how_sending_goes_is_for_sysadmins(quiet_city: Any, action: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(quiet_city.custodian, action)
    assert "count" in call_as(quiet_city.sysadmin, action)


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("satudata_notice_list", {"unred": True}, "unred"),
        ("satudata_notice_list", {"unread": "perhaps"}, "unread"),
        ("satudata_notice_list", {"limit": -1}, "limit"),
        ("satudata_notice_mark_read", {}, "ids"),
        ("satudata_notice_mark_read", {"ids": [1], "all": True}, "ids"),
        ("satudata_notice_mark_read", {"ids": ["one"]}, "ids"),
        ("satudata_notice_mark_read", {"ids": [2**63]}, "ids"),
        ("satudata_notice_preferences_update", {"mail": {"waiting": "hourly"}}, "mail"),
        ("satudata_notice_preferences_update", {"mail": {"gossip": "once"}}, "mail"),
        ("satudata_notice_preferences_update", {"mail": "once"}, "mail"),
        ("satudata_notice_preferences_update", {"portal": {"news": "daily"}}, "portal"),
        ("satudata_notice_preferences_update", {"language": "xx"}, "language"),
        ("satudata_notice_preferences_update", {"user_id": "somebody"}, "user_id"),
        ("satudata_notice_delivery_list", {"state": "lost"}, "state"),
    ],
)
def test_wrong_input_is_refused_by_its_name(quiet_city: Any, action: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(quiet_city.sysadmin, action, **given)
    assert field in refused.value.error_dict


def test_marking_one_and_marking_all(quiet_city: Any) -> None:
    call_as(quiet_city.colleague, "satudata_notice_mark_read", all=True)
    for _number in range(3):
        walk_to(quiet_city, "returned")
    tell()
    found = call_as(quiet_city.colleague, "satudata_notice_list", unread=True)
    assert found["count"] == 3
    assert reading.unread(actor(quiet_city.colleague)) == 3
    first = found["results"][0]["id"]
    assert call_as(quiet_city.colleague, "satudata_notice_mark_read", ids=first) == {"marked": 1}
    assert call_as(quiet_city.colleague, "satudata_notice_mark_read", ids=[first]) == {"marked": 0}
    assert call_as(quiet_city.colleague, "satudata_notice_list", unread=True)["count"] == 2
    assert call_as(quiet_city.colleague, "satudata_notice_mark_read", all=True) == {"marked": 2}
    assert reading.unread(actor(quiet_city.colleague)) == 0


def test_what_a_colleague_has_done_meanwhile_calls_for_nobodys_attention_any_more(quiet_city: Any) -> None:
    call_as(quiet_city.second_custodian, "satudata_notice_mark_read", all=True)
    pid = walk_to(quiet_city, "submitted")["id"]
    tell()
    assert reading.unread(actor(quiet_city.second_custodian)) == 1
    call_as(quiet_city.custodian, "satudata_review_transition", id=pid, action="claim")
    assert reading.unread(actor(quiet_city.second_custodian)) == 0
    first = call_as(quiet_city.second_custodian, "satudata_notice_list", limit=1)["results"][0]
    assert (first["package_id"], first["read"], first["state"]) == (pid, True, "custodian_check")
    assert call_as(quiet_city.second_custodian, "satudata_notice_list", unread=True)["count"] == 0


def test_who_loses_the_role_reads_no_title_in_old_notices_and_reads_them_again_with_it(quiet_city: Any) -> None:
    helper = officer(quiet_city.kominfo)
    pid = walk_to(quiet_city, "submitted", title="Rahasia")["id"]
    tell()
    assert words_of(helper, pid) == ["check"]
    call_as(quiet_city.sysadmin, "member_delete", id=quiet_city.kominfo["id"], object=helper["id"], object_type="user")
    assert told(helper) == []
    assert reading.unread(actor(helper)) == 0
    helpers.call_action(
        "member_create", id=quiet_city.kominfo["id"], object=helper["id"], object_type="user", capacity="editor"
    )
    assert words_of(helper, pid) == ["check"]


def test_notices_of_what_was_deleted_or_purged_are_shown_to_nobody(quiet_city: Any) -> None:
    deleted, purged = (walk_to(quiet_city, "published")["id"] for _ in range(2))
    tell()
    assert words_of(quiet_city.producer, deleted)
    for pid in (deleted, purged):
        call_as(quiet_city.custodian, "satudata_review_transition", id=pid, action="unpublish", comment="Salah")
        call_as(quiet_city.sysadmin, "package_delete", id=pid)
    call_as(quiet_city.sysadmin, "dataset_purge", id=purged)
    tell()
    for person in (quiet_city.producer, quiet_city.custodian, quiet_city.sysadmin):
        assert words_of(person, deleted) == words_of(person, purged) == []


def test_the_sweep_removes_what_belongs_to_nobody_any_more(quiet_city: Any) -> None:
    gone = officer(quiet_city.kelurahan)
    walk_to(quiet_city, "returned")
    tell()
    query = sa.select(sa.func.count()).where(Notice.user_id == gone["id"])
    assert model.Session.scalar(query) >= 1
    call_as(quiet_city.sysadmin, "user_delete", id=gone["id"])
    service.clean_up()
    assert model.Session.scalar(query) == 0


def test_a_list_costs_the_same_however_long_it_is(quiet_city: Any) -> None:
    def cost() -> int:
        model.Session.remove()
        with counted() as statements:
            call_as(quiet_city.custodian, "satudata_notice_list", limit=100)
        return len(statements)

    walk_to(quiet_city, "submitted")
    tell()
    few = cost()
    for _number in range(4):
        walk_to(quiet_city, "submitted")
    tell()
    assert cost() == few <= 12


# -- pages ----------------------------------------------------------------------------------------------------


def test_the_bell_stands_in_the_header_with_its_number_and_costs_one_query(quiet_city: Any, page: Any) -> None:
    call_as(quiet_city.producer, "satudata_notice_mark_read", all=True)
    bell = soup(page(quiet_city.producer, "/about")).select_one("a.satudata-bell")
    assert words(bell) == "Notices"
    walk_to(quiet_city, "returned")
    tell()
    page(quiet_city.producer, "/about")
    with counted() as statements:
        shown = soup(page(quiet_city.producer, "/about"))
    assert words(shown.select_one("a.satudata-bell")) == "Notices unread: 1"
    assert len([one for one in statements if "satudata_notice" in one]) == 1
    with counted() as statements:
        assert soup(page(None, "/about")).select_one("a.satudata-bell") is None
    assert not [one for one in statements if "satudata_notice" in one]


def test_nobody_is_sent_to_the_login_page(quiet_city: Any, page: Any) -> None:
    for path in ("/satudata/notices", "/satudata/notices/preferences", "/ckan-admin/satudata/notices"):
        answer = page(None, path, follow_redirects=False)
        assert answer.status_code == 302
        assert "/user/login" in answer.headers["Location"]


def test_a_notice_leads_to_where_one_acts_and_is_read_then(quiet_city: Any, page: Any) -> None:
    package = walk_to(quiet_city, "returned", title="Jumlah posyandu")
    tell()
    for person, place in (
        (quiet_city.producer, f"/dataset/{package['name']}"),
        (quiet_city.custodian, f"/satudata/review/{package['id']}"),
    ):
        shown = soup(page(person, "/satudata/notices"))
        link = next(a for a in shown.select("a.satudata-notice-title") if words(a) == "Jumlah posyandu")
        answer = page(person, link["href"], follow_redirects=False)
        assert answer.headers["Location"].endswith(place)
        first = call_as(person, "satudata_notice_list", limit=1)["results"][0]
        assert (first["package_id"], first["read"]) == (package["id"], True)


def test_the_list_filters_pages_and_says_when_it_is_empty(quiet_city: Any, page: Any) -> None:
    newcomer = officer(factories.Organization())
    assert "No notices yet." in words(soup(page(newcomer, "/satudata/notices")))
    assert "You have read everything." in words(soup(page(newcomer, "/satudata/notices?filter=unread")))
    walk_to(quiet_city, "returned")
    tell()
    shown = soup(page(quiet_city.producer, "/satudata/notices?filter=unread"))
    assert shown.select("li.satudata-unread")
    assert "Lengkapi satuan" in words(shown)
    assert "Now: Returned for mending" in words(shown)


def test_marking_on_the_page_asks_for_the_token_and_comes_back(
    quiet_city: Any, page: Any, app_once: Any, as_user: Any
) -> None:
    walk_to(quiet_city, "returned")
    tell()
    shown = soup(page(quiet_city.producer, "/satudata/notices?filter=unread"))
    forms = [form for form in shown.select("form[method=post]") if form["action"] == "/satudata/notices/read"]
    assert len(forms) >= 2
    assert all(form.select_one("input[name=_csrf_token]") for form in forms)
    answer = app_once.post(
        "/satudata/notices/read",
        headers=as_user(quiet_city.producer),
        data={"all": "1", "filter": "unread"},
        follow_redirects=False,
    )
    assert answer.headers["Location"].endswith("/satudata/notices?filter=unread")
    assert call_as(quiet_city.producer, "satudata_notice_list", unread=True)["count"] == 0


def test_preferences_are_chosen_on_their_page(quiet_city: Any, page: Any, app_once: Any, as_user: Any) -> None:
    path = "/satudata/notices/preferences"
    shown = soup(page(quiet_city.pembina, path))
    assert shown.select_one("input[name='mail.waiting'][value=once][checked]")
    assert shown.select_one("input[name='mail.news'][value=none][checked]")
    form = {"mail.waiting": "daily", "portal.news": "none", "language": "id"}
    app_once.post(path, headers=as_user(quiet_city.pembina), data=form)
    chosen = call_as(quiet_city.pembina, "satudata_notice_preferences_show")
    assert (chosen["mail"]["waiting"], chosen["portal"]["news"], chosen["language"]) == ("daily", "none", "id")
    # What the form did not name has stayed.
    assert chosen["mail"]["deadline"] == "once"
    refused = app_once.post(path, headers=as_user(quiet_city.pembina), data={"mail.waiting": "hourly"}, status=400)
    assert "Unknown choice" in words(soup(refused))
    call_as(
        quiet_city.pembina,
        "satudata_notice_preferences_update",
        mail={"waiting": "once"},
        portal={"news": "once"},
        language=None,
    )


def test_what_one_does_not_want_in_the_portal_is_not_shown_there(quiet_city: Any) -> None:
    call_as(quiet_city.colleague, "satudata_notice_preferences_update", portal={"news": "none"})
    pid = walk_to(quiet_city, "published")["id"]
    tell()
    assert words_of(quiet_city.colleague, pid) == []
    assert words_of(quiet_city.producer, pid) == ["published", "conforms"]
    call_as(quiet_city.colleague, "satudata_notice_preferences_update", portal={"news": "once"})

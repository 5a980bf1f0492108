"""The desk: what it shows, what a press does, and that nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import ALL_YES, our_forms, pressed, soup, words


@pytest.fixture
def waiting(city: Any) -> str:
    """A dataset that waits for the custodian."""
    return walk_to(city, "submitted")["id"]


def desk(web: Any, who: dict[str, str], pid: str) -> Any:
    return soup(web.get(f"/satudata/review/{pid}", headers=who))


def state_of(city: Any, pid: str) -> str:
    return call_as(city.sysadmin, "satudata_review_show", id=pid)["state"]


def test_the_desk_shows_data_files_and_four_principles(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    page = desk(web, as_user(city.custodian), waiting)
    assert "Register penduduk kelurahan" in words(page.select_one("#data"))
    assert "Penduduk 2024" in words(page.select_one("#berkas"))
    assert [words(legend) for legend in page.select("#prinsip legend")] == [
        "Data standard", "Metadata", "Interoperability", "Reference codes",
    ]  # fmt: skip
    assert len(page.select("#prinsip input[type=radio]")) == 8
    assert page.select_one("textarea[name='field.satuan']")
    labels = [words(button) for button in page.select(".satudata-decision button")]
    assert labels == ["Return", "Declare conforming"]
    assert not page.select(".satudata-decision button[disabled]")


@pytest.mark.parametrize("person", ["stranger", "neighbour"])
@pytest.mark.parametrize("path", ["", "/history", "/result", "/confirm/withdraw"])
def test_who_has_no_role_sees_nothing_of_it(
    web: Any, city: Any, as_user: Any, waiting: str, person: str, path: str
) -> None:
    answer = web.get(f"/satudata/review/{waiting}{path}", headers=as_user(getattr(city, person)))
    assert answer.status_code == 403
    assert "Jumlah penduduk menurut" not in answer.body


@pytest.mark.parametrize("path", ["", "/history", "/result", "/confirm/withdraw"])
def test_nobody_logs_in_first(web: Any, waiting: str, path: str) -> None:
    answer = web.get(f"/satudata/review/{waiting}{path}", follow_redirects=False)
    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]


def test_a_press_of_nobody_changes_nothing(web: Any, city: Any, waiting: str) -> None:
    for path in ("", "/act", "/save-and-submit", "/add-and-submit", "/confirm/withdraw"):
        answer = web.post(f"/satudata/review/{waiting}{path}", data={"action": "claim"}, follow_redirects=False)
        assert answer.status_code == 302
        assert "/user/login" in answer.headers["Location"]
    assert state_of(city, waiting) == "submitted"


@pytest.mark.parametrize("person", ["producer", "member", "planner"])
def test_who_may_only_look_gets_no_buttons(web: Any, city: Any, as_user: Any, waiting: str, person: str) -> None:
    page = desk(web, as_user(getattr(city, person)), waiting)
    assert "There is nothing for you to decide here now." in words(page)
    assert not page.select(".satudata-decision")
    assert not page.select("textarea")


def test_what_a_colleague_holds_can_be_looked_at_only(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "custodian_check")["id"]
    page = desk(web, as_user(city.second_custodian), pid)
    assert "holds it; you can look at everything" in words(page)
    assert not page.select(".satudata-decision")


def test_an_unknown_dataset_is_not_found(web: Any, city: Any, as_user: Any) -> None:
    for path in ("", "/history", "/result"):
        answer = web.get(f"/satudata/review/gibt-es-nicht{path}", headers=as_user(city.custodian))
        assert answer.status_code in (403, 404)


def test_forwarding_shows_the_result_first_and_then_the_next(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    following = walk_to(city, "submitted", title="Luas wilayah")["id"]
    headers = as_user(city.custodian)
    typed = pressed(desk(web, headers, waiting), "forward", **ALL_YES)
    answer = web.post(f"/satudata/review/{waiting}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/satudata/review/{waiting}/result")
    page = soup(web.get(answer.headers["Location"], headers=headers))
    assert "Declared conforming. It can be published now." in words(page.select_one("h1 , .satudata-result"))
    assert page.select_one(".satudata-buttons a.btn-primary")["href"].endswith(following)
    assert len(our_forms(page.select_one(".satudata-review"))) == 0


def test_a_second_press_of_the_same_button_decides_nothing_else(
    web: Any, city: Any, as_user: Any, waiting: str
) -> None:
    headers = as_user(city.custodian)
    typed = pressed(desk(web, headers, waiting), "forward", **ALL_YES)
    web.post(f"/satudata/review/{waiting}", headers=headers, data=typed, follow_redirects=False)
    again = web.post(f"/satudata/review/{waiting}", headers=headers, data=typed, follow_redirects=False)
    assert again.status_code == 409
    assert state_of(city, waiting) == "approved"


def test_a_return_without_reason_keeps_everything_that_was_typed(
    web: Any, city: Any, as_user: Any, waiting: str
) -> None:
    headers = as_user(city.custodian)
    typed = pressed(
        desk(web, headers, waiting),
        "return",
        **{
            **ALL_YES,
            "conforms.standar_data": "no",
            "note.standar_data": "Satuan <b>keliru</b>",
            "field.satuan": "Pakai jiwa",
        },
    )
    answer = web.post(f"/satudata/review/{waiting}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 400
    page = soup(answer)
    assert "Write the reason" in words(page.select_one("#comment-error"))
    assert page.select_one("#desk-comment").has_attr("autofocus")
    assert page.select_one("#note-standar_data").get_text() == "Satuan <b>keliru</b>"
    assert page.select_one("textarea[name='field.satuan']").get_text() == "Pakai jiwa"
    assert page.select_one("textarea[name='field.satuan']").find_parent("details").has_attr("open")
    assert page.select_one("input[name='conforms.standar_data'][value=no]").has_attr("checked")
    assert page.select_one("input[name='conforms.metadata'][value=yes]").has_attr("checked")
    assert "<b>keliru</b>" not in answer.body
    assert state_of(city, waiting) == "submitted"


def test_a_return_reaches_the_producer_with_every_word(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.custodian)
    typed = pressed(
        desk(web, headers, waiting),
        "return",
        comment="Perbaiki <i>satuannya</i>",
        **{
            **ALL_YES,
            "conforms.standar_data": "no",
            "note.standar_data": "Satuan keliru",
            "field.satuan": "Pakai jiwa",
        },
    )
    assert web.post(f"/satudata/review/{waiting}", headers=headers, data=typed).status_code == 200
    for path in (f"/satudata/review/{waiting}/history", f"/dataset/{waiting}"):
        answer = web.get(path, headers=as_user(city.producer))
        text = words(soup(answer))
        for word in ("Perbaiki <i>satuannya</i>", "Satuan keliru", "does not conform", "Pakai jiwa", "Unit"):
            assert word in text, (path, word)
        assert "<i>satuannya</i>" not in answer.body


def test_a_stale_press_says_who_moved_it_and_keeps_the_text(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.custodian)
    typed = pressed(desk(web, headers, waiting), "return", comment="Alasan yang panjang", **ALL_YES)
    call_as(city.second_custodian, "satudata_review_transition", id=waiting, action="claim")
    answer = web.post(f"/satudata/review/{waiting}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 409
    text = words(soup(answer).select_one("[data-satudata-errors]"))
    assert city.second_custodian["name"] in text
    assert "Alasan yang panjang" in text
    assert state_of(city, waiting) == "custodian_check"


def test_the_version_of_the_form_is_not_believed(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.custodian)
    typed = pressed(desk(web, headers, waiting), "claim")
    for version, status in (("99", 409), ("abc", 409), ("1; DROP", 409)):
        answer = web.post(f"/satudata/review/{waiting}", headers=headers, data={**typed, "expected_version": version})
        assert answer.status_code == status


def test_a_role_one_does_not_have_is_refused_with_the_reason(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    answer = web.post(
        f"/satudata/review/{waiting}", headers=as_user(city.producer), data={"action": "forward", **ALL_YES}
    )
    assert answer.status_code == 403
    said = words(soup(answer))
    assert "is for the custodian" in said
    assert "of this organization" in said
    answer = web.post(f"/satudata/review/{waiting}", headers=as_user(city.custodian), data={"action": "menguap"})
    assert answer.status_code == 400


def test_who_began_to_write_and_then_takes_it_keeps_the_text(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.custodian)
    typed = pressed(desk(web, headers, waiting), "claim", comment="Sudah mulai menulis")
    answer = web.post(f"/satudata/review/{waiting}", headers=headers, data=typed)
    assert soup(answer).select_one("#desk-comment").get_text() == "Sudah mulai menulis"
    assert call_as(city.custodian, "satudata_review_show", id=waiting)["holder"] == city.custodian["id"]


def test_it_is_handed_over_to_a_colleague_and_let_go(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.custodian)
    page = desk(web, headers, waiting)
    offered = {option["value"] for option in page.select("#desk-assignee option") if option["value"]}
    assert city.second_custodian["id"] in offered
    assert not offered & {city.producer["id"], city.pembina["id"]}
    typed = pressed(page, "assign", assignee=city.second_custodian["id"])
    web.post(f"/satudata/review/{waiting}", headers=headers, data=typed)
    assert call_as(city.custodian, "satudata_review_show", id=waiting)["holder"] == city.second_custodian["id"]
    colleague = as_user(city.second_custodian)
    web.post(f"/satudata/review/{waiting}", headers=colleague, data=pressed(desk(web, colleague, waiting), "release"))
    assert state_of(city, waiting) == "submitted"


def test_the_pembina_approves_and_the_custodian_publishes_with_a_date(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "pembina_review")["id"]
    pembina, custodian = as_user(city.pembina), as_user(city.custodian)
    web.post(f"/satudata/review/{pid}", headers=pembina, data=pressed(desk(web, pembina, pid), "approve"))
    assert state_of(city, pid) == "approved"
    page = desk(web, custodian, pid)
    wrong = web.post(
        f"/satudata/review/{pid}", headers=custodian, data=pressed(page, "publish", release_at="kapan-kapan")
    )
    assert wrong.status_code == 400
    assert soup(wrong).select_one("#desk-release")["value"] == "kapan-kapan"
    web.post(f"/satudata/review/{pid}", headers=custodian, data=pressed(page, "publish", release_at="2099-01-05T08:00"))
    shown = call_as(city.custodian, "satudata_review_show", id=pid)
    assert (shown["state"], shown["release_at"][:16]) == ("approved", "2099-01-05T01:00")
    answer = web.post(f"/satudata/review/{pid}", headers=custodian, data=pressed(desk(web, custodian, pid), "publish"))
    assert "Published. Everybody can find it now." in words(soup(answer))


def test_unpublishing_is_confirmed_with_a_reason(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "published")["id"]
    headers = as_user(city.custodian)
    path = f"/satudata/review/{pid}/confirm/unpublish"
    version = soup(web.get(path, headers=headers)).select_one("input[name=expected_version]")["value"]
    empty = web.post(path, headers=headers, data={"comment": "", "expected_version": version})
    assert empty.status_code == 400
    assert "Write the reason" in words(soup(empty))
    web.post(path, headers=headers, data={"comment": "Salah berkas", "expected_version": version})
    assert state_of(city, pid) == "withdrawn"
    web.post(f"/satudata/review/{pid}/confirm/reopen", headers=headers, data={"comment": "Agar diperbaiki"})
    assert state_of(city, pid) == "draft"


def test_the_producer_cancels_the_submission(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    headers = as_user(city.producer)
    path = f"/satudata/review/{waiting}/confirm/withdraw"
    assert "become a draft again" in words(soup(web.get(path, headers=headers)))
    assert (
        web.post(path, headers=headers, data={"expected_version": "1", "comment": "Ada yang salah"}).status_code == 409
    )
    assert state_of(city, waiting) == "submitted"
    web.post(path, headers=headers, data={})
    assert state_of(city, waiting) == "draft"
    assert web.get(f"/satudata/review/{waiting}/confirm/publish", headers=headers).status_code == 404


def test_every_form_of_desk_and_confirmation_carries_the_token(web: Any, city: Any, as_user: Any, waiting: str) -> None:
    pages = [
        (f"/satudata/review/{waiting}", city.custodian),
        (f"/satudata/review/{waiting}/confirm/withdraw", city.producer),
    ]
    for path, user in pages:
        forms = our_forms(soup(web.get(path, headers=as_user(user))))
        assert len(forms) >= 2
        for form in forms:
            assert form.select_one("input[name=_csrf_token]"), form

"""What leaves the portal: words, languages, digests, plugins that carry it, and servers that are down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model, plugins
from ckan.common import config

from ckanext.satudata.review.notices import jobs, outbox, service
from ckanext.satudata.review.notices.model import Cursor, Delivery
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.story.live import free_port

from .conftest import Postbox, act, body, tell


def states(user: dict[str, Any]) -> list[str]:
    """The states of that person's messages, oldest first."""
    model.Session.rollback()
    return list(
        model.Session.scalars(sa.select(Delivery.state).where(Delivery.user_id == user["id"]).order_by(Delivery.id))
    )


def later(**by: float) -> dt.datetime:
    return dt.datetime.utcnow() + dt.timedelta(**by)


# -- what it says ---------------------------------------------------------------------------------------------


def test_what_waits_for_somebody_is_mailed_at_once_and_news_is_not(settled: Any, postbox: Postbox) -> None:
    package = walk_to(settled, "approved", title="Jumlah balita")
    tell()
    assert postbox.subjects(settled.custodian) == ["[Portal uji] Waits for your check: Jumlah balita"]
    assert postbox.subjects(settled.producer) == []
    mail = postbox.to(settled.custodian)[0]
    assert f"http://test.ckan.net/satudata/review/{package['id']}" in body(mail)
    assert "http://test.ckan.net/satudata/notices/preferences" in body(mail)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["Message-ID"]).startswith("<satudata.") and str(mail["Message-ID"]).endswith("@test.ckan.net>")


def test_a_return_brings_its_reason_and_leads_to_the_dataset(settled: Any, postbox: Postbox) -> None:
    package = walk_to(settled, "returned", title="Jumlah <b>balita</b> & ibu")
    tell()
    mail = postbox.to(settled.producer)[0]
    assert mail["Subject"] == "[Portal uji] Returned for mending: Jumlah <b>balita</b> & ibu"
    text, html = body(mail), body(mail, "html")
    assert "> Lengkapi satuan" in text
    assert f"http://test.ckan.net/dataset/{package['name']}" in text
    assert "Jumlah &lt;b&gt;balita&lt;/b&gt; &amp; ibu" in html and "<b>balita" not in html
    assert "Lengkapi satuan" in html


def test_the_second_and_third_return_are_mailed_like_the_first(settled: Any, postbox: Postbox) -> None:
    pid = walk_to(settled, "submitted")["id"]
    failing = dict.fromkeys(("standar_data", "metadata", "interoperabilitas", "kode_referensi"), False)
    for number in (1, 2, 3):
        act(settled.custodian, pid, "return", comment=f"Putaran {number}", principle_results=failing)
        tell()
        act(settled.producer, pid, "submit")
        tell()
    mails = postbox.to(settled.producer)
    assert [f"> Putaran {number}" in body(mail) for number, mail in enumerate(mails, 1)] == [True, True, True]
    assert len({str(mail["Message-ID"]) for mail in postbox.mails}) == len(postbox.mails)


def test_each_reads_it_in_the_language_chosen(settled: Any, postbox: Postbox) -> None:
    call_as(settled.second_custodian, "satudata_notice_preferences_update", language="id")
    walk_to(settled, "submitted", title="Luas wilayah")
    # As in a worker, which has its own language around it.
    jobs.tell()
    call_as(settled.second_custodian, "satudata_notice_preferences_update", language=None)
    english, indonesian = postbox.to(settled.custodian)[0], postbox.to(settled.second_custodian)[0]
    assert "/satudata/review/" in body(english) and "test.ckan.net/id/" not in body(english)
    assert str(indonesian["Subject"]).strip() == "[Portal uji] Menunggu pemeriksaan Anda: Luas wilayah"
    assert "Yth. " in body(indonesian) and "Dear " in body(english)
    assert '<html lang="id">' in body(indonesian, "html") and '<html lang="en">' in body(english, "html")
    # Addresses lead to pages in the same language; days are written in it.
    assert "http://test.ckan.net/id/satudata/review/" in body(indonesian)
    months = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()
    days = "Senin Selasa Rabu Kamis Jumat Sabtu Minggu".split()
    assert any(day in body(indonesian) for day in days) and any(month in body(indonesian) for month in months)


def test_nothing_is_mailed_of_what_one_may_no_longer_see(settled: Any, postbox: Postbox) -> None:
    from ckanext.satudata.review.notices import collect

    helper = officer(settled.kominfo)
    pid = walk_to(settled, "submitted")["id"]
    collect.collect()
    act(settled.producer, pid, "withdraw")
    outbox.send()
    assert postbox.mails == []
    assert set(states(helper)) == {"cancelled"}
    walk_to(settled, "submitted")
    collect.collect()
    call_as(settled.sysadmin, "user_delete", id=helper["id"])
    outbox.send()
    assert len(postbox.mails) == 2 and postbox.to({"id": helper["id"]}) == []


def test_who_wants_no_mail_gets_none_also_of_what_is_under_way(settled: Any, postbox: Postbox) -> None:
    from ckanext.satudata.review.notices import collect

    walk_to(settled, "submitted")
    collect.collect()
    call_as(settled.custodian, "satudata_notice_preferences_update", mail={"waiting": "none"})
    outbox.send()
    walk_to(settled, "submitted")
    tell()
    assert postbox.to(settled.custodian) == []
    assert len(postbox.to(settled.second_custodian)) == 2
    assert states(settled.custodian) == ["cancelled"]
    call_as(settled.custodian, "satudata_notice_preferences_update", mail={"waiting": "once"})


# -- the digest -----------------------------------------------------------------------------------------------


def test_the_digest_comes_once_a_day_after_its_hour_with_everything(settled: Any, postbox: Postbox) -> None:
    call_as(settled.colleague, "satudata_notice_preferences_update", mail={"waiting": "daily", "news": "daily"})
    model.Session.execute(sa.delete(Cursor).where(Cursor.name == "digest"))
    model.Session.commit()
    walk_to(settled, "returned", title="Jumlah RT")
    walk_to(settled, "published", title="Jumlah RW")
    tell()
    assert postbox.to(settled.colleague) == []
    # 06.59 and 07.01 in Jakarta (UTC+7); far enough ahead for everything above to be due.
    day = dt.datetime.utcnow().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
    service.sweep(day - dt.timedelta(minutes=1))
    assert postbox.to(settled.colleague) == []
    service.sweep(day + dt.timedelta(minutes=1))
    service.sweep(day + dt.timedelta(minutes=6))
    service.sweep(day + dt.timedelta(hours=12))
    mails = postbox.to(settled.colleague)
    assert [str(mail["Subject"]) for mail in mails] == ["[Portal uji] Your notices of today (3)"]
    text = body(mails[0])
    assert "Returned for mending: Jumlah RT" in text and "Published: Jumlah RW" in text
    service.sweep(day + dt.timedelta(days=1, minutes=1))
    assert len(postbox.to(settled.colleague)) == 1
    call_as(settled.colleague, "satudata_notice_preferences_update", mail={"waiting": "once", "news": "none"})


# -- servers and addresses ------------------------------------------------------------------------------------


def test_while_the_mail_server_is_down_nothing_is_lost(settled: Any, postbox: Postbox) -> None:
    there, config["smtp.server"] = config["smtp.server"], f"127.0.0.1:{free_port()}"
    try:
        for _number in range(3):
            walk_to(settled, "submitted")
        assert tell()["pending"] == 1, "with the server down one attempt is enough to know"
        found = service.health()
        assert (found["pending"], found["failed"]) == (6, 0)
        assert "ServerTrouble" in found["last_error"]
        shown = call_as(settled.sysadmin, "satudata_notice_delivery_list", state="pending")
        assert shown["count"] == 6
        assert any(row["last_error"] and row["attempts"] == 1 for row in shown["results"])
    finally:
        config["smtp.server"] = there
    tell()
    assert len(postbox.mails) == 5, "the one that was tried waits its minute"
    service.sweep(later(minutes=2))
    assert len(postbox.to(settled.custodian)) == len(postbox.to(settled.second_custodian)) == 3
    assert set(states(settled.custodian)) == {"sent"}


@pytest.mark.ckan_config("smtp.mail_from", None)
def test_without_an_address_to_send_from_the_portal_admin_reads_which_option_is_missing(
    settled: Any, postbox: Postbox, ckan_config: Any
) -> None:
    walk_to(settled, "submitted")
    tell()
    assert postbox.mails == []
    found = service.health()
    assert found["pending"] == 2 and found["failed"] == 0
    assert "smtp.mail_from is not set" in found["last_error"]


def test_a_refused_address_holds_up_nobody_is_given_up_in_the_end_and_can_be_tried_anew(
    settled: Any, postbox: Postbox, app_once: Any, as_user: Any
) -> None:
    address = model.User.get(settled.custodian["id"]).email
    postbox.refuses.add(address)
    walk_to(settled, "submitted")
    tell()
    assert len(postbox.to(settled.second_custodian)) == 1
    assert states(settled.custodian) == ["pending"]
    service.sweep(later(hours=71))
    assert states(settled.custodian) == ["pending"]
    service.sweep(later(hours=73))
    assert states(settled.custodian) == ["failed"]
    service.sweep(later(hours=80))
    page = app_once.get("/ckan-admin/satudata/notices", headers=as_user(settled.sysadmin)).body
    assert "given up" in page and "550" in page and settled.custodian["name"] in page
    app_once.get("/ckan-admin/satudata/notices", headers=as_user(settled.custodian), status=403)
    postbox.refuses.clear()
    app_once.post("/ckan-admin/satudata/notices", headers=as_user(settled.sysadmin))
    tell()
    assert states(settled.custodian) == ["sent"]
    assert len(postbox.to(settled.custodian)) == 1


@pytest.mark.ckan_config("smtp.server", "")
def test_without_mail_settings_the_bell_works_and_no_outbox_grows(quiet_city: Any, ckan_config: Any) -> None:
    before = service.health()["pending"]
    pid = walk_to(quiet_city, "submitted")["id"]
    tell()
    assert service.health()["pending"] == before
    assert call_as(quiet_city.custodian, "satudata_notice_list", limit=1)["results"][0]["package_id"] == pid


@pytest.mark.ckan_config("satudata.notices.mail", "false")
def test_mail_can_be_switched_off(settled: Any, postbox: Postbox, ckan_config: Any) -> None:
    walk_to(settled, "submitted")
    tell()
    assert postbox.mails == [] and states(settled.custodian) == []


def test_who_has_no_address_keeps_nobody_waiting(settled: Any, postbox: Postbox) -> None:
    helper = officer(settled.kominfo)
    model.User.get(helper["id"]).email = ""
    model.Session.commit()
    walk_to(settled, "submitted")
    tell()
    assert states(helper) == ["cancelled"]
    assert len(postbox.mails) == 2
    call_as(settled.sysadmin, "user_delete", id=helper["id"])


# -- other carriers -------------------------------------------------------------------------------------------


class Gateway(plugins.SingletonPlugin):
    """What a plugin that carries notices to a messenger looks like."""

    plugins.implements(plugins.INotifier, inherit=True)

    taken: list[tuple[str, dict[str, Any]]] = []
    #: Whether nobody else needs to send it any more.
    takes = True

    def notify_about_topic(self, already_notified: bool, topic: str, details: dict[str, Any] | None = None) -> bool:
        if not topic.startswith("satudata_"):
            return already_notified
        self.taken.append((topic, details or {}))
        return already_notified or self.takes

    def notify_recipient(self, already_notified: bool, *args: Any, **kwargs: Any) -> bool:
        return already_notified


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Gateway]]:
    """That plugin, among those CKAN has loaded."""
    monkeypatch.setitem(plugins.core._PLUGINS_SERVICE, "gateway", Gateway(name="gateway"))
    Gateway.taken, Gateway.takes = [], True
    yield Gateway


def test_a_plugin_carries_notices_in_place_of_the_mail(settled: Any, postbox: Postbox, gateway: type[Gateway]) -> None:
    package = walk_to(settled, "returned", title="Jumlah kader")
    tell()
    assert postbox.mails == []
    assert set(states(settled.producer)) == {"sent"}
    topic, details = next(one for one in gateway.taken if one[1]["user"].id == settled.producer["id"])
    assert topic == "satudata_notice"
    assert details["subject"] == "[Portal uji] Returned for mending: Jumlah kader"
    assert details["url"] == f"http://test.ckan.net/dataset/{package['name']}"
    assert details["notices"][0]["comment"] == "Lengkapi satuan"
    assert details["message_id"].startswith("<satudata.")


def test_a_plugin_may_add_to_the_mail(settled: Any, postbox: Postbox, gateway: type[Gateway]) -> None:
    gateway.takes = False
    walk_to(settled, "submitted")
    tell()
    assert len(gateway.taken) == 2
    assert len(postbox.mails) == 2


@pytest.mark.ckan_config("smtp.server", "")
def test_a_plugin_alone_carries_them_without_any_mail_server(
    quiet_city: Any, gateway: type[Gateway], ckan_config: Any
) -> None:
    model.Session.execute(sa.delete(Delivery))
    walk_to(quiet_city, "submitted")
    tell()
    assert len(gateway.taken) == 2
    assert states(quiet_city.custodian) == ["sent"]
    gateway.takes = False
    walk_to(quiet_city, "submitted")
    tell()
    assert states(quiet_city.custodian) == ["sent", "pending"]
    assert "no plugin took the message" in service.health()["last_error"]
    model.Session.execute(sa.delete(Delivery))
    model.Session.commit()

"""The pages: what the forms are, upload, preview, doing it, downloads; in both languages and without JavaScript."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from ckanext.satudata.standards.workbooks import reading, safety, writing
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.standards.workbooks import books


@pytest.fixture(scope="module")
def headers(lasting_city: SimpleNamespace) -> dict[str, dict[str, str]]:
    """One token for each person of these tests."""
    people = {name: getattr(lasting_city, name) for name in ("producer", "neighbour", "stranger")}
    tokens = {name: call_as(user, "api_token_create", user=user["name"], name="test") for name, user in people.items()}
    return {name: {"Authorization": token["token"]} for name, token in tokens.items()}


def posted(app: Any, city: SimpleNamespace, data: bytes, headers: dict[str, str], **more: Any) -> Any:
    form = {"organization_id": city.kelurahan["id"], "upload": (io.BytesIO(data), "formulir saya.xlsx")}
    return app.post("/satudata/forms/import", data=form, headers=headers, content_type="multipart/form-data",
                    follow_redirects=False, **more)  # fmt: skip


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.body, "html.parser").select_one("[role=main]").text.split())


def test_a_workbook_is_looked_at_then_saved(lasting_city: SimpleNamespace, app_once: Any, headers: Any) -> None:
    city, mine = lasting_city, headers["producer"]
    rows = [["No", "Nama Indikator", "Konsep", "Definisi", "Apakah Indikator Komposit", "Tahun"],
            [1, "Indikator dari halaman", "a", "b", "Tidak", 2025],
            [2, "Indikator <b>tebal</b>", "a", "b", "barangkali", 2025]]  # fmt: skip
    answer = posted(app_once, city, books.of_rows(MS_Ind=rows), mine)
    assert answer.status_code == 302
    address = answer.headers["Location"]
    page = app_once.get(address, headers=mine)
    said = words(page)
    assert "1 new, 0 to be updated, 0 unchanged, 1 not possible." in said
    assert "Sheet MS-Ind, cell E3" in said and "Write one of: Ya; Tidak" in said
    assert "<b>tebal" not in page.body and "Indikator &lt;b&gt;tebal" in page.body
    assert (
        BeautifulSoup(page.body, "html.parser").select_one('form[action$="/run"] input[name=_csrf_token]') is not None
    )
    for person in ("neighbour", "stranger"):
        assert app_once.get(address, headers=headers[person]).status_code == 404
        assert app_once.post(f"{address}/run", headers=headers[person]).status_code == 404
    saved = app_once.post(f"{address}/run", headers=mine, follow_redirects=True)
    assert "1 saved." in words(saved)
    link = BeautifulSoup(saved.body, "html.parser").select_one('a[href*="/indikator/indikator-dari-halaman"]')
    assert link is not None and app_once.get(link["href"], headers=mine).status_code == 200


def test_the_pages_speak_indonesian(lasting_city: SimpleNamespace, app_once: Any, headers: Any) -> None:
    page = app_once.get("/id/satudata/forms", headers=headers["producer"])
    assert page.status_code == 200 and 'lang="id"' in page.body


def test_what_cannot_be_read_is_told_above_the_field(
    lasting_city: SimpleNamespace, app_once: Any, headers: Any
) -> None:
    answer = posted(app_once, lasting_city, b"%PDF-1.4", headers["producer"])
    alert = BeautifulSoup(answer.body, "html.parser").select_one("#upload-error")
    assert answer.status_code == 400 and alert is not None and "Excel Workbook (.xlsx)" in alert.text


def test_a_large_upload_is_refused_before_it_is_read(
    lasting_city: SimpleNamespace, app_once: Any, headers: Any
) -> None:
    class Endless(io.RawIOBase):
        """Two hundred megabytes that must not be asked for."""

        place = 0

        def seek(self, offset: int, whence: int = 0) -> int:
            self.place = 200 * safety.MB if whence == 2 else offset
            return self.place

        def tell(self) -> int:
            return self.place

        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    answer = app_once.post(
        "/satudata/forms/import", headers=headers["producer"], input_stream=Endless(),
        content_type="multipart/form-data; boundary=x", content_length=200 * safety.MB, follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 413 and "at most 10 MB" in answer.body


def test_nobody_imports_without_an_account(lasting_city: SimpleNamespace, app_once: Any) -> None:
    for address in ("/satudata/forms/import", "/satudata/forms/import/abc"):
        answer = app_once.get(address, follow_redirects=False)
        assert answer.status_code == 302 and "/user/login" in answer.headers["Location"]
    assert "Log in to import" in words(app_once.get("/satudata/forms"))


@pytest.mark.parametrize("edition", ["2021", "later"])
def test_empty_forms_are_there_for_everybody(app_once: Any, edition: str) -> None:
    answer = app_once.get(f"/satudata/forms/template-{edition}.xlsx")
    names = load_workbook(io.BytesIO(answer.data)).sheetnames
    assert names == ["MS-Keg", "MS-Var", "MS-Ind", "Pilihan"]
    assert app_once.get("/satudata/forms/template-1999.xlsx").status_code == 404


def test_a_published_activity_is_downloaded_by_everybody_and_a_draft_by_its_people(
    lasting_city: SimpleNamespace, app_once: Any, headers: Any
) -> None:
    city = lasting_city
    live = walk_to(city, "published", type="kegiatan", title="Kegiatan untuk diunduh")
    page = BeautifulSoup(app_once.get(f"/kegiatan/{live['name']}").body, "html.parser")
    links = [a["href"] for a in page.select(".satudata-forms-buttons a")]
    assert [re.search(r"export\.(\w+)", link).group(1) for link in links] == ["xlsx", "pdf"]
    first, again = (app_once.get(links[0]) for _time in range(2))
    assert first.data == again.data and first.headers["ETag"] == again.headers["ETag"]
    assert app_once.get(links[0], headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert reading.read(first.data).found[0].values["title"] == "Kegiatan untuk diunduh"
    assert app_once.get(links[1]).data.startswith(b"%PDF-")
    draft = call_as(city.producer, "package_create", **submittable(city.kelurahan, type="indikator", title="Draf saja"))
    address = f"/satudata/forms/export.xlsx?id={draft['name']}"
    assert app_once.get(address, headers=headers["producer"]).status_code == 200
    answers = [app_once.get(f"/satudata/forms/export.xlsx?id={name}") for name in (draft["name"], "tidak-ada")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_several_are_downloaded_in_one_file(lasting_city: SimpleNamespace, app_once: Any, headers: Any) -> None:
    city = lasting_city
    names = [
        call_as(city.producer, "package_create", **submittable(city.kelurahan, type=kind, title=f"Satu {kind}"))["name"]
        for kind in ("kegiatan", "indikator")
    ]
    index = BeautifulSoup(app_once.get("/satudata/forms", headers=headers["producer"]).body, "html.parser")
    offered = {box["value"] for box in index.select("input[name=id]")}
    assert set(names) <= offered
    query = "&".join(f"id={name}" for name in names)
    found = reading.read(app_once.get(f"/satudata/forms/export.xlsx?{query}", headers=headers["producer"]).data).found
    assert [each.values["title"] for each in found] == ["Satu kegiatan", "Satu indikator"]
    assert app_once.get("/satudata/forms/export.xlsx").status_code == 400
    assert writing.template() != writing.template("2021")

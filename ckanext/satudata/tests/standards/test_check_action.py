"""Asking for the findings: by API, by command line, and from the form while one types."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudata.cli import satudata
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer


@pytest.fixture
def dataset(editor: dict[str, Any]) -> dict[str, Any]:
    return factories.Dataset(owner_org=editor["organization_id"], private=True, satuan="orang")


def check(user: dict[str, Any] | None, **question: Any) -> dict[str, Any]:
    return call_as(user, "satudata_submission_check", **question)


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result["findings"]]


def test_its_producer_gets_the_findings(editor: dict[str, Any], dataset: dict[str, Any]) -> None:
    result = check(editor, id=dataset["id"])
    assert "required.konsep" in ids(result) and "required.satuan" not in ids(result)
    assert result["errors"] > 0 and result["progress"]["total"] > 10


@pytest.mark.parametrize("capacity", ["member", "editor", "admin"])
def test_members_of_the_organization_get_them(dataset: dict[str, Any], editor: dict[str, Any], capacity: str) -> None:
    colleague = officer({"id": editor["organization_id"]}, capacity)
    assert check(colleague, id=dataset["name"])["errors"]


def test_sysadmins_get_them(dataset: dict[str, Any]) -> None:
    assert check(factories.Sysadmin(), id=dataset["id"])["errors"]


@pytest.mark.parametrize("who", ["nobody", "stranger", "neighbour"])
def test_others_do_not_get_them(dataset: dict[str, Any], who: str) -> None:
    users = {"nobody": None, "stranger": factories.User(), "neighbour": officer(factories.Organization())}
    with pytest.raises(tk.NotAuthorized):
        check(users[who], id=dataset["id"])


def test_public_data_do_not_make_the_findings_public(editor: dict[str, Any], dataset: dict[str, Any]) -> None:
    from ckan import model

    model.Package.get(dataset["id"]).private = False
    model.Session.commit()
    for user in (None, factories.User()):
        with pytest.raises(tk.NotAuthorized):
            check(user, id=dataset["id"])


def test_typed_values_lie_over_the_stored_ones(editor: dict[str, Any], dataset: dict[str, Any]) -> None:
    result = check(editor, id=dataset["id"], data={"konsep": "Penduduk", "satuan": "", "tag_string": "a, b"})
    assert "required.konsep" not in ids(result) and "required.satuan" in ids(result)
    assert "tags.few" not in ids(result)
    assert call_as(editor, "package_show", id=dataset["id"])["satuan"] == "orang"


def test_an_unsaved_dataset_is_checked_for_who_may_create_one(editor: dict[str, Any]) -> None:
    result = check(editor, data={"title": "Baru", "owner_org": editor["organization_id"]})
    assert "required.title" not in ids(result) and "files.none" in ids(result)
    with pytest.raises(tk.NotAuthorized):
        check(None, data={"title": "Baru"})
    with pytest.raises(tk.NotAuthorized):
        check(factories.User(), data={"title": "Baru", "owner_org": editor["organization_id"]})


def test_files_of_others_cannot_be_opened_through_an_unsaved_dataset(editor: dict[str, Any], monkeypatch: Any) -> None:
    from ckanext.satudata.standards.files import stored

    def opened(resource: dict[str, Any]) -> Any:
        raise AssertionError("opened")

    monkeypatch.setattr(stored, "find", opened)
    resource = {"id": "of-somebody-else", "url": "x.csv", "url_type": "upload", "format": "CSV"}
    result = check(editor, data={"title": "Baru", "owner_org": editor["organization_id"], "resources": [resource]})
    assert "files.none" not in ids(result)


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ({}, "id"),
        ({"data": "teks"}, "data"),
        ({"id": "x", "lang": "jv"}, "lang"),
        ({"id": "x", "bahasa": "id"}, "bahasa"),
    ],
)
def test_a_wrong_question_is_refused_by_name(editor: dict[str, Any], question: dict[str, Any], key: str) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        check(editor, **question)
    assert list(refused.value.error_dict) == [key]


def test_an_unknown_dataset_is_not_found_or_not_shown(editor: dict[str, Any]) -> None:
    with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
        check(editor, id="tidak-ada")


def test_the_api_answers_in_the_language_asked_for(
    web: Any, editor: dict[str, Any], dataset: dict[str, Any], as_user: Any
) -> None:
    url = f"/api/3/action/satudata_submission_check?id={dataset['id']}&lang="
    for lang, label in (("id", "Konsep"), ("en", "Concept")):
        findings = web.get(url + lang, headers=as_user(editor)).json["result"]["findings"]
        assert any(label in finding["message"] for finding in findings)


def test_the_command_line_says_the_same_and_ends_with_one(cli: Any, dataset: dict[str, Any]) -> None:
    result = cli.invoke(satudata, ["standards", "check", dataset["name"], "--lang", "en"])
    assert result.exit_code == 1
    assert '"Concept"' in result.output and "errors" in result.output


def test_the_command_line_ends_with_zero_where_nothing_needed_is_missing(cli: Any, editor: dict[str, Any]) -> None:
    from ckanext.satudata.tests.factories import submittable

    package = call_as(editor, "package_create", **submittable({"id": editor["organization_id"]}))
    assert cli.invoke(satudata, ["standards", "check", package["id"]]).exit_code == 0


def test_the_command_line_names_a_dataset_that_is_not_there(cli: Any, clean: None) -> None:
    result = cli.invoke(satudata, ["standards", "check", "tidak-ada"])
    assert result.exit_code == 1 and "tidak-ada" in result.output and "Traceback" not in result.output


def typed(editor: dict[str, Any], **fields: str) -> dict[str, str]:
    return {
        "title": "Balita menurut gizi",
        "owner_org": editor["organization_id"],
        "satudata_type": "dataset",
        **fields,
    }


def test_the_form_is_answered_with_panel_groups_and_bar(web: Any, editor: dict[str, Any], as_user: Any) -> None:
    answer = web.post("/satudata/standards/check", data=typed(editor), headers=as_user(editor)).json
    assert set(answer) == {"panel", "groups", "errors", "bar", "beside", "rows"}
    assert 'href="#field-konsep"' in answer["panel"]
    assert str(answer["errors"]) in answer["bar"]
    assert [group["name"] for group in answer["groups"]] == ["tentang", "standar", "cakupan", "berkas", "akses"]


def test_the_answer_follows_what_is_typed(web: Any, editor: dict[str, Any], as_user: Any) -> None:
    headers = as_user(editor)
    before = web.post("/satudata/standards/check", data=typed(editor), headers=headers).json
    after = web.post("/satudata/standards/check", data=typed(editor, konsep="Gizi"), headers=headers).json
    assert after["errors"] == before["errors"] - 1


def test_the_form_of_a_stored_dataset_counts_its_files(
    web: Any, editor: dict[str, Any], dataset: dict[str, Any], as_user: Any
) -> None:
    call_as(editor, "resource_create", package_id=dataset["id"], url="https://example.com/a.csv", format="CSV")
    data = typed(editor, pkg_name=dataset["id"])
    answer = web.post("/satudata/standards/check", data=data, headers=as_user(editor)).json
    assert "There is no file yet" not in answer["panel"]


def test_what_is_typed_is_escaped_in_the_panel(web: Any, editor: dict[str, Any], as_user: Any) -> None:
    data = typed(editor, tahun="<script>alert(1)</script>")
    answer = web.post("/satudata/standards/check", data=data, headers=as_user(editor)).json
    assert "<script>" not in answer["panel"] and "&lt;script&gt;" in answer["panel"]


def test_nobody_logged_in_is_told_that_nothing_is_lost(web: Any, editor: dict[str, Any]) -> None:
    answer = web.post("/satudata/standards/check", data=typed(editor))
    assert answer.status_code == 403
    assert "still there" in answer.json["message"]


def test_a_form_that_is_no_form_is_refused(web: Any, editor: dict[str, Any], as_user: Any) -> None:
    headers = as_user(editor)
    assert web.post("/satudata/standards/check", data={"a__0": "x", "a": "y"}, headers=headers).status_code < 500
    assert web.post("/satudata/standards/check", data={"x": "y" * 5_000_000}, headers=headers).status_code == 413
    assert web.get("/satudata/standards/check", headers=headers).status_code in (404, 405)

"""Parameters of actions that are of another kind, or hold what no database takes: refused by name, no error page."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

OTHER = ({"a": 1}, ["x"], True, 5, 5.5)
READING = ("satudata_review_show", "satudata_review_history", "satudata_submission_check", "satudata_quality_show",
           "satudata_restriction_show", "satudata_restricted_show", "satudata_codelist_show")  # fmt: skip


@pytest.mark.parametrize("action", READING)
def test_an_id_that_is_no_text_is_named(lasting_city: SimpleNamespace, action: str) -> None:
    for value in OTHER:
        with pytest.raises(tk.ValidationError) as refused:
            call_as(lasting_city.sysadmin, action, id=value)
        assert list(refused.value.error_dict) == ["id"]
    for broken in ("a\x00b", "a\ud800b"):
        with contextlib.suppress(tk.ObjectNotFound, tk.ValidationError):  # a history of nothing is empty
            call_as(lasting_city.sysadmin, action, id=broken)


def test_a_track_that_is_no_text_is_named(lasting_city: SimpleNamespace) -> None:
    package = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    for value in OTHER:
        with pytest.raises(tk.ValidationError) as refused:
            call_as(lasting_city.producer, "satudata_review_history", id=package["id"], track=value)
        assert list(refused.value.error_dict) == ["track"]


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), "x", [1], {"a": 1}, -1, 1001])
def test_a_limit_that_is_no_number_is_named(lasting_city: SimpleNamespace, limit: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.sysadmin, "satudata_codelist_list", limit=limit)
    assert list(refused.value.error_dict) == ["limit"]


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "kemarin", ["2026"], {"a": 1}]
)
def test_a_moment_before_or_after_all_time_is_named(lasting_city: SimpleNamespace, since: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(None, "satudata_restricted_list", since=since)
    assert list(refused.value.error_dict) == ["since"]

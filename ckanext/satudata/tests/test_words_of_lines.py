"""What is told of a line of a file, and of the file as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.satudata.lines import RowError
from ckanext.satudata.standards.helpers import satudata_day_of


@pytest.mark.usefixtures("with_request_context")
def test_what_is_wrong_with_a_whole_file_names_no_line() -> None:
    assert str(RowError(0, "file", "There is no file our-city.csv")) == "There is no file our-city.csv"
    assert str(RowError(3, "kind", "Unknown")) == "Line 3, kind: Unknown"


@pytest.mark.usefixtures("with_request_context")
@pytest.mark.ckan_config("satudata.timezone", "Asia/Jakarta")
@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("2026-11-21T20:14:00.123456", "Sunday, November 22, 2026"),
        ("2026-11-21T10:00:00", "Saturday, November 21, 2026"),
        ("", ""),
        ("kemarin", "kemarin"),
    ],
)
def test_the_day_of_a_stored_moment_is_the_one_on_the_portals_calendar(kept: str, said: str, ckan_config: Any) -> None:
    assert satudata_day_of(kept) == said

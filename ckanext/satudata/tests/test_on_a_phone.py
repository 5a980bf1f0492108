"""What every page carries so that it does not slide sideways on a phone, CKAN's own pages too."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize(("address", "status"), [("/about", 200), ("/satudata/tidak-ada", 404)])
def test_pages_of_ckan_and_of_ours_carry_the_widths_for_a_phone(app: Any, address: str, status: int) -> None:
    assert "satudata-phone.css" in app.get(address, status=status).get_data(as_text=True)

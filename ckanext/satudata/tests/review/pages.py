"""Reading pages in tests."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag


def soup(response: Any) -> BeautifulSoup:
    """The page of a response, parsed."""
    return BeautifulSoup(response.body, "html.parser")


def words(element: Tag | BeautifulSoup | None) -> str:
    """The text of an element with single spaces."""
    assert element is not None
    return " ".join(element.get_text(" ").split())


def our_forms(page: BeautifulSoup) -> list[Tag]:
    """The forms of a page that change something."""
    return [form for form in page.find_all("form") if (form.get("method") or "get").lower() == "post"]


def pressed(page: BeautifulSoup, action: str, **typed: str) -> dict[str, str]:
    """What the desk's form sends when that button is pressed, with these values typed into it."""
    form = page.select_one("form.satudata-desk")
    assert form is not None
    assert form.select_one(f"button[name=action][value={action}]"), f"no button {action}"
    values = {str(field["name"]): str(field.get("value") or "") for field in form.select("input[type=hidden]")}
    values |= {str(field["name"]): field.get_text() for field in form.select("textarea")}
    values |= {str(field["name"]): str(field["value"]) for field in form.select("input[type=radio][checked]")}
    return {**values, **typed, "action": action}


ALL_YES = {f"conforms.{name}": "yes" for name in ("standar_data", "metadata", "interoperabilitas", "kode_referensi")}

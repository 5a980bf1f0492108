"""Validators the schemas name. They mend spelling; what is missing is never refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import json_text

# Officers type the number of a choice before its words: "2. Survei".
_NUMBERED = re.compile(r"^\d{1,2}\s*[.)\-:]\s*(?=\D)")


def _key(text: Any) -> str:
    """What two spellings of one choice share; "> Dua Tahunan" is another than "Dua Tahunan"."""
    apart = re.sub(r"([<>]=?)", r" \1 ", str(text))
    return re.sub(r"[^\w<>=]+|_+", " ", apart).strip().casefold()


def choice_value(field: dict[str, Any], value: Any) -> str | None:
    """The stored value that was meant: by value, by label in any language, or by an alias.

    :param field: a scheming field with ``choices``
    :returns: ``None`` where no choice is meant by it
    """
    choices = field.get("choices") or []
    if any(choice["value"] == value for choice in choices):
        return str(value)
    text = str(value).strip()
    for wanted in dict.fromkeys((_key(text), _key(_NUMBERED.sub("", text)))):
        if not wanted:
            continue
        for choice in choices:
            label = choice.get("label") or ""
            labels = label.values() if isinstance(label, dict) else [label]
            if wanted in {_key(text) for text in (choice["value"], *labels, *choice.get("aliases", ()))}:
                return str(choice["value"])
    return None


def is_alias(choice: dict[str, Any], text: Any) -> bool:
    """Whether a text means a choice by an alias only: "Kelurahan", where the form knows but "Lainnya"."""
    label = choice.get("label") or ""
    labels = label.values() if isinstance(label, dict) else [label]
    wanted = _key(text)
    return wanted not in {_key(each) for each in (choice["value"], *labels)} and wanted in {
        _key(each) for each in choice.get("aliases", ())
    }


def listed(value: Any) -> list[Any]:
    """Several choices as they may come: a list, the JSON of one, or text parted by semicolons or lines."""
    if isinstance(value, str):
        try:
            value = json_text.loads(value) if value.lstrip().startswith("[") else re.split(r"[;\n]", value)
        except ValueError:
            value = value.split(";")
    items = value if isinstance(value, (list, tuple)) else [value]
    return [item.strip() if isinstance(item, str) else item for item in items if item not in ("", None)]


def satudata_choice(field: dict[str, Any], schema: dict[str, Any]) -> Callable[[Any], Any]:
    """Take one of the choices, however it is spelt; refuse anything else, naming the field.

    :raises Invalid: listing what may be chosen
    """

    def validator(value: Any) -> Any:
        found = choice_value(field, value)
        if found is None:
            allowed = ", ".join(str(choice["value"]) for choice in field["choices"])
            raise tk.Invalid(
                tk._('"{value}" is not a choice here. Choose one of: {allowed}').format(
                    value=str(value)[:100], allowed=allowed
                )
            )
        return found

    return validator


def satudata_choices(field: dict[str, Any], schema: dict[str, Any]) -> Callable[[Any], Any]:
    """Take several of the choices, each however it is spelt, as a list, JSON or text parted by semicolons.

    Stored as JSON in the order of the schema, so that the same choices are the same text.

    :raises Invalid: naming the first that is none of them
    """
    one = satudata_choice(field, schema)

    def validator(value: Any) -> str:
        meant = {one(item) for item in listed(value) if item != ""}
        order = [choice["value"] for choice in field["choices"]]
        chosen = [each for each in order if each in meant]
        return json.dumps(chosen, ensure_ascii=False) if chosen else ""

    return validator


def satudata_link(field: dict[str, Any], schema: dict[str, Any]) -> Callable[..., Any]:
    """The id of the package meant by a name, an address or a title; text that means none stays as it is.

    What the person may not see is treated as text, so that nobody learns by trying that it exists.
    """
    from ckanext.satudata.standards import links

    def validator(value: Any, context: dict[str, Any]) -> str:
        return links.to_store(field, value, context)

    return validator


def satudata_pairs(field: dict[str, Any], schema: dict[str, Any]) -> Callable[[Any], Any]:
    """Lines ``a = b`` from text or from rows, whose two keys the field names (``sdi_pairs``).

    Nested rows are impossible in scheming, and rows of a dataset are refused by portals without our schema.

    :raises Invalid: neither text nor rows with those keys
    """
    first, second = field.get("sdi_pairs") or ("kode", "nama")

    def validator(value: Any) -> str:
        if isinstance(value, str):
            return value.replace("\r\n", "\n").strip("\n")
        if not isinstance(value, (list, tuple)) or not all(isinstance(row, dict) for row in value):
            raise tk.Invalid(
                tk._("Write one pair a line, for example “{example}”").format(example=f"{first} = {second}")
            )
        unknown = sorted({str(key) for row in value for key in row} - {first, second})
        if unknown:
            raise tk.Invalid(
                tk._("Unknown keys in a row: {names}. Known: {known}").format(
                    names=", ".join(unknown), known=f"{first}, {second}"
                )
            )
        lines = ((_one_line(row.get(first)), _one_line(row.get(second))) for row in value)
        return "\n".join(f"{left} = {right}" for left, right in lines if left or right)

    return validator


def _one_line(value: Any) -> str:
    return " ".join(str("" if value is None else value).split())


def pairs_of(text: Any) -> list[tuple[str, str]]:
    """The pairs of a text of lines ``a = b``; a line without a sign has an empty second half."""
    found = []
    for line in str(text or "").splitlines():
        left, _, right = line.partition("=")
        if left.strip() or right.strip():
            found.append((left.strip(), right.strip()))
    return found


# scheming hands such validators the field and the schema before it uses them.
satudata_choice.is_a_scheming_validator = True  # type: ignore[attr-defined]
satudata_choices.is_a_scheming_validator = True  # type: ignore[attr-defined]
satudata_link.is_a_scheming_validator = True  # type: ignore[attr-defined]
satudata_pairs.is_a_scheming_validator = True  # type: ignore[attr-defined]


def satudata_codes(value: Any) -> str:
    """One text of codes from a list or from text parted by commas, semicolons or blanks: ``a, b``."""
    parts = value if isinstance(value, (list, tuple)) else re.split(r"[,;\s]+", str(value))
    seen = dict.fromkeys(str(part).strip() for part in parts)
    return ", ".join(code for code in seen if code)


VALIDATORS: dict[str, Callable[..., Any]] = {
    "satudata_choice": satudata_choice,
    "satudata_choices": satudata_choices,
    "satudata_codes": satudata_codes,
    "satudata_link": satudata_link,
    "satudata_pairs": satudata_pairs,
}

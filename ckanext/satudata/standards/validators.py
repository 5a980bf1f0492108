"""Validators the schemas name. They mend spelling; what is missing is never refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk


def _key(text: Any) -> str:
    return re.sub(r"[\W_]+", " ", str(text)).strip().casefold()


def choice_value(field: dict[str, Any], value: Any) -> str | None:
    """The stored value that was meant: by value, by label in any language, or by an alias.

    :param field: a scheming field with ``choices``
    :returns: ``None`` where no choice is meant by it
    """
    if any(choice["value"] == value for choice in field.get("choices") or []):
        return str(value)
    wanted = _key(value)
    for choice in field.get("choices") or []:
        label = choice.get("label") or ""
        labels = label.values() if isinstance(label, dict) else [label]
        if wanted in {_key(text) for text in (choice["value"], *labels, *choice.get("aliases", ()))}:
            return str(choice["value"])
    return None


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
        if isinstance(value, str):
            try:
                value = json.loads(value) if value.lstrip().startswith("[") else value.split(";")
            except ValueError:
                value = value.split(";")
        listed = value if isinstance(value, (list, tuple)) else [value]
        meant = {one(item.strip() if isinstance(item, str) else item) for item in listed if item not in ("", None)}
        order = [choice["value"] for choice in field["choices"]]
        return json.dumps([each for each in order if each in meant], ensure_ascii=False)

    return validator


# scheming hands such validators the field and the schema before it uses them.
satudata_choice.is_a_scheming_validator = True  # type: ignore[attr-defined]
satudata_choices.is_a_scheming_validator = True  # type: ignore[attr-defined]


def satudata_codes(value: Any) -> str:
    """One text of codes from a list or from text parted by commas, semicolons or blanks: ``a, b``."""
    parts = value if isinstance(value, (list, tuple)) else re.split(r"[,;\s]+", str(value))
    seen = dict.fromkeys(str(part).strip() for part in parts)
    return ", ".join(code for code in seen if code)


VALIDATORS: dict[str, Callable[..., Any]] = {
    "satudata_choice": satudata_choice,
    "satudata_choices": satudata_choices,
    "satudata_codes": satudata_codes,
}

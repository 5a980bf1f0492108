"""The three metadata forms of BPS (MS-Keg, MS-Var, MS-Ind) as our types hold them, field by field in their order.

Workbooks, exports and the test that walks every field read the forms here. What a form asks for stands in the
schemas: ``bps: {form, no, key}`` on a field says which item of which form it is. MS-Keg is one ``kegiatan``
package, MS-Var the rows of its field ``variabel``, MS-Ind one ``indikator`` package.

Two editions are about: the blank workbooks of 2021, and the later rendering of portals. They differ in a few
items and in the order of some choices, so choices are matched by label, never by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudata.standards import conditions
from ckanext.satudata.standards.validators import choice_value

FORMS = ("ms_keg", "ms_var", "ms_ind")
EDITIONS = ("2021", "later")
#: Where each form is stored: the type of the package and, for rows, the field that holds them.
STORED: dict[str, tuple[str, str | None]] = {
    "ms_keg": ("kegiatan", None),
    "ms_var": ("kegiatan", "variabel"),
    "ms_ind": ("indikator", None),
}


@dataclass(frozen=True)
class Choice:
    """A choice of an item; ``numbers`` is what each edition prints before it (None: not in that edition)."""

    value: str
    label: dict[str, str]
    aliases: tuple[str, ...]
    numbers: dict[str, str | None]


@dataclass(frozen=True)
class Item:
    """One item of a form.

    :ivar form: ``ms_keg``, ``ms_var`` or ``ms_ind``
    :ivar no: its number on the form; empty where a later edition added it without one
    :ivar key: its name in the field list (for ``title``: ``judul_kegiatan`` or ``nama``)
    :ivar field: the field it is stored in: of the package, or of a row where ``rows`` names the repeating field
    :ivar rows: the repeating field whose rows hold it (``variabel``, ``indikator_pembangun``,
        ``variabel_pembangun``, ``wilayah``); None for a field of the package
    :ivar group: group of the form (``kelompok``), None inside rows
    :ivar label: ``{"id", "en"}``; ``help`` likewise, empty where there is none
    :ivar kind: text, textarea, select, multiselect, date, year, integer, phone, email, recommendation_id or rows
    :ivar choices: of a select or multiselect
    :ivar required: ``always``, ``conditional`` (only where its condition holds), ``never``
    :ivar condition: ``{"field", "in"}`` as in the schema, or None
    :ivar officer: filled in by an officer of BPS, never asked of a producer
    :ivar other: the field that holds the words of "Lainnya, sebutkan"; None where there is none
    :ivar editions: in which editions the item stands
    :ivar columns: for ``rows``: the items of a row that stand on this form
    """

    form: str
    no: str
    key: str
    field: str
    rows: str | None
    group: str | None
    label: dict[str, str]
    help: dict[str, str]
    kind: str
    choices: tuple[Choice, ...]
    required: str
    condition: dict[str, Any] | None
    officer: bool
    other: str | None
    editions: tuple[str, ...]
    columns: tuple[Item, ...] = ()

    def choice(self, text: Any) -> Choice | None:
        """The choice a text means: by label in any language, alias or value, however it is cased or spaced."""
        plain = {
            "choices": [{"value": each.value, "label": each.label, "aliases": each.aliases} for each in self.choices]
        }
        meant = choice_value(plain, text)
        return next((each for each in self.choices if each.value == meant), None)


def items(form: str) -> list[Item]:
    """The items of a form in its order, from the schema in force (a portal may have extended ours).

    Items kept in rows (MS-Ind 11-15) stand where their rows stand; those of MS-Var are the columns of ``variabel``.
    """
    package_type, holder = STORED[form]
    found: list[Item] = []
    for field in conditions.keyed_fields(package_type).values():
        subs = field.get("repeating_subfields") or []
        if holder is None and (field.get("bps") or {}).get("form") == form:
            found.append(_item(form, field, columns=tuple(_columns(form, field, subs))))
        if holder in (None, field["field_name"]):
            found += [
                _item(form, sub, field)
                for sub in subs
                if (sub.get("bps") or {}).get("form") == form and "no" in sub["bps"]
            ]
    return found


def _columns(form: str, field: Mapping[str, Any], subs: list[dict[str, Any]]) -> list[Item]:
    return [_item(form, sub, field) for sub in subs]


def item(form: str, key: str) -> Item:
    """One item by its key.

    :raises KeyError: no such item on that form
    """
    for each in items(form):
        if each.key == key:
            return each
    raise KeyError(f"{form}.{key}")


def value_of(entry: Item, values: Mapping[str, Any]) -> Any:
    """What is stored for an item.

    :param values: the package for an item of the package, the row for one inside rows
    :returns: text, a list of values (multiselect) or a list of rows; empty text or list where nothing is there
    """
    value = values.get(entry.field)
    if entry.kind == "rows":
        return conditions.rows_of(value)
    if entry.kind == "multiselect":
        order = [each.value for each in entry.choices]
        chosen = conditions.selected({"sdi_multiple": True}, value)
        return sorted(chosen, key=lambda each: order.index(each) if each in order else len(order))
    return "" if value is None else str(value)


def label_of(entry: Item, value: str, lang: str = "id") -> str:
    """The label of a stored choice, as the form prints it; a value that is no choice stays as it is."""
    found = next((each for each in entry.choices if each.value == value), None)
    return found.label.get(lang) or found.label["en"] if found else value


def _item(
    form: str, field: Mapping[str, Any], holder: Mapping[str, Any] | None = None, columns: tuple[Item, ...] = ()
) -> Item:
    printed = field.get("bps") or {}
    condition = field.get("sdi_show_if") or (holder.get("sdi_show_if") if holder else None)
    asked = bool(field.get("sdi_required")) and not field.get("sdi_officer")
    return Item(
        form=printed.get("form", form),
        no=str(printed.get("no", "")),
        key=printed.get("key", field["field_name"]),
        field=field["field_name"],
        rows=holder["field_name"] if holder else None,
        group=field.get("kelompok"),
        label=_texts(field.get("label") or field["field_name"]),
        help=_texts(field.get("help_text")),
        kind=_kind(field),
        choices=_choices(field),
        required="never" if not asked else "conditional" if condition else "always",
        condition=dict(condition) if condition else None,
        officer=bool(field.get("sdi_officer")),
        other=field.get("sdi_other"),
        editions=tuple(printed.get("editions") or EDITIONS),
        columns=columns,
    )


def _texts(text: Any) -> dict[str, str]:
    if isinstance(text, Mapping):
        return {lang: str(each) for lang, each in text.items()}
    return {"en": str(text), "id": str(text)} if text else {}


def _kind(field: Mapping[str, Any]) -> str:
    if "repeating_subfields" in field:
        return "rows"
    if field.get("choices"):
        return "multiselect" if field.get("sdi_multiple") else "select"
    if field.get("sdi_format"):
        return str(field["sdi_format"])
    return "textarea" if field.get("form_snippet") == "textarea.html" else "text"


def _choices(field: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Choices with the number each edition prints: its place, but where the schema says otherwise (``bps_no``)."""
    found: list[Choice] = []
    for place, choice in enumerate(field.get("choices") or [], 1):
        said = choice.get("bps_no") or {}
        numbers: dict[str, str | None] = {}
        for edition in EDITIONS:
            number = said.get(edition, place)
            numbers[edition] = None if number is None else str(number)
        label = _texts(choice.get("label") or choice["value"])
        found.append(Choice(str(choice["value"]), label, tuple(choice.get("aliases") or ()), numbers))
    return tuple(found)

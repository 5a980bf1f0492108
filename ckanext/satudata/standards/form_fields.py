"""One field of the form as its snippet needs it: which snippet, what was found in it, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards import conditions

#: From so many choices on, the five this organization uses most stand before the others.
LONG = 12
#: Texts that most organizations write the same way again and again.
SUGGESTED = frozenset({"satuan", "ukuran"})
#: Rows with so many fields are edited as a plain table; the fields of longer ones are folded away.
TABLE = 4
#: What shows of a folded row, where it has fields of these names; else its first three short ones.
_COMPACT = ("nama", "satuan", "tipe_data")
#: Empty rows for a browser without JavaScript; saving gives as many again.
BLANK_ROWS = 3
#: More than the longest questionnaire of BPS has; beyond it a form grows too long to be sent.
MOST_ROWS = 500
_KINDS = {
    "text.html": "text",
    "textarea.html": "textarea",
    "markdown.html": "textarea",
    "large_text.html": "textarea",
    "select.html": "select",
    "satudata_date.html": "date",
    "date.html": "date",
    "number.html": "text",
}
_SHORT = frozenset({"satudata_date.html", "date.html", "number.html"})
_SHORT_FORMATS = frozenset({"year", "phone", "email", "integer", "date", "period"})
#: Which keys a phone shows.
_KEYBOARDS = {"year": "numeric", "integer": "numeric", "phone": "tel", "email": "email"}
_SNIPPETS = {"multiple_checkbox.html": "satudata_checkboxes.html", "multiple_select.html": "satudata_checkboxes.html"}


def prepared(
    field: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    data: Mapping[str, Any],
    findings: Iterable[Mapping[str, Any]],
    usual: Mapping[str, list[str]],
) -> dict[str, Any]:
    """A field of the schema with what our snippets read from it.

    :param field: with the keys of ours laid over it
    :param fields: all fields of the type by name
    :param data: values of the form
    :param findings: of the check, all fields
    :param usual: what this organization chooses most, by field
    :returns: the field with ``only_if`` (a sentence, or empty), ``beside`` (findings about it), ``usual``, another
        ``form_snippet`` where ours serves better, and for rows ``rows`` (see :func:`_rows`)
    """
    name = field["field_name"]
    here = [finding for finding in findings if finding["field"] == name]
    result = {
        **field,
        "only_if": only_if(field.get("sdi_show_if"), fields),
        "beside": [finding for finding in here if place_in_rows(finding) is None],
        "usual": usual.get(name, []),
        # Short answers stand side by side at a desk: the fourteen days of a schedule are seven lines.
        "half": field.get("form_snippet") in _SHORT or field.get("sdi_format") in _SHORT_FORMATS,
    }
    if any(choice.get("retired") for choice in field.get("choices") or []):
        # What a code list no longer has is understood and kept where it is stored, but not offered.
        kept = conditions.selected(field, data.get(name))
        result["choices"] = [each for each in field["choices"] if not each.get("retired") or each["value"] in kept]
    snippet = field.get("form_snippet")
    keyboard = _KEYBOARDS.get(field.get("sdi_format") or "")
    if snippet == "text.html" and keyboard:
        result["form_attrs"] = {"inputmode": keyboard, **(field.get("form_attrs") or {})}
    if field.get("sdi_officer"):
        # Filled in by BPS, never asked of a producer.
        result["form_snippet"] = "satudata_officer.html"
    elif field.get("repeating_subfields"):
        result["form_snippet"] = snippet or "satudata_rows.html"
        result["rows"] = _rows(field, data, here)
    elif snippet in _SNIPPETS and field.get("choices"):
        result["form_snippet"] = _SNIPPETS[snippet]
        result["chosen"] = conditions.selected(field, data.get(name))
    elif snippet == "select.html" and len(field.get("choices") or []) > LONG:
        result["form_snippet"] = "satudata_select.html"
    elif snippet == "text.html" and result["usual"]:
        result["form_snippet"] = "satudata_suggest.html"
    return result


def wants_usual(field: Mapping[str, Any]) -> bool:
    """Whether what an organization usually writes helps in this field."""
    snippet = field.get("form_snippet")
    if snippet == "select.html":
        return len(field.get("choices") or []) > LONG
    return snippet == "text.html" and field["field_name"] in SUGGESTED


def only_if(condition: Mapping[str, Any] | None, fields: Mapping[str, Mapping[str, Any]]) -> str:
    """The values that a field hangs on, in words: ``Way of data collection: Survey``; empty for one always asked."""
    if not condition or condition["field"] not in fields:
        return ""
    other, language = fields[condition["field"]], current()
    labels = {str(choice["value"]): choice.get("label") for choice in other.get("choices") or []}
    values = " / ".join(text_in(labels.get(str(value)) or value, language) for value in condition["in"])
    return f"{text_in(other.get('label') or condition['field'], language)}: {values}"


def place_in_rows(finding: Mapping[str, Any]) -> tuple[int, str] | None:
    """The row (from 0) and field of the row a finding speaks of; None where it speaks of the whole field.

    Rules about rows end their ids in ``<field>.<row from 1>``, ``<field>.<row>.<field of the row>`` or
    ``<field>.<field of the row>.<row>``; the field of the row is empty where the whole row is meant.
    """
    field = str(finding.get("field") or "")
    _, found, rest = str(finding.get("id") or "").rpartition(f".{field}.") if field else ("", "", "")
    if not found:
        return None
    parts = rest.split(".")
    numbers = [part for part in parts if part.isdecimal()]
    if len(parts) > 2 or len(numbers) != 1 or int(numbers[0]) < 1:
        return None
    return int(numbers[0]) - 1, next((part for part in parts if part != numbers[0]), "")


def _rows(field: Mapping[str, Any], data: Mapping[str, Any], findings: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows and the fields of a row.

    :returns: ``subs`` (``name, label, labels, kind, keyboard, needed, compact, help, only_if, choices``), ``rows``
        (dicts), ``findings`` (lists by ``"<row>-<sub>"``), ``page`` (for the script), ``blank``, ``table``
    """
    subfields = [sub for sub in field["repeating_subfields"] if sub.get("form_snippet", "") is not None]
    asked = [sub for sub in subfields if not sub.get("sdi_officer")]
    compact = _compact(asked)
    by_name = {sub["field_name"]: sub for sub in subfields}
    subs = [_sub(sub, by_name, sub["field_name"] in compact) for sub in asked]
    placed: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        place = place_in_rows(finding)
        if place:
            placed.setdefault(f"{place[0]}-{place[1]}", []).append(finding)
    shown = {sub["field_name"] for sub in asked}
    return {
        "subs": subs,
        # What the form does not ask for goes along unseen: a save keeps what it does not show.
        "kept": [name for name in by_name if name not in shown],
        "rows": conditions.rows_of(data.get(field["field_name"])),
        "findings": placed,
        "blank": BLANK_ROWS,
        "table": len(asked) <= TABLE,
        "page": {
            "most": MOST_ROWS,
            "subs": [
                {key: sub[key] for key in ("name", "labels", "kind", "needed", "choices", "compact")} for sub in subs
            ],
        },
    }


def _compact(subs: list[Mapping[str, Any]]) -> set[str]:
    names = [sub["field_name"] for sub in subs]
    if len(names) <= TABLE:
        return set(names)
    chosen = [sub["field_name"] for sub in subs if sub.get("sdi_compact")] or [n for n in _COMPACT if n in names]
    short = [sub["field_name"] for sub in subs if _kind(sub) != "textarea"]
    return set(chosen if len(chosen) > 1 else (short or names)[:3])


def _kind(sub: Mapping[str, Any]) -> str:
    if sub.get("choices") and sub.get("form_snippet") not in _SNIPPETS:
        return "select"
    return _KINDS.get(sub.get("form_snippet") or "text.html", "other")


def _sub(sub: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], compact: bool) -> dict[str, Any]:
    language = current()
    return {
        "name": sub["field_name"],
        "label": text_in(sub.get("label") or sub["field_name"], language),
        "labels": _spellings(sub),
        "kind": _kind(sub),
        "keyboard": _KEYBOARDS.get(sub.get("sdi_format") or "", ""),
        "needed": bool(sub.get("sdi_required")),
        "compact": compact,
        "help": text_in(sub.get("help_text"), language),
        "only_if": only_if(sub.get("sdi_show_if"), others),
        "choices": [
            {
                "value": str(choice["value"]),
                "label": text_in(choice.get("label") or choice["value"], language),
                "labels": _spellings({**choice, "field_name": choice["value"]}),
            }
            for choice in sub.get("choices") or []
        ],
    }


def _spellings(named: Mapping[str, Any]) -> list[str]:
    """What a column or a choice may be called in a table that is pasted: key, labels, aliases, number on the form."""
    label = named.get("label")
    texts = list(label.values()) if isinstance(label, dict) else [label]
    number = (named.get("bps") or {}).get("no") if isinstance(named.get("bps"), dict) else ""
    return [str(text) for text in (named["field_name"], *texts, *(named.get("aliases") or ()), number) if text]

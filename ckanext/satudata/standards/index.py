"""What of a dataset goes into Solr. CKAN puts every extra there twice: analysed as ``extras_<key>`` and bare."""

from __future__ import annotations

from typing import Any

from ckanext.satudata import json_text
from ckanext.satudata.standards import links, registry
from ckanext.satudata.standards.normalise import strip_control
from ckanext.satudata.standards.producers import for_index as producers_for_index

# Lucene refuses a term over 32,766 bytes ("immense term") and CKAN then rolls the save back.
LARGEST_TERM = 32_000
# How much of a long text is searched through; analysed into words, so no single term gets that long.
LARGEST_TEXT = 32_000
# Stored, not indexed: CKAN reads the dataset back from them.
_STORED = frozenset({"data_dict", "validated_data_dict"})
# Analysed fields of CKAN's Solr schema: length is no danger to them.
_ANALYSED = ("extras_", "res_extras_")
_ANALYSED_FIELDS = frozenset({"title", "notes", "res_name", "res_description", "author", "maintainer", "text"})


def _bytes(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))


def _short(value: str) -> str:
    """The beginning of a text, no single word of it longer than a term may be."""
    if len(value) <= LARGEST_TEXT // 4:
        return value
    cut = value.encode("utf-8", "ignore")[:LARGEST_TEXT].decode("utf-8", "ignore")
    return cut if " " in cut or "\n" in cut else cut[: LARGEST_TEXT // 8]


def _listed(value: Any, field: dict[str, Any]) -> list[str]:
    if field.get("sdi_link"):
        return links.parts_of(value)
    if isinstance(value, str):
        try:
            value = json_text.loads(value) if value.startswith("[") else value.split(",")
        except ValueError:
            return []
    return [str(item).strip() for item in value if str(item).strip()] if isinstance(value, list) else []


def _labels(field: dict[str, Any], values: list[str]) -> list[str]:
    """What the choices are called, so that a search for the word on the page finds them."""
    labels = {str(choice["value"]): choice.get("label") for choice in field.get("choices") or []}
    texts = (labels.get(value) for value in values)
    return [str(t) for text in texts if text for t in (text.values() if isinstance(text, dict) else [text])]


def _row_texts(value: Any) -> str:
    """The texts of the rows of a repeating field, without their keys: that is what people search for."""
    if isinstance(value, str):
        try:
            value = json_text.loads(value)
        except ValueError:
            return value
    if isinstance(value, list):
        return " ".join(_row_texts(row) if not isinstance(row, str) else row for row in value)
    if isinstance(value, dict):
        return " ".join(str(each) for each in value.values() if each)
    return str(value or "")


def prepare_for_index(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a document Solr takes, whatever was typed. No query: it runs for each dataset of a re-index.

    Rows of repeating fields are kept as one text in ``extras_<field>``; fields with several values go to
    ``vocab_<field>`` as a list, so that facets work; what is too long for a term is dropped bare.

    :param pkg_dict: the document CKAN built, before it is sent
    :returns: the same document, mended
    """
    fields = registry.fields_of(pkg_dict.get("dataset_type"))
    for name, field in fields.items():
        if name not in pkg_dict:
            continue
        if "repeating_subfields" in field:
            pkg_dict[f"extras_{name}"] = _row_texts(pkg_dict.pop(name))
        elif field.get("sdi_multiple") or "scheming_multiple" in (field.get("validators") or ""):
            listed = _listed(pkg_dict.pop(name), field)
            if listed:
                pkg_dict[f"vocab_{name}"] = [item for item in listed if _bytes(item) <= LARGEST_TERM]
                pkg_dict[f"extras_{name}"] = " ".join([*listed, *_labels(field, listed)])
    producers_for_index(pkg_dict)
    for key in list(pkg_dict):
        if key not in _STORED:
            _fit(pkg_dict, key)
    return pkg_dict


def _fit(document: dict[str, Any], key: str) -> None:
    value = document[key]
    analysed = key.startswith(_ANALYSED) or key in _ANALYSED_FIELDS
    if isinstance(value, str):
        value = strip_control(value)
        if analysed:
            value = _short(value) if key.startswith(_ANALYSED) else value
        elif len(value) > LARGEST_TERM // 4 and _bytes(value) > LARGEST_TERM:
            del document[key]
            return
        document[key] = value
    elif isinstance(value, list):
        cleaned = [strip_control(item) for item in value]
        if not analysed:
            cleaned = [item for item in cleaned if not (isinstance(item, str) and _bytes(item) > LARGEST_TERM)]
        document[key] = cleaned
    elif isinstance(value, dict):
        del document[key]

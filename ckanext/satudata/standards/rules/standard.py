"""Rules about the five elements of Standar Data: concept, definition, classification, measure and unit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards.codelists import memory
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

ELEMENTS = ("konsep", "definisi", "klasifikasi", "ukuran", "satuan")
#: Only what is grouped by nothing may say so (Perpres 39/2019 Article 5: grouping by criteria).
MAY_BE_NONE = frozenset({"klasifikasi", "klasifikasi_penyajian"})
NONE = frozenset(
    {"tidak ada", "none", "nihil", "tidak tersedia", "belum ada", "kosong", "sama", "sda", "s.d.a", "idem"}
)
# Codes of the national statistical data standards; the letters may grow, so a stranger is a warning only.
SDSN = re.compile(r"^(SD|SP|ST|SE|UL)\d{5}\.\d{2}\.\d{2}$")


def _same(one: str, other: str) -> bool:
    return memory.key_of(one) == memory.key_of(other) != ""


@rule("standard.none", "standar_data", "error")
def standard_none(subject: Subject) -> Iterator[Problem]:
    """The elements of the data standard say something; only a classification may be “tidak ada”.

    Why: concept, definition, measure and unit are always there, or the figures mean nothing (Perpres 39/2019
    Articles 5 and 7).

    Mend: write what is meant; the help of each field has an example.

    Example: the unit “tidak ada” for a number of people, which is “orang”.
    """
    for name in ELEMENTS:
        value = subject.value(name)
        if name not in MAY_BE_NONE and subject.has(name) and value.casefold().strip(" .") in NONE:
            yield Problem(
                tk._('"{label}" cannot be "{value}"').format(label=subject.label(name), value=value),
                tk._("Every figure has one; the help of the field has an example"),
                field=name,
                part=name,
            )


@rule("standard.title", "standar_data", "warning")
def standard_title(subject: Subject) -> Iterator[Problem]:
    """No element of the data standard only repeats the title.

    Why: a title names the data, a definition says what is counted and what is not (Perpres 39/2019 Article 5).

    Mend: write what exactly is counted, by what it is grouped, in what it is measured.

    Example: title and definition are both “Jumlah balita 2025”.
    """
    for name in ELEMENTS:
        if subject.has(name) and _same(subject.value(name), subject.value("title")):
            yield Problem(
                tk._('"{label}" only repeats the title').format(label=subject.label(name)),
                tk._("Write what the help of the field asks for"),
                field=name,
                part=name,
            )


@rule("standard.repeated", "standar_data", "warning")
def standard_repeated(subject: Subject) -> Iterator[Problem]:
    """Concept and definition are not the same text, nor is either of them the description.

    Why: the concept is the idea and the purpose, the definition its bounds and meaning (Perpres 39/2019 Article 5).

    Mend: say in the concept what idea is measured and why, in the definition what is counted and what is not.

    Example: concept “Status gizi, untuk menemukan stunting sejak dini”; definition “Anak 0–59 bulan yang ditimbang”.
    """
    pairs = (("definisi", "konsep"), ("definisi", "notes"), ("konsep", "notes"))
    for name, other in pairs:
        if subject.has(name) and subject.has(other) and _same(subject.value(name), subject.value(other)):
            yield Problem(
                tk._('"{label}" and "{other}" are the same text').format(
                    label=subject.label(name), other=subject.label(other)
                ),
                tk._("Concept is the idea and its purpose; definition is what exactly is counted and what is not"),
                field=name,
                part=f"{name}_{other}",
            )


@rule("sdsn.unknown", "standar_data", "warning")
def sdsn_unknown(subject: Subject) -> Iterator[Problem]:
    """A code of the national data standards looks like one.

    Why: it points at concept, definition and classification at BPS; a mistyped one points at nothing or at something
    else. The letters may grow, so it is only advised.

    Mend: look the code up at BPS, or leave the field empty.

    Example: “SD00001.01.01”: letters of the kind, five digits, two, two.
    """
    for name, field in subject.fields.items():
        value = subject.value(name)
        if field.get("sdi_format") == "sdsn" and value and not SDSN.match(value.upper()):
            yield Problem(
                tk._('"{value}" does not look like a code of the SDSN').format(value=value[:60]),
                tk._('Look it up at BPS, for example "SD00001.01.01", or leave it empty'),
                field=name,
            )


@rule("unit.unknown", "kode_referensi", "warning")
def unit_unknown(subject: Subject) -> Iterator[Problem]:
    """The unit is one of the list of units.

    Why: “org”, “jiwa” and “orang” are the same to people and three things to a program (Perpres 39/2019 Article 10).

    Mend: write it as in the list, or ask the data custodian to add it there.

    Example: “orang” instead of “org.”.
    """
    value = subject.value("satuan")
    if not value or not subject.has("satuan") or value.casefold() in NONE:
        return
    units = memory.codes_in_force("satuan")
    if not units or _unit(value) is not None:
        return
    spelled = {memory.key_of(text): unit for unit in units for text in (*unit["label"].values(), *unit["aliases"])}
    near = difflib.get_close_matches(memory.key_of(value), spelled, n=1, cutoff=0.75)
    advice = tk._("Choose a unit of the list of units, or ask the data custodian to add yours")
    if near:
        advice = tk._('Is "{unit}" meant?').format(unit=memory.label_of(spelled[near[0]], subject.lang))
    yield Problem(tk._('"{unit}" is not in the list of units').format(unit=value[:60]), advice, field="satuan")


#: As many words as a unit may have; without an end, a text of 100 KB in this field took a minute.
LONGEST_UNIT = 16


def _unit(text: str) -> dict[str, Any] | None:
    """The unit that is meant, also where more is said after it (“persen penduduk”) or before (“kasus per 1.000”)."""
    said = text.strip()
    rate = re.search(r"\bper\s+[\d.]+.*", said, re.IGNORECASE)
    for part in ([rate.group()] if rate else []) + [said]:
        words = re.split(r"[\s(/]+", part, maxsplit=LONGEST_UNIT)
        # The longest beginning that is a unit: "orang per km2" is one of its own.
        found = memory.meant("satuan", part)
        while found is None and len(words) > 1:
            words.pop()
            found = memory.meant("satuan", " ".join(words))
        if found is not None:
            return found
    return None


@rule("unit.measure", "standar_data", "warning")
def unit_against_measure(subject: Subject) -> Iterator[Problem]:
    """Measure and unit belong together: a percentage is in per cent, an area in hectares, a rate per 1,000.

    Why: a count in per cent, or a percentage in people, is read wrong by everybody (Perpres 39/2019 Article 5: measure
    and unit). Which unit fits which measure stands in the list of units.

    Mend: measure is what is measured (“jumlah”, “persentase”), unit is in what (“orang”, “persen”).

    Example: measure “Persentase”, unit “orang”.
    """
    measure, unit = subject.value("ukuran"), subject.value("satuan")
    if not measure or not unit or not (subject.has("ukuran") and subject.has("satuan")):
        return
    advice = tk._('Measure is what is measured ("number", "percentage"), unit is in what ("people", "per cent")')
    found, meant = _unit(unit), measures_of(measure)
    if found is None or not meant:
        if _same(measure, unit):
            yield Problem(tk._('Measure and unit are both "{measure}"').format(measure=measure), advice, field="satuan")
        return
    fits = set(str(found["extra"].get("measures") or "").split("|")) - {""}
    if not fits or fits & set(meant):
        return
    named = [code for code in memory.codes_in_force("ukuran") if code["code"] in fits]
    yield Problem(
        tk._('The measure is "{measure}" but the unit is "{unit}"').format(measure=measure[:60], unit=unit[:60]),
        tk._('"{unit}" is a unit of: {measures}').format(
            unit=memory.label_of(found, subject.lang),
            measures=", ".join(memory.label_of(code, subject.lang) for code in named),
        )
        + ". "
        + advice,
        field="satuan",
    )


def measures_of(text: str) -> list[str]:
    """The measures of the list that a text names; the longest words in it count ("angka kematian" before "angka")."""
    exact = memory.meant("ukuran", text)
    if exact is not None:
        return [exact["code"]]
    said = f" {memory.key_of(text)} "
    found: dict[str, str] = {}
    for code in memory.codes_in_force("ukuran"):
        for spelling in (code["code"], *code["label"].values(), *code["aliases"]):
            words = memory.key_of(spelling)
            if len(words) > 3 and f" {words} " in said:
                found[words] = code["code"]
    # What stands within a longer name of a measure says nothing by itself.
    whole = [words for words in found if not any(words != other and words in other for other in found)]
    return sorted({found[words] for words in whole})


@rule("classification.codes", "kode_referensi", "warning")
def classification_codes(subject: Subject) -> Iterator[Problem]:
    """Where a classification is one of the lists, its groups are called as the list calls them.

    Why: figures of two kelurahan can be added up only where their groups are the same (Perpres 39/2019 Articles 5
    and 10).

    Mend: use the names of the list, or describe a classification of your own in other words.

    Example: “gizi buruk, gizi kurang, gizi normal sekali”: the last one is not in the list of nutritional status.
    """
    value = subject.value("klasifikasi")
    parts = [part.strip() for part in re.split(r"[,;\n]|\bdan\b", value) if part.strip()]
    if len(parts) < 2 or not subject.has("klasifikasi"):
        return
    best: tuple[int, str, list[str]] = (0, "", [])
    for list_id in memory.lists_of_kind("classification"):
        strange = [part for part in parts if memory.meant(list_id, part) is None]
        best = max(best, (len(parts) - len(strange), list_id, strange), key=lambda each: each[0])
    known, list_id, strange = best
    # Two shared words are chance where most of the groups are others.
    if known < 2 or known <= len(strange) or not strange:
        return
    labels = [memory.label_of(code, subject.lang) for code in memory.codes_in_force(list_id)]
    yield Problem(
        tk._('"{groups}" is not a group of the list {list}').format(groups=", ".join(strange)[:120], list=list_id),
        tk._("The list has: {labels}").format(labels=", ".join(labels[:15])),
        field="klasifikasi",
    )

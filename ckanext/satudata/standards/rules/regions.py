"""Rules about region codes (Kode Referensi)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.codelists import memory
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

# Province, city or regency, kecamatan, kelurahan or desa: 12, 12.71, 12.71.15, 12.71.15.1001
KEMENDAGRI = re.compile(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")
# 2, 4, 6 and 10 digits are a Kemendagri code without its dots, 4, 7 and 10 a code of BPS.
BARE = re.compile(r"^\d{4,10}$")


def codes_of(subject: Subject, name: str) -> list[str]:
    """The codes of a field, as they are written."""
    return [code for code in re.split(r"[,;\s]+", subject.value(name)) if code]


@rule("region.codes", "kode_referensi", "error")
def region_codes(subject: Subject) -> Iterator[Problem]:
    """Region codes are Kemendagri's, with dots, and known to the tree of this portal.

    Why: BPS and Kemendagri number the same places differently: 1271 is Sibolga to BPS, 12.71 is Medan to Kemendagri. A
    bare number is never guessed (Perpres 39/2019 Article 10).

    Mend: write the code with its dots; for a code of BPS the message names the Kemendagri code of the same place.

    Example: “12.71.15.1001” for Kelurahan Aur instead of BPS's “1275070006”.
    """
    for name, field in subject.fields.items():
        if field.get("sdi_format") != "region_codes":
            continue
        codes = codes_of(subject, name)
        bare = [code for code in codes if BARE.match(code)]
        dotted = [code for code in codes if not BARE.match(code) and KEMENDAGRI.match(code)]
        twins = {code: _dotted(code) for code in bare}
        wanted = [*dotted, *(above for code in dotted for above in _above(code)), *filter(None, twins.values())]
        known = regions.regions_by_code(wanted)
        by_bps = regions.regions_by_bps(bare) if bare else {}
        for code in codes:
            if code in twins:
                yield _bare_problem(name, code, by_bps.get(code), known.get(twins[code] or ""))
            elif not KEMENDAGRI.match(code):
                yield Problem(
                    tk._('"{code}" is not a region code').format(code=code[:60]),
                    tk._('Write codes of Kemendagri with dots, parted by commas, for example "12.71.15.1001"'),
                    field=name,
                    part="shape",
                )
        yield from _unknown(name, dotted, known)
        found = [known[code] for code in dotted if code in known]
        if found and len(found) == len(codes):
            titles = ", ".join(region["title"] for region in found[:3])
            more = len(found) - 3
            text = tk._("Region codes are known: {titles}").format(titles=titles)
            if more > 0:
                text = tk._("Region codes are known: {titles} and {more} more").format(titles=titles, more=more)
            yield Problem(text, field=name, severity="info", part="known")


def _unknown(name: str, dotted: list[str], known: dict[str, Any]) -> Iterator[Problem]:
    for code in dotted:
        # A city that is no organization here may be meant all the same; inside our own tree nothing is.
        if code not in known and any(above in known for above in _above(code)):
            yield Problem(
                tk._('This portal knows no region "{code}"').format(code=code),
                tk._("Look the code up under Regions, or ask the data custodian to add the region"),
                field=name,
                part="unknown",
                severity="warning",
            )


def _bare_problem(name: str, code: str, bps: dict[str, Any] | None, kemendagri: dict[str, Any] | None) -> Problem:
    """A code of digits only: whose it may be, and what to write instead, as far as this portal knows."""
    says = []
    if bps is not None:
        says.append(
            tk._('To BPS, {code} is {title}; its Kemendagri code is "{kode}"').format(
                code=code, title=bps["title"], kode=bps["kode_kemendagri"] or "?"
            )
        )
    if kemendagri is not None:
        says.append(
            tk._("To Kemendagri, {kode} is {title}; write it with its dots").format(
                kode=kemendagri["kode_kemendagri"], title=kemendagri["title"]
            )
        )
    if not says or len(code) == 4:
        says.append(
            tk._(
                "BPS and Kemendagri number regions differently: 1271 is Sibolga to BPS, 12.71 is Medan to "
                'Kemendagri. Write the code of Kemendagri with its dots, for example "12.71.15.1001"'
            )
        )
    return Problem(
        tk._('"{code}" does not say whose code it is').format(code=code), ". ".join(says), field=name, part="bare"
    )


def _dotted(code: str) -> str | None:
    """A Kemendagri code that somebody wrote without its dots; None where the digits cannot be one."""
    if len(code) not in (4, 6, 10):
        return None
    return ".".join(part for part in (code[:2], code[2:4], code[4:6], code[6:]) if part)


def _above(code: str) -> list[str]:
    """The codes a code lies in: of ``12.71.15.1001`` they are ``12.71.15``, ``12.71`` and ``12``."""
    parts = code.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]


@rule("region.level", "kode_referensi", "warning")
def region_level(subject: Subject) -> Iterator[Problem]:
    """The level of presentation is that of the regions covered, or a smaller one.

    Why: figures per kecamatan of a single kelurahan cannot be; who compares kecamatan would take a part for the whole
    (Perpres 39/2019 Article 10).

    Mend: correct the level, or give the code of the larger region.

    Example: level “Kecamatan”, code 12.71.15.1001 of a kelurahan.
    """
    level = subject.value("tingkat_penyajian")
    code = memory.meant("tingkat_penyajian", level) if level else None
    depth = str((code or {}).get("extra", {}).get("depth") or "")
    if code is None or not depth.isdigit() or not subject.has("tingkat_penyajian"):
        return
    smaller = [
        each
        for name, field in subject.fields.items()
        if field.get("sdi_format") == "region_codes"
        for each in codes_of(subject, name)
        if KEMENDAGRI.match(each) and each.count(".") + 1 > int(depth)
    ]
    if smaller:
        yield Problem(
            tk._('Figures per "{level}" cannot come from the smaller region {code}').format(
                level=memory.label_of(code, subject.lang), code=smaller[0]
            ),
            tk._("Correct the level of presentation, or give the code of the larger region"),
            field="tingkat_penyajian",
        )

"""Rules about region codes (Kode Referensi)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

# Province, city or regency, kecamatan, kelurahan or desa: 12, 12.71, 12.71.15, 12.71.15.1001
KEMENDAGRI = re.compile(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")
BARE = re.compile(r"^\d{4,10}$")


@rule("region.codes", "kode_referensi", "error")
def region_codes(subject: Subject) -> Iterator[Problem]:
    """Region codes are Kemendagri's, with dots, and known to this portal's tree.

    BPS and Kemendagri number the same places differently (BPS 1271 is Sibolga, Kemendagri 12.71 is Medan), so
    a bare number is never guessed.
    """
    for name, field in subject.fields.items():
        if field.get("sdi_format") != "region_codes":
            continue
        codes = [code for code in re.split(r"[,;\s]+", subject.value(name)) if code]
        dotted = []
        for code in codes:
            if BARE.match(code):
                yield Problem(
                    tk._('"{code}" does not say whose code it is').format(code=code),
                    tk._(
                        "BPS and Kemendagri number regions differently: 1271 is Sibolga to BPS, 12.71 is Medan to "
                        'Kemendagri. Write the code of Kemendagri with its dots, for example "12.71.15.1001"'
                    ),
                    field=name,
                    part="bare",
                )
            elif not KEMENDAGRI.match(code):
                yield Problem(
                    tk._('"{code}" is not a region code').format(code=code[:60]),
                    tk._('Write codes of Kemendagri with dots, parted by commas, for example "12.71.15.1001"'),
                    field=name,
                    part="shape",
                )
            else:
                dotted.append(code)
        known = regions.regions_by_code([*dotted, *(above for code in dotted for above in _above(code))])
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
        found = [known[code] for code in dotted if code in known]
        if found and len(found) == len(codes):
            titles = ", ".join(region["title"] for region in found[:3])
            more = len(found) - 3
            text = tk._("Region codes are known: {titles}").format(titles=titles)
            if more > 0:
                text = tk._("Region codes are known: {titles} and {more} more").format(titles=titles, more=more)
            yield Problem(text, field=name, severity="info", part="known")


def _above(code: str) -> list[str]:
    """The codes a code lies in: of ``12.71.15.1001`` they are ``12.71.15``, ``12.71`` and ``12``."""
    parts = code.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]

"""The four principles of Satu Data Indonesia (Perpres 39/2019 Ps 3-10): findings, returns and scores name them."""

from __future__ import annotations

#: In the order of the law.
PRINCIPLES = ("standar_data", "metadata", "interoperabilitas", "kode_referensi")


def principle_label(name: str) -> str:
    """The word for a principle, in the reader's language; the name itself where it is none of them."""
    # Here, because the table of the review names the principles and imports nothing of CKAN.
    import ckantoolkit as tk

    return {
        "standar_data": tk._("Data standard"),
        "metadata": tk._("Metadata"),
        "interoperabilitas": tk._("Interoperability"),
        "kode_referensi": tk._("Reference codes"),
    }.get(name, name)

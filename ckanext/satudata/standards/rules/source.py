"""A rule about data of another agency: what that agency publishes itself is not made twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.producers import key, names
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

#: Words that say when and where rather than what; two titles that differ in them alone are about the same.
_NOISE = re.compile(r"\b(19|20)\d{2}\b|\b(data|jumlah|tahun|menurut|di|dan|per|kota|kabupaten)\b", re.IGNORECASE)
#: How many of what the search finds are compared; the best come first.
_COMPARED = 20
_LONGEST, _MOST_WORDS = 1000, 30
#: This much of the shorter title stands in the longer.
_ALIKE = 0.75


@rule("source.duplicate", "metadata", "warning")
def published_by_source(subject: Subject) -> Iterator[Problem]:
    """The agency the data come from does not publish them itself already.

    Perpres 39/2019 Article 27: producers do not make the same data twice. Where “Source agency” names an organization
    of this portal, its published data with the same title, concept or indicator are looked for, in one search of the
    index; only data everybody may see are named.

    To mend: link to those data instead, or say in the description what is different here. Example: “Jumlah penduduk
    Kota Medan 2025” with the source Disdukcapil, which publishes it.
    """
    agency = subject.value("instansi_sumber")
    if not agency or not subject.has("instansi_sumber"):
        return
    own = str(subject.pkg.get("owner_org") or (subject.pkg.get("organization") or {}).get("id") or "")
    owners = [row["id"] for row in regions.called(_spellings(agency)).values() if own not in (row["id"], row["name"])]
    twin = _twin(subject, owners) if owners else None
    if twin is None:
        return
    yield Problem(
        tk._("{agency} already publishes “{title}”.").format(agency=twin["agency"] or agency, title=twin["title"]),
        tk._("Use those data ({address}) instead of making them again, or say in the description what differs.").format(
            address=tk.url_for(f"{twin['type']}.read", id=twin["name"])
        ),
        field="instansi_sumber",
    )


def _spellings(agency: str) -> list[str]:
    """The agency as it was written, and each of several."""
    return list(dict.fromkeys([" ".join(agency.split())[:_LONGEST], *names(agency)[:5]]))


def _twin(subject: Subject, owner_ids: list[str]) -> dict[str, str] | None:
    """Public data of these owners about the same thing, or None; one search, as nobody."""
    title, concept, indicator = (subject.value(name) for name in ("title", "konsep", "indikator"))
    texts = [text for text in (title, concept, indicator) if text]
    tokens = sorted(_tokens(" ".join(texts)[:_LONGEST]))[:_MOST_WORDS]
    if not tokens:
        return None
    wanted = " OR ".join(tokens)
    owners = " OR ".join(f'"{id}"' for id in owner_ids)
    # As nobody: only what everybody may see is named, whoever asks.
    found = tk.get_action("package_search")(
        {"user": "", "ignore_auth": False},
        {
            # Words only: with fields named CKAN asks for any of them, and the best come first.
            "q": f"title:({wanted}) OR extras_konsep:({wanted}) OR extras_indikator:({wanted})",
            "fq": f"+owner_org:({owners}) +capacity:public +dataset_type:{subject.pkg.get('type') or 'dataset'}",
            "rows": _COMPARED,
        },
    )
    for item in found["results"]:
        if item["id"] != subject.pkg.get("id") and _same(item, title, concept, indicator):
            return {
                "title": item.get("title") or item["name"],
                "name": item["name"],
                "type": item.get("type") or "dataset",
                "agency": (item.get("organization") or {}).get("title") or "",
            }
    return None


def _same(item: dict[str, Any], title: str, concept: str, indicator: str) -> bool:
    if _alike(title, str(item.get("title") or "")):
        return True
    theirs = item.get("indikator")
    listed = {str(one) for one in theirs} if isinstance(theirs, list) else {str(theirs or "")}
    if indicator and ({part.strip() for part in indicator.split(",")} & (listed - {""})):
        return True
    # A concept alone is wide (“Penduduk”): it counts with the same unit of measure and half of the title.
    same_concept = bool(concept) and key(concept) == key(str(item.get("konsep") or ""))
    return same_concept and _alike(title, str(item.get("title") or ""), 0.5)


def _alike(one: str, other: str, share: float = _ALIKE) -> bool:
    mine, theirs = _tokens(one), _tokens(other)
    if not mine or not theirs:
        return False
    return len(mine & theirs) / min(len(mine), len(theirs)) >= share and len(mine & theirs) >= min(2, len(mine))


def _tokens(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", _NOISE.sub(" ", text).casefold()) if len(word) > 2}

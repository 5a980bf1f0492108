"""Reading code lists: which there are, which version is in force, its codes. Nothing here asks per row."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.codelists import rows, shipped
from ckanext.satudata.standards.codelists.model import CodeList, CodeListCode, CodeListVersion

#: Lists that are not loaded: they are the tree of regions, and all organizations of this portal.
REGIONS, OFFICES = "wilayah", "instansi"
TREE = (REGIONS, OFFICES)
_TREE: dict[str, dict[str, dict[str, str]]] = {
    REGIONS: {
        "title": {"id": "Kode wilayah", "en": "Region codes"},
        "description": {
            "id": "Kode Kemendagri dan BPS dari wilayah di portal ini. Keduanya bertabrakan: 1271 di BPS adalah "
            "Sibolga, sedangkan 12.71 di Kemendagri adalah Medan.",
            "en": "Codes of Kemendagri and BPS of the regions on this portal. The two collide: 1271 is Sibolga to "
            "BPS, while 12.71 is Medan to Kemendagri.",
        },
    },
    OFFICES: {
        "title": {"id": "Instansi", "en": "Organizations"},
        "description": {
            "id": "Semua instansi di portal ini dengan nama tetapnya, instansi induk, dan kode wilayahnya.",
            "en": "Every organization of this portal with its fixed name, the one above it, and its region codes.",
        },
    },
}


class Version(NamedTuple):
    """One version of a list with what a reader wants to know of it; ``id`` is None for a shipped one."""

    id: int | None
    list_id: str
    version: str
    valid_from: dt.date | None
    note: str
    columns: list[str]
    digest: str
    size: int
    published_at: dt.datetime | None
    title: dict[str, str]
    description: dict[str, str]
    kind: str
    source: str
    show_code: bool

    def dictize(self) -> dict[str, Any]:
        """The CodeList shape of the API."""
        return {
            "id": self.list_id,
            "title": self.title,
            "description": self.description,
            "kind": self.kind,
            "source": self.source,
            "show_code": self.show_code,
            "version": self.version,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "note": self.note,
            "columns": list(self.columns),
            "codes_count": self.size,
            "digest": self.digest,
            "shipped": self.id is None and self.list_id not in TREE,
        }


def _both(text: Any) -> dict[str, str]:
    text = text if isinstance(text, dict) else {}
    return {"id": text.get("id") or "", "en": text.get("en") or text.get("id") or ""}


def today() -> dt.date:
    """The day by which versions and codes are in force."""
    return dt.date.today()


def _joined() -> Any:
    return sa.select(CodeListVersion, CodeList).join(CodeList, CodeList.id == CodeListVersion.list_id)


def _version(version: CodeListVersion, of: CodeList) -> Version:
    return Version(
        version.id, of.id, version.version, version.valid_from, version.note, list(version.columns), version.digest,
        version.count, version.published_at, _both(of.title), _both(of.description), of.kind, of.source, of.show_code,
    )  # fmt: skip


def _shipped(name: str) -> Version | None:
    found = shipped.of(name)
    if found is None:
        return None
    facts = found.facts
    return Version(
        None, name, str(facts.get("version") or ""), None, str(facts.get("note") or ""), found.columns, found.digest,
        len(found.codes), None, _both(facts.get("title")), _both(facts.get("description")),
        str(facts.get("kind") or ""), str(facts.get("source") or ""), bool(facts.get("show_code")),
    )  # fmt: skip


def _tree(list_id: str) -> Version:
    offices = list_id == OFFICES
    count, digest = regions.coded_facts(offices)
    columns = ["kind", "kode_bps", "kode_kemendagri" if offices else "organization"]
    texts = _TREE[list_id]
    return Version(
        None, list_id, digest[:12], None, "", columns, digest, count, None, texts["title"], texts["description"], "",
        "", not offices,
    )  # fmt: skip


def _is_in_force(version: CodeListVersion) -> bool:
    return version.published_at is not None and (version.valid_from is None or version.valid_from <= today())


def _rank(version: CodeListVersion) -> tuple[Any, ...]:
    begins = version.valid_from or (version.published_at or dt.datetime.min).date()
    return (begins, version.published_at or dt.datetime.min, version.id)


def in_force() -> dict[str, Version]:
    """The version in force of every loaded list, one query; shipped lists where nothing is loaded."""
    best: dict[str, tuple[CodeListVersion, CodeList]] = {}
    for version, of in model.Session.execute(_joined().where(CodeListVersion.published_at.isnot(None))):
        if _is_in_force(version) and (of.id not in best or _rank(version) > _rank(best[of.id][0])):
            best[of.id] = (version, of)
    found = {name: _shipped(name) for name in shipped.names()}
    found |= {name: _version(*pair) for name, pair in best.items()}
    return {name: version for name, version in sorted(found.items()) if version is not None}


def everything() -> list[Version]:
    """Every list there is, regions and organizations first, each in the version in force."""
    return [*map(_tree, TREE), *in_force().values()]


def versions_of(list_id: str, drafts: bool = False) -> list[Version]:
    """The versions of a list, the newest first, and the shipped one last where it is none of them."""
    pairs = model.Session.execute(_joined().where(CodeListVersion.list_id == list_id)).all()
    kept = [pair for pair in pairs if drafts or pair[0].published_at is not None]
    kept.sort(key=lambda pair: _rank(pair[0]), reverse=True)
    found = [_version(*pair) for pair in kept]
    ours = _shipped(list_id)
    if ours and ours.version not in {each.version for each in found}:
        found.append(ours)
    return found


def drafts() -> list[dict[str, Any]]:
    """Versions nobody but the admin sees yet, the newest first."""
    pairs = model.Session.execute(
        _joined().where(CodeListVersion.published_at.is_(None)).order_by(CodeListVersion.loaded_at.desc())
    )
    return [
        {**_version(*pair).dictize(), "loaded_at": pair[0].loaded_at, "loaded_by": pair[0].loaded_by} for pair in pairs
    ]


def find(list_id: str, version: str = "", drafts: bool = False) -> Version | None:
    """A list in that version, or in the one in force; None if there is none (for this reader)."""
    if list_id in TREE:
        current = _tree(list_id)
        return current if version in ("", current.version) else None
    if not version:
        return in_force().get(list_id)
    return next((each for each in versions_of(list_id, drafts) if each.version == version), None)


def folded(text: str) -> str:
    """What a search compares: lower case, single blanks."""
    return " ".join(text.lower().split())


def search_text(code: rows.Code) -> str:
    """What a search looks through: code, labels and aliases."""
    return "|".join(folded(part) for part in (code.code, *code.label.values(), *code.aliases) if part)


def codes(version: Version, q: str = "", limit: int | None = None, offset: int = 0) -> tuple[int, list[dict[str, Any]]]:
    """A page of the codes of a version, in the order of the file, and how many there are."""
    wanted = folded(q)
    if version.list_id in TREE:
        return regions.coded(q, limit, offset, version.list_id == OFFICES)
    if version.id is None:
        ours = shipped.of(version.list_id)
        found = [code for code in (ours.codes if ours else []) if not wanted or wanted in search_text(code)]
        page = found[offset:] if limit is None else found[offset : offset + limit]
        return len(found), [rows.shape(code) for code in page]
    where = [CodeListCode.version_id == version.id]
    if wanted:
        where.append(CodeListCode.search_text.contains(wanted, autoescape=True))
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(CodeListCode).where(*where)) or 0
    query = sa.select(CodeListCode.__table__).where(*where).order_by(CodeListCode.place)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return count, [rows.shape(row) for row in model.Session.execute(query)]


def stamp() -> tuple[Any, ...]:
    """What changes whenever another version may be in force: a publication, or a new day. One small query."""
    row = model.Session.execute(
        sa.select(sa.func.count(), sa.func.max(CodeListVersion.id), sa.func.max(CodeListVersion.published_at)).where(
            CodeListVersion.published_at.isnot(None)
        )
    ).one()
    return (*row, today())


def former(list_id: str) -> list[dict[str, Any]]:
    """Codes of earlier published versions that the one in force no longer has, the newest spelling of each."""
    current = find(list_id)
    known = {code["code"] for code in codes(current)[1]} if current else set()
    gone: dict[str, dict[str, Any]] = {}
    for version in versions_of(list_id):
        if current is None or version.version != current.version:
            for code in codes(version)[1]:
                if code["code"] not in known:
                    gone.setdefault(code["code"], code)
    return list(gone.values())

"""The door of code lists: what rules, fields, pages and other rooms may use. No Flask, no templates."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.standards.codelists import memory, query, rows, shipped
from ckanext.satudata.standards.codelists.model import CodeList, CodeListCode, CodeListVersion

__all__ = ["Stored", "codes_in_force", "compare", "discard", "meant", "publish", "store"]

NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_ROWS_AT_ONCE = 2000

codes_in_force = memory.codes_in_force
meant = memory.meant


class Stored(dict[str, Any]):
    """What became of a load: ``{"id", "version", "verb", "count", "added", "removed", "changed"}``."""


def compare(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What a new version adds, takes out and changes, by code."""
    before, after = ({code["code"]: code for code in codes} for codes in (old, new))
    return {
        "added": [code for key, code in after.items() if key not in before],
        "removed": [code for key, code in before.items() if key not in after],
        "changed": [
            {"before": before[key], "after": code} for key, code in after.items() if before.get(key, code) != code
        ],
    }


def store(
    list_id: str,
    version: str,
    loaded: rows.LoadedList,
    *,
    user: str = "",
    publish: bool = True,
    dry_run: bool = False,
    facts: dict[str, Any] | None = None,
) -> Stored:
    """Write a version of a list, whole or not at all; the caller holds no open transaction.

    :param list_id: small letters, digits and ``_``
    :param version: as the list's owner calls it; a published one is never written again
    :param loaded: what :mod:`loader` read, or the API was sent
    :param publish: put it in force; else it is a draft only admins see
    :param dry_run: say what would become of it, and write nothing
    :param facts: title, description, source … that go before those of the file
    :returns: ``verb`` is ``created``, ``published`` (a draft of the same codes), or ``unchanged``
    :raises ValidationError: keyed by parameter; nothing was written
    """
    said = {**loaded.facts, **{key: value for key, value in (facts or {}).items() if value not in (None, "", {})}}
    _check_names(list_id, version)
    begins = _begins(said)
    digest = rows.digest(loaded.codes)
    new = [code.dictize() for code in loaded.codes]
    current = query.find(list_id)
    difference = compare(query.codes(current)[1] if current else [], new)
    result = Stored(
        id=list_id, version=version, count=len(new), verb="created", **{k: len(v) for k, v in difference.items()}
    )
    try:
        # Two loads of one list wait for each other, also before its row is there.
        model.Session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"satudata:{list_id}"})
        there = model.Session.scalars(
            sa.select(CodeListVersion).where(CodeListVersion.list_id == list_id, CodeListVersion.version == version)
        ).first()
        if there is not None and there.published_at is not None:
            if there.digest != digest:
                raise tk.ValidationError({"version": [tk._(
                    "Version {version} of {list} is published and holds other codes; a published version is never "
                    "changed. Give this one another version"
                ).format(version=version, list=list_id)]})  # fmt: skip
            result["verb"] = "unchanged"
        elif there is not None and there.digest == digest:
            result["verb"] = "published" if publish else "unchanged"
        if dry_run or result["verb"] == "unchanged":
            model.Session.rollback()
            return result
        _write_list(list_id, said)
        if there is not None and there.digest == digest:
            there.published_at = dt.datetime.utcnow()
        else:
            if there is not None:
                _remove(there)
            _write_version(list_id, version, said, begins, loaded, digest, user, publish)
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    memory.forget()
    return result


def _check_names(list_id: str, version: str) -> None:
    errors: dict[str, list[str]] = {}
    if list_id in query.TREE:
        errors["list"] = [tk._("Regions and organizations are loaded with `ckan satudata regions load`")]
    elif not NAME.fullmatch(list_id or ""):
        errors["list"] = [tk._("Name the list: 2 to 60 small letters, digits and _, beginning with a letter")]
    if not VERSION.fullmatch(version or ""):
        errors["version"] = [tk._("Name the version: up to 40 letters, digits, dots, - and _, for example 2026")]
    if errors:
        raise tk.ValidationError(errors)


def _begins(said: dict[str, Any]) -> dt.date | None:
    given = said.get("valid_from")
    if given in (None, "") or isinstance(given, dt.date):
        return given or None
    from ckanext.satudata.standards.periods import parse_day

    day = parse_day(given)
    if day is None:
        raise tk.ValidationError({"valid_from": [tk._("Write the day as 2026-01-31")]})
    return day


def _write_list(list_id: str, said: dict[str, Any]) -> None:
    row = model.Session.get(CodeList, list_id)
    ours = shipped.of(list_id)
    base = dict(ours.facts) if ours else {}
    if row is None:
        row = CodeList(id=list_id, title={"id": list_id, "en": list_id})
        model.Session.add(row)
    else:
        base = {}
    known = {**base, **said}
    for name in ("title", "description"):
        text = known.get(name)
        if isinstance(text, str):
            text = {"id": text, "en": text}
        if isinstance(text, dict) and any(text.values()):
            setattr(row, name, {lang: str(text.get(lang) or next(iter(text.values())))[:2000] for lang in ("id", "en")})
    for name in ("kind", "source"):
        if known.get(name):
            setattr(row, name, str(known[name])[:1000])
    if "show_code" in known:
        row.show_code = tk.asbool(known["show_code"])
    model.Session.flush()


def _write_version(
    list_id: str, version: str, said: dict[str, Any], begins: dt.date | None, loaded: rows.LoadedList, digest: str,
    user: str, publish: bool,
) -> None:  # fmt: skip
    now = dt.datetime.utcnow()
    row = CodeListVersion(
        list_id=list_id, version=version, valid_from=begins, note=str(said.get("note") or "")[:2000],
        columns=loaded.columns, digest=digest, count=len(loaded.codes), loaded_at=now, loaded_by=user,
        published_at=now if publish else None,
    )  # fmt: skip
    model.Session.add(row)
    model.Session.flush()
    for at in range(0, len(loaded.codes), _ROWS_AT_ONCE):
        model.Session.execute(
            sa.insert(CodeListCode),
            [
                {
                    "version_id": row.id, "place": place, "code": code.code, "label": code.label,
                    "parent": code.parent, "valid_from": code.valid_from, "valid_to": code.valid_to,
                    "successor": code.successor, "note": code.note, "aliases": code.aliases, "extra": code.extra,
                    "search_text": query.search_text(code),
                }
                for place, code in enumerate(loaded.codes[at : at + _ROWS_AT_ONCE], at)
            ],
        )  # fmt: skip


def _remove(row: CodeListVersion) -> None:
    model.Session.execute(sa.delete(CodeListCode).where(CodeListCode.version_id == row.id))
    model.Session.delete(row)
    model.Session.flush()


def _draft(list_id: str, version: str) -> CodeListVersion:
    row = model.Session.scalars(
        sa.select(CodeListVersion)
        .where(CodeListVersion.list_id == list_id, CodeListVersion.version == version)
        .with_for_update()
    ).first()
    if row is None:
        raise tk.ObjectNotFound(tk._("There is no version {version} of {list}").format(version=version, list=list_id))
    return row


def publish(list_id: str, version: str) -> None:
    """Put a draft in force; of what is published already, nothing changes.

    :raises ObjectNotFound: no such version
    """
    row = _draft(list_id, version)
    row.published_at = row.published_at or dt.datetime.utcnow()
    model.Session.commit()
    memory.forget()


def discard(list_id: str, version: str) -> None:
    """Remove a draft.

    :raises ObjectNotFound: no such version
    :raises ValidationError: it is published, and stays
    """
    row = _draft(list_id, version)
    if row.published_at is not None:
        model.Session.rollback()
        raise tk.ValidationError({"version": [tk._("A published version stays; publish a newer one in its place")]})
    _remove(row)
    model.Session.flush()
    if model.Session.scalar(sa.select(sa.func.count()).where(CodeListVersion.list_id == list_id)) == 0:
        model.Session.execute(sa.delete(CodeList).where(CodeList.id == list_id))
    model.Session.commit()
    memory.forget()

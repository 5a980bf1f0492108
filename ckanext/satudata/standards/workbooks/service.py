"""Importing BPS forms: first what would become of each item, then doing it, item by item, as the person who asked."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_title_to_name

from ckanext.satudata import config
from ckanext.satudata.languages import current
from ckanext.satudata.standards import registry

from . import matching, reading
from .model import DONE, FAILED, TAKEN, UPDATE, WAITING, FormImport, FormImportItem, counts, forget_before, items_of
from .planning import plan
from .reading import Found

log = logging.getLogger(__name__)

#: An item taken up so long ago and not ended was left by a worker that died.
PATIENCE = dt.timedelta(minutes=10)


def preview(user: model.User, organization: model.Group, filename: str, data: bytes) -> FormImport:
    """Read a workbook and keep what would become of each item; nothing else is written.

    :param data: the bytes of the workbook, at most ``satudata.forms.max_mb``
    :raises Refused: it cannot be read at all
    """
    book = reading.read(data)
    made = FormImport(
        id=str(uuid.uuid4()),
        user_id=user.id,
        organization_id=organization.id,
        filename=filename[:200] or "-",
        problems=[problem.as_dict() for problem in book.problems],
        total=len(book.found),
        language=current(),
    )
    planned = plan(user, organization.id, book.found)
    for place, item in enumerate(planned, 1):
        item.import_id, item.place = made.id, place
    forget_old()
    model.Session.add(made)
    model.Session.flush()
    model.Session.add_all(planned)
    model.Session.commit()
    return made


def forget_old() -> int:
    """Remove what is older than ``satudata.forms.keep_days``; the caller commits."""
    return forget_before(dt.datetime.utcnow() - dt.timedelta(days=config.forms_keep_days()))


# -- doing it -------------------------------------------------------------------------------------------------


def begin(made: FormImport) -> None:
    """Mark a preview as to be carried out; doing it twice changes nothing."""
    if made.started_at is None:
        made.started_at = dt.datetime.utcnow()
        model.Session.commit()


def work(import_id: str, seconds: float | None = None) -> bool:
    """Do what still waits, each item in transactions of its own; what stops one stops no other.

    :param seconds: stop after so long; None does all
    :returns: whether nothing waits any more
    """
    ends = time.monotonic() + seconds if seconds is not None else None
    return all(ends is None or time.monotonic() <= ends for _place in steps(import_id))


def steps(import_id: str) -> Iterator[int]:
    """As :func:`work`, telling the place of each item once it is over."""
    made = model.Session.get(FormImport, import_id, populate_existing=True)
    if made is None or made.started_at is None:
        return
    user = model.User.get(made.user_id)
    waiting = [item.place for item in items_of(import_id) if item.status in (WAITING, TAKEN)]
    for place in waiting:
        if _take(import_id, place):
            _note(import_id, place, _do(user, import_id, place))
            yield place
    if counts(import_id).waiting:
        return  # another process is at work on them
    model.Session.execute(
        sa.update(FormImport)
        .where(FormImport.id == import_id, FormImport.finished_at.is_(None))
        .values(finished_at=dt.datetime.utcnow())
    )
    model.Session.commit()


def _take(import_id: str, place: int) -> bool:
    """Take an item up, unless another process just did; one that died left it long ago."""
    now = dt.datetime.utcnow()
    item = FormImportItem
    taken = model.Session.execute(
        sa.update(item)
        .where(
            item.import_id == import_id,
            item.place == place,
            sa.or_(item.status == WAITING, sa.and_(item.status == TAKEN, item.taken_at < now - PATIENCE)),
        )
        .values(status=TAKEN, taken_at=now)
    )
    model.Session.commit()
    return bool(taken.rowcount)


def _do(user: model.User | None, import_id: str, place: int) -> dict[str, list[str]] | None:
    """Create or update one package by CKAN's own actions; what went wrong, by field, or None."""
    item = model.Session.get(FormImportItem, (import_id, place), populate_existing=True)
    made = model.Session.get(FormImport, import_id)
    if user is None or user.state != model.State.ACTIVE:
        return {"user": [tk._("The account that uploaded the workbook is no longer active.")]}
    context = {"user": user.name, "auth_user_obj": user}
    try:
        if item.fate == UPDATE:
            _update(context, item)
        else:
            _create(context, item, made.organization_id)
    except tk.ValidationError as error:
        model.Session.rollback()
        return {str(name): [str(text) for text in _flat(texts)] for name, texts in error.error_dict.items()}
    except tk.NotAuthorized as error:
        model.Session.rollback()
        return {"id": [str(error) or tk._("You may not change it.")]}
    except tk.ObjectNotFound:
        model.Session.rollback()
        return {"id": [tk._("It is no longer on the portal.")]}
    except Exception:
        log.exception("Item %s of the import %s failed", place, import_id)
        model.Session.rollback()
        return {"id": [tk._("It could not be saved. Try again later; the portal admin finds the reason in the log.")]}
    return None


def _update(context: dict[str, Any], item: FormImportItem) -> None:
    stored_now = model.Session.get(model.Package, item.package_id, populate_existing=True)
    if stored_now is None or stored_now.state == model.State.DELETED:
        raise tk.ObjectNotFound()
    if stored_now.metadata_modified.isoformat() != item.seen and _is_there(item, stored_now):
        return  # a worker that died had already done it
    # The guard compares it under the lock of the package.
    tk.get_action("package_patch")(
        context, {"id": item.package_id, "expected_metadata_modified": item.seen, **item.values}
    )


def _create(context: dict[str, Any], item: FormImportItem, organization_id: str) -> None:
    found = Found(item.kind, item.sheet, item.row, dict(item.values))
    there = matching.match(found, matching.stored(organization_id, item.kind))
    if there.package is not None or there.several:
        if there.package is not None and not matching.difference(found, there.package).values:
            item.package_id = there.package.id
            return
        raise tk.ValidationError({"title": [tk._("It was made on the portal after the preview. Upload the workbook "
                                                 "again to see what would change now.")]})  # fmt: skip
    package = tk.get_action("package_create")(
        context,
        {
            **item.values,
            "type": item.kind,
            "name": free_name(item.title, str(item.values.get("tahun") or "")),
            "owner_org": organization_id,
            # CKAN's own draft waits for a step of files; a type without files has none.
            "state": "draft" if "resource_fields" in (registry.schema_of(item.kind) or {}) else "active",
        },
    )
    item = model.Session.get(FormImportItem, (item.import_id, item.place), populate_existing=True)
    item.package_id = package["id"]


def _is_there(item: FormImportItem, package: model.Package) -> bool:
    values = {**(package.extras or {}), "title": package.title or ""}
    now = matching.Stored(package.id, package.name, package.title or "", package.state, "", values)
    return not matching.difference(Found(item.kind, item.sheet, item.row, dict(item.values)), now).values


def free_name(title: str, year: str) -> str:
    """A name nobody has, from title and year."""
    base = munge_title_to_name(title)[:80].strip("-_") or "formulir"
    if len(base) < 2:
        base = f"formulir-{base}"
    if year.isdigit() and not base.endswith(year):
        base = f"{base}-{year}"
    like = base.replace("_", r"\_")
    taken = set(
        model.Session.scalars(sa.select(model.Package.name).where(model.Package.name.like(f"{like}%", escape="\\")))
    )
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _flat(texts: Any) -> list[Any]:
    """Texts of an error, those of rows and resources included."""
    if isinstance(texts, dict):
        return [one for each in texts.values() for one in _flat(each)]
    if isinstance(texts, (list, tuple)):
        return [one for each in texts for one in _flat(each)]
    return [texts] if texts else []


def _note(import_id: str, place: int, errors: dict[str, list[str]] | None) -> None:
    item = model.Session.get(FormImportItem, (import_id, place))
    item.status, item.error = (FAILED, errors) if errors else (DONE, None)
    model.Session.commit()

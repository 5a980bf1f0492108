"""What everybody may read of published data whose access is *terbatas*: their metadata, and nothing of their files.

One record (``record.py``) serves our own pages and the harvest view.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.review import workflows
from ckanext.satudata.review.model import PUBLICATION, Review
from ckanext.satudata.standards import service as standards

from .decisions import LIMITED
from .model import DECISION, Restriction
from .record import NAMES_OTHERS, metadata_of, moment, others_named, record


def spellings(level: str) -> list[str]:
    """Every text that means a level where nothing has normalised it: value and labels, in small letters.

    The database is asked with these; what it gives is asked again by ``access_level``, which knows aliases too.
    """
    labels = standards.choice_labels("dataset", "accesslevel").get(level, [])
    return sorted({level, *(text.lower() for text in labels)})


def shown() -> Any:
    """The condition for published data with restricted access, on ``Package`` joined to ``Review``."""
    package = model.Package
    return sa.and_(
        Review.track == PUBLICATION,
        Review.state.in_(workflows.in_force().names(public=True)),
        package.state == model.State.ACTIVE,
        # Written so that a partial index over private datasets serves it (docs/access.md): IS TRUE does not.
        package.private,
        sa.func.lower(sa.func.btrim(package.extras["accesslevel"].astext)).in_(spellings(LIMITED)),
    )


def find(name_or_id: str) -> model.Package | None:
    """The published, restricted dataset at this address, or None; one query."""
    package = model.Package
    return model.Session.scalars(
        sa.select(package)
        .join(Review, Review.package_id == package.id)
        .where(sa.or_(package.id == name_or_id, package.name == name_or_id), shown())
        .limit(1)
    ).first()


def listed(filters: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Restricted data, newest change first: how many, and one page of flattened records.

    :param filters: ``q``, ``organization`` (an id; with everything below it), ``type``, ``since`` (naive UTC), ``page``
    """
    package, group = model.Package, model.Group
    query = (
        sa.select(package.id)
        .join(Review, Review.package_id == package.id)
        .outerjoin(group, group.id == package.owner_org)
        .where(shown())
    )
    for condition in _filtered(filters, package, group):
        query = query.where(condition)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    page = filters["page"]
    order = (package.metadata_modified.desc(), package.id)
    ids = list(model.Session.scalars(query.order_by(*order).limit(page.limit).offset(page.offset)))
    return int(count or 0), _records(ids)


def _filtered(filters: dict[str, Any], package: Any, group: Any) -> list[Any]:
    conditions: list[Any] = []
    for word in str(filters.get("q") or "").split()[:8]:
        # Only what the record shows is searched through: what finds something tells of it.
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(
            sa.or_(
                package.title.ilike(pattern),
                package.notes.ilike(pattern),
                group.title.ilike(pattern),
                package.extras["konsep"].astext.ilike(pattern),
            )
        )
    if filters.get("organization"):
        conditions.append(package.owner_org.in_(regions.subtree_select([filters["organization"]])))
    if filters.get("type"):
        conditions.append(package.type == filters["type"])
    if filters.get("since"):
        conditions.append(package.metadata_modified >= filters["since"])
    return conditions


def _records(ids: list[str]) -> list[dict[str, Any]]:
    """Flattened records in the order of their ids; five queries, however many."""
    if not ids:
        return []
    package, group = model.Package, model.Group
    packages = {one.id: one for one in model.Session.scalars(sa.select(package).where(package.id.in_(ids)))}
    owners = {
        one.id: one
        for one in model.Session.scalars(
            sa.select(group).where(group.id.in_({one.owner_org for one in packages.values() if one.owner_org}))
        )
    }
    tags = _tags(ids)
    newest = (
        sa.select(Restriction)
        .where(Restriction.package_id.in_(ids), Restriction.kind == DECISION)
        .distinct(Restriction.package_id)
        .order_by(Restriction.package_id, Restriction.id.desc())
    )
    decided = {row.package_id: row for row in model.Session.scalars(newest)}
    hidden = hidden_among(others_named(packages.values()))
    return [
        record(packages[id], owners.get(packages[id].owner_org), tags.get(id, []), decided.get(id), hidden)
        for id in ids
        if id in packages
    ]


def _tags(ids: list[str]) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    tagged = (
        sa.select(model.PackageTag.package_id, model.Tag.name)
        .join(model.Tag, model.Tag.id == model.PackageTag.tag_id)
        .where(model.PackageTag.package_id.in_(ids), model.PackageTag.state == model.State.ACTIVE)
        .order_by(model.Tag.name)
    )
    for row in model.Session.execute(tagged):
        tags.setdefault(row.package_id, []).append(row.name)
    return tags


def hidden_among(names: Collection[str]) -> frozenset[str]:
    """Ids and names, among these, of packages that not everybody may see; one query."""
    if not names:
        return frozenset()
    package = model.Package
    query = sa.select(package.id, package.name).where(
        sa.or_(package.id.in_(names), package.name.in_(names)),
        sa.or_(package.private.is_(True), package.state != model.State.ACTIVE),
    )
    return frozenset(value for row in model.Session.execute(query) for value in row)


def values_of(package: model.Package) -> dict[str, Any]:
    """The values of one restricted dataset as its page shows them; see :func:`record.metadata_of`."""
    return metadata_of(package, hidden_among(others_named([package])))


def limited_ids(types: Iterable[str]) -> list[str]:
    """Ids of all published, restricted packages of these types; one query."""
    package = model.Package
    query = sa.select(package.id).join(Review, Review.package_id == package.id)
    return list(model.Session.scalars(query.where(shown(), package.type.in_(tuple(types))).order_by(package.id)))


def described(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What other programs are given of published, restricted packages, by id, as package_show has it; two queries.

    Names of other packages are left out: whether they may be shown changes without this package and its date.

    :param ids: of packages; one that is not published and restricted is left out
    """
    package = model.Package
    query = sa.select(package).join(Review, Review.package_id == package.id)
    found = list(model.Session.scalars(query.where(package.id.in_(tuple(ids)), shown())))
    tags = _tags([one.id for one in found])
    return {
        one.id: {
            **metadata_of(one, hidden=None),
            "id": one.id,
            "name": one.name,
            "title": one.title,
            "notes": one.notes,
            "type": one.type,
            "owner_org": one.owner_org,
            "metadata_created": moment(one.metadata_created),
            "metadata_modified": moment(one.metadata_modified),
            "accesslevel": LIMITED,
            "tags": [{"name": name} for name in tags.get(one.id, [])],
            "resources": [],
        }
        for one in found
    }


def searchable(package_type: str) -> frozenset[str]:
    """Fields of a type that :func:`described` tells: what may be searched without telling more."""
    return frozenset(standards.public_fields(package_type)) - frozenset(NAMES_OTHERS)


def show(package: model.Package) -> dict[str, Any]:
    """The flattened record of one restricted dataset."""
    return _records([package.id])[0]


def address(name_or_id: str) -> str:
    """Where the description of a restricted dataset is read; empty where nothing restricted is published there."""
    package = find(name_or_id)
    return str(tk.url_for("satudata_restricted.show", id=package.name)) if package is not None else ""

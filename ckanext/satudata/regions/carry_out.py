"""Writing a plan (see ``plan.py``), all or nothing."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model, plugins
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.regions import sync, write
from ckanext.satudata.regions.model import region, search_text
from ckanext.satudata.regions.plan import Progress, Step

CHUNK = 500


def apply(steps: list[Step], advance: Progress = lambda count: None) -> None:
    """Write the plan in one transaction: organizations and ``Member`` rows as CKAN keeps them, then our columns.

    Bare models, not ``organization_create``: that one commits, dictizes and reads back for each organization.
    """
    try:
        for part in _parts(steps):
            _write(part)
            advance(len(part))
        model.repo.commit()
    except Exception:
        model.Session.rollback()
        raise


def _parts(steps: list[Step]) -> Iterable[list[Step]]:
    return (steps[start : start + CHUNK] for start in range(0, len(steps), CHUNK))


def _write(steps: list[Step]) -> None:
    new = [step for step in steps if step.is_new]
    if new:
        _insert(new)
    for step in steps:
        if step.moves and not step.is_new:
            write.set_parent(step.id, step.parent_id)
    _write_columns([step for step in steps if step.values])
    listeners = list(plugins.PluginImplementations(plugins.IOrganizationController))
    if new and listeners:
        for made in model.Session.query(model.Group).filter(model.Group.id.in_([step.id for step in new])):
            for listener in listeners:
                listener.create(made)


def _insert(new: list[Step]) -> None:
    # Not by the session: before the commit CKAN would ask for the packages of each new Member row, one by one
    # (ckan.model.modification); measured on 3,000 rows, that took as long as all the rest.
    model.Session.execute(
        model.group_table.insert(),
        [
            {
                "id": step.id,
                "name": step.name,
                "title": step.title,
                "description": "",
                "image_url": "",
                "type": "organization",
                "is_organization": True,
                "extras": {},
            }
            for step in new
        ],
    )
    links = [
        {"table_name": "group", "table_id": step.parent_id, "group_id": step.id, "capacity": "parent"}
        for step in new
        if step.parent_id
    ]
    if links:
        model.Session.execute(model.member_table.insert(), links)
    sync.sync(model.Session.connection(), [step.id for step in new])


def _write_columns(steps: list[Step]) -> None:
    if not steps:
        return
    ids = [step.id for step in steps]
    # Codes may change places between rows; UNIQUE looks at each row as it is written.
    giving_up = [step.id for step in steps if not step.is_new and {"kode_kemendagri", "kode_bps"} & set(step.values)]
    now = {
        row.organization_id: row
        for row in model.Session.execute(sa.select(region).where(region.c.organization_id.in_(ids)))
    }
    keys = ("kind", "kode_kemendagri", "kode_bps", "aliases", "programmes")
    values = []
    for step in steps:
        old = now[step.id]
        entry = {key: step.values.get(key, old._mapping[key]) for key in keys}
        entry["search_text"] = search_text(step.title, step.name, entry["aliases"])
        values.append({"organization_id": step.id, "path": old.path, **entry})
    if giving_up:
        model.Session.execute(
            region.update().where(region.c.organization_id.in_(giving_up)).values(kode_kemendagri=None, kode_bps=None)
        )
    upsert = insert(region)
    changed = {key: upsert.excluded[key] for key in (*keys, "search_text")}
    model.Session.execute(upsert.on_conflict_do_update(index_elements=[region.c.organization_id], set_=changed), values)

"""Writing a plan (see ``plan.py``), all or nothing."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model, plugins
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.regions import write
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
    listeners = list(plugins.PluginImplementations(plugins.IOrganizationController))
    groups = []
    for step in steps:
        if step.is_new:
            made = model.Group(name=step.name, title=step.title, type="organization", is_organization=True)
            made.id = step.id
            groups.append(made)
            model.Session.add(made)
            if step.parent_id:
                model.Session.add(
                    model.Member(group=made, table_id=step.parent_id, table_name="group", capacity="parent")
                )
        elif step.moves:
            write.set_parent(step.id, step.parent_id)
    model.Session.flush()
    _write_columns([step for step in steps if step.values])
    for made in groups:
        for listener in listeners:
            listener.create(made)


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

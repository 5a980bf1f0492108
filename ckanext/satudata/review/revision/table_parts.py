"""What hangs on a DataStore table beside its rows: indexes, sequences, triggers, aliases, rights.

CKAN makes the names of all of them from the id of the resource, and looks for them by name: an index under another
name is built a second time. So a table that changes its name takes them along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import ckantoolkit as tk
import sqlalchemy as sa

Connection = sa.Connection


def quote(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""').replace("\0", "") + '"'


def literal(text: str) -> str:
    """A string, quoted."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def run(connection: Connection, statement: str) -> sa.CursorResult[tuple[object, ...]]:
    """Send a statement as it is: names of columns may hold colons and per cents."""
    return connection.execution_options(no_parameters=True).exec_driver_sql(statement)


def oid_of(connection: Connection, name: str) -> int | None:
    """The table of that name (no view), or None."""
    query = sa.text(
        "SELECT c.oid FROM pg_class c WHERE c.relname = :name AND c.relkind IN ('r', 'p') "
        "AND c.relnamespace = 'public'::regnamespace"
    )
    return connection.scalar(query, {"name": name})


def columns_of(connection: Connection, oid: int) -> list[tuple[str, str, bool]]:
    """Name and type of each column in order, and whether PostgreSQL computes it."""
    query = sa.text(
        "SELECT attname, format_type(atttypid, atttypmod), attgenerated <> '' FROM pg_attribute "
        "WHERE attrelid = :oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query, {"oid": oid})]


def comments_of(connection: Connection, oid: int) -> dict[str, str]:
    """The data dictionary as CKAN keeps it: a comment per column."""
    query = sa.text(
        "SELECT a.attname, d.description FROM pg_attribute a JOIN pg_description d "
        "ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass "
        "WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped"
    )
    return {row[0]: row[1] for row in connection.execute(query, {"oid": oid})}


def sequences_of(connection: Connection, oid: int) -> list[tuple[str, str, str]]:
    """Column, name and type of every sequence that a ``serial`` column brought."""
    query = sa.text(
        "SELECT a.attname, s.relname, format_type(q.seqtypid, NULL) FROM pg_depend d "
        "JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid "
        "JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid "
        "WHERE d.refobjid = :oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'a' ORDER BY a.attnum"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query, {"oid": oid})]


def renamed(name: str, old_id: str, new_id: str) -> str:
    """A name that starts with the id of the resource (key, sequence), for another resource."""
    return new_id + name[len(old_id) :] if name.startswith(old_id) else name


def index_names(connection: Connection, oid: int, old_id: str, new_id: str) -> dict[str, str]:
    """What the indexes of a table are called, and what CKAN would call them for another resource.

    CKAN's name is the SHA-1 of the resource id and the indexed expression as CKAN wrote it. The expression cannot be
    read back from the name, so every one CKAN can have written for these columns is tried. An index of somebody else
    keeps its name.
    """
    query = sa.text(
        "SELECT i.relname, pg_get_indexdef(i.oid), ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) "
        "WITH ORDINALITY AS k(attnum, place) JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum "
        "ORDER BY k.place) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = :oid"
    )
    found = connection.execute(query, {"oid": oid}).all()
    languages = {str(tk.config.get("ckan.datastore.default_fts_lang") or "english")}
    for _name, definition, _columns in found:
        languages.update(re.findall(r"to_tsvector\('([^']+)'", definition))
    columns = [name for name, _type, _generated in columns_of(connection, oid)]
    known = {_ckan_name(old_id, text): text for text in _expressions(columns, languages)}
    names = {}
    for name, _definition, indexed in found:
        text = known.get(name)
        if text is None:
            joined = ", ".join(map(quote, indexed))
            text = joined if _ckan_name(old_id, joined) == name else None
        names[name] = _ckan_name(new_id, text) if text else renamed(name, old_id, new_id)
    return names


def _ckan_name(resource_id: str, expression: str) -> str:
    return hashlib.sha1((resource_id + expression).encode("utf-8"), usedforsecurity=False).hexdigest()


def _expressions(columns: list[str], languages: set[str]) -> Iterator[str]:
    for column in columns:
        name = quote(column)
        yield name
        yield f"(({name}).json::text)"
        for language in languages:
            yield f"to_tsvector({literal(language)}, {name})"
            yield f"to_tsvector({literal(language)}, cast({name} AS text))"


def index_statements(connection: Connection, oid: int, old_id: str, new_id: str) -> Iterator[str]:
    """Statements that give another resource's table the keys and indexes of this one."""
    names = index_names(connection, oid, old_id, new_id)
    constraints = sa.text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = :oid AND contype IN "
        "('p', 'u', 'x') ORDER BY contype"
    )
    for name, definition in connection.execute(constraints, {"oid": oid}).all():
        yield f"ALTER TABLE {quote(new_id)} ADD CONSTRAINT {quote(_free(names[name], name, new_id))} {definition}"
    plain = sa.text(
        "SELECT i.relname, x.indisunique, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON "
        "i.oid = x.indexrelid WHERE x.indrelid = :oid AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid AND c.conrelid = x.indrelid) ORDER BY i.oid"
    )
    for name, unique, definition in connection.execute(plain, {"oid": oid}).all():
        # CREATE [UNIQUE] INDEX name ON public."<id>" USING …: what comes after the table is taken as it is.
        rest = definition.split(f" ON public.{quote(old_id)} ", 1)[1]
        kind = "UNIQUE INDEX" if unique else "INDEX"
        yield f"CREATE {kind} {quote(_free(names[name], name, new_id))} ON {quote(new_id)} {rest}"


def _free(name: str, old: str, new_id: str) -> str:
    """A name for a second index of somebody's own: names of indexes are unique in the database."""
    return _ckan_name(new_id, old) if name == old else name


def trigger_statements(connection: Connection, oid: int, old_id: str, new_id: str) -> Iterator[str]:
    """Statements that give another resource's table the triggers of this one."""
    query = sa.text(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = :oid AND NOT tgisinternal ORDER BY tgname"
    )
    for definition in connection.scalars(query, {"oid": oid}).all():
        before, after = definition.split(f" ON public.{quote(old_id)} ", 1)
        yield f"{before} ON {quote(new_id)} {after}"


def grant_statements(connection: Connection, oid: int, name: str) -> Iterator[str]:
    """Statements that give a table or view the rights that others than its owner have on this one."""
    query = sa.text(
        "SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, a.privilege_type "
        "FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = :oid AND a.grantee <> c.relowner"
    )
    for grantee, privilege in connection.execute(query, {"oid": oid}).all():
        yield f"GRANT {privilege} ON {quote(name)} TO {quote(grantee) if grantee else 'PUBLIC'}"


def view_statements(connection: Connection, oid: int, name: str) -> tuple[list[str], list[str]]:
    """Statements that drop the views on a table, and those that make them anew on the table of that name.

    An alias of CKAN is a view of all columns: it is one of all columns of the new table. A view somebody wrote keeps
    its own words.
    """
    query = sa.text(
        "SELECT DISTINCT v.oid, v.relname, pg_get_viewdef(v.oid), ARRAY(SELECT attname::text FROM pg_attribute "
        "WHERE attrelid = v.oid AND attnum > 0 ORDER BY attnum) FROM pg_depend d "
        "JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass "
        "JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v' WHERE d.refobjid = :oid ORDER BY v.oid"
    )
    columns = [column for column, _type, _generated in columns_of(connection, oid)]
    drops, makes = [], []
    for view, alias, definition, shown in connection.execute(query, {"oid": oid}).all():
        drops.append(f"DROP VIEW {quote(alias)}")
        body = f"SELECT * FROM {quote(name)}" if shown == columns else definition.rstrip().rstrip(";")  # noqa: S608
        makes.append(f"CREATE VIEW {quote(alias)} AS {body}")
        makes.extend(grant_statements(connection, view, alias))
    return drops, makes

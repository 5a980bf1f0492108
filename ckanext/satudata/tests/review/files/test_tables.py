"""A DataStore table is copied whole, and put in the place of another in one moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
from ckanext.satudata.review.revision import table_parts, tables
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

#: Names a spreadsheet of an office may have.
FIELDS = [
    {"id": "kecamatan", "type": "text", "info": {"label": "Kecamatan", "notes": "nama : resmi 100%"}},
    {"id": "Persen %", "type": "numeric"},
    {"id": "laki:laki", "type": "int"},
    {"id": "kata 'kutip'", "type": "text"},
    {"id": "tanggal", "type": "timestamp"},
]
RECORDS = [
    {"kecamatan": "Medan Kota", "Persen %": 10.5, "laki:laki": 7, "kata 'kutip'": "satu", "tanggal": "2024-01-02"},
    {"kecamatan": "Medan Baru", "Persen %": 20, "laki:laki": 9, "kata 'kutip'": "dua", "tanggal": "2024-01-03"},
]


@pytest.fixture
def function(lasting_city: SimpleNamespace) -> Iterator[str]:
    """A trigger function of the kind CKAN lets a sysadmin make."""
    name = "satudata_uji_besar"
    call_as(
        lasting_city.sysadmin,
        "datastore_function_create",
        name=name,
        or_replace=True,
        rettype="trigger",
        definition="BEGIN NEW.kecamatan := upper(NEW.kecamatan); RETURN NEW; END;",
    )
    yield name


#: Who makes the tables here, in drafts of her own.
PRODUCER: dict[str, Any] = {}


def call_action(action: str, **data: Any) -> Any:
    return call_as(PRODUCER, action, **data)


@pytest.fixture
def made(lasting_city: SimpleNamespace) -> Callable[[], str]:
    """Makes an empty resource in a new draft."""

    PRODUCER.update(lasting_city.producer)

    def make() -> str:
        data = submittable(lasting_city.kelurahan, resources=[{"name": "Tabel", "url_type": "datastore", "url": "x"}])
        return call_as(lasting_city.producer, "package_create", **data)["resources"][0]["id"]

    return make


@pytest.fixture
def live(function: str, made: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A table as CKAN makes it, with everything it may have."""
    resource_id = made()
    monkeypatch.setitem(tk.config, "ckan.datastore.default_fts_index_field_types", ["text", "int4"])
    call_action(
        "datastore_create",
        resource_id=resource_id,
        fields=FIELDS,
        records=RECORDS,
        primary_key=["laki:laki"],
        indexes=["kecamatan", ["kecamatan", "Persen %"]],
        aliases=[f"jumlah-{resource_id[:8]}"],
        triggers=[{"function": function}],
    )
    yield resource_id
    tables.drop([resource_id])


def shape(resource_id: str) -> dict[str, Any]:
    """What hangs on a table, with its own id written as <id>."""
    with get_write_engine().connect() as connection:
        oid = table_parts.oid_of(connection, resource_id)
        assert oid is not None
        names = table_parts.index_names(connection, oid, resource_id, "0")
        found = {
            "columns": table_parts.columns_of(connection, oid),
            "dictionary": table_parts.comments_of(connection, oid),
            "sequences": table_parts.sequences_of(connection, oid),
            "indexes": sorted(names.values()),
            "triggers": list(table_parts.trigger_statements(connection, oid, resource_id, "0")),
            "rights": sorted(table_parts.grant_statements(connection, oid, "0")),
            "default": connection.scalar(
                sa.text(
                    "SELECT column_default FROM information_schema.columns WHERE table_name = :id AND column_name='_id'"
                ),
                {"id": resource_id},
            ),
        }
    return {name: repr(part).replace(resource_id, "<id>") for name, part in found.items()}


def total(resource_id: str) -> int:
    return int(call_action("datastore_search", resource_id=resource_id, limit=0)["total"])


def rows(resource_id: str) -> list[dict[str, Any]]:
    with get_read_engine().connect() as connection:
        query = table_parts.run(connection, f"SELECT * FROM {table_parts.quote(resource_id)} ORDER BY _id")
        return [dict(row._mapping) for row in query]


def test_a_copy_has_the_rows_and_all_that_hangs_on_the_table(live: str) -> None:
    copy = str(uuid.uuid4())
    assert tables.copy(live, copy) == 2
    assert rows(copy) == rows(live)
    assert shape(copy) == shape(live)
    assert "nama : resmi 100%" in shape(copy)["dictionary"]
    # The key, one for the words of a row, the unique one, two asked for, three for the words of a column.
    assert shape(copy)["indexes"].count(",") == 7
    assert shape(copy)["triggers"].count("EXECUTE FUNCTION") == 2
    assert tables.fingerprint(copy) == tables.fingerprint(live)
    tables.drop([copy])


def test_ckan_finds_the_indexes_of_a_copy_by_name_and_makes_no_second_ones(live: str, made: Callable[[], str]) -> None:
    copy = made()
    tables.copy(live, copy)
    before = shape(copy)["indexes"]
    call_action("datastore_create", resource_id=copy, fields=FIELDS, records=[])
    assert shape(copy)["indexes"] == before
    tables.drop([copy])


def test_rows_added_to_a_copy_go_on_counting_and_leave_the_live_table_alone(live: str, made: Callable[[], str]) -> None:
    copy = made()
    tables.copy(live, copy)
    more = {"kecamatan": "belawan", "Persen %": 1, "laki:laki": 11, "kata 'kutip'": "tiga"}
    call_action("datastore_upsert", resource_id=copy, method="insert", records=[more])
    assert [row["_id"] for row in rows(copy)] == [1, 2, 3]
    assert rows(copy)[-1]["kecamatan"] == "BELAWAN"
    assert call_action("datastore_search", resource_id=copy, q="belawan")["total"] == 1
    assert len(rows(live)) == 2
    tables.drop([live])
    call_action("datastore_upsert", resource_id=copy, method="insert", records=[{**more, "laki:laki": 12}])
    assert len(rows(copy)) == 4
    tables.drop([copy])


def test_a_swap_gives_readers_of_the_live_id_the_other_table_with_names_as_if_made_there(live: str) -> None:
    copy = str(uuid.uuid4())
    tables.copy(live, copy)
    expected, alias = shape(live), f"jumlah-{live[:8]}"
    with get_write_engine().begin() as connection:
        table_parts.run(connection, f"DELETE FROM {table_parts.quote(copy)} WHERE _id = 1")
    assert total(live) == 2
    with tables.prepared_swap([(copy, live)], copy) as swap:
        swap.commit()
    assert total(live) == 1
    assert [row["kecamatan"] for row in rows(live)] == ["MEDAN BARU"]
    assert shape(live) == expected
    assert not tables.has_table(copy)
    assert call_action("datastore_search", resource_id=alias)["total"] == 1
    assert alias in call_action("datastore_info", id=live)["meta"]["aliases"]


def test_a_swap_that_is_left_without_commit_has_not_happened(live: str) -> None:
    copy = str(uuid.uuid4())
    tables.copy(live, copy)
    before = shape(live)
    with pytest.raises(ZeroDivisionError), tables.prepared_swap([(copy, live)], copy):
        raise ZeroDivisionError
    assert tables.has_table(copy)
    assert shape(live) == before
    assert tables.redo([(copy, live)], copy) is True
    assert tables.redo([(copy, live)], copy) is False
    assert shape(live) == before
    assert not tables.has_table(copy)


def test_a_swap_that_is_redone_late_takes_no_newer_table_away(live: str) -> None:
    token = str(uuid.uuid4())
    with tables.prepared_swap([(None, live)], token) as swap:
        swap.commit()
    assert not tables.has_table(live)
    call_action("datastore_create", resource_id=live, fields=[{"id": "a", "type": "int"}])
    assert tables.redo([(None, live)], token) is False
    assert tables.has_table(live)


def test_a_table_that_only_one_side_has_comes_or_goes(live: str) -> None:
    copy, empty = str(uuid.uuid4()), str(uuid.uuid4())
    tables.copy(live, copy)
    # The live resource had none: the copy's becomes its table.
    with tables.prepared_swap([(copy, empty)], copy) as swap:
        swap.commit()
    assert len(rows(empty)) == 2
    assert shape(empty) == shape(live)
    # The copy has none: the live one goes, with its aliases.
    with tables.prepared_swap([(copy, empty)], copy + "2") as swap:
        swap.commit()
    assert not tables.has_table(empty)
    assert tables.copy(empty, copy) is None
    with tables.prepared_swap([(str(uuid.uuid4()), live)], copy + "3") as swap:
        swap.commit()
    assert not tables.has_table(live)
    with pytest.raises(tk.ObjectNotFound):
        call_action("datastore_search", resource_id=f"jumlah-{live[:8]}")


def test_another_answer_to_the_dictionary_is_another_fingerprint(live: str) -> None:
    before = tables.fingerprint(live)
    fields: list[Any] = [dict(FIELDS[0], info={"label": "Wilayah"}), *FIELDS[1:]]
    call_action("datastore_create", resource_id=live, fields=fields)
    after = tables.fingerprint(live)
    assert before is not None and after is not None
    assert (before["rows"], before["hash"]) == (after["rows"], after["hash"])
    assert before["fields"] != after["fields"]
    assert tables.fingerprint(str(uuid.uuid4())) is None


def test_a_table_that_stays_busy_is_left_alone_and_says_so(live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PATIENCE_SECONDS", 0.5)
    copy = str(uuid.uuid4())
    tables.copy(live, copy)
    with get_read_engine().connect() as reader:
        table_parts.run(reader, f"SELECT * FROM {table_parts.quote(live)}")
        with pytest.raises(tables.SwapRefused) as refused, tables.prepared_swap([(copy, live)], copy):
            pass
        assert refused.value.busy
    assert tables.redo([(copy, live)], copy) is True


def test_a_view_that_somebody_wrote_on_the_table_keeps_its_words(live: str) -> None:
    copy = str(uuid.uuid4())
    tables.copy(live, copy)
    with get_write_engine().begin() as connection:
        table_parts.run(connection, f"CREATE VIEW uji_nama AS SELECT kecamatan AS nama FROM {table_parts.quote(live)}")
    with tables.prepared_swap([(copy, live)], copy) as swap:
        swap.commit()
    with get_write_engine().begin() as connection:
        assert len(table_parts.run(connection, "SELECT nama FROM uji_nama").all()) == 2
        table_parts.run(connection, "CREATE MATERIALIZED VIEW uji_simpan AS SELECT * FROM uji_nama")
    tables.copy(live, copy)
    try:
        with pytest.raises(tables.SwapRefused, match="depend") as refused:
            tables.redo([(copy, live)], copy + "x")
        assert not refused.value.busy
        assert len(rows(live)) == 2
    finally:
        with get_write_engine().begin() as connection:
            table_parts.run(connection, "DROP MATERIALIZED VIEW uji_simpan; DROP VIEW uji_nama")
        tables.drop([copy])

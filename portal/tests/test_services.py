"""Real servers in a directory of their own, beside those the suite runs on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from portal import processes, services
from portal.home import Home


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Servers in a new directory; ended, and their data removed, at the end."""
    home = Home(tmp_path_factory.mktemp("portal") / "home")
    made = services.Services(home)
    made.up()
    yield made
    made.down()
    made.postgres.remove()


def test_a_second_up_starts_nothing(running):
    before = running.status()
    assert all(pid for pid, _ in before.values())
    assert running.up() == []
    assert running.status() == before


def test_a_place_has_databases_an_index_and_a_reader_who_cannot_write(running):
    place = services.make_place(running, "first", 1)
    assert place.new_databases
    assert place.new_core
    again = services.make_place(running, "first", 1)
    assert not again.new_databases
    assert not again.new_core
    assert running.postgres.sql("SELECT count(*) FROM _table_metadata", "first_datastore").strip().isdigit()
    rights = f"SELECT has_schema_privilege('{services.READER}', 'public', 'CREATE')"
    assert running.postgres.sql(rights, "first_datastore").strip() == "f"
    rights = f"SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = '{services.OWNER}'"
    assert running.postgres.sql(rights).strip() == "f"


def test_a_dropped_place_is_gone_and_can_be_made_again(running):
    services.make_place(running, "second", 2)
    services.drop_place(running, "second", 2)
    assert "second" not in running.postgres.sql("SELECT datname FROM pg_database").split()
    assert services.make_place(running, "second", 2).new_databases


def test_servers_that_were_killed_come_up_again_with_their_data(running):
    place = services.make_place(running, "third", 3)
    running.postgres.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", "third")
    for pid, _ in running.status().values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while any(pid for pid, _ in running.status().values()) and time.monotonic() < deadline:
        for service in running.all:
            processes.reap(processes.read_pid(service.pid_file) or 0)
        time.sleep(0.1)
    assert sorted(running.up()) == ["postgresql", "redis", "solr"]
    assert running.postgres.sql("SELECT n FROM kept", "third").strip() == "7"
    again = services.make_place(running, "third", 3)
    assert not again.new_core
    assert (again.solr_url, again.sqlalchemy_url) == (place.solr_url, place.sqlalchemy_url)


def test_a_lost_pid_file_is_found_again(running):
    pid = running.redis.pid()
    running.redis.pid_file.unlink()
    assert running.redis.pid() == pid
    assert running.up() == []


def test_down_ends_what_is_named_and_nothing_else(running):
    assert running.down(["redis"]) == ["redis"]
    status = running.status()
    assert status["redis"][0] is None
    assert status["postgresql"][0]
    assert status["solr"][0]
    assert running.up() == ["redis"]


def test_data_whose_passwords_were_lost_are_made_anew(running):
    (running.home.path / "secrets.json").unlink()
    assert running.up() == ["postgresql"]
    assert "third" not in running.postgres.sql("SELECT datname FROM pg_database").split()

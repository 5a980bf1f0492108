"""The three servers together, and the places in them that one portal or one test run uses."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from portal.errors import PortalError
from portal.home import Home
from portal.postgres import Postgres
from portal.redis_server import Redis
from portal.solr_server import Solr

Say = Callable[[str], None]


class Services:
    """PostgreSQL, Redis and Solr of one portal's directory.

    :param say: told what happens
    :param fast: for tests, whose data need not outlive a crash
    """

    def __init__(self, home: Home, say: Say | None = None, *, fast: bool = False) -> None:
        self.home = home
        self.say = say or (lambda text: None)
        self.postgres = Postgres(home, fast=fast)
        self.redis = Redis(home, fast=fast)
        self.solr = Solr(home, self._jar_fetched, fast=fast)

    @property
    def all(self) -> tuple[Postgres, Redis, Solr]:
        return self.postgres, self.redis, self.solr

    def up(self, started: list[str] | None = None) -> list[str]:
        """Start what does not run, all at once; the names of what was started.

        :param started: filled with the same names as they are begun, for tidying up after an interruption
        :raises PortalError: for the first that does not come up; those that did stay up
        """
        self.home.prepare()
        missing = [service for service in self.all if not (service.pid() and service.ready())]
        if started is not None:
            started += [service.name for service in missing]
        taken = {service.port for service in self.all if service not in missing}
        with ThreadPoolExecutor(len(self.all)) as pool:
            jobs = [pool.submit(self._start, service, taken) for service in missing]
            errors = [job.exception() for job in jobs]
        for error in errors:
            if error:
                raise error
        return [service.name for service in missing]

    def down(self, names: Iterable[str] | None = None) -> list[str]:
        """End what runs (of ``names``, if given); the names of what was ended."""
        return [service.name for service in self.all if (names is None or service.name in names) and service.stop()]

    def status(self) -> dict[str, tuple[int | None, int]]:
        """Per service its pid (None if it does not run) and its port."""
        return {service.name: (service.pid(), service.port) for service in self.all}

    def _start(self, service: Postgres | Redis | Solr, taken: set[int]) -> None:
        begin = time.monotonic()
        service.start(taken)
        self.say(f"{service.name} answers on port {service.port} ({time.monotonic() - begin:.1f} s)")

    def _jar_fetched(self, done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            self.say(f"jars of Solr: {done} of {total}")


@dataclass(frozen=True)
class Place:
    """The databases, core and Redis number that one portal or one test run has for itself."""

    name: str
    sqlalchemy_url: str
    datastore_write_url: str
    datastore_read_url: str
    solr_url: str
    redis_url: str
    new_databases: bool = False
    new_core: bool = False

    def ckan_environment(self) -> dict[str, str]:
        """What CKAN itself reads in place of its configuration file."""
        return {
            "CKAN_SQLALCHEMY_URL": self.sqlalchemy_url,
            "CKAN_DATASTORE_WRITE_URL": self.datastore_write_url,
            "CKAN_DATASTORE_READ_URL": self.datastore_read_url,
            "CKAN_SOLR_URL": self.solr_url,
            "CKAN_REDIS_URL": self.redis_url,
            "CKAN_SITE_ID": self.name,
        }

    def test_environment(self) -> dict[str, str]:
        """The names by which real servers can be given to ``make test``, and CKAN's own."""
        return {
            "SATUDATA_TEST_SQLALCHEMY_URL": self.sqlalchemy_url,
            "SATUDATA_TEST_DATASTORE_WRITE_URL": self.datastore_write_url,
            "SATUDATA_TEST_DATASTORE_READ_URL": self.datastore_read_url,
            "SATUDATA_TEST_SOLR_URL": self.solr_url,
            "SATUDATA_TEST_REDIS_URL": self.redis_url,
            **self.ckan_environment(),
        }


OWNER = "satudata_owner"
READER = "satudata_reader"


def make_place(
    services: Services, name: str, number: int, *, for_tests: bool = False, indonesian: bool = False
) -> Place:
    """Make (once) the databases, the core and the roles of a place.

    :param name: letters, digits and ``_``: of a database, the core, and with ``_datastore`` another database
    :param number: of the Redis database
    :param for_tests: let the audit trail be emptied, as tests do; never for a portal with data
    :param indonesian: Solr finds Indonesian words by stems and synonyms
    """
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise PortalError(f"{name!r} is not a name for a place: letters, digits and _ only.")
    postgres = services.postgres
    have = set(postgres.sql("SELECT rolname FROM pg_roles").split())
    for role in (OWNER, READER):
        if role not in have:
            password = services.home.secret("role_" + role)
            postgres.sql(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'")
    databases = set(postgres.sql("SELECT datname FROM pg_database").split())
    store = f"{name}_datastore"
    for database in (name, store):
        if database not in databases:
            postgres.sql(f"CREATE DATABASE {database} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0")
            if for_tests:
                postgres.sql(f"ALTER DATABASE {database} SET satudata.allow_purge = 'on'")
    if store not in databases or "_table_metadata" not in postgres.sql(
        "SELECT relname FROM pg_class WHERE relname = '_table_metadata'", store
    ):
        postgres.sql(_datastore_permissions(name, store))
    new_core = services.solr.core(name, indonesian)
    return Place(
        name=name,
        sqlalchemy_url=postgres.url(OWNER, name),
        datastore_write_url=postgres.url(OWNER, store),
        datastore_read_url=postgres.url(READER, store),
        solr_url=services.solr.url(name),
        redis_url=services.redis.url(number),
        new_databases=name not in databases or store not in databases,
        new_core=new_core,
    )


def drop_place(services: Services, name: str, number: int) -> None:
    """Remove the databases, the core and the Redis database of a place, with all that is in them."""
    for database in (name, f"{name}_datastore"):
        services.postgres.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    services.solr.drop(name)
    services.redis.empty(number)


def _datastore_permissions(main: str, store: str) -> str:
    """CKAN's own script (the one ``ckan datastore set-permissions`` prints) for our names."""
    found = importlib.util.find_spec("ckanext.datastore")
    if found is None or not found.submodule_search_locations:
        raise PortalError("CKAN is not installed.", "Install it: pip install 'ckan[requirements]==2.12.0'")
    script = Path(next(iter(found.submodule_search_locations))) / "set_permissions.sql"
    return script.read_text(encoding="utf-8").format(
        maindb=f'"{main}"',
        datastoredb=f'"{store}"',
        mainuser=f'"{OWNER}"',
        writeuser=f'"{OWNER}"',
        readuser=f'"{READER}"',
    )

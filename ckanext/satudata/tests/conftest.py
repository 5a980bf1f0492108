"""Fixtures of every room: plugins are loaded and tables made once, data is emptied before each test that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model, plugins
from ckan.cli.db import _run_migrations
from ckan.config.middleware import make_app as make_flask_app
from ckan.lib.redis import connect_to_redis
from ckan.lib.search import clear_all
from ckan.model import user as user_model
from ckan.tests import helpers
from ckan.tests.pytest_ckan.ckan_setup import _config
from sqlalchemy.orm import close_all_sessions


@pytest.fixture(scope="session")
def portal_once() -> Iterator[None]:
    """Load the plugins of ``test.ini`` and make all tables, once a session: resetting data is far cheaper."""
    plugins.load_all()
    # A quarter of the time it takes to make a city of a dozen people went into hashing passwords nobody guards.
    user_model.pbkdf2_sha512 = user_model.pbkdf2_sha512.using(rounds=1)
    helpers.reset_db()
    for plugin in ("activity", "satudata"):
        _run_migrations(plugin, "head", True)
    yield


def _empty_tables() -> None:
    """Delete all rows by one statement.

    CKAN's own ``reset_db`` sends two for each of sixty tables and takes five times as long.
    """
    close_all_sessions()
    model.Session.remove()
    tables = [table.name for table in reversed(model.repo.metadata.sorted_tables) if table.name != "alembic_version"]
    names = ", ".join(f"'{name}'" for name in tables)
    with model.meta.engine.begin() as connection:
        connection.exec_driver_sql(
            f"""DO $$ DECLARE name text; BEGIN
                FOREACH name IN ARRAY ARRAY[{names}] LOOP
                    IF to_regclass(quote_ident(name)) IS NOT NULL THEN
                        EXECUTE 'DELETE FROM ' || quote_ident(name);
                    END IF;
                END LOOP;
            END $$"""
        )


def _empty_portal() -> None:
    _empty_tables()
    clear_all()
    connect_to_redis().flushdb()


@pytest.fixture
def clean(portal_once: None) -> Iterator[None]:
    """An empty portal: no rows, nothing in the index, nothing in Redis; config as in ``test.ini``."""
    _empty_portal()
    yield
    model.Session.rollback()
    model.Session.remove()
    from ckan.common import config

    for key in set(config) - set(_config):
        del config[key]
    config.update(_config)


@pytest.fixture(scope="module")
def clean_once(portal_once: None) -> None:
    """An empty portal, once for a whole module of tests that only look or that clean up behind them."""
    _empty_portal()


@pytest.fixture(scope="session")
def app_once(portal_once: None) -> helpers.CKANTestApp:
    """One Flask application for all page tests; making one takes longer than most tests."""
    from ckan.common import config

    return helpers.CKANTestApp(make_flask_app(config))


@pytest.fixture
def web(clean: None, app_once: helpers.CKANTestApp) -> helpers.CKANTestApp:
    """The portal over HTTP, empty, with nobody logged in; use ``as_user`` to act as somebody."""
    return app_once


@pytest.fixture
def as_user() -> Callable[[dict[str, Any] | None], dict[str, str]]:
    """Headers that make a request come from that user (an API token), or from nobody for ``None``."""

    def headers(user: dict[str, Any] | None) -> dict[str, str]:
        if user is None:
            return {}
        token = helpers.call_action("api_token_create", {"user": user["name"]}, user=user["name"], name="test")
        return {"Authorization": token["token"]}

    return headers


def call_as(user: dict[str, Any] | None, action: str, /, **data: Any) -> Any:
    """Call an action with all its checks as that user, or as nobody for ``None``."""
    from ckan.logic import get_action

    context: dict[str, Any] = {"user": user["name"] if user else "", "ignore_auth": False}
    if user:
        context["auth_user_obj"] = model.User.get(user["name"])
    return get_action(action)(context, data)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker process has counted; tests run in several."""
    from ckanext.satudata.tests.doors.cells import COUNT

    COUNT.update(getattr(node, "workeroutput", {}).get("cells", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this worker has counted to the process that prints."""
    from ckanext.satudata.tests.doors.cells import COUNT

    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["cells"] = dict(COUNT)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many cells of the matrices of doors, states and people were run."""
    from ckanext.satudata.tests.doors.cells import COUNT

    for what, cells in sorted(COUNT.items()):
        terminalreporter.write_line(f"matrix: {cells:>6,} cells: {what}")
    if COUNT:
        terminalreporter.write_line(f"matrix: {COUNT.total():>6,} cells in all")

"""Alembic environment of the plugin ``satudata``; ``ckan db upgrade`` runs it with CKAN's own database URL."""

from __future__ import annotations

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

config = context.config
NAME = "satudata"


def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Only tables of this plugin take part, so that ``ckan db check`` compares like with like."""
    return kind != "table" or (name or "").startswith(f"{NAME}_")


def run() -> None:
    options = {
        "target_metadata": metadata,
        "version_table": f"{NAME}_alembic_version",
        "include_object": is_ours,
    }
    if context.is_offline_mode():
        context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = engine_from_config(
        config.get_section(config.config_ini_section) or {}, prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()


run()

"""The import contracts of ``pyproject.toml``, checked by import-linter: ``python -m ckanext.satudata.tests.imports``.

Needed instead of plain ``lint-imports``: every CKAN distribution brings a ``ckanext/__init__.py`` (the old way of
sharing a namespace), which the linter takes for an ordinary package and then refuses to look below.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import grimp
from importlinter import cli

PACKAGE = "ckanext.satudata"
ROOT = Path(__file__).resolve().parents[3]


def show_ckanext_as_a_namespace() -> None:
    """Give ``ckanext`` the module spec of a native namespace package, for this process only."""
    import ckanext

    spec = ModuleSpec("ckanext", None, is_package=True)
    spec.submodule_search_locations = list(ckanext.__path__)
    ckanext.__spec__ = spec


def graph() -> grimp.ImportGraph:
    """Who imports whom within the extension, as grimp reads it from the source."""
    show_ckanext_as_a_namespace()
    return grimp.build_graph(PACKAGE, cache_dir=None)


def check() -> int:
    """Check every contract and print the broken ones.

    :returns: 0 if all are kept, 1 if one is broken or cannot be checked
    """
    show_ckanext_as_a_namespace()
    here = os.getcwd()
    os.chdir(ROOT)  # import-linter reads the pyproject.toml of the working directory
    try:
        return cli.lint_imports(no_logo=True, cache_dir=None)
    finally:
        os.chdir(here)


if __name__ == "__main__":
    sys.exit(check())

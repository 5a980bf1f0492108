"""Two portals for a comparison, each with databases, Solr core, Redis number and configuration of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from portal.home import ROOT, Home
from portal.services import Place, Services, make_place

# Test slots have the Redis numbers 1 to 24 (portal/__main__.py).
FIRST_REDIS_NUMBER = 26

HEAD = """\
[DEFAULT]
debug = false

[app:main]
use = egg:ckan
SECRET_KEY = only-for-comparisons
WTF_CSRF_SECRET_KEY = only-for-comparisons
api_token.jwt.encode.secret = string:only-for-comparisons-only-for-comparisons
api_token.jwt.decode.secret = string:only-for-comparisons-only-for-comparisons
sqlalchemy.url = {place.sqlalchemy_url}
ckan.datastore.write_url = {place.datastore_write_url}
ckan.datastore.read_url = {place.datastore_read_url}
solr_url = {place.solr_url}
ckan.redis.url = {place.redis_url}
ckan.storage_path = {storage}
"""

LOGGING = """
[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = ERROR
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without ``CKAN_*``, which would override the configuration files.

    :param more: variables to set; a ``PYTHONPATH`` among them is added to what is there
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
    more = dict(more or {})
    path = os.pathsep.join(filter(None, [str(ROOT), more.pop("PYTHONPATH", ""), kept.get("PYTHONPATH")]))
    return {**kept, **more, "PYTHONPATH": path}


def make(names: list[str], home: Home | None = None) -> dict[str, Place]:
    """Start the servers if need be and make a place for each name."""
    home = home or Home()
    with home.lock():
        services = Services(home, lambda text: print(f"  {text}", flush=True))
        services.up()
        return {
            name: make_place(services, name, FIRST_REDIS_NUMBER + number, for_tests=True)
            for number, name in enumerate(names)
        }


def write_ini(directory: Path, place: Place, options: Mapping[str, str]) -> Path:
    """Write the configuration of one portal.

    :param options: what differs from CKAN's defaults, name to value
    """
    directory.mkdir(parents=True, exist_ok=True)
    storage = directory / "storage"
    storage.mkdir(exist_ok=True)
    lines = [
        HEAD.format(place=place, storage=storage),
        *(f"{key} = {value}" for key, value in options.items()),
    ]
    path = directory / "ckan.ini"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n" + LOGGING, encoding="utf-8")
    return path


def ckan(ini: Path, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    """Run a command of CKAN's own command line on one portal.

    :param more: environment variables, as for ``clean_environment``
    :raises RuntimeError: with what the command printed, if it fails
    """
    command = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini), *arguments]
    done = subprocess.run(
        command, cwd=ini.parent, env=clean_environment(more), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout

"""A CKAN portal of somebody who does not have this extension yet: own environment, own servers, own data."""

from __future__ import annotations

import os
import subprocess
import time
import venv
from pathlib import Path
from typing import Any

import requests
from bs4 import BeautifulSoup

from portal import bootstrap, ports
from portal.services import Place
from portal.site import clean_environment

CKAN = "ckan[requirements]==2.12.0"
SCHEMING = "ckanext-scheming==3.1.0"

INI = """\
[app:main]
use = egg:ckan
SECRET_KEY = only-for-this-test
api_token.jwt.encode.secret = string:only-for-this-test-only-for-this-test
api_token.jwt.decode.secret = string:only-for-this-test-only-for-this-test
sqlalchemy.url = {place.sqlalchemy_url}
ckan.datastore.write_url = {place.datastore_write_url}
ckan.datastore.read_url = {place.datastore_read_url}
solr_url = {place.solr_url}
ckan.redis.url = {place.redis_url}
ckan.site_id = {place.name}
ckan.site_url = http://127.0.0.1:{port}
ckan.plugins = {plugins}
ckan.storage_path = {storage}
ckan.upload.resource.types = *
ckan.auth.create_unowned_dataset = true
ckan.gravatar_default = disabled
{more}
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(levelname)s [%(name)s] %(message)s
"""


class Refused(Exception):
    """What an action answered in place of a result."""


class PlainPortal:
    """Its environment and its running server.

    :param folder: an empty directory for all of it
    :param place: its databases, index and Redis number
    """

    def __init__(self, folder: Path, place: Place) -> None:
        self.folder = folder
        self.place = place
        self.port = ports.choose(5600)
        self.url = f"http://{ports.HOST}:{self.port}"
        self.ini = folder / "ckan.ini"
        self.python = folder / "venv" / "bin" / "python"
        # What people put into it: two tokens, and what they got back.
        self.admin = self.editor = ""
        self.before: dict[str, Any] = {}
        self.file: dict[str, Any] = {}
        self.packages_before: set[str] = set()
        self.packages_after: set[str] = set()
        self.server: subprocess.Popen[bytes] | None = None
        self.env = {key: value for key, value in clean_environment().items() if key != "PYTHONPATH"}

    # -- what is installed

    def make_environment(self) -> None:
        """CKAN with the packages it pins, and scheming; nothing of ours."""
        venv.create(self.folder / "venv", with_pip=True)
        links = bootstrap.stand_in_for_psycopg2(str(self.folder / "links"))
        self.pip("install", "--find-links", links, CKAN, SCHEMING)

    def pip(self, *arguments: str) -> str:
        """Run pip in it; what it printed."""
        return self.run_python("-m", "pip", "--disable-pip-version-check", *arguments)

    def run_python(self, *arguments: str) -> str:
        """Run its Python; what it printed."""
        return self._checked(self._run([str(self.python), *arguments]))

    def frozen(self) -> set[str]:
        """``pip freeze``, one package a line."""
        return set(self.pip("freeze").splitlines())

    # -- its configuration and command line

    def configure(self, plugins: str, more: str = "") -> None:
        """Write ``ckan.ini`` with these plugins."""
        text = INI.format(place=self.place, port=self.port, plugins=plugins, storage=self.folder / "storage", more=more)
        self.ini.write_text(text, encoding="utf-8")

    def ckan(self, *arguments: str) -> str:
        """Run its ``ckan`` command; what it printed.

        :raises AssertionError: with its output, if it failed
        """
        return self._checked(self.try_ckan(*arguments))

    def try_ckan(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run its ``ckan`` command, however it ends."""
        return self._run([str(self.folder / "venv" / "bin" / "ckan"), "-c", str(self.ini), *arguments], env)

    def _run(self, command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**self.env, **(env or {})}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def _checked(self, done: subprocess.CompletedProcess[str]) -> str:
        assert done.returncode == 0, f"{done.args}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    # -- its server

    def start(self) -> None:
        """Serve it, and wait until it answers anything at all (a 503 is an answer)."""
        assert self.server is None
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                [str(self.folder / "venv" / "bin" / "ckan"), "-c", str(self.ini), "run"]
                + ["--host", ports.HOST, "--port", str(self.port), "--disable-reloader"],
                cwd=self.folder,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not ports.answers(self.port):
            alive = self.server.poll() is None and time.monotonic() < deadline
            assert alive, (self.folder / "server.log").read_text(errors="replace")[-3000:]
            time.sleep(0.2)

    def stop(self) -> None:
        """End the server, if it runs."""
        if self.server is not None:
            os.killpg(self.server.pid, 15)
            self.server.wait(timeout=20)
            self.server = None

    def get(self, path: str, **options: Any) -> requests.Response:
        """A page, as anybody sees it."""
        return requests.get(self.url + path, timeout=60, **options)

    def api(self, action: str, token: str = "", files: Any = None, **data: Any) -> Any:
        """Call an action over HTTP; its result.

        :raises Refused: with the error it answered
        """
        sent = {"data": data, "files": files} if files else {"json": data}
        answer = requests.post(
            f"{self.url}/api/3/action/{action}",
            headers={"Authorization": token} if token else {},
            timeout=60,
            **sent,
        )
        body = answer.json()
        if not body.get("success"):
            raise Refused(f"{answer.status_code} {body.get('error')}")
        return body["result"]

    def log_in(self, name: str, password: str) -> requests.Session:
        """A browser's session of that user."""
        session = requests.Session()
        page = BeautifulSoup(session.get(f"{self.url}/user/login", timeout=60).text, "html.parser")
        form = form_with(page, "password")
        answer = session.post(
            f"{self.url}/user/login", data={**fields(form), "login": name, "password": password}, timeout=60
        )
        assert "/user/login" not in answer.url, answer.text[:2000]
        return session


def form_with(page: BeautifulSoup, name: str) -> Any:
    """The form of a page that has a field of that name."""
    forms = [form for form in page.find_all("form") if form.select_one(f'[name="{name}"]')]
    assert len(forms) == 1, f"{len(forms)} forms with a field {name!r}"
    return forms[0]


def fields(form: Any) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched."""
    found: dict[str, Any] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name = field.get("name")
        kind = field.get("type", "")
        if not name or kind in {"submit", "button", "file", "image"} or field.has_attr("disabled"):
            continue
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        if field.name == "textarea":
            found[name] = field.text.removeprefix("\n")
        elif field.name == "select":
            options = field.find_all("option")
            chosen = [option for option in options if option.has_attr("selected")]
            if not field.has_attr("multiple") and not chosen:
                chosen = options[:1]
            values = [option.get("value", option.text) for option in chosen]
            if values:
                found[name] = values if field.has_attr("multiple") else values[0]
        else:
            found[name] = field.get("value", "on" if kind in {"checkbox", "radio"} else "")
    return found

"""What no reader should have to look for: directions of imports, translations, documentation in step with the code."""

from __future__ import annotations

import ast
import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo

from ckanext.satudata.tests import documents, imports, messages
from ckanext.satudata.tests.messages import DIRECTORY, ROOT

ROOMS = ("regions", "roles", "standards", "review", "interop")
PACKAGE = imports.PACKAGE
TEMPLATES = sorted((DIRECTORY / "templates").rglob("*.html"))


def test_the_rooms_import_in_one_direction_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert imports.check() == 0, capsys.readouterr().out


def test_no_room_imports_the_model_of_another() -> None:
    graph = imports.graph()
    tests, migration = f"{PACKAGE}.tests", f"{PACKAGE}.migration"
    strangers = [
        f"{importer} imports {PACKAGE}.{room}.model"
        for room in ROOMS
        if f"{PACKAGE}.{room}.model" in graph.modules
        for importer in graph.find_modules_that_directly_import(f"{PACKAGE}.{room}.model")
        if not importer.startswith((f"{PACKAGE}.{room}.", tests, migration))
    ]
    assert strangers == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_service_knows_nothing_of_web_pages(room: str) -> None:
    tree = ast.parse((DIRECTORY / room / "service.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    assert not imported & {"flask", "jinja2", "werkzeug"}


def test_every_message_has_an_indonesian_text() -> None:
    indonesian = messages.translated()
    missing = []
    for message in messages.extracted():
        known = indonesian.get(message.id, context=message.context) if message.id else message
        if known is None or known.fuzzy or not known.string:
            missing.append(message.id)
    assert missing == [], "run `make messages` and translate what it prints"


def placeholders(text: object) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sdf]|\{\w*\}", str(text)))


def test_no_message_stands_in_an_f_string() -> None:
    """Python before 3.12 gives what stands in one away as a single token: extraction would pass it over."""
    names = {name for name in messages.KEYWORDS if not name.startswith("N_")}
    hidden = [
        f"{path.relative_to(DIRECTORY)}:{text.lineno}"
        for path in sorted(DIRECTORY.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in names
    ]
    assert hidden == []


def test_translations_keep_the_placeholders() -> None:
    def texts(message: Message) -> Iterator[tuple[object, object]]:
        if isinstance(message.id, str):
            yield from [(message.id, message.string)] if message.string else []
        else:
            plural = message.id[-1]
            yield from ((plural, text) for text in message.string if text)

    wrong = [
        (source, text)
        for message in messages.translated()
        if message.id
        for source, text in texts(message)
        if set(placeholders(text)) != set(placeholders(source))
    ]
    assert wrong == []


def test_the_compiled_messages_are_those_of_the_catalogue() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, messages.translated())
    assert messages.INDONESIAN.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make messages`"


def test_the_generated_parts_of_the_documentation_are_up_to_date() -> None:
    stale = [
        page.name for page in documents.pages() if documents.renewed(page.read_text("utf-8")) != page.read_text("utf-8")
    ]
    assert stale == [], "run `make docs`"


def test_every_option_read_is_declared_and_every_declared_one_is_read() -> None:
    with (DIRECTORY / "config_declaration.yaml").open(encoding="utf-8") as handle:
        declared = {option["key"] for group in yaml.safe_load(handle)["groups"] for option in group["options"]}
    sources = [path for path in DIRECTORY.rglob("*.py") if "tests" not in path.parts]
    read = {
        key
        for path in sources
        for key in re.findall(r'config(?:\.get\(|\[)\s*"(satudata\.[\w.]+)"', path.read_text(encoding="utf-8"))
    }
    assert read == declared


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(DIRECTORY / "templates")))
def test_every_form_that_changes_something_carries_the_csrf_field(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    forms = re.findall(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", source, re.IGNORECASE | re.DOTALL)
    assert all("h.csrf_input()" in form for form in forms)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(DIRECTORY / "templates")))
def test_no_template_has_a_handler_or_a_script_in_line(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", source)


def tracked() -> list[Path]:
    """Files under version control; everything but hidden and built files where there is none."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [ROOT / name for name in done.stdout.splitlines()]
    return [path for path in DIRECTORY.rglob("*") if path.is_file()]


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    machine = re.compile("(?<![\\w.])/" + "(?:work|root|home/[a-z]+|Users/[A-Za-z]+)" + "/")
    found = []
    for path in tracked():
        if path.is_file() and path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".yaml",
            ".yml",
            ".html",
            ".js",
            ".css",
            ".ini",
            ".po",
            ".pot",
            ".txt",
            "",
        }:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1):
                if machine.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []

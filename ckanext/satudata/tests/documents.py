"""The generated parts of the documentation: ``python -m ckanext.satudata.tests.documents`` writes them anew.

A part stands between ``<!-- generated: name -->`` and ``<!-- end -->``. What the code already says in one place
(options, the table of the review, the docstrings of actions, the help of commands) is not said again by hand.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import yaml

from ckanext.satudata.review import recommendation
from ckanext.satudata.review.transitions import BUILT_IN, Workflow
from ckanext.satudata.review.workflow import show
from ckanext.satudata.tests.messages import DIRECTORY, ROOT, translated

DOCS = ROOT / "docs"
ROOMS = ("regions", "roles", "standards", "review")
MARK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def cell(text: object) -> str:
    """Text for a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def options() -> str:
    """The table of configuration options."""
    with (DIRECTORY / "config_declaration.yaml").open(encoding="utf-8") as handle:
        declared = yaml.safe_load(handle)
    lines = ["| option | default | |", "|---|---|---|"]
    for group in declared["groups"]:
        for option in group["options"]:
            default = option.get("default", "")
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`" if default != "" else "–"
            lines.append(f"| `{option['key']}` | {shown} | {cell(option['description'])} |")
    return "\n".join(lines)


def table_of(heads: str, rows: list[tuple[str, ...]]) -> str:
    """A Markdown table whose first column is code."""
    lines = [heads, "|" + "---|" * (heads.count("|") - 1)]
    for first, *others in rows:
        lines.append("| " + " | ".join((f"`{first}`", *(cell(other) for other in others))) + " |")
    return "\n".join(lines)


def indonesian(text: str) -> str:
    """The Indonesian text of a message, or the message itself."""
    message = translated().get(text)
    return str(message.string) if message and message.string else text


def states(table: Workflow = BUILT_IN) -> str:
    """The table of states."""
    heads = "| state | on the screen | public | content edited by | waits for |"
    return table_of(heads, show.rows_of_states(table, show.both(indonesian)))


def actions_of_the_review(table: Workflow = BUILT_IN) -> str:
    """The table of transitions."""
    return table_of("| action | from → to | who | needs | four eyes |", show.rows_of_actions(table))


def diagram(table: Workflow = BUILT_IN) -> str:
    """The table as Mermaid draws it."""
    return f"```mermaid\n{show.mermaid(table)}\n```"


def described(function: Callable[..., Any]) -> str:
    """A docstring as a paragraph and a list of parameters, results and errors."""
    text = inspect.getdoc(function) or ""
    head, *fields = re.split(r"^:", text, flags=re.MULTILINE)
    lines = [head.strip().replace("``", "`"), ""]
    for field in fields:
        name, _, body = field.partition(":")
        body = cell(body).replace("\\|", "|").replace("``", "`")
        kind, _, what = name.partition(" ")
        shown = {"param": f"`{what}`: ", "returns": "**returns** ", "raises": f"**raises** `{what}`: "}.get(kind, "")
        lines.append(f"- {shown}{body}")
    return "\n".join(lines).strip()


def actions() -> str:
    """Every action of ours with what its docstring says, room by room."""
    parts = []
    for room in ROOMS:
        own: dict[str, Callable[..., Any]] = {}
        for path in sorted((DIRECTORY / room).rglob("*action.py"), key=lambda path: (len(path.parts), path)):
            module = ".".join(("ckanext", "satudata", *path.relative_to(DIRECTORY).with_suffix("").parts))
            ours = vars(import_module(module))
            own |= {name: thing for name, thing in ours.items() if name.startswith("satudata_") and callable(thing)}
        parts += [f"### Room `{room}`"] if own else []
        for name, function in own.items():
            method = "GET or POST" if getattr(function, "side_effect_free", False) else "POST"
            parts.append(f"#### `{name}`\n\n*{method}.* {described(function)}")
    return "\n\n".join(parts)


def commands() -> str:
    """The commands of ``ckan satudata`` with their options."""
    from ckanext.satudata.cli import satudata

    lines = ["| command | |", "|---|---|"]

    def walk(command: click.Command, path: str) -> None:
        if isinstance(command, click.Group):
            for name, child in sorted(command.commands.items()):
                walk(child, f"{path} {name}")
            return
        usage = [path]
        for parameter in command.params:
            usage.append(
                f"[{parameter.opts[0]}]" if isinstance(parameter, click.Option) else str(parameter.name).upper()
            )
        lines.append(f"| `{cell(' '.join(usage))}` | {cell((command.help or '').split(chr(10) * 2)[0])} |")

    walk(satudata, "ckan satudata")
    return "\n".join(lines)


def rules(lang: str = "en") -> str:
    """Every rule of the submission check: what it asks, why, how to mend it, an example."""
    from ckanext.satudata import plugin
    from ckanext.satudata.standards.rules import registry, texts

    assert plugin  # with all rooms loaded, all rules are there
    words = {
        "en": ("Why", "How to mend it", "Example", {"error": "needed", "warning": "advised", "info": "information"}),
        "id": (
            "Mengapa",
            "Cara memperbaiki",
            "Contoh",
            {"error": "wajib", "warning": "disarankan", "info": "informasi"},
        ),
    }[lang]
    principles = {
        "standar_data": {"en": "Data standard", "id": "Standar Data"},
        "metadata": {"en": "Metadata", "id": "Metadata"},
        "interoperabilitas": {"en": "Interoperability", "id": "Interoperabilitas"},
        "kode_referensi": {"en": "Reference codes", "id": "Kode Referensi"},
    }
    lines = []
    for principle, found in texts.by_principle(registry.RULES):
        lines.append(f"### {principles[principle][lang]}\n")
        for rule in found:
            text = texts.of(rule, lang)
            lines.append(f"#### `{rule.id}`\n\n*{words[3][rule.severity]}.* **{text.asks}**\n")
            said = [f"- {label}: {part}" for label, part in zip(words, text[1:], strict=False) if part]
            lines.append("\n".join(said) + "\n")
    return "\n".join(lines).strip()


PARTS: dict[str, Callable[[], str]] = {
    "options": options,
    "rules": rules,
    "rules_id": lambda: rules("id"),
    "states": states,
    "transitions": actions_of_the_review,
    "diagram": diagram,
    "recommendation_states": lambda: states(recommendation.table()),
    "recommendation_transitions": lambda: actions_of_the_review(recommendation.table()),
    "recommendation_diagram": lambda: diagram(recommendation.table()),
    "actions": actions,
    "commands": commands,
}


def renewed(text: str) -> str:
    """A page with its generated parts as they should be."""
    return MARK.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


def pages() -> list[Path]:
    """Every page of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def main() -> int:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        new = renewed(text)
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"written: {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

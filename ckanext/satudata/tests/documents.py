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

from ckanext.satudata.review import transitions
from ckanext.satudata.tests.messages import DIRECTORY, ROOT, translated

DOCS = ROOT / "docs"
ROOMS = ("regions", "roles", "standards", "review")
MARK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
NEEDS = {
    "comment": "a reason",
    "principles": "the result per principle",
    "conforms": "every principle conforms",
    "no_errors": "no finding of severity *error*",
    "assignee": "whom",
    "change_kind": "what kind of change",
}


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


def states() -> str:
    """The table of states."""
    indonesian = translated()
    lines = ["| state | on the screen | public | content edited by | waits for |", "|---|---|---|---|---|"]
    for state in transitions.STATES.values():
        message = indonesian.get(state.label)
        words = f"{message.string}; {state.label}" if message and message.string else state.label
        public = "yes" if state.public else "no"
        row = (f"`{state.name}`", words, public, state.editable_by or "nobody", state.waits_for or "–")
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def actions_of_the_review() -> str:
    """The table of transitions."""
    lines = ["| action | from → to | who | needs | four eyes |", "|---|---|---|---|---|"]
    for transition in transitions.TRANSITIONS.values():
        ways: dict[str, list[str]] = {}
        for edge in transition.edges:
            to = f"{edge.to} ({edge.unasked} where the pembina is not asked)" if edge.unasked else edge.to
            ways.setdefault(f"{to} | {', '.join(edge.roles)}", []).append(edge.from_state)
        way = "; ".join(f"{', '.join(sources)} → {key.split(' | ')[0]}" for key, sources in ways.items())
        who = ", ".join(dict.fromkeys(role for edge in transition.edges for role in edge.roles))
        needs = ", ".join(NEEDS[need] for need in transition.needs) or "–"
        eyes = "yes" if transition.four_eyes else "–"
        lines.append(f"| `{transition.name}` | {way} | {who} | {needs} | {eyes} |")
    return "\n".join(lines)


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
        ours = vars(import_module(f"ckanext.satudata.{room}.action"))
        own = {name: thing for name, thing in ours.items() if name.startswith("satudata_") and callable(thing)}
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


PARTS: dict[str, Callable[[], str]] = {
    "options": options,
    "states": states,
    "transitions": actions_of_the_review,
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

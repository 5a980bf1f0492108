"""What a rule of the submission check is, and the one list of them.

A rule is a function that takes a :class:`Subject` and yields :class:`Problem` objects. Its docstring is its
documentation: what it asks, why (with the article of law), how to mend, an example.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.languages import text_in
from ckanext.satudata.principles import PRINCIPLES

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Problem:
    """What a rule found: where, what is wrong, and how to mend it, in the reader's language."""

    message: str
    fix: str = ""
    field: str | None = None
    resource_id: str | None = None
    severity: str | None = None
    part: str = ""


@dataclass(frozen=True)
class Rule:
    """A registered rule; ``id`` is stable, so that checkers and programs can speak of it.

    :ivar locked: no option switches it off or makes it milder (personal data)
    :ivar plugin: name of the plugin it comes from; empty for our own
    """

    id: str
    principle: str
    severity: str
    run: Callable[[Subject], Iterator[Problem]]
    locked: bool = False
    plugin: str = ""

    @property
    def doc(self) -> str:
        """The docstring of the rule, its indentation taken out."""
        return inspect.getdoc(self.run) or ""


@dataclass
class Subject:
    """One package as the rules see it.

    :ivar pkg: the package dict, stored or as typed into a form
    :ivar with_files: whether files may be opened; the live panel of the form does not
    """

    pkg: dict[str, Any]
    with_files: bool = True
    lang: str = "en"
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [resource for resource in self.pkg.get("resources") or [] if isinstance(resource, dict)]

    def value(self, name: str) -> str:
        """A field as trimmed text; empty where it is missing."""
        value = self.pkg.get(name)
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return "" if value is None else str(value).strip()

    def file_facts(self, resource: dict[str, Any]) -> Any:
        """What is in the uploaded file of a resource (``standards.files.facts.FileFacts``).

        None where there is nothing to open: a link, a resource that is not stored, a check that has not ended, or a
        check of what is being typed (``with_files`` is False then).
        """
        if not self.with_files or not resource.get("id"):
            return None
        from ckanext.satudata.standards.files import service

        return service.facts_of(resource)

    def label(self, name: str) -> str:
        return text_in(self.fields.get(name, {}).get("label") or name, self.lang)

    def has(self, name: str) -> bool:
        """Whether the schema of this package has that field, and it counts here."""
        return name in self.fields


RULES: list[Rule] = []
#: What the id of a rule looks like: it is an anchor of a page and part of an option.
ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
#: Rules about personal data are locked whatever their module says.
PERSONAL = "personal."

Run = Callable[["Subject"], Iterator[Problem]]


def rule(id: str, principle: str, severity: str, *, locked: bool = False) -> Callable[[Run], Run]:
    """Register a rule of ours; a plugin makes its own with :func:`make`.

    :param id: dotted and stable, for example ``tags.few``
    :param principle: one of :data:`PRINCIPLES`
    :param severity: one of :data:`SEVERITIES`; a problem may carry its own
    :param locked: no option switches it off or makes it milder
    """

    def register(run: Run) -> Run:
        made = make(id, principle, severity, run, locked=locked)
        assert made.id not in {each.id for each in RULES}, f"two rules are called {made.id}"
        RULES.append(made)
        return run

    return register


def make(id: str, principle: str, severity: str, run: Run, *, locked: bool = False, plugin: str = "") -> Rule:
    """A rule that is not registered yet.

    :param run: a generator function whose docstring says what it asks, why, how to mend it, with an example
    :raises ValueError: an id, principle or severity that cannot be, or no docstring
    """
    if not ID.fullmatch(id):
        raise ValueError(f"{id!r} is no id of a rule; write it as 'tags.few'")
    if principle not in PRINCIPLES:
        raise ValueError(f"rule {id}: principle {principle!r} is none of {', '.join(PRINCIPLES)}")
    if severity not in SEVERITIES:
        raise ValueError(f"rule {id}: severity {severity!r} is none of {', '.join(SEVERITIES)}")
    if not inspect.getdoc(run):
        raise ValueError(f"rule {id}: its function has no docstring, which is its documentation")
    return Rule(id, principle, severity, run, locked or id.startswith(PERSONAL), plugin)

"""A plugin of a portal that adds a rule of its own to the submission check."""

from __future__ import annotations

from collections.abc import Iterator

from ckan import plugins

from ckanext.satudata.interfaces import ISatudataRules
from ckanext.satudata.standards.rules.registry import Problem, Rule, Subject, make


def no_draft_words(subject: Subject) -> Iterator[Problem]:
    """The title carries no word of a draft.

    Why: “draf” in a title ends up on the public page.

    Mend: take the word out.

    Example: “Draf jumlah penduduk Kelurahan Aur 2025”.

    Indonesian: Judul tidak memuat kata “draf”.
    """
    if "draf" in subject.value("title").lower():
        yield Problem("The title says it is a draft", "Take the word out", field="title")


class MedanRules(plugins.SingletonPlugin):
    plugins.implements(ISatudataRules)

    def get_satudata_rules(self) -> list[Rule]:
        return [make("medan.draft", "metadata", "error", no_draft_words)]

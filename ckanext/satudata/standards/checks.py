"""The submission check: runs the rules over a package. The same check serves form, API and command line."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.languages import current, speaking, text_in
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.codelists import memory
from ckanext.satudata.standards.conditions import visible_fields
from ckanext.satudata.standards.rules import switches
from ckanext.satudata.standards.rules.registry import SEVERITIES, Problem, Rule, Subject

#: Group of the form that stands for the files rather than for fields.
FILES = "berkas"


def findings_of(pkg: dict[str, Any], lang: str | None = None, with_files: bool = True) -> list[dict[str, Any]]:
    """Run every rule over a package.

    :param pkg: as package_show gives it, or as a form sent it
    :param lang: language of the texts; the reader's where empty
    :returns: Finding shapes of the contract, errors first
    """
    with speaking(lang) as language, memory.asked_once():
        subject = Subject(pkg, with_files, language, visible_fields(pkg.get("type"), pkg))
        found = []
        for each in switches.rules_in_force():
            for problem in switches.problems_of(each, subject):
                principle = each.principle
                if problem.field in subject.fields and each.id == "required":
                    principle = subject.fields[problem.field].get("sdi_principle", "metadata")
                found.append(_finding(each, principle, problem))
    return sorted(found, key=lambda finding: SEVERITIES.index(finding["severity"]))


def _finding(rule: Rule, principle: str, problem: Problem) -> dict[str, Any]:
    parts = (rule.id, problem.part or problem.field if rule.id in {"required", "format"} else problem.part)
    return {
        "id": ".".join(part for part in parts if part),
        "severity": problem.severity or rule.severity,
        "principle": principle,
        "field": problem.field,
        "resource_id": problem.resource_id,
        "message": problem.message,
        "fix": problem.fix,
    }


def progress_of(pkg: dict[str, Any], findings: list[dict[str, Any]], lang: str | None = None) -> dict[str, Any]:
    """How far the form is: what is asked for at submission, and how much of it stands.

    :returns: ``{"done", "total", "groups": [{"name", "label", "done", "total"}]}``; a group counts the fields
        asked for in it (``sdi_required``) and those something was found in, the files count as one
    """
    package_type = pkg.get("type")
    fields = visible_fields(package_type, pkg)
    language = lang or current()
    bad = {f["field"] or FILES for f in findings if f["severity"] != "info"}
    asked = [name for name, each in fields.items() if each.get("sdi_required")]
    asked += [name for name in fields if name in bad and name not in asked]
    groups = []
    for group in registry.groups_of(package_type):
        names = [n for n in asked if fields[n].get("kelompok") == group["name"]]
        if group["name"] == FILES:
            names = [FILES]
        groups.append(
            {
                "name": group["name"],
                "label": text_in(group["label"], language),
                "done": sum(1 for name in names if name not in bad),
                "total": len(names),
            }
        )
    # An activity has no files of its own; a schema without groups says nothing of the matter.
    named = [group["name"] for group in registry.groups_of(package_type)]
    points = [*asked, FILES] if not named or FILES in named else asked
    return {"done": sum(1 for name in points if name not in bad), "total": len(points), "groups": groups}

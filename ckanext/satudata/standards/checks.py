"""The submission check: runs the rules over a package. The same check serves form, API and command line."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.standards import registry, rules
from ckanext.satudata.standards.language import current, speaking, text_in
from ckanext.satudata.standards.rules.registry import PRINCIPLES, RULES, SEVERITIES, Problem, Rule, Subject, rule

__all__ = [
    "FILES",
    "PRINCIPLES",
    "RULES",
    "SEVERITIES",
    "Problem",
    "Rule",
    "Subject",
    "findings_of",
    "progress_of",
    "rule",
    "rules",
    "sdi_keys",
    "visible_fields",
]

#: Group of the form that stands for the files rather than for fields.
FILES = "berkas"


def sdi_keys(field: dict[str, Any]) -> dict[str, Any]:
    """The keys of ours on a field; a portal's own field of the same name takes those of our schema as defaults."""
    ours = _default_keys().get(field["field_name"], {})
    return {**ours, **{key: value for key, value in field.items() if key.startswith("sdi_") or key == "kelompok"}}


def _default_keys() -> dict[str, dict[str, Any]]:
    global _defaults
    if _defaults is None:
        schema = registry.own_schema("dataset")
        _defaults = {
            f["field_name"]: {k: v for k, v in f.items() if k.startswith("sdi_") or k == "kelompok"}
            for f in schema["dataset_fields"]
        }
    return _defaults


_defaults: dict[str, dict[str, Any]] | None = None


def visible_fields(package_type: str | None, pkg: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that count for these values: a field hangs on another (``sdi_show_if``), which may hang too."""
    fields = registry.fields_of(package_type)
    known: dict[str, bool] = {}

    def visible(name: str, trail: tuple[str, ...] = ()) -> bool:
        if name not in known:
            condition = sdi_keys(fields[name]).get("sdi_show_if")
            other = condition["field"] if condition else None
            if not condition or other not in fields or other in trail:
                return known.setdefault(name, True)
            known[name] = visible(other, (*trail, name)) and pkg.get(other) in condition["in"]
        return known[name]

    return {name: {**field, **sdi_keys(field)} for name, field in fields.items() if visible(name)}


def findings_of(pkg: dict[str, Any], lang: str | None = None, with_files: bool = True) -> list[dict[str, Any]]:
    """Run every rule over a package.

    :param pkg: as package_show gives it, or as a form sent it
    :param lang: language of the texts; the reader's where empty
    :returns: Finding shapes of the contract, errors first
    """
    with speaking(lang) as language:
        subject = Subject(pkg, with_files, language, visible_fields(pkg.get("type"), pkg))
        found = []
        for each in RULES:
            for problem in each.run(subject):
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
    points = [*asked, FILES]
    return {"done": sum(1 for name in points if name not in bad), "total": len(points), "groups": groups}

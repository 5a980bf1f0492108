"""Which rules are in force on this portal: ours and those of other plugins, less what the options say.

``satudata.checks.off = id id`` switches rules off, ``satudata.checks.severity = id:warning`` makes one harder or
milder. A name nobody knows is refused at start. Rules about personal data can only be made harder: no setting of a
portal lets NIK and numbers of family cards out (UU 27/2022 on the protection of personal data).
"""

from __future__ import annotations

import dataclasses
import difflib
import logging
from collections.abc import Iterator

import ckantoolkit as tk
from ckan import plugins
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config
from ckanext.satudata.interfaces import ISatudataRules
from ckanext.satudata.standards.rules.registry import RULES, SEVERITIES, Problem, Rule, Subject

log = logging.getLogger(__name__)
_made: tuple[object, list[Rule], dict[str, str]] | None = None


def check() -> None:
    """Refuse options that name no rule or switch off what has to stay.

    :raises CkanConfigurationException: naming the option, what is wrong, and the nearest name
    """
    known = {each.id: each for each in every_rule()}
    for id in config.checks_off():
        rule = _known(known, id, "satudata.checks.off")
        if rule.locked:
            raise CkanConfigurationException(
                f"satudata.checks.off: '{id}' protects personal data and cannot be switched off"
            )
    for id, severity in config.checks_severity().items():
        rule = _known(known, id, "satudata.checks.severity")
        if severity not in SEVERITIES:
            raise CkanConfigurationException(
                f"satudata.checks.severity: '{id}:{severity}': write one of {', '.join(SEVERITIES)} after the colon"
            )
        if rule.locked and SEVERITIES.index(severity) > SEVERITIES.index(rule.severity):
            raise CkanConfigurationException(
                f"satudata.checks.severity: '{id}' protects personal data and cannot be milder than {rule.severity}"
            )


def _known(known: dict[str, Rule], id: str, option: str) -> Rule:
    if id in known:
        return known[id]
    near = difflib.get_close_matches(id, known, n=1, cutoff=0.4)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise CkanConfigurationException(
        f"{option}: there is no rule '{id}'{hint} All rules: ckan satudata standards rules"
    )


def every_rule() -> list[Rule]:
    """Our rules, then those of other plugins in the order of the plugins.

    :raises CkanConfigurationException: two rules of one id, or a plugin that gives something else
    """
    found = list(RULES)
    for plugin in plugins.PluginImplementations(ISatudataRules):
        for each in plugin.get_satudata_rules():
            if not isinstance(each, Rule):
                raise CkanConfigurationException(f"Plugin '{plugin.name}': get_satudata_rules gives {each!r}, no rule")
            if each.id in {other.id for other in found}:
                raise CkanConfigurationException(f"Plugin '{plugin.name}': there is a rule '{each.id}' already")
            found.append(dataclasses.replace(each, plugin=plugin.name))
    return found


def rules_in_force() -> list[Rule]:
    """The rules that are not switched off, each with the severity this portal gives it."""
    return _current()[0]


def _current() -> tuple[list[Rule], dict[str, str]]:
    global _made
    off, severities = config.checks_off(), config.checks_severity()
    loaded = tuple(plugin.name for plugin in plugins.PluginImplementations(ISatudataRules))
    key = (off, tuple(severities.items()), loaded, len(RULES))
    if _made is None or _made[0] != key:
        kept = [
            dataclasses.replace(each, severity=severities.get(each.id, each.severity))
            for each in every_rule()
            if each.locked or each.id not in off
        ]
        _made = (key, kept, severities)
    return _made[1], _made[2]


def rule_of(finding_id: str) -> str:
    """The id of the rule behind a finding, whose own id may go on after it; empty where nobody knows it."""
    known = {rule.id for rule in rules_in_force()}
    parts = finding_id.split(".")
    return next((name for at in range(len(parts), 0, -1) if (name := ".".join(parts[:at])) in known), "")


def problems_of(rule: Rule, subject: Subject) -> Iterator[Problem]:
    """What a rule finds, with the severity this portal gives it; good news stays good news.

    A rule of another plugin that fails is logged and told as a warning: it stops nobody's work.
    """
    severity = _current()[1].get(rule.id)
    try:
        for problem in rule.run(subject):
            if severity and problem.severity != "info":
                problem = dataclasses.replace(problem, severity=severity)
            yield problem
    except Exception:
        if not rule.plugin:
            raise
        log.exception("Rule %s of plugin %s failed", rule.id, rule.plugin)
        yield Problem(
            tk._("The rule {rule} could not be run").format(rule=rule.id),
            tk._("Tell the portal admin: it comes from the plugin {plugin}").format(plugin=rule.plugin),
            severity="warning",
            part="failed",
        )

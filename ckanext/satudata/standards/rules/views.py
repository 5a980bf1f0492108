"""The page of the rules: what the check asks, why, and how to mend it; findings lead to its anchors."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint

from ckanext.satudata.languages import current
from ckanext.satudata.principles import principle_label
from ckanext.satudata.standards.rules import texts

blueprint = Blueprint("satudata_rules", __name__, url_prefix="/satudata/rules")


@blueprint.get("", endpoint="index", strict_slashes=False)
def index() -> Any:
    """Every rule in force on this portal, by principle."""
    try:
        tk.check_access("satudata_codelist_list", {}, {})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Not authorized to see this page"))
    lang = current()
    groups = [
        {
            "name": principle,
            "label": principle_label(principle),
            "rules": [{"rule": rule, "text": texts.of(rule, lang)} for rule in rules],
        }
        for principle, rules in texts.by_principle()
        if rules
    ]
    return tk.render("satudata/standards/rules.html", {"groups": groups})

"""The page on which the next edition is begun: what is taken over, what is proposed, what is left out."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, g, request

from ckanext.satudata import csrf
from ckanext.satudata.standards.editions.action import CHANGEABLE

blueprint = Blueprint("satudata_editions", __name__, url_prefix="/satudata/editions")


def logged_in_only() -> Any:
    """Nothing here is for nobody; after logging in one comes back to where one wanted to go."""
    if getattr(g, "userobj", None) is None:
        return tk.redirect_to("user.login", next=request.path)
    return None


blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


@blueprint.route("/<id>", methods=["GET", "POST"])
def new(id: str) -> str | Response | tuple[str, int]:
    """Show what the next edition would be; a press makes it as a draft and opens its form."""
    typed = {name: request.form.get(name, "") for name in CHANGEABLE} if request.method == "POST" else {}
    errors: dict[str, Any] = {}
    try:
        plan = tk.get_action("satudata_edition_preview")({}, {"id": id})
        source = tk.get_action("package_show")({}, {"id": id})
        if request.method == "POST":
            try:
                made = tk.get_action("satudata_edition_create")({}, {"id": id, **typed})
            except tk.ValidationError as error:
                errors = error.error_dict
            else:
                return _begun(made)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error) or tk._("Dataset not found"))
    except tk.ValidationError as error:
        return tk.abort(409, " ".join(str(text) for texts in error.error_dict.values() for text in texts))
    fields = {name: plan["values"].get(name) for name in CHANGEABLE if name in plan["values"]}
    page = {
        "plan": plan,
        "source": source,
        "is_dataset": bool(plan["values"].get("periode_awal")) or source["type"] == "dataset",
        "fields": {**fields, **{name: text for name, text in typed.items() if name in fields}},
        "labels": {item["field"]: item["label"] for item in plan["proposed"]},
        "errors": {name: " ".join(map(str, texts)) for name, texts in errors.items()},
    }
    return tk.render("satudata/editions/new.html", page), 400 if errors else 200


def _begun(made: dict[str, Any]) -> Response:
    told = tk._("The draft is made. Look at the marked fields, then add the new figures.")
    if made["satudata_series"] == "closed":
        told += " " + tk._(
            "The earlier edition has no series yet and is closed to changes: write “{series}” into it with its next "
            "correction, so that both are shown together."
        ).format(series=made.get("seri") or "")
    tk.h.flash_success(told)
    return tk.redirect_to(f"{made['type']}.edit", id=made["name"])

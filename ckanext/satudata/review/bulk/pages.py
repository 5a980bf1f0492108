"""What the pages of a bulk run show. Reads only; a fixed number of queries, however many datasets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.principles import PRINCIPLES, principle_label

from .. import lookups, pages, reasons, wording
from ..form import Form
from ..workflows import in_force

Items = list[tuple[str, int]]


def items_of(given: Iterable[str]) -> Items:
    """The boxes that were ticked, ``id:version`` each; what is no such pair is passed over."""
    pairs = (one.rsplit(":", 1) for one in given)
    found = {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
    return list(found.items())


def asked(form: Form, items: Items, values: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of ``satudata_review_bulk_transition``."""
    given = form.request("")
    if values.get("all_conform"):
        given["principle_results"] = dict.fromkeys(PRINCIPLES, True)
    common = {name: value for name, value in given.items() if name not in ("id", "expected_version") and value}
    return {**common, "items": [{"id": name, "expected_version": version} for name, version in items]}


def prepare(form: Form, items: Items, values: Mapping[str, str], errors: dict[str, Any], back: str) -> dict[str, Any]:
    """The page between choosing and doing.

    :param errors: of a run that was refused as a whole, by parameter
    :raises ValidationError: there is no such action
    """
    dry = {"action": form.action, "items": asked(form, items, values)["items"], "dry_run": True}
    bodies: list[dict[str, str]] = []
    result = _previewed({**dry, "body_id": form.body_id})
    if any("body_id" in item.get("errors", {}) for item in result["results"]):
        bodies = lookups.organizations(lookups.bodies_of(pages.actor().id or ""))
        form.body_id = form.body_id or lookups.last_body(pages.actor().id or "", [one["id"] for one in bodies])
        result = _previewed({**dry, "body_id": form.body_id})
    can = [item for item in result["results"] if item["ok"]]
    declared = in_force().transitions[form.action]
    versions = dict(items)
    listed = reasons.listed()
    return {
        "form": form,
        "action": form.action,
        "label": label(form.action),
        "sentence": sentence(form.action, len(can), result["failed"]),
        "can": _named(can),
        "cannot": _named([item for item in result["results"] if not item["ok"]]),
        "items": [f"{item['id']}:{versions[item['id']]}" for item in can],
        "needs": declared.needs,
        "principles": [
            {
                "name": name,
                "label": principle_label(name),
                "reasons": [one for one in listed if one["principle"] == name],
            }
            for name in PRINCIPLES
        ],
        "reasons": [one for one in listed if not one["principle"]],
        "bodies": bodies,
        "errors": {name: " ".join(map(str, texts)) for name, texts in errors.items()},
        "run_id": values.get("run_id") or str(uuid.uuid4()),
        "all_conform": bool(values.get("all_conform")),
        "back": back,
    }


def label(action: str) -> str:
    """The word on the button of a bulk run; some are passed on to the pembina and some need not be."""
    return tk._("Pass on") if action == "forward" else wording.action(action)


def _previewed(dry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tk.get_action("satudata_review_bulk_transition")({}, dry)
    return found


def run(told: dict[str, Any]) -> dict[str, Any]:
    """How far a run is, and what became of each dataset, refusals first."""
    results = _named(told["results"])
    finished = told["finished"] or not told["waiting"]
    return {
        **told,
        "finished": finished,
        "label": label(told["action"]),
        "sentence": done_sentence(told["action"], told["done"], told["failed"], told["waiting"]),
        "over": told["done"] + told["failed"],
        "refused": [item for item in results if item["ok"] is False],
        "moved": [item for item in results if item["ok"]],
    }


def _named(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results with titles; one query for all."""
    known = lookups.packages(item["package_id"] for item in results)
    return [{**item, **known.get(item["package_id"], {"title": item["id"], "name": ""})} for item in results]


def sentence(action: str, can: int, cannot: int) -> str:
    """What would become of the chosen, in one line: “94 dapat dikembalikan, 6 tidak”."""
    sentences = {
        "return": tk._("{can} can be returned, {cannot} cannot."),
        "forward": tk._("{can} can be forwarded, {cannot} cannot."),
        "approve": tk._("{can} can be approved, {cannot} cannot."),
        "publish": tk._("{can} can be published, {cannot} cannot."),
        "claim": tk._("{can} can be taken, {cannot} cannot."),
        "submit": tk._("{can} can be submitted, {cannot} cannot."),
    }
    return sentences.get(action, tk._("It is possible for {can}, not for {cannot}.")).format(can=can, cannot=cannot)


def done_sentence(action: str, done: int, failed: int, waiting: int) -> str:
    """What has become of them so far, in one line."""
    sentences = {
        "return": tk._("{done} returned"),
        "forward": tk._("{done} forwarded"),
        "approve": tk._("{done} approved"),
        "publish": tk._("{done} published"),
        "claim": tk._("{done} taken"),
        "submit": tk._("{done} submitted"),
    }
    parts = [sentences.get(action, tk._("{done} done")).format(done=done)]
    if failed:
        parts.append(tk._("{failed} not possible").format(failed=failed))
    if waiting:
        parts.append(tk._("{waiting} still waiting").format(waiting=waiting))
    return ", ".join(parts) + "."

"""What the page of the reports shows, and its tables as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import ckantoolkit as tk
from babel.dates import format_date

from ckanext.satudata import sheets
from ckanext.satudata.languages import current
from ckanext.satudata.principles import principle_label

from .. import calendar, lookups, pages, said, wording
from . import charts, service

FILTERS = ("organization", "since", "until")
#: What is taken at once into a CSV file of organizations.
CSV_ROWS = 1000
COUNTERS = ("submitted", "returned", "conforming", "published", "unpublished")


def counter_labels() -> dict[str, str]:
    """The columns of the reports in words."""
    return {
        "submitted": tk._("Submitted"),
        "returned": tk._("Returned"),
        "conforming": tk._("Declared conforming"),
        "published": tk._("Published"),
        "unpublished": tk._("Withdrawn from publication"),
        "waiting": tk._("Waiting now"),
        "overdue": tk._("Overdue"),
    }


def age_labels() -> list[str]:
    """The classes of waiting time in words."""
    two, five, ten = service.AGES
    return [
        tk._("up to {n} working days").format(n=two),
        tk._("{first} to {last}").format(first=two + 1, last=five),
        tk._("{first} to {last}").format(first=five + 1, last=ten),
        tk._("more than {n}").format(n=ten),
    ]


def asked_of(args: Mapping[str, str]) -> dict[str, Any]:
    """The filters that stand in the address."""
    return {name: args[name] for name in FILTERS if args.get(name)}


def report(args: Mapping[str, str], **more: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The report asked for; filters nobody understands are named and left out.

    :raises NotAuthorized: reports are not for this person
    """
    asked, wrong = asked_of(args), {}
    try:
        return tk.get_action("satudata_review_report")({}, {**asked, **more}), {}
    except tk.ValidationError as error:
        wrong = {name: " ".join(map(str, texts)) for name, texts in error.error_dict.items()}
    kept = {name: value for name, value in asked.items() if name not in wrong}
    return tk.get_action("satudata_review_report")({}, {**kept, **more}), wrong


def show(args: Mapping[str, str]) -> dict[str, Any]:
    """What the template needs."""
    shown, wrong = report(args)
    counters = counter_labels()
    totals = shown["totals"]
    steps, ageing = shown["steps"], shown["ageing"]
    reasons, fields = shown["return_reasons"]["principles"], shown["return_reasons"]["fields"]
    slowest = max((step["slow_days"] for step in steps), default=0)
    labels = said.field_labels("dataset")
    owners = shown["organizations"]
    return {
        "report": shown,
        "wrong": wrong,
        "args": {**{name: args.get(name, "") for name in FILTERS}, "since": shown["since"], "until": shown["until"]},
        "since": _day(shown["since"]),
        "until": _day(shown["until"]),
        "presets": _presets(args),
        "choices": lookups.choices(service.view_of(pages.actor()))["organizations"],
        "counters": counters,
        "columns": COUNTERS,
        "totals": [
            {"label": counters[name], "number": totals[name]}
            for name in ("waiting", "overdue", "submitted", "returned", "published")
        ],
        "empty": not any(totals.values()),
        "weeks": [{**week, "label": _week(week["week"])} for week in shown["throughput"]],
        "chart": charts.columns(shown["throughput"], ("submitted", "published")),
        "steps": [
            {
                **step,
                "label": wording.state(step["state"]),
                "bar": charts.share(step["median_days"], slowest),
                "slow_bar": charts.share(step["slow_days"], slowest),
            }
            for step in steps
        ],
        "principles": _bars([{"label": principle_label(row["principle"]), "number": row["number"]} for row in reasons]),
        "fields": _bars([{"label": labels.get(row["field"], row["field"]), "number": row["number"]} for row in fields]),
        "ages": age_labels(),
        "ageing": [{**row, "label": wording.state(row["state"])} for row in ageing],
        "owners": owners["results"],
        "more_owners": owners["count"] - len(owners["results"]),
        "csv": {
            name: tk.url_for("satudata_reports.csv", table=name, **asked_of(args))
            for name in ("throughput", "steps", "reasons", "ageing", "organizations")
        },
        "queue": lambda name: tk.url_for("satudata_review.queue", tab="all", organization=name),
    }


def _bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    largest = max((row["number"] for row in rows), default=0)
    return [{**row, "bar": charts.share(row["number"], largest)} for row in rows]


def _presets(args: Mapping[str, str]) -> list[dict[str, Any]]:
    """Periods in one click; the organization stays."""
    today = calendar.today()
    kept = {"organization": args["organization"]} if args.get("organization") else {}
    periods = (
        (tk._("The last 12 weeks"), *service.usual_period(today)),
        (tk._("This year"), today.replace(month=1, day=1), today),
        (tk._("Last year"), dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31)),
    )
    return [
        {"label": label, "href": tk.url_for("satudata_reports.show", since=first, until=last, **kept)}
        for label, first, last in periods
    ]


def _day(value: str) -> str:
    return wording.day(calendar.start_of_day(dt.date.fromisoformat(value)))


def _week(monday: str) -> str:
    """A week by its Monday: “16 Nov”."""
    return str(format_date(dt.date.fromisoformat(monday), "d MMM", locale=current()))


# -- CSV ------------------------------------------------------------------------------------------------------


def csv_lines(args: Mapping[str, str], table: str) -> Iterator[str]:
    """One table of the report as CSV, all of it.

    :raises KeyError: no such table
    """
    rows = TABLES[table](args)
    # The mark tells spreadsheets that this is UTF-8.
    return iter([sheets.MARK, *(sheets.line(row) for row in rows)])


def _throughput(args: Mapping[str, str]) -> list[list[Any]]:
    labels = counter_labels()
    shown = report(args, limit=0)[0]["throughput"]
    rows = [[week["week"], *(week[name] for name in COUNTERS)] for week in shown]
    return [[tk._("Week from"), *(labels[name] for name in COUNTERS)], *rows]


def _steps(args: Mapping[str, str]) -> list[list[Any]]:
    heading = [tk._("Step"), tk._("Number"), tk._("Median, working days"), tk._("Nine of ten within, working days")]
    shown = report(args, limit=0)[0]["steps"]
    return [
        heading,
        *([wording.state(row["state"]), row["number"], row["median_days"], row["slow_days"]] for row in shown),
    ]


def _reasons(args: Mapping[str, str]) -> list[list[Any]]:
    shown, labels = report(args, limit=0)[0]["return_reasons"], said.field_labels("dataset")
    return [
        [tk._("Kind"), tk._("Reason"), tk._("Returns")],
        *([tk._("Principle"), principle_label(row["principle"]), row["number"]] for row in shown["principles"]),
        *([tk._("Field"), labels.get(row["field"], row["field"]), row["number"]] for row in shown["fields"]),
    ]


def _ageing(args: Mapping[str, str]) -> list[list[Any]]:
    shown = report(args, limit=0)[0]["ageing"]
    heading = [tk._("Where it stands"), *age_labels(), tk._("Together"), tk._("Overdue")]
    return [heading, *([wording.state(row["state"]), *row["ages"], row["number"], row["overdue"]] for row in shown)]


def _organizations(args: Mapping[str, str]) -> list[list[Any]]:
    labels = counter_labels()
    names = (*COUNTERS, "waiting", "overdue")
    rows: list[list[Any]] = [[tk._("Organization"), *(labels[name] for name in names)]]
    while True:
        page = report(args, limit=CSV_ROWS, offset=len(rows) - 1)[0]["organizations"]
        rows.extend([row["title"] or row["id"], *(row[name] for name in names)] for row in page["results"])
        if not page["results"] or len(rows) > page["count"]:
            return rows


TABLES = {
    "throughput": _throughput,
    "steps": _steps,
    "reasons": _reasons,
    "ageing": _ageing,
    "organizations": _organizations,
}

"""The action of the reports."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ..people import actor_of
from . import schema, service


@tk.side_effect_free
def satudata_review_report(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the review over the organizations this user checks or plans for.

    :param organization: id or name; that organization and everything below it
    :param since: first day, as 2026-09-01, in the portal's time zone (the Monday eleven weeks ago)
    :param until: last day, included (today)
    :param track: ``publication``
    :param limit: how many organizations are listed (100); the sums are of all
    :param offset: from which on
    :returns: ``totals``; ``throughput`` (per week, by its Monday); ``steps`` (per state that was left: ``number``,
        ``median_days`` and ``slow_days``, within which nine of ten were done, in working days);
        ``return_reasons`` (``principles`` and ``fields``); ``ageing`` (per state: ``number``, ``overdue``, ``ages``: up
        to 2, 5, 10 working days and more); ``organizations`` (``count``, ``results``)
    :raises NotAuthorized: neither custodian, pembina, planner nor sysadmin
    """
    tk.check_access("satudata_review_report", context, data_dict)
    return service.report(service.view_of(actor_of(context)), schema.read(data_dict))


ACTIONS = {"satudata_review_report": satudata_review_report}

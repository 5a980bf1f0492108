"""Actions on the audit trail as a whole."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing

from . import jobs, service
from .model import AuditRun


@tk.side_effect_free
def satudata_audit_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where the chain of events ends, and what the last verifications found. For sysadmins.

    :returns: ``head`` (``position``, ``hash``), ``last`` and ``last_full`` (``started_at``, ``seconds``, ``kind``,
        ``from_position``, ``to_position``, ``whole``, ``bad_position``, ``problem``; or None)
    """
    tk.check_access("satudata_audit_show", context, data_dict)
    listing.refuse_unknown(data_dict, ())
    head = service.head()
    return {
        "head": {"position": head.position, "hash": head.hash},
        "last": _run(service.last_run()),
        "last_full": _run(service.last_run(kind="full")),
    }


def satudata_audit_verify(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have the whole chain verified by a background job. For sysadmins.

    :returns: ``job``, the id of the job; ``satudata_audit_show`` tells the outcome
    """
    tk.check_access("satudata_audit_verify", context, data_dict)
    listing.refuse_unknown(data_dict, ())
    job = tk.enqueue_job(jobs.verify_all, title="satudata: verify the audit trail", rq_kwargs={"timeout": jobs.TIMEOUT})
    return {"job": job.id}


def _run(run: AuditRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "started_at": run.started_at.isoformat(),
        "seconds": run.seconds,
        "kind": run.kind,
        "from_position": run.from_position,
        "to_position": run.to_position,
        "whole": run.whole,
        "bad_position": run.bad_position,
        "problem": run.problem,
    }


ACTIONS = {"satudata_audit_show": satudata_audit_show, "satudata_audit_verify": satudata_audit_verify}

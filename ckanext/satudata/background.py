"""Work left to CKAN's job workers, where the queue takes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

log = logging.getLogger(__name__)


def enqueue(work: Callable[..., Any], args: list[Any], title: str, seconds: int) -> bool:
    """Leave a piece of work to a worker.

    :param seconds: how long it may take; RQ's own limit of 180 s would cut it short
    :returns: whether the queue took it; where it did not (Redis is down), that stands in the log
    """
    try:
        tk.enqueue_job(work, args, title=f"satudata: {title}", rq_kwargs={"timeout": seconds})
    except Exception:
        log.exception("The job “%s” could not be enqueued", title)
        return False
    return True

"""The background job that looks into a large file: one per stored file, whoever asks."""

from __future__ import annotations

import datetime as dt
import logging
import time

from ckanext.satudata import background, config
from ckanext.satudata.standards.files import model, stored
from ckanext.satudata.standards.files.scan import look

log = logging.getLogger(__name__)

#: Seconds between two notes of how far it is.
_NOTED_EVERY = 1.0


def enqueue(identity: str) -> bool:
    """Leave a check to a worker; whether the queue took it. Where it did not, the sweep finds it."""
    return background.enqueue(run, [identity], "file check", config.file_check_job_seconds() + 60)


def run(identity: str) -> bool:
    """Background job: look into the file, unless somebody else does or it is done.

    :returns: whether this call did it
    """
    if not model.begin(identity):
        return False
    row = model.find(identity)
    if row is None:
        return False
    resource = {"id": row.resource_id, "url_type": "upload", "url": "file", "format": row.format}
    file = stored.find(resource)
    if file is None or file.identity != identity:
        # Replaced or removed while it waited: nobody asks for these facts any more.
        model.note(identity, status=model.FAILED, error="replaced", finished_at=dt.datetime.utcnow())
        model.forget(identity)
        return False
    noted = time.monotonic()

    def progress(share: float) -> None:
        nonlocal noted
        if time.monotonic() - noted >= _NOTED_EVERY:
            noted = time.monotonic()
            model.note(identity, progress=share)

    try:
        with stored.opened(resource, file) as path:
            facts = look(path, file.format, progress, config.file_check_job_seconds())
    except Exception as error:
        log.exception("The check of a file failed")
        model.note(identity, status=model.FAILED, error=type(error).__name__, finished_at=dt.datetime.utcnow())
        return False
    model.note(
        identity,
        status=model.DONE,
        progress=1.0,
        facts=facts.as_dict(),
        error=None,
        finished_at=dt.datetime.utcnow(),
    )
    # Here and not above: the score asks the rules, and the rules ask this part.
    from ckanext.satudata.standards.quality import service as quality

    quality.after_file_check(row.package_id)
    return True

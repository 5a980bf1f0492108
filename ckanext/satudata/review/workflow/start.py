"""Which tables count from the start of the portal on: the extension's own, or those of the option."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config

from .. import recommendation, workflows
from ..transitions import BUILT_IN, PUBLICATION, Workflow
from . import loader
from .problems import BadTable

OPTION = "satudata.review.workflows"
REFUSED = (
    "{option}: the portal does not start with these tables of the review. Mend what stands here, or empty the option.\n"
    "{option}: portal tidak dijalankan dengan tabel pemeriksaan ini. Perbaiki yang tertulis di sini, atau kosongkan "
    "opsinya.\n{problems}"
)


def built_in() -> dict[str, Workflow]:
    """The extension's own table of each track."""
    return {PUBLICATION: BUILT_IN, recommendation.TRACK: recommendation.table()}


def put_in_force() -> None:
    """Read what the option names, and let it count; ``IConfigurable.configure``, so no request is served before.

    :raises CkanConfigurationException: with every problem of every file, its line, and how to mend it
    """
    own = built_in()
    try:
        tables = loader.load(config.workflow_files(), own, str(tk.config.get("here") or ""))
    except BadTable as error:
        raise CkanConfigurationException(REFUSED.format(option=OPTION, problems=error)) from error
    workflows.put_in_force(own[recommendation.TRACK], *tables)

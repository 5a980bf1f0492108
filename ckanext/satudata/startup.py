"""What is looked at before the portal serves anyone: plugin order, single-owner interfaces, the migration."""

from __future__ import annotations

import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins
from ckan.exceptions import CkanConfigurationException
from flask import Blueprint, Response, render_template_string, request

from ckanext.satudata import config

log = logging.getLogger(__name__)

COMMAND = "ckan db upgrade"
TABLES = (
    "satudata_region",
    "satudata_role_grant",
    "satudata_review",
    "satudata_review_event",
    "satudata_file_key",
    "satudata_audit_head",
    "satudata_notice",
    "satudata_public_change",
    "satudata_code_list",
    "satudata_quality",
    "satudata_form_import",
    "satudata_file_check",
)

blueprint = Blueprint("satudata_startup", __name__)
_migrated = False


def check_plugins() -> None:
    """Refuse a plugin list that would silently switch a room off.

    :raises CkanConfigurationException: naming the option, what is wrong and how to mend it
    """
    listed = tk.aslist(tk.config.get("ckan.plugins", ""))
    if "scheming_datasets" not in listed:
        raise CkanConfigurationException("ckan.plugins: 'satudata' needs 'scheming_datasets'; add it after 'satudata'")
    if listed.index("scheming_datasets") < listed.index("satudata"):
        raise CkanConfigurationException(
            "ckan.plugins: put 'satudata' before 'scheming_datasets'; "
            "otherwise the forms of scheming hide those of satudata"
        )
    # CKAN asks only the first IPermissionLabels: behind another one, unpublished data would follow
    # rules that know nothing of the review.
    owners = [plugin.name for plugin in plugins.PluginImplementations(plugins.IPermissionLabels)]
    if owners and owners[0] != "satudata":
        raise CkanConfigurationException(
            f"ckan.plugins: '{owners[0]}' also decides who may see a dataset (IPermissionLabels) and "
            "stands before 'satudata'. CKAN asks only one: remove it, or switch it off"
        )
    for name in owners[1:]:
        log.warning("Plugin %r implements IPermissionLabels too; CKAN asks only 'satudata'", name)
    _check_uploaders()


def _check_uploaders() -> None:
    """Our uploader knows where the bytes of a file are; CKAN takes the first that answers, so it has to be ours."""
    config.keep_versions()
    uploaders = [plugin.name for plugin in plugins.PluginImplementations(plugins.IUploader)]
    if uploaders and uploaders[0] != "satudata":
        raise CkanConfigurationException(
            f"ckan.plugins: '{uploaders[0]}' also stores uploaded files (IUploader) and stands before 'satudata'. "
            "CKAN takes the first: put 'satudata' before it; files then still go where that plugin stores them"
        )
    for name in uploaders[1:]:
        log.warning(
            "Plugin %r stores uploaded files in its own way (IUploader); 'satudata' stores and reads them through it. "
            "What it must keep to stands in the documentation, under Operate",
            name,
        )
    if len(uploaders) > 2:
        log.warning("Several plugins implement IUploader (%s); CKAN takes the first that answers", uploaders[1:])


def is_migrated() -> bool:
    """Whether our tables are there. A yes is remembered; a no is asked again, so no restart is needed."""
    global _migrated
    if not _migrated:
        inspector = sa.inspect(model.meta.engine)
        _migrated = set(TABLES) <= set(inspector.get_table_names())
    return _migrated


PAGE = """<!doctype html><html lang="id"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Basis data belum diperbarui</title>
<body style="font-family:sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;line-height:1.5">
<h1>Basis data belum diperbarui</h1>
<p>Ekstensi Satu Data sudah dipasang, tetapi tabelnya belum dibuat. Jalankan perintah ini di server, lalu muat
ulang:</p>
<pre style="background:#eee;padding:1rem;overflow:auto">{{ command }}</pre>
<hr lang="en">
<p lang="en">The Satu Data extension is installed, but its tables are not there yet. Run the command above on the
server, then reload this page.</p>"""


@blueprint.before_app_request
def answer_503_until_migrated() -> Response | None:
    """Before the migration every page says which command to run; labels and guard have nothing to read yet."""
    if is_migrated() or request.endpoint in {"static", "webassets.index"}:
        return None
    if request.path.startswith(("/api/", "/satudata/harvest/")):
        body = f'{{"success": false, "error": {{"__type": "Service Unavailable", "message": "Run: {COMMAND}"}}}}'
        response = Response(body, status=503, mimetype="application/json")
    else:
        response = Response(render_template_string(PAGE, command=COMMAND), status=503, mimetype="text/html")
    response.headers["Retry-After"] = "60"
    return response

"""A plugin for the plain side of a comparison: what our dataset schema names, and nothing else of ours.

The same schema file on both sides is the point of the comparison; it names validators, helpers and snippets of ours.
CKAN finds plugins by entry points only, so ``installed_into`` writes one into a directory for ``PYTHONPATH``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import ckantoolkit as tk
from ckan import plugins

from ckanext.satudata.standards import helpers, validators

#: How a portal uses our schema without our plugin.
OPTIONS = {
    "scheming.dataset_schemas": "ckanext.satudata:standards/schemas/dataset.yaml",
    "scheming.presets": "ckanext.scheming:presets.json ckanext.satudata:standards/schemas/presets.json",
}
SNIPPETS = Path(__file__).resolve().parent.parent / "ckanext/satudata/templates/scheming"
TEMPLATES = "SATUDATA_BENCHMARK_TEMPLATES"


class NamesOnly(plugins.SingletonPlugin):
    """Validators, template helpers and field snippets of the room ``standards``."""

    plugins.implements(plugins.IConfigurer)
    plugins.implements(plugins.ITemplateHelpers)
    plugins.implements(plugins.IValidators)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, os.environ[TEMPLATES])

    def get_helpers(self) -> dict[str, Any]:
        return dict(helpers.HELPERS)

    def get_validators(self) -> dict[str, Any]:
        return dict(validators.VALIDATORS)


def installed_into(directory: Path) -> dict[str, str]:
    """Write the entry point and gather the snippets; returns the environment that makes CKAN find both."""
    info = directory / "benchmark_names_only-0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: benchmark-names-only\nVersion: 0\n")
    (info / "entry_points.txt").write_text("[ckan.plugins]\nbenchmark_names_only = benchmarks.names_only:NamesOnly\n")
    templates = directory / "templates" / "scheming"
    templates.mkdir(parents=True, exist_ok=True)
    for kind in ("form_snippets", "display_snippets"):
        shutil.rmtree(templates / kind, ignore_errors=True)
        shutil.copytree(SNIPPETS / kind, templates / kind)
    # Names of regions come from our tables, which the plain side does not have: the codes as they stand.
    (templates / "display_snippets" / "satudata_regions.html").write_text("{{ data[field.field_name] }}\n")
    return {"PYTHONPATH": str(directory), TEMPLATES: str(templates.parent)}

"""The plugin ``satudata_interop``: doors for other portals and for scripts. No logic of its own."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import plugins
from ckan.exceptions import CkanConfigurationException
from flask import Blueprint

from ckanext.satudata.interop import views


class SatudataInteropPlugin(plugins.SingletonPlugin):
    """The harvest view."""

    plugins.implements(plugins.IBlueprint)
    plugins.implements(plugins.IConfigurable)

    # IConfigurable
    def configure(self, config: Any) -> None:
        if "satudata" not in tk.aslist(tk.config.get("ckan.plugins", "")):
            raise CkanConfigurationException(
                "ckan.plugins: 'satudata_interop' shows what 'satudata' has published; add 'satudata' before it"
            )

    # IBlueprint
    def get_blueprint(self) -> list[Blueprint]:
        return [views.blueprint]

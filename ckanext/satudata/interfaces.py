"""What other plugins may add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckan.plugins.interfaces import Interface

if TYPE_CHECKING:
    from ckanext.satudata.standards.rules.registry import Rule


class ISatudataRules(Interface):
    """Rules of the submission check that a portal adds to ours."""

    def get_satudata_rules(self) -> list[Rule]:
        """Rules made with ``ckanext.satudata.standards.rules.registry.make``; asked once, and again on a reload.

        Their ids begin with a word of the plugin's own, so that they never meet one of ours.
        """
        return []

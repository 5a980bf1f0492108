"""Texts of CKAN itself that an officer meets in the forms, and that CKAN's Indonesian catalogue leaves in English.

Our catalogue is laid over CKAN's, so naming them here lets them be translated with our own texts.
"""

from __future__ import annotations


def N_(text: str) -> str:
    """Mark a text for the catalogue; nothing is translated here."""
    return text


CORE_TEXTS = (
    N_("Create Dataset"),
    N_("Create {object_type}"),
    N_("Add {object_type}"),
    N_("Edit {object_type}"),
    N_("View {object_type}"),
    N_("Update {object_type}"),
    N_("Save {object_type}"),
    N_("{object_type}s"),
    N_("My {object_type}s"),
    N_("Search {object_type}s..."),
    N_(
        'You can use <a href="#markdown" title="Markdown quick reference" data-bs-toggle="popover" '
        'data-bs-content="%(markdown_tooltip)s" data-bs-html="true">Markdown formatting</a> here'
    ),
    N_("Add data"),
    N_("Add data to the dataset"),
    N_("Edit metadata"),
    N_("Reorder resources"),
    N_("View dataset"),
    N_("Add New Resource"),
    N_("Add new resource"),
    N_("New resource"),
    N_("What's a resource?"),
    N_("A resource can be any file or link to a file containing useful data."),
    N_("Save & add another"),
    N_("Data and Resources"),
    N_("This dataset has no data"),
    N_("There is no description for this organization."),
    N_("Activity Stream"),
    N_("Manage"),
    N_("Link"),
    N_("The form contains invalid entries:"),
    N_("Missing value"),
    N_("That URL is already in use."),
    N_("Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"),
    N_("Search data"),
    N_("Search datasets..."),
    N_("Order by"),
    N_("Formats"),
    N_("Licenses"),
    N_("Name Ascending"),
    N_("Name Descending"),
    N_("Filter Results"),
    N_("There are no {facet_type} that match this search"),
    N_("Show More {facet_type}"),
    N_("Show Only Popular {facet_type}"),
    N_("Dataset not found or you have no permission to view it"),
    N_("E.g. environment"),
    N_("Popular tags"),
    N_("Previous"),
    N_("Explore"),
    N_("Language"),
    N_("Social"),
    N_("About {0}"),
)

"""Texts of CKAN itself that an officer meets in the forms, and that CKAN's Indonesian catalogue leaves in English.

Our catalogue is laid over CKAN's, so naming them here lets them be translated with our own texts.
"""

from __future__ import annotations


def N_(text: str) -> str:
    """Mark a text for the catalogue; nothing is translated here."""
    return text


def ungettext(one: str, _many: str, _number: int = 1) -> str:
    """Mark a text with its plural for the catalogue; nothing is translated here."""
    return one


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
    N_("Skip to main content"),
    N_("Search Datasets..."),
    N_("Search datasets"),
    N_("Navigate to Home - {site_title}"),
    N_("Toggle navigation"),
    N_("Submit"),
    N_("Account"),
    N_("Breadcrumb"),
    N_("close"),
    N_("Filter by: {title}"),
    N_("Search datasets by {name}: {label}"),
    N_("Search datasets with the tag: {tag}"),
    N_("Search datasets with the tag: {name}"),
    N_("Navigate to dataset: {title}"),
    N_("Navigate to resource: {name_or_id}"),
    N_("Navigate to resource: {name}"),
    N_('No datasets found for "{query}"'),
    N_("No datasets found"),
    N_("Forgotten your password?"),
    N_("No problem, use our password recovery form to reset it."),
    N_("Username or Email"),
    N_("Remember me"),
    N_("Profile settings"),
    N_("View profile"),
    N_("View {name}"),
    N_("View {organization_name}"),
    N_("Edit resource"),
    N_("Views"),
    N_("No License Provided"),
    N_("News feed"),
    N_("My Datasets"),
    N_("My Organizations"),
    N_("My Groups"),
    N_("{bytes} bytes"),
    N_("Please try another search."),
    N_("Sysadmins"),
    N_("Config"),
    N_("Activities"),
    N_("You can also access this registry using the %(api_link)s (see %(api_doc_link)s)."),
    ungettext("{number} dataset found", "{number} datasets found"),
    ungettext('{number} dataset found for "{query}"', '{number} datasets found for "{query}"'),
    ungettext("Dashboard (%(num)d new item)", "Dashboard (%(num)d new items)"),
)

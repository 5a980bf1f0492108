"""``ckan satudata …``: one group, filled by the rooms."""

from __future__ import annotations

import click

from ckanext.satudata.demo import cli as demo_cli
from ckanext.satudata.regions import cli as regions_cli
from ckanext.satudata.review import cli as review_cli
from ckanext.satudata.review import schedule_cli
from ckanext.satudata.roles import cli as roles_cli
from ckanext.satudata.standards import cli as standards_cli
from ckanext.satudata.standards.codelists import cli as codelists_cli
from ckanext.satudata.standards.quality import cli as quality_cli
from ckanext.satudata.standards.search import cli as search_cli
from ckanext.satudata.standards.workbooks import cli as workbooks_cli


@click.group(short_help="Satu Data Indonesia: regions, roles, standards and review.")
def satudata() -> None:
    """Commands of ckanext-satudata."""


for _room in (
    regions_cli,
    roles_cli,
    standards_cli,
    codelists_cli,
    quality_cli,
    search_cli,
    workbooks_cli,
    review_cli,
    schedule_cli,
    demo_cli,
):  # fmt: skip
    for _command in _room.COMMANDS:
        satudata.add_command(_command)

"""Where the demo may be loaded: into an empty portal that only this machine can reach."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config


def obstacles() -> list[str]:
    """Why the demo must not be loaded here, one sentence each; an empty list if nothing stands in the way.

    Its accounts have passwords that are printed, and its data would stand among real data: neither belongs on
    a portal that people use.
    """
    found = []
    address = str(tk.config.get("ckan.site_url") or "")
    if not is_loopback(address):
        found.append(
            f"ckan.site_url is {address or 'not set'}; the demo is only for a portal at a loopback address, "
            "such as http://127.0.0.1:5000."
        )
    held = [f"{count} {what}" for what, count in holdings().items() if count]
    if held:
        found.append(f"This portal already holds data: {', '.join(held)}. The demo is only for an empty portal.")
    if not config.review_enabled():
        found.append("satudata.review.enabled is false; the demo walks its datasets through the review.")
    return found


def is_loopback(address: str) -> bool:
    """Whether a site address leads back to this machine, and nowhere else."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def holdings() -> dict[str, int]:
    """How many datasets, organizations, groups and users there are, deleted ones and drafts included.

    The site user, which CKAN makes for itself, does not count.
    """
    groups = sa.select(sa.func.count(model.Group.id))
    queries = {
        "datasets": sa.select(sa.func.count(model.Package.id)),
        "organizations": groups.where(model.Group.is_organization.is_(True)),
        "groups": groups.where(model.Group.is_organization.is_(False)),
        "users": sa.select(sa.func.count(model.User.id)).where(model.User.name != tk.config.get("ckan.site_id")),
    }
    return {what: int(model.Session.scalar(query) or 0) for what, query in queries.items()}

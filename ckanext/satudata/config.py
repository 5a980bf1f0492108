"""One typed function per option; the options themselves are declared in ``config_declaration.yaml``."""

from __future__ import annotations

import ckantoolkit as tk


def review_enabled() -> bool:
    """Whether datasets go through review before publication at all."""
    return tk.asbool(tk.config.get("satudata.review.enabled", True))


def exempt_types() -> frozenset[str]:
    """Package types that are never reviewed."""
    return frozenset(tk.aslist(tk.config.get("satudata.review.exempt_types", "harvest showcase page")))


def four_eyes() -> bool:
    """Whether authors of content are kept from forwarding, approving and publishing it."""
    return tk.asbool(tk.config.get("satudata.review.four_eyes", True))


def pembina_for() -> str:
    """Which data the pembina is asked about: ``national``, ``priority``, ``all`` or ``none``."""
    return str(tk.config.get("satudata.review.pembina_for", "priority"))


def programs() -> frozenset[str]:
    """User names of the programs whose technical writes pass; ``site_user`` is replaced by its real name."""
    names = set(tk.aslist(tk.config.get("satudata.review.programs", "site_user harvest")))
    if "site_user" in names:
        names.discard("site_user")
        names.add(str(tk.config.get("ckan.site_id")))
    return frozenset(names)


def harvested_policy() -> str:
    """``publish`` or ``review``: what becomes of harvested datasets."""
    return str(tk.config.get("satudata.review.harvested", "publish"))


def submit_by() -> str:
    """Who hands data over: ``editor`` (every officer of the organization) or ``admin`` (its head)."""
    return str(tk.config.get("satudata.review.submit_by", "editor"))


def supporting_days() -> int:
    """For how many working days the check is the supporting custodian's alone."""
    return tk.asint(tk.config.get("satudata.review.supporting_days", 2))


def comment_length() -> int:
    """The longest comment a transition takes, in characters."""
    return tk.asint(tk.config.get("satudata.review.comment_length", 2000))


def timezone() -> str:
    """IANA name of the zone in which people read dates."""
    return str(tk.config.get("satudata.timezone", "Asia/Jakarta"))

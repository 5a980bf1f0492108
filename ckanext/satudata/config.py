"""One typed function per option; the options themselves are declared in ``config_declaration.yaml``."""

from __future__ import annotations

from typing import NamedTuple

import ckantoolkit as tk
from ckan.exceptions import CkanConfigurationException
from ckan.lib import plugins as lib_plugins


def review_enabled() -> bool:
    """Whether datasets go through review before publication at all."""
    return tk.asbool(tk.config.get("satudata.review.enabled", True))


#: Not data, where the extension that makes them is there.
EXEMPT_BY_DEFAULT = frozenset({"harvest", "showcase", "page"})


def exempt_types() -> frozenset[str]:
    """Package types that are never reviewed.

    The portal's own list holds as it stands. Those by default are exempt only where an extension answers for them:
    elsewhere the word alone would let anybody publish past the review.
    """
    named = frozenset(tk.aslist(tk.config.get("satudata.review.exempt_types", EXEMPT_BY_DEFAULT)))
    return named & lib_plugins._package_plugins.keys() if named == EXEMPT_BY_DEFAULT else named


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
    # Under this name ckanext-harvest works where the portal says so; it must be a sysadmin's to be believed.
    names.update(tk.aslist(tk.config.get("ckanext.harvest.user_name")))
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


# -- calendar, deadlines and jobs -----------------------------------------------------------------------------


def calendar_week() -> str:
    """Days of the week on which offices work, as ``mon tue wed thu fri``."""
    return " ".join(tk.aslist(tk.config.get("satudata.calendar.week", "mon tue wed thu fri")))


def calendar_joint_leave() -> bool:
    """Whether joint leave (cuti bersama) is off like a public holiday."""
    return tk.asbool(tk.config.get("satudata.calendar.joint_leave", True))


def calendar_holidays() -> str:
    """More days off, as ``2026-12-24 2026-12-31``."""
    return " ".join(tk.aslist(tk.config.get("satudata.calendar.holidays", "")))


def calendar_working_days() -> str:
    """Days that are worked although they would be off, written like the holidays."""
    return " ".join(tk.aslist(tk.config.get("satudata.calendar.working_days", "")))


def calendar_file() -> str:
    """A file of more days off and of days that are worked, or nothing."""
    return str(tk.config.get("satudata.calendar.file") or "")


def due_days() -> str:
    """Working days each state of the review may take, as ``submitted:2 custodian_check:3``."""
    return " ".join(tk.aslist(tk.config.get("satudata.review.due_days", "")))


def remind_before() -> int:
    """How many working days before the due date a reminder goes out; 0 sends none."""
    return tk.asint(tk.config.get("satudata.review.remind_before", 1))


def hand_over_after() -> int:
    """After how many working days without a step a checker loses the hold; 0 never."""
    return tk.asint(tk.config.get("satudata.review.hand_over_after", 5))


def daily_at() -> str:
    """When the daily jobs begin, in the portal's zone, as ``06:30``."""
    return str(tk.config.get("satudata.schedule.daily_at", "06:30"))


def schedule_enabled() -> bool:
    """Whether the job workers of CKAN run the periodic work by themselves."""
    return tk.asbool(tk.config.get("satudata.schedule.enabled", True))


class KeptVersions(NamedTuple):
    """How many published versions of a file are kept: all, a count, or those replaced within some days."""

    any: bool
    most: int | None = None
    days: int | None = None


def keep_versions() -> KeptVersions:
    """Which published versions of files are kept.

    :raises CkanConfigurationException: the option is none of ``all``, ``none``, a number, a number of days (``365d``)
    """
    value = str(tk.config.get("satudata.review.keep_versions", "10")).strip().lower()
    if value == "all":
        return KeptVersions(True)
    if value in {"none", "0", ""}:
        return KeptVersions(False)
    if value.removesuffix("d").isdigit():
        number = int(value.removesuffix("d"))
        return KeptVersions(True, days=number) if value.endswith("d") else KeptVersions(True, most=number)
    raise CkanConfigurationException(
        f"satudata.review.keep_versions: '{value}' is not understood; write 'all', 'none', how many older versions "
        "of each file are kept (for instance 10), or for how many days (for instance 365d)"
    )


def file_grace_days() -> int:
    """For how many days bytes that nobody refers to are still kept."""
    return tk.asint(tk.config.get("satudata.review.file_grace_days", 7))


def reasons_file() -> str:
    """Path of the portal's own list of standard reasons; empty for the one that comes with the extension."""
    return str(tk.config.get("satudata.review.reasons") or "")


def bulk_background() -> int:
    """From how many items on the pages leave a bulk run to a background job."""
    return tk.asint(tk.config.get("satudata.review.bulk_background", 20))


def harvested_sources() -> dict[str, str]:
    """Policies of single harvest sources, by id or name of the source; those not named follow the default."""
    pairs = tk.aslist(tk.config.get("satudata.review.harvested_sources", ""))
    return {name: policy for name, _sep, policy in (pair.partition("=") for pair in pairs)}


def workflow_files() -> list[str]:
    """Files of the portal's own tables of the review: paths, or ``package:path``."""
    return [str(name) for name in tk.aslist(tk.config.get("satudata.review.workflows", ""))]


def recommendation_types() -> frozenset[str]:
    """Package types that describe a statistical activity, which may need a recommendation of BPS."""
    return frozenset(tk.aslist(tk.config.get("satudata.review.recommendation_types", "kegiatan")))


def publication_waits_for_recommendation() -> bool:
    """Whether results are published only once their activity is found feasible."""
    return tk.asbool(tk.config.get("satudata.review.publication_waits_for_recommendation", False))


def notices_mail() -> bool:
    """Whether notices leave the portal at all."""
    return tk.asbool(tk.config.get("satudata.notices.mail", True))


def digest_hour() -> int:
    """From which hour of the portal's day the digest is sent; 0 to 23."""
    return min(23, max(0, tk.asint(tk.config.get("satudata.notices.digest_hour", 7))))


def give_up_hours() -> int:
    """For how many hours a message that cannot be sent is tried again."""
    return tk.asint(tk.config.get("satudata.notices.give_up_hours", 72))


def notices_keep_days() -> int:
    """After how many days notices are removed; 0 keeps them."""
    return tk.asint(tk.config.get("satudata.notices.keep_days", 365))


def abandoned_days() -> int:
    """For how many days an abandoned working copy can be taken back."""
    return max(0, tk.asint(tk.config.get("satudata.review.abandoned_days", 7)))


def idle_copy_days() -> int:
    """After how many days without an edit a working copy is abandoned; 0: never."""
    return max(0, tk.asint(tk.config.get("satudata.review.idle_copy_days", 90)))


def old_files() -> str:
    """Who may download files of earlier versions: ``concerned`` or ``everybody``."""
    return str(tk.config.get("satudata.review.old_files", "concerned"))


def access_decision_required() -> bool:
    """Whether data that are not open to all are published only with a decision that holds."""
    return tk.asbool(tk.config.get("satudata.access.decision_required", True))


def access_remind_days() -> list[int]:
    """How many days before a limit of access ends the custodian is told; on its last day always."""
    given = tk.aslist(tk.config.get("satudata.access.remind_days", "30 7"))
    return sorted({int(days) for days in given if str(days).isdigit() and int(days) > 0}, reverse=True)


# -- quality and search ---------------------------------------------------------------------------------------


def quality_weights() -> str:
    """Path of the portal's own weights of the quality score; empty for those of the extension."""
    return str(tk.config.get("satudata.quality.weights") or "")


def quality_links() -> bool:
    """Whether a background job tries the remote links of datasets."""
    return tk.asbool(tk.config.get("satudata.quality.links", True))


def quality_links_days() -> int:
    """After how many days a remote link is tried again."""
    return max(1, tk.asint(tk.config.get("satudata.quality.links_days", 7)))


def quality_links_timeout() -> int:
    """Seconds one remote link is waited for."""
    return min(60, max(1, tk.asint(tk.config.get("satudata.quality.links_timeout", 10))))


def quality_wait_bytes() -> int:
    """Up to how many bytes the files of a dataset are opened for the score while its saver waits."""
    return max(0, tk.asint(tk.config.get("satudata.quality.wait_bytes", 1_000_000)))


def search_facets() -> bool:
    """Whether the search pages show the facets of Satu Data."""
    return tk.asbool(tk.config.get("satudata.search.facets", True))


def forms_max_mb() -> int:
    """The largest workbook of BPS forms that is read, in MB."""
    return max(1, tk.asint(tk.config.get("satudata.forms.max_mb", 10)))


def forms_keep_days() -> int:
    """For how many days the preview and the result of an import are kept."""
    return max(1, tk.asint(tk.config.get("satudata.forms.keep_days", 7)))


# -- rules of the submission check ---------------------------------------------------------------------------------


def checks_off() -> tuple[str, ...]:
    """Ids of rules that are switched off."""
    return tuple(tk.aslist(tk.config.get("satudata.checks.off", "")))


def checks_severity() -> dict[str, str]:
    """Severities the portal gives to rules, by their id."""
    pairs = tk.aslist(tk.config.get("satudata.checks.severity", ""))
    return {id: severity for id, _sep, severity in (pair.partition(":") for pair in pairs)}


# -- checks of files ------------------------------------------------------------------------------------------------


def file_check_wait_bytes() -> int:
    """Up to how many bytes a file is looked at while a person waits; a workbook counts as unpacked."""
    return max(0, tk.asint(tk.config.get("satudata.files.wait_mb", 10)) * 1_000_000)


def file_check_job_seconds() -> int:
    """For how long a job looks into one large file."""
    return max(10, tk.asint(tk.config.get("satudata.files.job_seconds", 900)))


def file_check_keep_days() -> int:
    """For how many days facts of files are kept that nobody asks for."""
    return max(1, tk.asint(tk.config.get("satudata.files.keep_days", 60)))


def file_jump_percent() -> int:
    """From which change from one period to the next on a word about it is asked for; 0 asks for none."""
    return max(0, tk.asint(tk.config.get("satudata.files.jump_percent", 50)))


# -- schemas --------------------------------------------------------------------------------------------------------


def schemas_extend() -> list[str]:
    """Files the portal lays over our types: ``module:file`` or a path each, in their order."""
    return [str(name) for name in tk.aslist(tk.config.get("satudata.schemas.extend", ""))]

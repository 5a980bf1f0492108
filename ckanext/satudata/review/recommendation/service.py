"""What of the recommendation goes beyond a table: whom it is for, the identity, the letter, and what waits for it.

Source: the states and the identity of Romantik, the portal of BPS through which agencies ask for a recommendation of
a statistical activity. A feasible activity gets an identity and, within 30 days, a letter. Those are calendar days:
the term runs over weekends and holidays, unlike the due dates of the review.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.exc import IntegrityError

from ckanext.satudata import config, moments
from ckanext.satudata.standards import service as standards

from .. import wording, workflows
from ..errors import invalid
from ..model import PUBLICATION, Review
from ..revision.marks import is_copy
from ..transitions import Transition
from . import FEASIBLE, TRACK
from .model import Recommendation

#: MS-Keg 0.6, kind of statistical activity; its choices are matched by label, for editions number them differently.
KIND_FIELD = "jenis_kegiatan_statistik"
#: How the form of BPS numbers *Statistik Sektoral* where no schema of the portal says what a value means.
SECTORAL_NUMBER = "2"
#: Field of a dataset that says which activity is behind it.
ACTIVITY_FIELD = "kegiatan_statistik"
IDENTITY = re.compile(r"[A-Z]-\d{2}\.\d{4}\.\d{3}")
LETTER_DAYS = 30
LONGEST = 300
PARAMETERS = ("identity", "letter_number", "letter_date", "letter_reference")


# -- whom it is for -------------------------------------------------------------------------------------------


def is_sectoral_survey(package: model.Package) -> bool:
    """Whether BPS recommends on this package: a statistical activity whose kind is sectoral statistics."""
    if package.type not in config.recommendation_types():
        return False
    value = str((package.extras or {}).get(KIND_FIELD) or "").strip()
    return bool(value) and _is_sectoral(package.type, value)


def _is_sectoral(package_type: str, value: str) -> bool:
    labels = standards.choice_labels(package_type, KIND_FIELD).get(value)
    if labels:
        return any("sektoral" in label.lower() or "sectoral" in label.lower() for label in labels)
    return value == SECTORAL_NUMBER or "sektoral" in value.lower()


def blank(package: model.Package, track: str) -> Review | None:
    """The row as it would begin, not stored; None where this track does not concern the package."""
    if track != TRACK or not config.review_enabled() or is_copy(package) or not is_sectoral_survey(package):
        return None
    return Review(
        package_id=package.id,
        track=TRACK,
        state=workflows.in_force(TRACK).initial,
        version=1,
        package_type=package.type,
        organization_id=package.owner_org,
        state_since=dt.datetime.utcnow(),
        authors=[],
        harvested=False,
    )


def begin(package: model.Package, track: str) -> Review | None:
    """The row of a survey that is about to be handed over for the first time; the package is locked."""
    review = blank(package, track)
    if review is not None:
        model.Session.add(review)
        model.Session.flush()
    return review


# -- what stands in the way -----------------------------------------------------------------------------------


def obstacle(package: model.Package, review: Review, transition: Transition) -> str | None:
    """Why this action of the track is not possible now, beside what the table says."""
    asked = review.submitted_at is not None
    if transition.name == "submit" and not is_sectoral_survey(package):
        return tk._("BPS recommends on sectoral surveys; this is none.")
    if transition.name == "submit" and asked and review.state == workflows.in_force(TRACK).initial:
        return tk._("The recommendation has been asked for already.")
    if transition.name != "submit" and not asked:
        return tk._("The recommendation has not been asked for yet.")
    return None


def holds_up_publication(package: model.Package) -> str | None:
    """Why results cannot be published before the recommendation, where the portal wants it so."""
    if not config.publication_waits_for_recommendation():
        return None
    surveys = [package] if is_sectoral_survey(package) else _activities_of(package)
    for survey in surveys:
        review = Review.get(_live_id(survey), TRACK)
        if review is None or review.state != FEASIBLE:
            state = wording.state(review.state, TRACK) if review is not None else tk._("not asked for yet")
            return tk._(
                "Results of the survey “{title}” are published only once the pembina has found it feasible. "
                "Its recommendation: {state}."
            ).format(title=survey.title or survey.name, state=state)
    return None


def _live_id(package: model.Package) -> str:
    """A working copy has no recommendation of its own: that of its dataset counts."""
    if not is_copy(package):
        return str(package.id)
    from ..revision.model import Revision

    revision = Revision.get(package.id)
    return str(revision.live_id if revision is not None else package.id)


def _activities_of(package: model.Package) -> list[model.Package]:
    """The surveys a dataset names by id or name; free text names none."""
    named = str((package.extras or {}).get(ACTIVITY_FIELD) or "").strip()
    survey = model.Package.get(named) if named else None
    return [survey] if survey is not None and is_sectoral_survey(survey) else []


# -- what comes with an action --------------------------------------------------------------------------------


def read(data_dict: dict[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    """The parameters of this track out of ``satudata_review_transition``; what is wrong goes to ``errors``."""
    given: dict[str, Any] = {
        name: str(data_dict[name]).strip() for name in PARAMETERS if data_dict.get(name) not in (None, "")
    }
    for name, value in given.items():
        if len(value) > LONGEST:
            errors[name] = [
                tk._("Too long: {given} characters; at most {most}.").format(given=len(value), most=LONGEST)
            ]
    if "identity" in given:
        given["identity"] = given["identity"].upper()
        if not IDENTITY.fullmatch(given["identity"]):
            errors["identity"] = [
                tk._("Write the identity as K-TT.WWWW.NNN (kind, year, area, sequence), for example V-23.1600.004.")
            ]
    if "letter_date" in given:
        try:
            given["letter_date"] = dt.date.fromisoformat(given["letter_date"])
        except ValueError:
            errors["letter_date"] = [tk._("Give a date as 2026-12-31")]
        else:
            if given["letter_date"] > moments.local(dt.datetime.utcnow()).date():
                errors["letter_date"] = [tk._("The letter cannot be of a day to come.")]
    return given


def check(package_id: str, transition: Transition, given: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """What ``feasible`` and ``letter`` need, and what no other action takes."""
    wanted = {
        "identity": "identity" in transition.needs,
        "letter_number": "letter" in transition.needs,
        "letter_date": "letter" in transition.needs,
        "letter_reference": "letter" in transition.needs,
    }
    for name, value in given.items():
        if value and not wanted[name]:
            errors[name] = [tk._("This action does not take it.")]
    if wanted["identity"] and not given.get("identity"):
        errors["identity"] = [tk._("Give the identity of the recommendation, as V-23.1600.004.")]
    elif wanted["identity"]:
        owner = Recommendation.owner_of(given["identity"])
        if owner not in (None, package_id):
            errors["identity"] = [_taken(given["identity"], owner)]
    if wanted["letter_number"] and not given.get("letter_number"):
        errors["letter_number"] = [tk._("Give the number of the letter.")]
    if wanted["letter_date"] and not given.get("letter_date"):
        errors["letter_date"] = [tk._("Give the date of the letter.")]


def _taken(identity: str, owner: str | None) -> str:
    other = model.Package.get(owner) if owner else None
    title = (other.title or other.name) if other else tk._("another survey")
    return tk._("{identity} belongs to “{title}” already.").format(identity=identity, title=title)


def apply(user_id: str | None, review: Review, transition: Transition, given: dict[str, Any], now: dt.datetime) -> str:
    """Write what came with an action; the review row is locked and has its new state.

    :returns: what of it stands in the event, in words that need no translation; empty for most actions
    """
    if transition.effect == "submit":
        publication = Review.get(review.package_id, PUBLICATION)
        others = publication.authors or [] if publication is not None else []
        review.authors = list(dict.fromkeys([*(review.authors or []), *others]))
    if "identity" in transition.needs:
        _give(user_id, review.package_id, given["identity"], now)
        review.due_at = now + dt.timedelta(days=LETTER_DAYS)
        return str(given["identity"])
    if "letter" in transition.needs:
        row = Recommendation.of(review.package_id)
        if row is None:
            raise invalid("id", tk._("This survey has no identity yet."))
        row.letter_number, row.letter_date = given["letter_number"], given["letter_date"]
        row.letter_reference = given.get("letter_reference")
        row.letter_by, row.letter_at = user_id, now
        review.due_at = None
        said = f"{row.letter_number}, {row.letter_date.isoformat()}"
        return f"{said}, {row.letter_reference}" if row.letter_reference else said
    return ""


def _give(user_id: str | None, package_id: str, identity: str, now: dt.datetime) -> None:
    row = Recommendation.of(package_id)
    try:
        with model.Session.begin_nested():
            if row is None:
                row = Recommendation(package_id=package_id)
                model.Session.add(row)
            row.identity, row.given_by, row.given_at = identity, user_id, now
            model.Session.flush()
    except IntegrityError as error:
        # Somebody gave it to another survey between our look and our write.
        raise invalid("identity", _taken(identity, Recommendation.owner_of(identity))) from error


def follow(package_id: str, organization_id: str | None) -> None:
    """The package has moved to another organization, and its recommendation with it; in that transaction."""
    model.Session.execute(
        sa.update(Review)
        .where(Review.package_id == package_id, Review.track == TRACK)
        .values(organization_id=organization_id)
    )


# -- what there is to show ------------------------------------------------------------------------------------


def facts(review: Review) -> dict[str, Any]:
    """Identity and letter of a survey: all None before it is feasible. Days and moments as ISO 8601."""
    row = Recommendation.of(review.package_id)
    overdue = bool(review.due_at and review.state == FEASIBLE and review.due_at < dt.datetime.utcnow())
    return {
        "asked": review.submitted_at is not None,
        "identity": row.identity if row else None,
        "letter_number": row.letter_number if row else None,
        "letter_date": row.letter_date.isoformat() if row and row.letter_date else None,
        "letter_reference": row.letter_reference if row else None,
        "letter_overdue": overdue,
    }


def handed_over(package_id: str) -> bool:
    """Whether the producer has handed this survey to the pembina, who then reads it; one indexed query."""
    query = sa.select(Review.submitted_at).where(Review.package_id == package_id, Review.track == TRACK)
    return model.Session.scalar(query) is not None

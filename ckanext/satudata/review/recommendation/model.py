"""What BPS gives a feasible activity: its identity, and the letter. No foreign keys: rows outlive a purge."""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column


class Recommendation(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Identity and letter of one activity."""

    __tablename__ = "satudata_review_recommendation"
    __table_args__ = (sa.Index("satudata_review_recommendation_identity_idx", "identity", unique=True),)

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: K-TT.WWWW.NNN: kind, year, area, sequence.
    identity: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    given_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    given_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    letter_number: Mapped[str | None] = mapped_column(sa.UnicodeText)
    letter_date: Mapped[dt.date | None] = mapped_column(sa.Date)
    #: Where the letter is kept: an address or a mark of the archive.
    letter_reference: Mapped[str | None] = mapped_column(sa.UnicodeText)
    letter_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    letter_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)

    @classmethod
    def of(cls, package_id: str) -> Recommendation | None:
        """The row of that activity, or None."""
        return model.Session.get(cls, package_id)

    @classmethod
    def owner_of(cls, identity: str) -> str | None:
        """Id of the activity that carries this identity, or None."""
        return model.Session.scalar(sa.select(cls.package_id).where(cls.identity == identity))

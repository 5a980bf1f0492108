"""Restriction records (Perpres 39/2019 Ps 37). No foreign keys to CKAN's tables: rows outlive a purge."""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

#: Somebody asks for a limit; the custodian enters what the Forum and the minister decided.
PROPOSAL, DECISION = "proposal", "decision"


class Restriction(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One entry of a restriction record. Entries are only ever added; a trigger refuses the rest."""

    __tablename__ = "satudata_restriction"
    __table_args__ = (
        sa.Index("satudata_restriction_package_idx", "package_id", "id"),
        sa.Index("satudata_restriction_end_idx", "end_date"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    #: The published dataset, also where a working copy of it asks.
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: ``terbuka``, ``terbatas`` or ``tertutup``: proposed, or decided.
    level: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    legal_basis: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    #: What opening the data would do, and why that weighs more (*uji konsekuensi*).
    consequence: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    #: The last day of the limit.
    end_date: Mapped[dt.date | None] = mapped_column(sa.Date)
    forum_date: Mapped[dt.date | None] = mapped_column(sa.Date)
    decision_reference: Mapped[str | None] = mapped_column(sa.UnicodeText)
    note: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actor_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actor_name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    #: ``producer``, ``custodian`` or ``sysadmin``: in what right the entry was made.
    role: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    body_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)

    @classmethod
    def newest(cls, package_id: str, kind: str | None = None) -> Restriction | None:
        """The last entry about a dataset, or the last of one kind; None where there is none."""
        query = sa.select(cls).where(cls.package_id == package_id)
        if kind is not None:
            query = query.where(cls.kind == kind)
        return model.Session.scalars(query.order_by(cls.id.desc()).limit(1)).first()

    @classmethod
    def history(cls, package_id: str) -> list[Restriction]:
        """Every entry about a dataset, oldest first."""
        return list(model.Session.scalars(sa.select(cls).where(cls.package_id == package_id).order_by(cls.id)))


class RestrictionTold(tk.BaseModel):  # type: ignore[misc, name-defined]
    """That the end of a limit was said once: on its day (``end``), or so many days before."""

    __tablename__ = "satudata_restriction_told"

    restriction_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)

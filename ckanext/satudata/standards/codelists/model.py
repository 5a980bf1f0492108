"""The tables of code lists: a list, its versions, their codes. A published version is never written again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


class CodeList(tk.BaseModel):  # type: ignore[misc, name-defined]
    """What a list is called; what it holds stands in its versions."""

    __tablename__ = "satudata_code_list"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: ``{"id": …, "en": …}``, as every text of a list
    title: Mapped[dict[str, str]] = mapped_column(JSONB, nullable=False)
    description: Mapped[dict[str, str]] = mapped_column(JSONB, nullable=False, default=dict, server_default="{}")
    #: ``classification``, ``unit`` or empty: what the rules of the submission check may take it for
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")
    source: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")
    #: whether people know the codes, so that they stand before the label ("1.02 Kesehatan")
    show_code: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False, server_default=sa.false())


class CodeListVersion(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One version of a list; without ``published_at`` it is a draft only admins see, and may be replaced."""

    __tablename__ = "satudata_code_list_version"
    __table_args__ = (sa.UniqueConstraint("list_id", "version", name="satudata_code_list_version_key"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=True)
    list_id: Mapped[str] = mapped_column(sa.UnicodeText, sa.ForeignKey("satudata_code_list.id"), nullable=False)
    version: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: from which day it is in force; empty: from its publication
    valid_from: Mapped[dt.date | None] = mapped_column(sa.Date)
    note: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")
    #: names of the columns of this list's own, in the order of the file
    columns: Mapped[list[str]] = mapped_column(JSONB, nullable=False, default=list, server_default="[]")
    #: SHA-256 of the canonical JSON of its codes
    digest: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    count: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    loaded_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    loaded_by: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")
    published_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)


class CodeListCode(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One code of one version."""

    __tablename__ = "satudata_code_list_code"
    __table_args__ = (sa.Index("satudata_code_list_code_place", "version_id", "place"),)

    version_id: Mapped[int] = mapped_column(
        sa.Integer,
        sa.ForeignKey("satudata_code_list_version.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    code: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    label: Mapped[dict[str, str]] = mapped_column(JSONB, nullable=False)
    parent: Mapped[str | None] = mapped_column(sa.UnicodeText)
    valid_from: Mapped[dt.date | None] = mapped_column(sa.Date)
    valid_to: Mapped[dt.date | None] = mapped_column(sa.Date)
    #: the code of the same list that took its place
    successor: Mapped[str | None] = mapped_column(sa.UnicodeText)
    note: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")
    aliases: Mapped[list[str]] = mapped_column(JSONB, nullable=False, default=list, server_default="[]")
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, default=dict, server_default="{}")
    search_text: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="", server_default="")

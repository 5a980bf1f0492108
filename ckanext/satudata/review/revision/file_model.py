"""Which bytes stand behind a resource, which are kept as versions, and which nobody needs any more."""

from __future__ import annotations

import datetime as dt
import uuid

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column


class StoredFile(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Bytes that we wrote or that somebody refers to. Bytes without a row here are never touched.

    The row is there, committed, before the first byte is written: what a failed or killed upload leaves behind
    is known and can be collected.
    """

    __tablename__ = "satudata_file"
    __table_args__ = (
        sa.Index(
            "satudata_file_unreferenced_idx",
            "unreferenced_since",
            postgresql_where=sa.text("unreferenced_since IS NOT NULL"),
        ),
    )

    #: Shaped like a resource id, and often one: storages make a path of it as they do of the id.
    key: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: For whom the bytes were written first.
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    written_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.UnicodeText)
    unreferenced_since: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)


class FileKey(tk.BaseModel):  # type: ignore[misc, name-defined]
    """The key of a resource whose bytes do not stand under its own id. No row: key and id are the same."""

    __tablename__ = "satudata_file_key"
    __table_args__ = (sa.Index("satudata_file_key_idx", "key"),)

    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    key: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    set_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)


class FileVersion(tk.BaseModel):  # type: ignore[misc, name-defined]
    """A file as it was published once. While the row stands, its bytes are kept."""

    __tablename__ = "satudata_file_version"
    __table_args__ = (
        sa.UniqueConstraint("resource_id", "key", name="satudata_file_version_once"),
        sa.Index("satudata_file_version_package_idx", "package_id", "published_at"),
        sa.Index("satudata_file_version_key_idx", "key"),
    )

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=lambda: str(uuid.uuid4()))
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    key: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: Title of the resource, its file name and format as they were then.
    name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    filename: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    format: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    mimetype: Mapped[str | None] = mapped_column(sa.UnicodeText)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.UnicodeText)
    published_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    #: Position of the event that published it.
    position: Mapped[int | None] = mapped_column(sa.BigInteger)

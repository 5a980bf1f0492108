"""The head of the chain as a short text that can be kept where nobody who runs the portal can change it.

Whoever owns the database can write a whole new chain that is right in itself. A copy of an old head, in a mailbox, on
paper, with the auditor, tells. The signature (HMAC-SHA-256, standard library) says that the text came from whoever
holds the key file; CKAN pins no library for public-key signatures, and ``gpg`` or ``ssh-keygen -Y sign`` sign a text
just as well.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass

import ckantoolkit as tk

from .verify import Known

HEADING = "SATU DATA AUDIT ANCHOR"
#: A key shorter than this could be guessed.
SHORTEST_KEY = 16
_LINE = re.compile(r"^([a-z0-9-]+): (.*)$")


class AnchorError(ValueError):
    """An anchor that cannot be used, and why."""


@dataclass(frozen=True)
class Anchor:
    """What an anchor says: at this time the newest event was number ``position`` and had this hash."""

    portal: str
    position: int
    hash: str
    at: str
    signature: str | None = None

    @property
    def known(self) -> Known:
        return Known(self.position, self.hash)

    def body(self) -> str:
        """The signed lines."""
        return f"{HEADING}\nportal: {self.portal}\nposition: {self.position}\nhash: {self.hash}\nat: {self.at}\n"

    def text(self) -> str:
        """The whole text."""
        return self.body() + (f"hmac-sha256: {self.signature}\n" if self.signature else "")


def write(known: Known, key: bytes | None = None) -> str:
    """The anchor of this event, signed if there is a key.

    :raises AnchorError: the key is too short
    """
    at = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
    portal = str(tk.config.get("ckan.site_url") or "")
    unsigned = Anchor(portal, known.position, known.hash, at)
    return Anchor(portal, known.position, known.hash, at, _signature(unsigned, key) if key else None).text()


def read(text: str, key: bytes | None = None) -> Anchor:
    """Read an anchor; the lines may be quoted or stand in a longer message.

    :raises AnchorError: it is none, or its signature does not fit the key
    """
    _before, heading, after = text.partition(HEADING)
    found = (_LINE.match(line.strip("> \t\r")) for line in after.splitlines())
    values = {match[1]: match[2] for match in found if match}
    if not heading or not re.fullmatch(r"[0-9a-f]{64}", values.get("hash", "")) or "at" not in values:
        raise AnchorError("This is no anchor: it needs the lines position, hash and at below its heading.")
    if not re.fullmatch(r"[0-9]{1,18}", values.get("position", "")):
        raise AnchorError("This is no anchor: its position is no number.")
    anchor = Anchor(
        values.get("portal", ""), int(values["position"]), values["hash"], values["at"], values.get("hmac-sha256")
    )
    if key is not None:
        if not anchor.signature:
            raise AnchorError("A key was given, but the anchor is not signed.")
        if not hmac.compare_digest(anchor.signature, _signature(anchor, key)):
            raise AnchorError("The signature does not fit: another key, or the anchor was changed.")
    return anchor


def read_key(content: bytes) -> bytes:
    """The key in a key file.

    :raises AnchorError: it is too short
    """
    key = content.strip()
    if len(key) < SHORTEST_KEY:
        raise AnchorError(
            f"The key file holds {len(key)} bytes; at least {SHORTEST_KEY} are needed. "
            "Make one: openssl rand -hex 32 > anchor.key"
        )
    return key


def _signature(anchor: Anchor, key: bytes) -> str:
    return hmac.new(key, anchor.body().encode(), hashlib.sha256).hexdigest()

"""The demo's people: one account per role, with passwords made anew at each load."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import ckantoolkit as tk

FILE = "accounts.txt"
_CONSONANTS, _VOWELS = "bcdfghjklmnprstw", "aeiou"


def default_path() -> Path:
    """Beside the configuration file, where ``make demo`` looks for it."""
    return Path(str(tk.config["__file__"])).resolve().parent / FILE


def password() -> str:
    """A random password that can be typed on a phone, such as ``mebako-tiruse-47`` (about 42 bits)."""

    def word() -> str:
        return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(3))

    return f"{word()}-{word()}-{secrets.randbelow(90) + 10}"


def as_text(accounts: list[dict[str, Any]]) -> str:
    """The accounts as a person reads them.

    :param accounts: each with ``name``, ``password``, ``fullname`` and ``role``
    """
    rows = [
        ("account", "password", "who"),
        *((a["name"], a["password"], f"{a['fullname']}, {a['role']}") for a in accounts),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {name:{widths[0]}}  {word:{widths[1]}}  {who}" for name, word, who in rows]
    return "\n".join(["Demo accounts (people are invented):", *lines, ""])


def write(path: Path, text: str) -> None:
    """Write the accounts so that only the owner of the portal reads them.

    :raises OSError: the file cannot be written
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    part.replace(path)

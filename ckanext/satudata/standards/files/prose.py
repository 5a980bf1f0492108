"""Personal data in running text, a page at a time: what columns say in a table has to be said by the words around.

Letterheads name the telephone and the address of the office: landlines and addresses of agencies are no finding here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.satudata.standards.files import personal
from ckanext.satudata.standards.files.facts import Prose

#: Text is judged in pieces of about so many characters, cut at blanks: no pattern ever sees more at once.
_PIECE = 2_000
#: So far before a number stands the word that says what it is.
_NEAR = 40
#: So many rows with a name and an address make a list of people; fewer are a letter.
_A_LIST = 3
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
_SAID_ID = re.compile(
    r"(?i)\b(?:nik|ktp|no\.? ?kk|nomor kk|kartu keluarga|nomor induk kependudukan)\b[^0-9]{0,40}"
    r"([0-9][0-9 .\-]{14,24})"
)
#: A number parted by blanks between the cells of a row: ``5 127115 450690 0001 62``.
_PARTED = re.compile(r"(?<![0-9.,])([0-9]{6}) ([0-9]{6}) ([0-9]{4})(?![0-9.,])")
_MOBILE = re.compile(
    r"(?<![\w.,/\-+])(\(?\+? ?62\)?[ \-]?|\(?0)8[1-9][0-9]\)?(?:[ \-.]?[0-9]{3,5}){2,3}(?![\w]|[.,\-/][0-9])"
)
_PHONE_WORD = re.compile(
    r"(?i)\b(hp|handphone|ponsel|telp|tlp|telepon|telpon|phone|wa|whatsapp|seluler|hubungi|kontak|narahubung)\b"
)
#: Words of a column of mobile numbers; ``Telp.`` stands in every letterhead.
_MOBILE_WORD = re.compile(r"(?i)\b(no\.? ?hp|hp|handphone|ponsel|whatsapp|no\.? ?wa|seluler)\b")
_OFFICE_WORD = re.compile(
    r"(?i)\b(kantor|dinas|layanan|pengaduan|hotline|call ?cent(?:er|re)|humas|sekretariat|puskesmas|posko)\W{0,12}"
    r"(?:(?:hp|wa|whatsapp|telp|telepon)\W{0,3})?$"
)
_CODE_WORD = re.compile(
    r"(?i)\b(rek|rekening|norek|kode|seri|serial|barang|register|registrasi|akun|pelanggan|npsn|nip|nib|npwp|resi|invoice"
    r"|faktur|nop|isbn|issn|virtual account|va)\W{0,4}(?:no|nomor)?\W{0,4}$"
)
_NAMES = re.compile(r"(?i)\bnama\b")
_BESIDE = re.compile(r"(?i)\b(alamat|domisili|tempat tinggal|ttl|(?:tgl|tanggal|tempat)\b.{0,12}\blahir)\b")
_WHERE = re.compile(
    r"(?i)\b(?:jl|jln|jalan|gg|gang|lorong|lr|link|lingkungan|lk|komp|komplek|perum|dusun|rt)\b"
    r"|\b[0-3]?[0-9][\-/. ](?:[01]?[0-9]|[a-z]{3,9})[\-/. ](?:19|20)[0-9]{2}\b"
)
_TAIL = re.compile(r"[^\W\d_][^\W\d_.,' ]*(?:[.,' ]+[^\W\d_]+)*[., ]*$")


def judge(found: Prose, page: int, text: str) -> None:
    """Look through one page, and note what is on it.

    :param page: its number, from 1
    :param text: lines parted by line ends, as far as the reader knew them
    """
    signs = "".join(text.split())
    if len(signs) < 3 or len(_UNREADABLE.findall(signs)) * 2 > len(signs):
        found.silent.add(page, 0)
        return
    counts = dict.fromkeys(("id", "phone", "email", "name"), 0)
    seen = good = sure = 0
    mobile_column = bool(_MOBILE_WORD.search(text[: 4 * _PIECE]))
    listed = _is_headed(text[: 4 * _PIECE])
    for piece in _pieces(text):
        if any(sign.isdigit() for sign in piece):
            numbers, fitting = _ids(piece)
            seen, good = seen + numbers, good + fitting
            sure += sum(bool(personal.ids_in(match[1].strip(" .-"))[1]) for match in _SAID_ID.finditer(piece))
            counts["phone"] += _phones(piece, mobile_column)
        if "@" in piece:
            mails, offices = personal.emails_in(piece)
            counts["email"] += mails - offices
        if listed:
            counts["name"] += _people(piece)
    # On a page of account numbers some decode by chance; one that stands behind the word NIK does not.
    counts["id"] = good if good * 2 >= seen else sure
    if counts["name"] < _A_LIST:
        counts["name"] = 0
    for kind, count in counts.items():
        if count:
            found.personal.setdefault(kind, type(found.silent)()).add(page, 0, count)


def _pieces(text: str) -> Iterator[str]:
    """The text, a line or some at a time; a line without end is cut at a blank."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            end = max(text.rfind("\n", start, end), text.rfind(" ", start + _PIECE // 2, end)) + 1 or end
        yield text[start:end]
        start = max(end, start + 1)


def _ids(piece: str) -> tuple[int, int]:
    seen = good = 0
    for line in piece.split("\n"):
        numbers, fitting = personal.ids_in(line)
        if not numbers:
            parted = ["".join(groups) for groups in _PARTED.findall(line)]
            numbers, fitting = len(parted), sum(map(personal.decodes, parted))
        seen, good = seen + numbers, good + fitting
    return seen, good


def _phones(piece: str, column: bool) -> int:
    found = 0
    for match in _MOBILE.finditer(piece):
        digits = re.sub(r"[^0-9]", "", match[0])
        digits = "0" + digits[2:].lstrip("0") if digits.startswith("62") else digits
        signs = set(re.findall(r"[ \-.]", match[0][len(match[1]) :]))
        if not 10 <= len(digits) <= 13 or len(signs) > 1:
            continue
        before = piece[max(0, match.start() - _NEAR) : match.start()]
        named = bool(_PHONE_WORD.search(before)) or "+" in match[1] or column
        # 0812 2021 2022 may be three cells of a row, 628123456789 any number: only words make them telephones.
        if (signs & {" ", "."} or "62" in match[1]) and not named:
            continue
        found += not (_CODE_WORD.search(before) or _OFFICE_WORD.search(before))
    return found


def _is_headed(text: str) -> bool:
    """Whether names stand beside addresses or dates of birth, as the head of a list says it."""
    return any(_BESIDE.search(text[match.end() : match.end() + 150]) for match in _NAMES.finditer(text))


def _people(piece: str) -> int:
    """How often a name that looks like a person's stands right before an address or a date."""
    found = 0
    for match in _WHERE.finditer(piece):
        before = piece[max(0, match.start() - 60) : match.start()].rsplit("\n", 1)[-1]
        tail = _TAIL.search(before)
        name = tail[0].strip(" .,") if tail else ""
        places = any(personal.like_place(word) for word in name.split()[:-1] or [name])
        found += bool(name) and not places and personal.like_person(name)
    return found

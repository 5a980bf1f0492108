"""One column of a table, scanned block by block: of which kind its cells are, and what should not be among them.

Distinct values are looked at once each (real tables repeat themselves), by polars; only what passes a first sieve is
looked at closely.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ckanext.satudata.standards.files import cells, personal
from ckanext.satudata.standards.files.facts import LISTED, Column, Spots

if TYPE_CHECKING:
    import polars as pl

#: Spellings of "there is nothing here".
NOTHING = frozenset("- -- --- – — . … ... n/a na #n/a null none nan nihil nil kosong tidak_ada x ? * **".split())
#: A cell may be as long as Excel's longest.
LONGEST_CELL = 32_767
#: So many cells of one block that passed a sieve are looked at closely.
_CLOSELY = 20_000
_MOST_CODES = 2_000
#: From this share on, cells of a kind decide what the column is.
_NEARLY_ALL = 0.9


class ColumnScan:
    """Takes a column block by block and says at the end what it is."""

    def __init__(self, place: int, name: str) -> None:
        self.key = personal.key_of(name)
        hidden = personal.holds_private(name)
        self.column = Column(place, "" if hidden else name[:100], role=cells.ROLE_OF.get(self.key, ""))
        self.kinds: Counter[str] = Counter()
        self.found = {kind: Spots() for kind in ("id", "phone", "bare", "email", "office", "decoded")}
        self.sixteens = self.decoded = self.persons = self.places = self.short = 0
        self.odd: dict[str, Spots] = {}
        self.long_cell = 0
        if hidden:
            self.found["decoded"].add(1, place)

    # -- block by block -----------------------------------------------------------------------------------------

    def take(self, texts: pl.Series, rows: pl.Series) -> None:
        """One block.

        :param texts: of the cells, stripped, empty where there is nothing
        :param rows: in which row of the file each stands
        """
        import polars as pl

        frame = pl.DataFrame({"v": texts, "r": rows}).filter(pl.col("v") != "")
        if not frame.height:
            return
        distinct = frame.group_by("v").agg(pl.col("r").min(), pl.len().alias("n"))
        self.column.filled += frame.height
        nothing = pl.col("v").str.to_lowercase().str.replace_all(" ", "_").is_in(list(NOTHING))
        for value, count in distinct.filter(nothing).select("v", "n").iter_rows():
            self.column.spellings[value] = self.column.spellings.get(value, 0) + count
        distinct = distinct.filter(~nothing)
        self._kinds(distinct)
        self._private(distinct)
        if not self.long_cell and int(distinct["v"].str.len_bytes().max() or 0) > LONGEST_CELL:  # type: ignore[arg-type]
            self.long_cell = int(distinct.filter(pl.col("v").str.len_bytes() > LONGEST_CELL)["r"].min())  # type: ignore[arg-type]

    def _kinds(self, distinct: pl.DataFrame) -> None:
        import polars as pl

        value = pl.col("v")
        kind = (
            pl.when(value.str.contains(cells.INTEGER))
            .then(
                pl.when(value.str.contains(cells.PERIOD) & value.str.contains(r"^(?:19|20)")).then(pl.lit("year"))
                .when(value.str.contains(r"^0[0-9]")).then(pl.lit("zeros"))
                .otherwise(pl.lit("integer"))
            )
            .when(value.str.contains(cells.DOTS)).then(pl.lit("dots"))
            .when(value.str.contains(cells.COMMAS)).then(pl.lit("commas"))
            .when(value.str.contains(r"^[+-]?[0-9]{1,3}\.[0-9]{3}$")).then(pl.lit("point3"))
            .when(value.str.contains(cells.POINT)).then(pl.lit("point"))
            .when(value.str.contains(cells.SCIENTIFIC)).then(pl.lit("scientific"))
            .when(value.str.contains(cells.COMMA)).then(pl.lit("comma"))
            .when(value.str.contains(cells.PERIOD)).then(pl.lit("period"))
            .when(value.str.contains(cells.DATE)).then(pl.lit("date"))
            .when(value.str.len_bytes() > 40).then(pl.lit("text"))
            .when(value.str.contains(cells.ANY_CODE)).then(pl.lit("code"))
            .when(value.str.contains(cells.LOOSE)).then(pl.lit("loose"))
            .when(value.str.contains(cells.UNIT)).then(pl.lit("unit"))
            .otherwise(pl.lit("text"))
        )  # fmt: skip
        judged = distinct.with_columns(kind.alias("k"))
        first = pl.col("r").sort().head(LISTED).alias("rows")
        for name, count, rows in judged.group_by("k").agg(pl.col("n").sum(), first).iter_rows():
            self.kinds[name] += count
            spots = self.odd.setdefault(name, Spots())
            spots.count += count
            spots.places += [(row, self.column.place) for row in rows[: LISTED - len(spots.places)]]
        if self.column.role == "periode":
            months = judged.filter(value.str.contains(cells.MONTH))
            if months.height:
                self.kinds["month"] += int(months["n"].sum())
        if self.column.role in ("kode_wilayah", "kode_bps") and len(self.column.codes) < _MOST_CODES:
            codes = judged.filter(value.str.contains(cells.CODE) & (value.str.len_bytes() <= 13)).sort("r")
            for code, row in codes.select("v", "r").head(_MOST_CODES).iter_rows():
                self.column.codes.setdefault(code, row)

    def _private(self, distinct: pl.DataFrame) -> None:
        import polars as pl

        value = pl.col("v")
        length = value.str.len_bytes()
        longest = int(distinct["v"].str.len_bytes().max() or 0)  # type: ignore[arg-type]
        if longest >= 16:
            self._sixteen(distinct.filter(length >= 16))
        if longest < 6:
            return  # too short for a telephone, an address or a name
        # Figures are no phone numbers, unless they begin as one is dialled.
        dialled = (
            value.str.contains(cells.DIALLED) & ~value.str.contains(cells.POINT) & ~value.str.contains(cells.COMMA)
        )
        within = value.str.contains(r"[A-Za-z]") & value.str.contains(cells.PHONE_START)
        phones = distinct.filter((length >= 9) & (dialled | within)).sort("r").head(_CLOSELY)
        for text, row, count in phones.iter_rows():
            if personal.is_phone(text):
                self.found["phone"].add(row, self.column.place, count)
            elif personal.is_bare_mobile(text):
                self.found["bare"].add(row, self.column.place, count)
            elif any(letter.isalpha() for letter in text) and personal.phones_in(text[:LONGEST_CELL]):
                self.found["phone"].add(row, self.column.place, count)
        mails = distinct.filter(value.str.contains("@", literal=True)).sort("r").head(_CLOSELY)
        for text, row, count in mails.iter_rows():
            found, office = personal.emails_in(text[:LONGEST_CELL])
            if found:
                self.found["office" if found == office else "email"].add(row, self.column.place, count)
        if personal.means_name(self.key) or personal.means_person(self.key):
            for text, _row, count in distinct.head(2_000).iter_rows():
                self.persons += count * personal.like_person(text)
                self.places += count * personal.like_place(text)

    def _sixteen(self, distinct: pl.DataFrame) -> None:
        """Numbers of 16 digits: whole cells by polars, all others one by one."""
        import polars as pl

        if not distinct.height:
            return
        value = pl.col("v")
        bare = value.str.strip_chars("'\"` ").str.replace(r"\.0+$", "")
        whole = distinct.with_columns(bare.alias("d")).filter(pl.col("d").str.contains(r"^[0-9]{16}$"))
        if whole.height:
            # As personal.decodes says it of one number.
            part = lambda start, size: pl.col("d").str.slice(start, size).cast(pl.Int32)  # noqa: E731
            day, month = part(6, 2), part(8, 2)
            day = pl.when(day > 40).then(day - 40).otherwise(day)
            longest = pl.when(month == 2).then(29).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
            fits = (
                pl.col("d").str.slice(0, 2).is_in(list(personal.PROVINCES))
                & (part(2, 2).is_between(1, 30) | part(2, 2).is_between(71, 79))
                & part(4, 2).is_between(1, 75)
                & month.is_between(1, 12)
                & (day >= 1)
                & (day <= longest)
                & (part(12, 4) > 0)
            )
            self.sixteens += int(whole["n"].sum())
            good = whole.filter(fits)
            if good.height:
                count = int(good["n"].sum())
                self.decoded += count
                spots = self.found["id"]
                first = good["r"].sort().head(LISTED - len(spots.places)).to_list()
                spots.count += count
                spots.places += [(row, self.column.place) for row in first]
        others = distinct.filter(value.str.contains(personal.SIXTEEN_SIEVE) & ~bare.str.contains(r"^[0-9]{16}$"))
        for text, row, count in others.sort("r").head(_CLOSELY).iter_rows():
            seen, fitting = personal.ids_in(text[: 4 * LONGEST_CELL])
            if fitting and any(letter.isalpha() for letter in text):
                # Within a sentence one is enough: nobody writes an account number among words that decodes.
                self.found["decoded"].add(row, self.column.place, count)
            elif seen:
                self.sixteens += count
                self.decoded += count * bool(fitting)
                if fitting:
                    self.found["id"].add(row, self.column.place, count)

    # -- at the end ---------------------------------------------------------------------------------------------

    def finish(self) -> Column:
        """What the column is."""
        column, kinds = self.column, self.kinds
        told = sum(kinds.values())
        if not told:
            return column
        numbers = sum(kinds[k] for k in ("integer", "dots", "commas", "point3", "point", "scientific", "comma"))
        zeros, periods = kinds["zeros"], kinds["period"] + kinds["date"]
        if column.role in ("kode_wilayah", "kode_bps"):
            column.kind = "code"
            self._unfit({"text", "loose", "unit", "comma"})
        elif column.role == "periode":
            column.kind = "period"
            self._unfit({"text", "unit", "comma", "point", "dots", "commas", "zeros", "integer", "point3"})
            if kinds["month"]:
                column.unfit = Spots()
            column.loose = self.odd.get("loose", Spots())
        elif zeros > told * 0.05 or kinds["code"] >= told * _NEARLY_ALL:
            column.kind = "code"
        elif (numbers + kinds["year"] + kinds["unit"]) >= told * _NEARLY_ALL and numbers >= kinds["unit"]:
            few_years = kinds["year"] >= told * _NEARLY_ALL and kinds["integer"] == 0
            column.kind = "period" if few_years and "tahun" in self.key else "number"
            if column.kind == "number" and numbers == kinds["integer"]:
                column.kind = "integer"
            self._unfit({"text", "loose", "code", "date", "period"})
            column.with_unit = self.odd.get("unit", Spots())
        elif (numbers + kinds["year"]) < kinds["unit"] and kinds["unit"] >= told * _NEARLY_ALL:
            column.kind, column.with_unit = "number", self.odd["unit"]
        elif kinds["date"] + kinds["loose"] >= told * _NEARLY_ALL:
            column.kind, column.loose = "date", self.odd.get("loose", Spots())
        elif periods + kinds["year"] >= told * _NEARLY_ALL:
            column.kind = "period"
        else:
            column.kind = "text"
        self._decimals()
        self._judge(told)
        return column

    def _unfit(self, kinds: set[str]) -> None:
        for kind in sorted(kinds):
            spots = self.odd.get(kind)
            if spots:
                self.column.unfit.count += spots.count
                self.column.unfit.places = sorted([*self.column.unfit.places, *spots.places])[:LISTED]

    def _decimals(self) -> None:
        kinds, column = self.kinds, self.column
        comma = kinds["comma"] + kinds["dots"]
        point = kinds["point"] + kinds["commas"] + (0 if comma else kinds["point3"])
        column.decimal = "mixed" if comma and point else "," if comma else "." if point else ""
        # 1.263 beside 12.871 and 950: nobody measures to exactly three places every time.
        three = kinds["point3"] and not kinds["point"] and column.kind in ("number", "integer")
        column.thousands = bool(kinds["dots"] or kinds["commas"] or (three and kinds["integer"]) or (three and comma))
        if three and column.thousands and not comma:
            column.decimal = ""

    def _judge(self, told: int) -> None:
        column, key, found = self.column, self.key, self.found
        ids = Spots(found["decoded"].count, list(found["decoded"].places))
        # A column of account numbers holds some that decode by chance; a column of NIK hardly any that do not.
        if self.decoded and (self.decoded * 2 >= self.sixteens or personal.means_id(key)):
            ids.count += found["id"].count
            ids.places = sorted([*ids.places, *found["id"].places])[:LISTED]
        elif personal.means_id(key) and (self.sixteens or self.kinds["scientific"]):
            # Excel turned them into 1,27E+15: they came from people all the same.
            ids.count += self.sixteens + self.kinds["scientific"]
            ids.places = ids.places or self.odd.get("scientific", self.odd.get("integer", Spots())).places[:LISTED]
        if ids.count:
            column.personal["id"] = ids
        phones = found["phone"]
        if personal.means_phone(key):
            phones = Spots(phones.count + found["bare"].count, sorted([*phones.places, *found["bare"].places])[:LISTED])
        elif personal.means_code(key) or (phones.count * 2 < told and not self.kinds["text"]):
            phones = Spots()
        if phones.count:
            column.personal["phone"] = phones
            if personal.means_office(key):
                column.office.append("phone")
        emails = found["email"] if found["email"].count else found["office"]
        if emails.count:
            column.personal["email"] = emails
            if emails is found["office"] or personal.means_office(key):
                column.office.append("email")


def judge_names(scans: list[ColumnScan]) -> None:
    """Names of people beside where they live or when they were born: by header, confirmed by what is in the cells."""
    address = any(personal.means_address(scan.key) and scan.column.filled for scan in scans)
    birth = any(personal.means_birth(scan.key) and scan.column.filled for scan in scans)
    sex = any(personal.means_sex(scan.key) and scan.column.filled for scan in scans)
    for scan in scans:
        filled = scan.column.filled
        if not filled or scan.column.kind not in ("text", "empty"):
            continue
        if scan.places * 3 >= filled:
            continue  # schools, shops, streets
        by_header = personal.means_person(scan.key)
        by_content = personal.means_name(scan.key) and (scan.persons * 4 >= filled or birth or (sex and address))
        if (by_header or by_content) and (address or birth):
            places = scan.odd.get("text", Spots()).places[:LISTED]
            scan.column.personal["name"] = Spots(filled, list(places))

"""CKAN's own Solr schema, taught Indonesian: a patch over the ``schema.xml`` of the CKAN installed, never a copy of it.

Only the analysis of the field type ``text`` changes: Indonesian instead of English word stems, and synonyms.
No field is added and the name of the schema stays, so CKAN accepts it and everything works with the stock schema too;
only inflected words and synonyms are not found there. Stop words are no part of it: see ``questions``. Uses the
standard library alone: the embedded portal imports it.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

WORDS = Path(__file__).parent / "words"
#: The files a core needs beside the schema; a portal edits its own copy.
WORD_FILES = ("satudata_synonyms.txt", "satudata_stems.txt")
#: What CKAN's own schema names, and nobody ships.
EMPTY_FILES = ("synonyms.txt", "protwords.txt", "stopwords.txt")

_FIELD_TYPE = re.compile(r'<fieldType name="text" class="solr\.TextField".*?</fieldType>', re.DOTALL)
_ANALYZER = re.compile(r'(<analyzer type="(index|query)">)(.*?)(</analyzer>)', re.DOTALL)
_STEMMER = re.compile(r"[ \t]*<filter class=\"solr\.SnowballPorterFilterFactory\"[^>]*/>\n")

#: Synonyms are laid into the index, not into the question: CKAN's query parser (dismax) hands over one word at a time,
#: so that a synonym of several words would never be met there. A second graph has to be flattened like the first.
_SYNONYMS = (
    '<filter class="solr.SynonymGraphFilterFactory" synonyms="satudata_synonyms.txt" ignoreCase="true" expand="true"/>',
    '<filter class="solr.FlattenGraphFilterFactory"/>',
)
_LISTED = '<filter class="solr.StemmerOverrideFilterFactory" dictionary="satudata_stems.txt" ignoreCase="true"/>'
#: Listed words keep the stem that the list gives them, also behind a particle or possessive (-nya, -lah, -kah);
#: then the stemmer takes prefixes and suffixes.
_STEMS = (
    '<filter class="solr.KeywordMarkerFilterFactory" protected="protwords.txt"/>',
    _LISTED,
    '<filter class="solr.IndonesianStemFilterFactory" stemDerivational="false"/>',
    _LISTED,
    '<filter class="solr.IndonesianStemFilterFactory" stemDerivational="true"/>',
)


class SchemaError(Exception):
    """The schema of this CKAN is laid out as none known here. Its text is for people."""


def stock_schema() -> Path:
    """Where the CKAN installed keeps its schema.

    :raises SchemaError: there is no CKAN
    """
    found = importlib.util.find_spec("ckan")
    if found is None or not found.submodule_search_locations:
        raise SchemaError("CKAN is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "config" / "solr" / "schema.xml"


def patched(schema: str) -> str:
    """The schema with Indonesian analysis; what is patched already stays as it is.

    :param schema: the text of CKAN's ``schema.xml``
    :raises SchemaError: the field type ``text`` is not there, or has no stemmer to replace
    """
    if "satudata_stems.txt" in schema:
        return schema
    whole = _FIELD_TYPE.search(schema)
    if whole is None:
        raise SchemaError('This schema has no field type "text" to patch; is it that of CKAN 2.10 or later?')
    changed, number = _ANALYZER.subn(_analyzer, whole[0])
    if number != 2 or changed.count("IndonesianStemFilterFactory") != 4:
        raise SchemaError('The field type "text" of this schema is laid out as none known here')
    result = schema[: whole.start()] + changed + schema[whole.end() :]
    ElementTree.fromstring(result.encode())  # noqa: S314 - CKAN's own file, and what we made of it
    return result


def _analyzer(match: re.Match[str]) -> str:
    opening, kind, filters, closing = match.groups()
    lines = [*(_SYNONYMS if kind == "index" else ()), *_STEMS]
    ours = "".join(f"            {line}\n" for line in lines)
    # A replacement by function: nothing in the lines is read as a pattern.
    return opening + _STEMMER.sub(lambda _found: ours, filters, count=1) + closing


def word_files() -> dict[str, str]:
    """The word lists of the extension, by the names the schema gives them."""
    return {name: (WORDS / name).read_text(encoding="utf-8") for name in WORD_FILES}


def write(directory: Path, overwrite_words: bool = False) -> list[str]:
    """Write the patched schema and the word lists into the ``conf`` directory of a core.

    A core that keeps a managed schema gets ours under that name. Word lists that are there already may have been
    edited by the portal and stay.

    :param overwrite_words: write the word lists of the extension over those that are there
    :returns: the names of the files written
    :raises SchemaError: this CKAN's schema cannot be patched
    """
    schema = patched(stock_schema().read_text(encoding="utf-8"))
    directory.mkdir(parents=True, exist_ok=True)
    managed = next((name for name in ("managed-schema.xml", "managed-schema") if (directory / name).exists()), None)
    name = managed or "schema.xml"
    (directory / name).write_text(schema, encoding="utf-8")
    written = [name]
    for file_name, text in word_files().items():
        if overwrite_words or not (directory / file_name).exists():
            (directory / file_name).write_text(text, encoding="utf-8")
            written.append(file_name)
    for file_name in EMPTY_FILES:
        if not (directory / file_name).exists():
            (directory / file_name).touch()
            written.append(file_name)
    return written

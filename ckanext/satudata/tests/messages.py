"""The catalogue of messages: ``python -m ckanext.satudata.tests.messages`` extracts, merges and compiles it.

What is extracted from where stands once, in ``setup.py``. English is the language of the code; ``id`` is the
one translation. Texts of the metadata forms are not here: they stand in both languages in the schemas.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[3]
DIRECTORY = ROOT / "ckanext" / "satudata"
DOMAIN = "ckanext-satudata"
TEMPLATE = DIRECTORY / "i18n" / f"{DOMAIN}.pot"
INDONESIAN = DIRECTORY / "i18n" / "id" / "LC_MESSAGES" / f"{DOMAIN}.po"
# The date of the last change is in the version control; here it would only make two runs differ.
UNCHANGING = datetime(2026, 1, 1, tzinfo=timezone.utc)
COMMENT = "# Texts of {name}.\n# Under the same licence as the code.\n#"
# CKAN's own call for plurals is the second one.
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "ungettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def methods() -> list[tuple[str, str]]:
    """Which files are read by which extractor, as ``setup.py`` says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("setuptools")  # brings distutils to Python 3.12
        described: Any = importlib.import_module("distutils.core").run_setup(str(ROOT / "setup.py"), stop_after="init")
    return [(pattern, method) for pattern, method, _options in described.message_extractors["ckanext/satudata"]]


def extracted() -> Catalog:
    """Every message of code and templates, with the files it stands in."""
    catalog = Catalog(project=DOMAIN, header_comment=COMMENT.format(name=DOMAIN), fuzzy=False)
    found = extract_from_dir(DIRECTORY, methods(), keywords=KEYWORDS, comment_tags=("TRANSLATORS:",))
    for filename, line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, None, [(f"ckanext/satudata/{filename}", line)], auto_comments=comments, context=context)
    return catalog


def translated() -> Catalog:
    """The Indonesian catalogue as it lies in the repository; an empty one if there is none."""
    if not INDONESIAN.exists():
        empty = Catalog(locale="id", domain=DOMAIN, header_comment=COMMENT.format(name=DOMAIN), fuzzy=False)
        empty.mime_headers = [("Plural-Forms", "nplurals=1; plural=0")]  # Babel knows no plurals of Indonesian
        return empty
    with INDONESIAN.open("rb") as handle:
        return read_po(handle, locale="id", domain=DOMAIN)


def write(template: Catalog, indonesian: Catalog) -> None:
    """Write the template, the translation and its compiled form, the same bytes for the same content."""
    INDONESIAN.parent.mkdir(parents=True, exist_ok=True)
    for catalog, path in ((template, TEMPLATE), (indonesian, INDONESIAN)):
        catalog.creation_date = catalog.revision_date = UNCHANGING
        catalog.last_translator = catalog.language_team = DOMAIN
        catalog.msgid_bugs_address = ""
        with path.open("wb") as handle:
            # Line numbers would change with every edit, and hide what did.
            write_po(handle, catalog, width=100, sort_output=True, omit_header=False, include_lineno=False)
    with INDONESIAN.with_suffix(".mo").open("wb") as handle:
        write_mo(handle, indonesian)


def untranslated(catalog: Catalog) -> list[str]:
    """Messages that have no translation, or only a guessed one."""
    missing = []
    for message in catalog:
        texts = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        if message.id and (message.fuzzy or not all(texts)):
            missing.append(str(message.id))
    return missing


def main() -> int:
    template, indonesian = extracted(), translated()
    indonesian.update(template, no_fuzzy_matching=True)
    indonesian.obsolete.clear()
    write(template, indonesian)
    missing = untranslated(indonesian)
    print(f"{len(template)} messages, {len(missing)} without an Indonesian text")
    for text in missing:
        print(f"  {text}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a client asks of the harvest view: parameters by name, and the fields a search in Solr's language names."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

import ckantoolkit as tk
from ckan.lib.search.query import MAGIC_FIELD_RE, QUERY_PARSER_RE

#: Bare words: whatever Solr searches where no field is named.
WORDS = ""
#: Fields a page can be sorted by, besides the score.
SORTS = ("id", "name", "title_string", "metadata_created", "metadata_modified", "score")
DEFAULT_SORT = "score desc, metadata_modified desc"
#: Fields that are counted for facets: all of them stand in every record.
FACETS = ("organization", "tags", "license_id")
#: Taken because clients send them, and without effect: everybody gets what anonymous gets, flattened.
WITHOUT_EFFECT = frozenset(
    "include_private include_drafts include_deleted include_tracking use_default_schema include_plugin_data".split()
)

#: A moment, and date math of Solr, as the value of a field: their colons and slashes are no syntax.
_MOMENT = re.compile(r"(?<=[\[{\s:(\"])(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?|NOW)([/+-]\d*[A-Z]+)*(?=[\]}\s)\"]|$)")
#: What may stand before a colon as the name of a field; more than Lucene takes, never less.
_FIELD = re.compile(r"([^\s\u3000!():^\[\]\"{}~]+)\s*:")
_TOKEN = re.compile(r"""(?P<phrase>"[^"]*")|(?P<range>[\[{][^\]}]*[\]}])|(?P<mark>[():])|(?P<word>[^\s():"\[\]{}]+)""")
_NO_WORDS = re.compile(r"^([+!-]*(AND|OR|NOT|TO|&&|\|\||\*)?|([\^~][\d.]*)+)$")


def fields_named(query: str) -> frozenset[str]:
    """The fields a query in Lucene's language names; ``WORDS`` among them where words stand without a field.

    Rather one too many than one too few: what is escaped, and what Lucene and this could read in two ways, counts as
    ``WORDS``.
    """
    plain = _MOMENT.sub("0", query)
    phrases_out = re.sub(r'"[^"]*"', "", plain)
    # Escapes hide names; a slash begins a regular expression or a comment, in which quotes are no quotes.
    if (
        re.search(r"[\\/]", plain)
        or '"' in phrases_out
        or any('"' in one for one in re.findall(r"[\[{][^\]}]*", plain))
    ):
        return frozenset({WORDS})
    found = {name.lstrip("+-") for name in _FIELD.findall(plain)}
    if _has_words(plain):
        found.add(WORDS)
    return frozenset(found)


def _has_words(query: str) -> bool:
    """Whether anything is asked for without a field, also within the parentheses after one."""
    tokens = list(_TOKEN.finditer(query))
    named = [False]  # whether what stands here belongs to a field, by depth of parentheses
    value = False  # whether the next token is the value of a field
    for at, token in enumerate(tokens):
        if token[0] == ":":
            value = True
        elif token[0] == "(":
            named.append(value or named[-1])
            value = False
        elif token[0] == ")":
            named = named[:-1] or [False]
        elif at + 1 < len(tokens) and tokens[at + 1][0] == ":" and not value:
            continue
        elif not value and not named[-1] and not _NO_WORDS.match(token[0]):
            return True
        elif not _NO_WORDS.match(token[0]) or value:
            value = False
    return False


def refuse_machinery(name: str, query: str) -> None:
    """Refuse what calls other query parsers of Solr from within a query, as CKAN does.

    :raises ValidationError: keyed by the parameter
    """
    if MAGIC_FIELD_RE.search(query) or QUERY_PARSER_RE.search(query):
        raise tk.ValidationError({name: [tk._("Query parsers and magic fields of Solr are not supported")]})


def known_only(params: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The parameters without those that have no effect here.

    :raises ValidationError: keyed by each name that is not known
    """
    accepted = ", ".join(sorted(known))
    unknown = sorted(set(params) - set(known) - WITHOUT_EFFECT)
    if unknown:
        message = tk._("Unknown parameter. Known here: {names}").format(names=accepted)
        raise tk.ValidationError({name: [message] for name in unknown})
    return {name: value for name, value in params.items() if name in known}


def number(params: Mapping[str, Any], name: str, default: int, largest: int = 2**31 - 1) -> int:
    """A whole number from 0 on; what is larger than allowed is brought down, as CKAN does.

    :raises ValidationError: keyed by the parameter
    """
    given = params.get(name)
    try:
        value = default if given in (None, "") else int(str(given))
    except ValueError:
        value = -1
    if value < 0 or value > 2**31 - 1:
        raise tk.ValidationError({name: [tk._("Give a whole number from 0 to {largest}").format(largest=largest)]})
    return min(value, largest)


def one_text(params: Mapping[str, Any], name: str) -> str:
    """One text; nothing where it is not given.

    :raises ValidationError: it was given twice, or is no text
    """
    value = params.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise tk.ValidationError({name: [tk._("Give one text")]})
    return str(value).replace("\x00", "").strip()


def listed(params: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts: as JSON, as a list, or one text.

    :raises ValidationError: it is none of these
    """
    value = params.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else [value]
        except ValueError:
            raise tk.ValidationError({name: [tk._("Give a list, as JSON")]}) from None
    if value in (None, "", [""]):
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise tk.ValidationError({name: [tk._("Give a list, as JSON")]})
    return value


def sort_of(params: Mapping[str, Any]) -> str:
    """How to sort; by id at the end, so that pages neither repeat nor miss a row.

    :raises ValidationError: by what is not in :data:`SORTS`
    """
    given = one_text(params, "sort") or DEFAULT_SORT
    orders = []
    for item in given.split(","):
        name, _space, direction = item.strip().partition(" ")
        direction = direction.strip().lower() or "asc"
        if name not in SORTS or direction not in ("asc", "desc"):
            names = ", ".join(SORTS)
            raise tk.ValidationError({"sort": [tk._("Choose one of: {names}").format(names=names)]})
        orders.append(f"{name} {direction}")
    if not any(order.startswith("id ") for order in orders):
        orders.append("id asc")
    return ", ".join(orders)

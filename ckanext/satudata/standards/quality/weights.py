"""The weights of the score: data, which a portal may replace by a file of its own."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config
from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards.rules.registry import SEVERITIES

DATA = Path(__file__).parent / "data"
#: Best first.
BANDS = ("sangat_baik", "baik", "cukup", "kurang")


def in_force() -> dict[str, Any]:
    """The weights that count on this portal: ours, with the top-level keys of the portal's own file over them.

    :raises CkanConfigurationException: the file cannot be read, or says what no score can be computed from
    """
    return _read(config.quality_weights())


@lru_cache(maxsize=8)
def _read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "weights.json").read_text(encoding="utf-8"))
    if not path:
        return found
    try:
        own = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CkanConfigurationException(f"satudata.quality.weights: {path} cannot be read: {error}") from error
    if not isinstance(own, dict):
        raise CkanConfigurationException(f"satudata.quality.weights: {path}: one JSON object is expected")
    unknown = sorted(set(own) - set(found))
    if unknown:
        raise CkanConfigurationException(
            f"satudata.quality.weights: {path}: unknown {', '.join(unknown)}. Known: {', '.join(sorted(found))}"
        )
    if "version" not in own:
        raise CkanConfigurationException(f"satudata.quality.weights: {path}: give it a version of its own")
    found.update(own)
    _check(found, path)
    return found


def check() -> None:
    """Look at the portal's own file once, at start."""
    in_force()


def _check(weights: dict[str, Any], path: str) -> None:
    problem = _problem(weights)
    if problem:
        raise CkanConfigurationException(f"satudata.quality.weights: {path}: {problem}")


def _problem(weights: dict[str, Any]) -> str | None:
    tables = [("asked", ("error", "warning")), ("conformity", PRINCIPLES), ("share", SEVERITIES), ("keep", SEVERITIES)]
    tables.append(("files", ("present", "format", "reachable")))
    for name, keys in tables:
        if not isinstance(weights[name], dict) or set(weights[name]) != set(keys):
            return f"{name}: give exactly {', '.join(keys)}"
    numbers = [value for name, _keys in tables for value in weights[name].values()]
    if not isinstance(weights["fields"], dict) or not all(isinstance(v, dict) for v in weights["fields"].values()):
        return "fields: give the points of each field by type"
    numbers += [points for fields in weights["fields"].values() for points in fields.values()]
    if any(isinstance(number, bool) or not isinstance(number, int) or number < 0 for number in numbers):
        return "points are whole numbers from 0 on"
    percents = [
        *weights["conformity"].values(),
        *weights["share"].values(),
        *weights["keep"].values(),
        *weights["formats"].values(),
    ]
    if any(not isinstance(value, int) or not 0 <= value <= 100 for value in [*percents, weights["other_format"]]):
        return "share, keep, formats and other_format are per cent, 0 to 100"
    # A graver finding must not cost less: mending it would lower the score.
    for name in ("share", "keep"):
        table = weights[name]
        if not table["error"] <= table["warning"] <= table["info"]:
            return f"{name}: error may not keep more than warning, nor warning more than info"
    if [band[0] for band in weights["bands"]] != list(BANDS) or weights["bands"][-1][1] != 0:
        return f"bands: {', '.join(BANDS)}, in this order, the last from 0"
    if [band[1] for band in weights["bands"]] != sorted((band[1] for band in weights["bands"]), reverse=True):
        return "bands: each from a lower score than the one before"
    return None

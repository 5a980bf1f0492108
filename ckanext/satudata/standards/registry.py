"""Our schemas in ckanext-scheming, and how the other modules of this room read any schema.

``scheming.dataset_schemas`` is not written: a portal may set it in its ini file, in its environment or by
ckanext-envvars (which sets it while plugins are configured), and whatever is written there stays behind
when our plugin is unloaded. CKAN asks ``IConfigurer.update_config`` in reverse plugin order, so ours runs
after that of scheming has loaded what the portal defines: what is still missing is added there.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config
from ckanext.satudata.standards import extending, show_if

HERE = Path(__file__).parent / "schemas"
SCHEMAS = ("dataset.yaml", "kegiatan.yaml", "indikator.yaml")
PRESETS = "presets.json"


@lru_cache(maxsize=1)
def _ours() -> dict[str, dict[str, Any]]:
    schemas = (yaml.safe_load((HERE / name).read_text(encoding="utf-8")) for name in SCHEMAS)
    return {schema["dataset_type"]: schema for schema in schemas}


@lru_cache(maxsize=1)
def _our_presets() -> dict[str, dict[str, Any]]:
    listed = yaml.safe_load((HERE / PRESETS).read_text(encoding="utf-8"))["presets"]
    return {preset["preset_name"]: preset["values"] for preset in listed}


def provide_schemas() -> None:
    """Give scheming our types and presets, each only where the portal has none of that name.

    Called from ``update_config``; scheming starts from the portal's options again on every reload, so
    nothing of ours outlives our plugin.

    :raises CkanConfigurationException: where scheming is loaded but laid out as no version known here, or where a file
        of ``satudata.schemas.extend`` does not fit
    """
    from ckanext.scheming import plugins as scheming

    instance = scheming.SchemingDatasetsPlugin.instance
    if instance is None:
        return  # startup.check_plugins says so in words
    try:
        presets = scheming._SchemingMixin._presets
        for name, values in _our_presets().items():
            presets.setdefault(name, values)
        defined = [name for name in _ours() if name in instance._schemas]
        known = extending.extended(_ours(), config.schemas_extend(), defined, presets)
        missing = {name: schema for name, schema in known.items() if name not in defined}
        expanded = scheming._expand_schemas(missing)
        instance._schemas = {**dict(instance._schemas), **missing}
        both = {**dict(instance._expanded_schemas), **expanded}
        instance._expanded_schemas = {kind: show_if.tidied(schema, kind) for kind, schema in both.items()}
        _pristine.clear()
        _pristine.append(instance._expanded_schemas)
    except AttributeError as error:
        raise CkanConfigurationException(
            f"This version of ckanext-scheming is not known to satudata ({error}); install ckanext-scheming 3.1"
        ) from error


#: The expanded schemas as the files have them, before code lists give fields other choices.
_pristine: list[dict[str, dict[str, Any]]] = []


def pristine_schemas() -> dict[str, dict[str, Any]] | None:
    """The expanded schemas by type as the files have them; None before they are provided."""
    return _pristine[0] if _pristine else None


def put_schemas(schemas: dict[str, dict[str, Any]]) -> None:
    """Let scheming, and everything here, read these expanded schemas; in one step, for other threads read them too."""
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    if SchemingDatasetsPlugin.instance is not None:
        SchemingDatasetsPlugin.instance._expanded_schemas = schemas


def own_types() -> tuple[str, ...]:
    """The types we ship a schema for."""
    return tuple(_ours())


def own_schema(package_type: str) -> dict[str, Any]:
    """The schema we ship for a type, whatever the portal uses."""
    return _ours()[package_type]


def schema_of(package_type: str | None) -> dict[str, Any] | None:
    """The expanded scheming schema of a type, ours or the portal's; ``None`` where there is none."""
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    instance = SchemingDatasetsPlugin.instance
    if instance is None:
        return None
    return dict(instance._expanded_schemas).get(package_type or "dataset")


def types() -> list[str]:
    """Every type with a schema on this portal."""
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    instance = SchemingDatasetsPlugin.instance
    return sorted(dict(instance._expanded_schemas)) if instance else []


def fields_of(package_type: str | None) -> dict[str, dict[str, Any]]:
    """The dataset fields of a type by name, in the order of the schema; empty where there is no schema."""
    schema = schema_of(package_type)
    return {field["field_name"]: field for field in schema["dataset_fields"]} if schema else {}


def takes_files(package_type: str | None) -> bool:
    """Whether packages of a type hold files: an activity and an indicator are descriptions only."""
    schema = schema_of(package_type)
    return schema is None or bool(schema.get("resource_fields"))


def groups_of(package_type: str | None) -> list[dict[str, Any]]:
    """The groups of the form, ``{name, label}`` each; a schema without ``kelompok`` has none."""
    schema = schema_of(package_type)
    return list(schema.get("kelompok") or []) if schema else []


def protected_fields(package_type: str | None) -> list[str]:
    """Fields no form and no producer sets (``sdi_protected``): the two priority flags."""
    return [name for name, field in fields_of(package_type).items() if field.get("sdi_protected")]


def choice_labels(package_type: str | None, field: str) -> dict[str, list[str]]:
    """What the choices of a field are called, in every language: ``{value: [label, …]}``; empty without choices."""
    choices = (fields_of(package_type).get(field) or {}).get("choices") or []

    def texts(label: Any) -> list[str]:
        return [str(text) for text in (label.values() if isinstance(label, dict) else [label]) if text]

    return {str(choice["value"]): texts(choice.get("label")) for choice in choices}


def field_names(package_type: str | None) -> tuple[str, ...]:
    """Names of the dataset fields of a type."""
    return tuple(fields_of(package_type))


def resource_field_names(package_type: str | None) -> tuple[str, ...]:
    """Names of the resource fields of a type."""
    schema = schema_of(package_type)
    return tuple(field["field_name"] for field in schema.get("resource_fields") or []) if schema else ()

"""What exactly was approved: the canonical content of a package and its digests."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import rfc8785
import sqlalchemy as sa
from ckan import plugins

from ckanext.satudata import files

log = logging.getLogger(__name__)

#: Keys of a package that are not its content: bookkeeping of CKAN, derived texts, and where it stands.
TECHNICAL = frozenset(
    "id creator_user_id metadata_created metadata_modified num_resources num_tags organization "
    "relationships_as_subject relationships_as_object isopen license_title license_url private state type "
    "tracking_summary plugin_data revision_id prioritas_tahun prioritas_daerah_tahun kode_kegiatan "
    "total_downloads owner_org author_email_verified".split()
)
#: Keys of a resource that programs keep: sizes, hashes, times, and whether a DataStore table stands behind it.
RESOURCE_TECHNICAL = frozenset(
    "package_id position created metadata_modified last_modified size hash mimetype mimetype_inner "
    "cache_url cache_last_updated cache_url_updated datastore_active "
    "datastore_contains_all_records_of_source_file ckan_url original_url resource_id task_created "
    "tracking_summary state revision_id on_same_domain ignore_hash set_url_type "
    "queue_name tries upload clear_upload".split()
)


def content_of(package: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a package as ``package_show`` gives it, without what is not content.

    Empty values are left out, so that a field that was never filled equals one that was emptied.
    """
    content = {key: _plain(value) for key, value in package.items() if key not in TECHNICAL and not _empty(value)}
    content.pop("resources", None)
    if package.get("tags"):
        content["tags"] = sorted(tag["name"] for tag in package["tags"])
    if package.get("groups"):
        content["groups"] = sorted(str(group.get("id") or group.get("name")) for group in package["groups"])
    if package.get("extras"):
        content["extras"] = {extra["key"]: _plain(extra.get("value")) for extra in package["extras"]}
    resources = [resource_content(resource) for resource in package.get("resources") or []]
    if resources:
        content["resources"] = resources
    return content


def resource_content(resource: dict[str, Any]) -> dict[str, Any]:
    """One resource without what programs keep. ``url`` of an upload is its file name alone.

    CKAN stores the name and shows an address: both mean the same file.
    """
    content = {key: _plain(value) for key, value in resource.items() if not is_technical(key) and not _empty(value)}
    if content.get("url_type") == "upload" and content.get("url"):
        content["url"] = str(content["url"]).rsplit("/", 1)[-1]
    elif content.get("url_type") == "datastore":
        content.pop("url", None)
    return content


def is_technical(key: str) -> bool:
    """Whether programs keep this key of a resource, so that it is no content."""
    return key in RESOURCE_TECHNICAL or key.startswith("xloader_")


def digest(value: Any) -> str:
    """SHA-256 of the RFC 8785 canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def parts(package: dict[str, Any]) -> dict[str, Any]:
    """What the content is made of, each with its digest.

    :returns: ``{"metadata": sha256, "files": {resource id: sha256 or None}, "tables": {resource id:
        {"rows": n, "hash": text}}, "derived_tables": {…}}``. A table loaded from an uploaded file is derived:
        it is recorded, but the file is what was approved. A remote link has no digest: its bytes are
        nobody's approval.
    """
    found: dict[str, Any] = {"metadata": digest(content_of(package)), "files": {}, "tables": {}, "derived_tables": {}}
    for resource in package.get("resources") or []:
        if resource.get("url_type") == "upload":
            found["files"][resource["id"]] = files.sha256(resource)
        if resource.get("datastore_active"):
            kind = "derived_tables" if resource.get("url_type") == "upload" else "tables"
            found[kind][resource["id"]] = table_digest(resource["id"])
    return found


def content_digest(content_parts: dict[str, Any]) -> str:
    """One digest for what an approval is about: metadata, files and tables of their own."""
    return digest({key: content_parts[key] for key in ("metadata", "files", "tables")})


def table_digest(resource_id: str) -> dict[str, Any] | None:
    """Count and order-independent row hash of a DataStore table (0.08 s for 200,000 rows), or None."""
    if not plugins.plugin_loaded("datastore"):
        return None
    from ckanext.datastore.backend.postgres import get_read_engine

    columns = sa.text(
        "SELECT column_name FROM information_schema.columns WHERE table_name = :name "
        "AND table_schema = 'public' AND column_name NOT LIKE '\\_%' ORDER BY ordinal_position"
    )
    with get_read_engine().connect() as connection:
        names = [row[0] for row in connection.execute(columns, {"name": resource_id})]
        if not names:
            return None
        quote = connection.dialect.identifier_preparer.quote_identifier
        row = ", ".join(quote(name) for name in names)
        # Names cannot be bound as parameters; sent to the driver as it is, so that a colon in one is a colon.
        rows, total = connection.exec_driver_sql(
            f"SELECT count(*), coalesce(sum(hashtextextended(ROW({row})::text, 0)::numeric), 0) "  # noqa: S608
            f"FROM {quote(resource_id)}"
        ).one()
    return {"rows": int(rows), "hash": str(total)}


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _plain(value: Any) -> Any:
    """JSON types only; numbers as text, so that 1 and "1" of different clients are one content."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    return str(value)

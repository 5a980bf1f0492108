"""What may be read of data whose files may not: the metadata, and nothing that tells of the files."""

from __future__ import annotations

import re
from typing import Any

from ckanext.satudata.standards import registry

#: Fields of every type that tell of files, of columns, or of where the data lie, or that CKAN keeps elsewhere.
_LEFT_OUT = frozenset({"name", "title", "notes", "owner_org", "tag_string", "groups", "url", "kolom_variabel"})
#: Telephones and addresses of people and desks; the one contact meant for everybody stays.
_CONTACT = re.compile(r"(^|_)(telepon|telp|hp|faks|fax|email|surel|author)(_|$)")
_PUBLIC_CONTACT = frozenset({"maintainer", "maintainer_email"})


def public_fields(package_type: str | None) -> dict[str, dict[str, Any]]:
    """The fields of a type that are shown of restricted data, in the order of the schema.

    A portal's own schema keeps a field back with ``sdi_public: false``. What no schema knows (free extras) is never
    among them: nobody has thought about it.
    """
    return {
        name: field
        for name, field in registry.fields_of(package_type).items()
        if name not in _LEFT_OUT
        and field.get("sdi_public", True) is not False
        and (name in _PUBLIC_CONTACT or not _CONTACT.search(name))
    }


def public_values(pkg: dict[str, Any]) -> dict[str, Any]:
    """The filled ones of :func:`public_fields`, as stored; rows of a repeating field stay a list.

    :param pkg: as package_show gives it
    """
    fields = public_fields(pkg.get("type"))
    return {name: pkg[name] for name in fields if pkg.get(name) not in (None, "", [], {})}

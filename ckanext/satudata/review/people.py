"""Who acts: a person with roles over an organization, or a program under a named policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts.

    :param program: the name of the policy a program acts under; None for people
    :param trusted: code called with ``ignore_auth``: CKAN asked nobody, so roles are not asked either; the
        state of the review still is
    """

    id: str | None
    name: str
    sysadmin: bool = False
    program: str | None = None
    trusted: bool = False
    _roles: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict, compare=False, repr=False)
    _own: list[list[str]] = field(default_factory=list, compare=False, repr=False)

    def bodies(self, role: str, organization_id: str | None, jenis_data: str = "statistik") -> list[str]:
        """Ids of the bodies this person may act for in that role over data of that organization."""
        if self.id is None or organization_id is None:
            return []
        key = (organization_id, jenis_data)
        if key not in self._roles:
            self._roles[key] = roles.roles_over(self.id, organization_id, jenis_data)
        return self._roles[key].get(role, [])

    def is_producer(self, organization_id: str | None) -> bool:
        """Whether this person is a direct editor or admin of the owner; one query, and less than all roles."""
        if self.id is None or organization_id is None:
            return False
        if not self._own:
            self._own.append(roles.direct_organizations(self.id))
        return organization_id in self._own[0]


def actor_of(context: dict[str, Any]) -> Actor:
    """Read the actor of an action call.

    A request's user is a person even where code set ``ignore_auth`` on the way; a listed program or a call
    without any user is a program. Neither a missing request nor ``ignore_auth`` ever means "skip review".
    """
    user = context.get("auth_user_obj")
    name = context.get("user") or ""
    trusted = bool(context.get("ignore_auth"))
    if not isinstance(user, model.User) or (name and name not in (user.name, user.id)):
        user = model.User.get(name) if name else None
    if user is None or user.state != model.State.ACTIVE:
        return Actor(None, "", program="internal" if trusted else None, trusted=trusted)
    # Anybody may register a name; only a sysadmin's account is believed to be a program.
    program = user.name if user.sysadmin and user.name in config.programs() else None
    return Actor(user.id, user.name, bool(user.sysadmin), program, trusted)

"""Who may do what, where. Asking with anything but a Permission is an error, never a silent False."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied

from aiops.roles import DESCRIPTIONS, ROLE_PERMISSIONS, Permission, Role

if TYPE_CHECKING:
    from aiops.models import BusinessUnit

__all__ = ["DESCRIPTIONS", "Permission", "Role", "Scope", "has", "require", "scope"]


@dataclass(frozen=True)
class Scope:
    """The units in which somebody holds a permission; `everything` covers the whole company."""

    everything: bool
    unit_ids: frozenset[int]

    def __bool__(self) -> bool:
        return self.everything or bool(self.unit_ids)

    def covers(self, unit_id: int | None) -> bool:
        """True when the unit is inside; a company-wide question (None) needs `everything`."""
        return self.everything or (unit_id is not None and unit_id in self.unit_ids)


NOTHING = Scope(everything=False, unit_ids=frozenset())
EVERYTHING = Scope(everything=True, unit_ids=frozenset())


def scope(user: Any, permission: Permission) -> Scope:
    """Where `user` holds `permission`; nowhere for anonymous and inactive people."""
    if not isinstance(permission, Permission):
        raise TypeError(f"not a permission: {permission!r}")
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOTHING
    if user.is_system:
        return EVERYTHING
    units = [m.unit_id for m in user.active_memberships if permission in ROLE_PERMISSIONS[Role(m.role)]]
    return EVERYTHING if None in units else Scope(False, frozenset(u for u in units if u))


def has(user: Any, permission: Permission, *, unit: "BusinessUnit | None" = None) -> bool:
    """True when `user` holds `permission` in `unit`; without a unit, anywhere at all."""
    where = scope(user, permission)
    return bool(where) if unit is None else where.covers(unit.pk)


def require(user: Any, permission: Permission, *, unit: "BusinessUnit | None" = None) -> None:
    """Raise PermissionDenied (403) unless `has`."""
    if not has(user, permission, unit=unit):
        raise PermissionDenied(f"This needs the permission «{permission.value}».")

"""For writes that concern everybody: a role in one unit is not enough."""

from django.core.exceptions import PermissionDenied

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission


def require_everywhere(user: User, permission: Permission) -> None:
    """Raise PermissionDenied unless `user` holds `permission` for the whole company."""
    if not permissions.scope(user, permission).everything:
        raise PermissionDenied(f"This needs the permission «{permission.value}» for the whole company.")

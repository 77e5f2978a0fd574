"""What every page knows: the company, and what the signed-in person may open from the menu."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from aiops import permissions
from aiops.models import Company
from aiops.permissions import Permission


def site(request: HttpRequest) -> dict[str, Any]:
    """`company`, `may.connect`, `everywhere.connect` ... for the templates (lazy: no query unless used)."""
    user = getattr(request, "user", None)
    return {"company": SimpleLazyObject(Company.load), "may": May(user), "everywhere": Everywhere(user)}


class May:
    """`may.<permission>` in a template; decides what is shown, never what is allowed."""

    def __init__(self, user: Any) -> None:
        self.user = user

    def __getitem__(self, name: str) -> bool:
        return permissions.has(self.user, Permission(name))


class Everywhere(May):
    """`everywhere.<permission>`: held for the whole company, for links to pages that a unit's role does not open."""

    def __getitem__(self, name: str) -> bool:
        return permissions.scope(self.user, Permission(name)).everything

"""Business units."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from aiops import audit
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission


def _free_code(name: str) -> str:
    """A short address made of the name; a number follows where it is taken."""
    stem = slugify(name)[:34] or "unit"
    taken = set(BusinessUnit.objects.filter(code__startswith=stem).values_list("code", flat=True))
    codes = [stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 2))]
    return next(code for code in codes if code not in taken)


def _refuse_taken(name: str, unit: BusinessUnit | None = None) -> None:
    others = BusinessUnit.objects.filter(name__iexact=name)
    if unit is not None:
        others = others.exclude(pk=unit.pk)
    if others.exists():
        raise DomainError("name_taken", f"There is a unit called {name} already.", "name")


@transaction.atomic
def create_unit(
    *, name: str, code: str = "", simulated: bool = False, by: User, at: datetime
) -> BusinessUnit:
    """Add a part of the company."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    name = name.strip()
    _refuse_taken(name)
    unit = BusinessUnit.objects.create(name=name, code=code or _free_code(name), simulated=simulated)
    audit.record(by=by, at=at, action="unit.created", obj=unit)
    return unit


@transaction.atomic
def rename_unit(*, unit: BusinessUnit, name: str, by: User, at: datetime) -> BusinessUnit:
    """Change the name; the code stays, so that addresses and exports keep working."""
    require_everywhere(by, Permission.ADMIN_PEOPLE)
    before, name = unit.name, name.strip()
    _refuse_taken(name, unit)
    unit.name = name
    unit.save(update_fields=["name"])
    audit.record(by=by, at=at, action="unit.renamed", obj=unit, changes={"name": [before, name]})
    return unit

"""The first people of an empty company: they are named together, before anybody could confirm anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from aiops import audit, queries
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, Membership, User
from aiops.operations.finance import refuse_settings
from aiops.operations.people import create_user
from aiops.operations.units import create_unit
from aiops.permissions import Role


@dataclass(frozen=True)
class FirstPerson:
    name: str
    email: str


@transaction.atomic
def name_at_setup(*, user: User, role: str, unit: BusinessUnit | None = None, at: datetime) -> Membership:
    """A grant that counts at once, by the system: only until the company is set up."""
    if Company.load().set_up:
        raise DomainError("already_set_up", "The company is set up: grant roles on the page of the person.")
    system = User.objects.system()
    grant = Membership.objects.create(
        user=user,
        role=Role(role),
        unit=unit,
        granted_by=system,
        granted_at=at,
        confirmed_by=system,
        confirmed_at=at,
    )
    audit.record(by=system, at=at, action="role.named_at_setup", obj=grant, unit=unit)
    return grant


@transaction.atomic
def set_up(
    *,
    name: str,
    currency: str,
    usd_rate: Decimal,
    fiscal_year_start: int,
    units: Sequence[str],
    it: FirstPerson,
    lead: FirstPerson,
    finance: FirstPerson,
    at: datetime,
) -> dict[str, User]:
    """Turn an empty installation into a company: units, first IT administrator, lead and finance."""
    Company.load()
    company = Company.objects.select_for_update().get(pk=1)
    if not queries.needs_setup():
        raise DomainError("already_set_up", "This company is set up already: sign in.")
    _refuse_people(it, lead, finance)
    _settle(company, name, currency, usd_rate, fiscal_year_start, at)
    system = User.objects.system()
    for unit in dict.fromkeys(u.strip() for u in units if u.strip()):
        create_unit(name=unit, by=system, at=at)
    people = {}
    for role, who in ((Role.IT_ADMIN, it), (Role.LEAD, lead), (Role.FINANCE, finance)):
        user = create_user(email=who.email, name=who.name, by=system, at=at)
        name_at_setup(user=user, role=role, at=at)
        people[role.value] = user
    Company.objects.filter(pk=1).update(set_up=True)
    return people


def _settle(
    company: Company, name: str, currency: str, usd_rate: Decimal, fiscal_year_start: int, at: datetime
) -> None:
    company.name, company.currency, company.usd_rate = name.strip() or company.name, currency, usd_rate
    company.usd_rate_on, company.fiscal_year_start = at.date(), fiscal_year_start
    refuse_settings(company, currency_changes=False)
    company.save()
    changes = {"currency": currency, "fiscal_year_start": fiscal_year_start}
    audit.record(by=User.objects.system(), at=at, action="company.set_up", obj=company, changes=changes)


def _refuse_people(it: FirstPerson, lead: FirstPerson, finance: FirstPerson) -> None:
    if lead.email.strip().lower() == finance.email.strip().lower():
        raise DomainError("same_person", "Lead and finance are two people.", "finance_email")
    if it.email.strip().lower() in (lead.email.strip().lower(), finance.email.strip().lower()):
        raise DomainError("same_person", "IT does not decide: name others as lead and finance.", "it_email")


def choose_first_password(*, user: User, password: str) -> User:
    """The password of the one who sets up; refused for an account that has one."""
    if user.has_usable_password():
        raise DomainError("has_password", f"{user} has a password already.", "password")
    user.set_password(password)
    user.save(update_fields=["password"])
    return user

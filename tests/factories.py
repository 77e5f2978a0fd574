"""The people of the stories, and the shortest way to a candidate or a workload."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.test import Client

from aiops.models import BusinessUnit, Membership, User
from aiops.roles import NEEDS_SECOND_PERSON, Role

PASSWORD = "correct horse battery"


def make_user(name: str, unit: BusinessUnit | None, **fields: Any) -> User:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    return User.objects.create_user(email, None, name=name, home_unit=unit, **fields)


def grant(user: User, role: Role, unit: BusinessUnit | None, by: User, at: datetime) -> Membership:
    """A role that counts now: confirmed by the system actor where a second person is needed."""
    confirmed = {"confirmed_by": by, "confirmed_at": at} if role in NEEDS_SECOND_PERSON else {}
    return Membership.objects.create(user=user, role=role, unit=unit, granted_by=by, granted_at=at, **confirmed)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_cast(at: datetime) -> SimpleNamespace:
    system = User.objects.system()
    unit = BusinessUnit.objects.create(name="Accounts payable", code="ap")
    other = BusinessUnit.objects.create(name="Legal", code="legal")
    people = {
        "owner": ("Ada Owner", unit, Role.OWNER, unit),
        "stranger": ("Sam Stranger", other, Role.OWNER, other),
        "assessor": ("Ann Assessor", unit, Role.ASSESSOR, None),
        "lead": ("Lea Lead", None, Role.LEAD, None),
        "second_lead": ("Leo Lead", None, Role.LEAD, None),
        "reviewer": ("Rob Reviewer", None, Role.REVIEWER, None),
        "finance": ("Fay Finance", None, Role.FINANCE, None),
        "second_finance": ("Finn Finance", None, Role.FINANCE, None),
        "it": ("Ian Admin", None, Role.IT_ADMIN, None),
        "evaluator": ("Eve Evaluator", None, Role.EVALUATOR, None),
        "auditor": ("Al Auditor", None, Role.AUDITOR, None),
        "executive": ("Ed Executive", None, Role.EXECUTIVE, None),
    }
    cast = SimpleNamespace(system=system, unit=unit, other_unit=other, client=sign_in)
    for key, (name, home, role, where) in people.items():
        user = make_user(name, home)
        grant(user, role, where, system, at)
        setattr(cast, key, user)
    return cast


def make_workload(cast: SimpleNamespace, name: str = "Invoice coding", **fields: Any) -> Any:
    """A live workload of the cast's unit and owner; nobody else is on it."""
    from workloads.models import Stage, Workload

    number = Workload.objects.next_number()
    base = {
        "number": number,
        "name": name,
        "slug": f"workload-{number}",
        "unit": cast.unit,
        "klass": "business_ai",
        "business_owner": cast.owner,
        "stage": Stage.LIVE,
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Workload.objects.create(**(base | fields))

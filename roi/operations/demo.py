"""Leaving the demo: what was simulated goes, what people filed stays, and the company gets its own people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction

from aiops import audit, permissions
from aiops import operations as kernel
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, CurrencyChange, Membership, RateCard, User
from aiops.permissions import Permission, Role
from backlog.models import Candidate, Estimate, StageEntry, Team
from evals import operations as eval_operations
from integrations.models import Delivery
from roi.models import Assessment, Claim, Decision, Plan, Split, StandIn, Statement, ValueMonth
from roi.operations.demo_reviews import remove_reviews
from roi.operations.past_cases import forget_simulated
from workloads import models as w

FORMER = "Former demo person"
MAY_LEAVE = (Permission.DECIDE, Permission.FINANCE, Permission.CONNECT, Permission.ADMIN_PEOPLE)
# In the order in which they hang on each other; calls and their sums are many, so they go without being read.
OF_WORKLOAD: tuple[type[models.Model], ...] = (
    Claim, ValueMonth, w.Incident, w.Finding, w.CheckRun, w.Objective, w.Check, w.IngestKey, w.Call,
    w.CallContent, w.CallTwin, w.UsageHour, w.SeenModel, w.Outcome, w.OutcomeDay, w.SelfReport, w.Change,
    w.Evaluation, w.Adoption, w.ActivePerson, w.FixedCost, w.BillRule, w.OwnPrice,
)  # fmt: skip
# Money spent, planned or agreed on in the simulated company, whoever typed it: it says nothing of the real one.
OF_COMPANY: tuple[type[models.Model], ...] = (
    w.Budget, w.OwnPrice, w.BillRule, w.Bill, Plan, RateCard, CurrencyChange, Statement, StandIn,
)  # fmt: skip


@dataclass(frozen=True)
class Successors:
    """The first real unit and people, who take over what was filed while trying."""

    unit: BusinessUnit
    admin: User
    lead: User
    finance: User


def use_for_real(
    *,
    name: str,
    currency: str,
    fiscal_year_start: int,
    unit: str,
    admin_email: str,
    admin_name: str,
    lead_email: str,
    lead_name: str,
    finance_email: str,
    finance_name: str,
    password: str,
    by: User,
    at: datetime,
) -> Company:
    """Turn the demo into a real company, all or nothing, and end every session.

    Kept candidates and workloads go to the new lead and unit where theirs were simulated. A simulated person whom a
    kept, frozen row names (a decision, an assessment) stays as a nameless account that nobody can sign in to.
    """
    _require_leave(by)
    emails = [e.strip().lower() for e in (admin_email, lead_email, finance_email)]
    if len(set(emails)) < len(emails):
        raise DomainError("same_person", "IT admin, lead and finance are three people.", "finance_email")
    with transaction.atomic():
        company = _locked_demo()
        people = list(zip(emails, (admin_name, lead_name, finance_name), strict=True))
        heirs = _welcome(unit, people, password, at)
        removed = _remove_simulated(heirs, at)
        values = {"name": name.strip(), "currency": currency.strip().upper(), "usd_rate": 1}
        values |= {"fiscal_year_start": fiscal_year_start, "hurdle_npv": 0}
        kernel.update_company(by=User.objects.system(), at=at, **values)
        Company.objects.filter(pk=company.pk).update(demo=False, set_up=True)
        audit.record(by=by, at=at, action="company.used_for_real", obj=company, changes=removed)
        Session.objects.all().delete()
    return Company.load()


def may_leave_demo(user: User) -> bool:
    """Whether `use_for_real` would listen to this person."""
    return any(permissions.has(user, permission) for permission in MAY_LEAVE)


def _require_leave(by: User) -> None:
    if not may_leave_demo(by):
        raise PermissionDenied("Lead, finance or IT end the demo.")


def _locked_demo() -> Company:
    company = Company.objects.select_for_update().filter(pk=1, demo=True).first()
    if company is None:
        raise DomainError("not_demo", "This company is real already: nothing is removed.")
    return company


def _welcome(unit: str, people: list[tuple[str, str]], password: str, at: datetime) -> Successors:
    """The unit (a simulated one of that name makes room) and the three, each confirmed by another."""
    for old in BusinessUnit.objects.filter(name__iexact=unit.strip(), simulated=True):
        BusinessUnit.objects.filter(pk=old.pk).update(name=f"{old.name} (simulated)", code=f"{old.code}-demo")
    system = User.objects.system()
    home = kernel.create_unit(name=unit.strip(), by=system, at=at)
    admin, lead, finance = (_person(email, name, password, home, at) for email, name in people)
    _grant(admin, Role.IT_ADMIN, None, at)
    _grant(lead, Role.LEAD, admin, at)
    _grant(finance, Role.FINANCE, lead, at)
    return Successors(home, admin, lead, finance)


def _person(email: str, name: str, password: str, home: BusinessUnit, at: datetime) -> User:
    user = kernel.create_user(email=email, name=name, home_unit=home, by=User.objects.system(), at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def _grant(user: User, role: Role, second: User | None, at: datetime) -> None:
    """Directly, not through confirm_grant: the only confirmed deciders so far are simulated."""
    system = User.objects.system()
    confirmed = {"confirmed_by": second, "confirmed_at": at} if second else {}
    grant = Membership.objects.create(user=user, role=role, granted_by=system, granted_at=at, **confirmed)
    audit.record(by=system, at=at, action="role.granted", obj=grant)


def _remove_simulated(heirs: Successors, at: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL payback.demo_removal = 'on'")
    # Held, so that a call or a check of this moment waits and then finds nothing to hang on.
    remove_reviews(unit=heirs.unit, lead=heirs.lead, at=at)
    workloads = list(w.Workload.objects.select_for_update().filter(simulated=True).order_by("pk"))
    for model in OF_COMPANY:
        model._base_manager.all().delete()
    candidates = Candidate.objects.filter(simulated=True)
    removed = {"workloads": len(workloads), "candidates": candidates.count()}
    Split.objects.filter(source__in=workloads).delete()
    for workload in workloads:
        _remove_workload(workload, at)
    _raw_delete(Decision.objects.filter(candidate__simulated=True))
    _raw_delete(Assessment.objects.filter(candidate__simulated=True))
    candidates.delete()
    _hand_over(heirs)
    _hand_over_teams(heirs.unit)
    removed["past_cases"] = forget_simulated()
    removed["people"] = _remove_people()
    removed["units"] = _remove_units()
    return removed


def _remove_workload(workload: w.Workload, at: datetime) -> None:
    eval_operations.forget_workload(workload=workload, by=User.objects.system(), at=at)
    keys = [f"incident-{i.number}-opened" for i in w.Incident.objects.filter(workload=workload)]
    keys += [f"claim-{pk}-" for pk in Claim.objects.filter(workload=workload).values_list("pk", flat=True)]
    for key in keys:
        # Numbers of incidents start again: an old mail must not make a new one look sent.
        Delivery.objects.filter(dedup_key__startswith=key, direction=Delivery.Direction.OUT).delete()
    w.IncidentEntry.objects.filter(incident__workload=workload).delete()
    w.Component.objects.filter(workload=workload).delete()
    for model in OF_WORKLOAD:
        _raw_delete(
            model._base_manager.filter(workload=workload) if _has_workload(model) else _runs(workload)
        )
    workload.delete()


def _has_workload(model: type[models.Model]) -> bool:
    return model is not w.CheckRun


def _runs(workload: w.Workload) -> "models.QuerySet[Any]":
    return w.CheckRun.objects.filter(check_of__workload=workload)


def _raw_delete(rows: "models.QuerySet[Any]") -> None:
    rows._raw_delete(rows.db)  # type: ignore[attr-defined]


def _hand_over(heirs: Successors) -> None:
    """What is kept belongs to real people and the real unit; frozen rows keep their author."""
    for model, column in (
        (Candidate, "owner"),
        (w.Workload, "business_owner"),
        (Estimate, "by"),
        (StageEntry, "holder"),
    ):
        model._base_manager.filter(**{f"{column}__simulated": True}).update(**{column: heirs.lead})
    for model in (Candidate, w.Workload):
        model._base_manager.filter(unit__simulated=True).update(unit=heirs.unit)
    for model, column in (
        (Candidate, "assessor"), (w.Workload, "deputy"), (w.Workload, "builder"),
    ):  # fmt: skip
        model._base_manager.filter(**{f"{column}__simulated": True}).update(**{column: None})
    w.Workload.objects.filter(it_steward__simulated=True).update(it_steward=heirs.admin)


def _hand_over_teams(unit: BusinessUnit) -> None:
    """Teams of what is kept come along, under a name that the unit does not have yet; the others go."""
    Team.objects.filter(unit__simulated=True, candidates=None).delete()
    for team in Team.objects.filter(unit__simulated=True).select_related("unit"):
        if unit.teams.filter(name__iexact=team.name).exists():
            team.name = f"{team.name[:60]} of {team.unit.name[:50]}"
        team.unit = unit
        team.save(update_fields=["name", "unit"])


def _remove_people() -> int:
    Membership.objects.filter(user__simulated=True).delete()
    gone = 0
    for user in User.objects.filter(simulated=True):
        try:
            with transaction.atomic():
                user.delete()
            gone += 1
        except models.ProtectedError:
            email = f"former-{user.pk}@demo.payback"
            User.objects.filter(pk=user.pk).update(is_active=False, name=FORMER, home_unit=None, email=email)
    return gone


def _remove_units() -> int:
    User.objects.filter(home_unit__simulated=True).update(home_unit=None)
    units = BusinessUnit.objects.filter(simulated=True)
    Membership.objects.filter(unit__in=units).delete()
    gone = units.count()
    units.delete()
    return gone

"""Standing in: while somebody of finance is away, another one of finance answers and gets the mail."""

from datetime import date, datetime

from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from roi.models import StandIn
from roi.queries.stand_ins import covers

MOST_DAYS = 366


def name_stand_in(
    *, absent: User, deputy: User, starts_on: date, ends_on: date, by: User, at: datetime
) -> StandIn:
    """Finance names who answers for somebody of finance, for themselves or for a colleague who is ill.

    Both days count as days of the company, from its midnight to its midnight. Standing in gives no rights: the deputy
    must be finance wherever the absent one is.
    """
    permissions.require(by, Permission.FINANCE)
    _require_people(absent, deputy)
    _require_days(starts_on, ends_on, Company.load().day_of(at))
    with transaction.atomic():
        # Both, in one order: two colleagues who name each other at the same moment take turns.
        list(User.objects.select_for_update().filter(pk__in=[absent.pk, deputy.pk]).order_by("pk"))
        _require_free(absent, deputy, starts_on, ends_on)
        days = {"starts_on": starts_on, "ends_on": ends_on}
        made = StandIn.objects.create(absent=absent, deputy=deputy, by=by, at=at, **days)
        changes = {"absent": absent, "deputy": deputy, **days}
        audit.record(by=by, at=at, action="stand_in.named", obj=made, changes=changes)
    return made


def _require_people(absent: User, deputy: User) -> None:
    if absent.pk == deputy.pk:
        raise DomainError("same_person", "Name another person than the one who is away.", "deputy")
    for user, field in ((absent, "absent"), (deputy, "deputy")):
        if not permissions.has(user, Permission.FINANCE):
            raise DomainError("not_finance", f"{user} signs nothing: choose somebody of finance.", field)
    if not covers(deputy, absent):
        words = f"{deputy} is not finance in every unit in which {absent} is: standing in gives no rights."
        raise DomainError("narrower", words, "deputy")


def _require_days(starts_on: date, ends_on: date, today: date) -> None:
    if ends_on < starts_on:
        raise DomainError("period", "The last day must not come before the first.", "ends_on")
    if ends_on < today:
        raise DomainError("past", "These days are over.", "ends_on")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise DomainError("long", "At most a year: a longer absence is a change of roles.", "ends_on")


def _require_free(absent: User, deputy: User, starts_on: date, ends_on: date) -> None:
    rows = StandIn.objects.filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if rows.filter(absent=absent).exists():
        raise DomainError("overlaps", f"{absent} has a stand-in on some of these days already.", "starts_on")
    if rows.filter(absent=deputy).exists():
        raise DomainError("away", f"{deputy} is away on some of these days.", "deputy")
    if rows.filter(deputy=absent).exists():
        words = f"{absent} stands in for somebody on some of these days: name another one for them first."
        raise DomainError("stands_in", words, "absent")


def end_stand_in(*, stand_in: StandIn, by: User, at: datetime) -> None:
    """Back early: the company's today is the last day. One not begun is taken away; a past one stays as it was."""
    permissions.require(by, Permission.FINANCE)
    today = Company.load().day_of(at)
    with transaction.atomic():
        locked = StandIn.objects.select_for_update(of=("self",)).get(pk=stand_in.pk)
        if locked.ends_on < today:
            raise DomainError("past", "It is over: it stays, because it says who signed for whom.")
        changes = {"ends_on": [locked.ends_on, today]}
        audit.record(by=by, at=at, action="stand_in.ended", obj=locked, changes=changes)
        if locked.starts_on > today:
            locked.delete()
            return
        locked.ends_on = today
        locked.save(update_fields=["ends_on"])

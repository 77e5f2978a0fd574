"""Who of finance answers for whom on a day of the company, and who signs for a unit."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from aiops import permissions
from aiops.models import Company, Membership, User
from aiops.permissions import Permission
from aiops.roles import Role
from roi.models import StandIn


def stand_ins() -> QuerySet[StandIn]:
    return StandIn.objects.select_related("absent", "deputy", "by").order_by("-starts_on", "pk")


def stand_ins_on(day: date) -> QuerySet[StandIn]:
    return stand_ins().filter(starts_on__lte=day, ends_on__gte=day)


def finance_people() -> list[User]:
    """Everybody who signs, anywhere: active, confirmed, by name."""
    ids = Membership.objects.active().filter(role=Role.FINANCE.value).values("user")
    return list(User.objects.filter(pk__in=ids, is_active=True, is_system=False).order_by("name", "pk"))


def answers_for(user: User, day: date) -> list[StandIn]:
    """The absences in which this person answers on the day."""
    return list(stand_ins_on(day).filter(deputy=user))


def away(user: User, day: date) -> StandIn | None:
    """Who answers for this person on the day; None while they answer themselves."""
    return stand_ins_on(day).filter(absent=user).first()


def signed_for(user: User, at: datetime) -> str:
    """ "for Fay Finance", of a signature at a moment; empty where nobody is away on the company's day of it."""
    names = [str(row.absent) for row in answers_for(user, Company.load().day_of(at))]
    return f"for {' and '.join(names)}" if names else ""


@dataclass(frozen=True)
class Told:
    """One person of finance to be told, and for whom beside themselves."""

    user: User
    stands_in_for: tuple[StandIn, ...]


def told_at(at: datetime) -> list[Told]:
    """Everybody of finance who is there on the company's day, with the absent ones whom they answer for."""
    rows = list(stand_ins_on(Company.load().day_of(at)))
    absent = {row.absent_id for row in rows}
    there = [user for user in finance_people() if user.pk not in absent]
    return [Told(user, tuple(row for row in rows if row.deputy_id == user.pk)) for user in there]


def covers(deputy: User, absent: User) -> bool:
    """Whether the deputy may sign everywhere where the absent one may: standing in gives no rights."""
    theirs, own = (permissions.scope(user, Permission.FINANCE) for user in (absent, deputy))
    return (
        own.everything or bool(theirs.unit_ids) and not theirs.everything and theirs.unit_ids <= own.unit_ids
    )

"""Series of reviews: who meets when, who chairs, who sits in it, and for which unit."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops import audit, permissions
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from roi.calc.meeting_days import is_zone
from roi.models import Member, Review, Series
from roi.operations.agenda_telling import invite
from roi.operations.meetings import plan_ahead, retime

LIMITS = {
    "every_weeks": (1, 12, "weeks between two meetings"),
    "minutes": (10, 240, "minutes of a meeting"),
    "most_items": (1, 30, "items to discuss"),
    "freeze_hours": (0, 240, "hours before the meeting"),
    "quorum": (0, 50, "people of the quorum"),
}
CHANGEABLE = (
    *LIMITS,
    "name",
    "chair",
    "first_on",
    "start_time",
    "time_zone",
    "consent_below",
    "votes",
    "place",
)


def may_run(user: Any, unit: BusinessUnit | None) -> bool:
    """Whether somebody decides in the unit; for a review of all units, everywhere."""
    return permissions.scope(user, Permission.DECIDE).covers(unit.pk if unit else None)


def _require(by: User, unit: BusinessUnit | None) -> None:
    if not may_run(by, unit):
        raise PermissionDenied("A review is set up by somebody who decides there.")


def create_series(
    *,
    name: str,
    chair: User,
    first_on: date,
    start_time: time,
    time_zone: str = "UTC",
    unit: BusinessUnit | None = None,
    members: Iterable[User] = (),
    every_weeks: int = 1,
    minutes: int = 30,
    most_items: int = 6,
    freeze_hours: int = 48,
    consent_below: Decimal | None = None,
    votes: bool = False,
    quorum: int = 0,
    place: str = "",
    simulated: bool = False,
    by: User,
    at: datetime,
) -> Series:
    """A recurring review with its next two meetings. Refused for a unit (or the company) that has one."""
    _require(by, unit)
    made = Series(unit=unit, simulated=simulated, created_at=at)
    values = {"name": name, "chair": chair, "first_on": first_on, "start_time": start_time, "place": place}
    values |= {"time_zone": time_zone, "every_weeks": every_weeks, "minutes": minutes, "votes": votes}
    values |= {"most_items": most_items, "freeze_hours": freeze_hours, "quorum": quorum}
    _set(made, values | {"consent_below": consent_below})
    with transaction.atomic():
        # One agenda for each candidate: two reviews of one unit would both decide on it.
        if Series.objects.select_for_update().filter(unit=unit, ended_on=None).exists():
            words = f"{unit or 'The company'} has a review already: change that one, or end it first."
            raise DomainError("exists", words, "unit")
        made.save()
        _sit(made, members)
        plan_ahead(series=made, at=at)
        invite(series=made, at=at)
        audit.record(by=by, at=at, action="series.created", obj=made, unit=unit, changes=values)
    return made


def change_series(
    *, series: Series, by: User, at: datetime, members: Iterable[User] | None = None, **values: Any
) -> Series:
    """Change what is given. Meetings that are planned move with it; one whose pre-read is out stays."""
    _require(by, series.unit)
    with transaction.atomic():
        locked = Series.objects.select_for_update(of=("self",)).select_related("unit").get(pk=series.pk)
        if locked.ended_on is not None:
            raise DomainError("ended", "This review has ended: set up a new one.")
        before = {name: getattr(locked, name) for name in values}
        _set(locked, values)
        locked.save()
        if members is not None:
            _sit(locked, members)
        retime(series=locked, at=at)
        invite(series=locked, at=at)
        moved = {k: [before[k], v] for k, v in values.items() if before[k] != v}
        if members is not None:
            moved["members"] = sorted(str(m.user) for m in locked.members.select_related("user"))
        audit.record(by=by, at=at, action="series.changed", obj=locked, unit=locked.unit, changes=moved)
    return locked


def end_series(*, series: Series, by: User, at: datetime) -> Series:
    """No more meetings: those that are planned are cancelled, what was decided stays."""
    _require(by, series.unit)
    with transaction.atomic():
        locked = Series.objects.select_for_update(of=("self",)).select_related("unit").get(pk=series.pk)
        if locked.ended_on is not None:
            return locked
        if locked.reviews.filter(state=Review.State.RUNNING).exists():
            raise DomainError("running", "A meeting of this review is under way: close it first.")
        locked.ended_on = at.date()
        locked.save(update_fields=["ended_on"])
        ahead = locked.reviews.filter(state__in=[Review.State.PLANNED, Review.State.FROZEN])
        ahead.update(state=Review.State.CANCELLED)
        audit.record(by=by, at=at, action="series.ended", obj=locked, unit=locked.unit)
    return locked


def _set(series: Series, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in CHANGEABLE:
            raise DomainError("unknown", f"A review has no «{name}» to change.", name)
        setattr(series, name, value.strip() if isinstance(value, str) else value)
    if not series.name:
        raise DomainError("name", "Give the review a name.", "name")
    for name, (low, high, words) in LIMITS.items():
        if not low <= getattr(series, name) <= high:
            raise DomainError(name, f"Choose {low} to {high} {words}.", name)
    if not is_zone(series.time_zone):
        raise DomainError(
            "time_zone", f"«{series.time_zone}» is no time zone, such as Europe/Berlin.", "time_zone"
        )
    if series.consent_below is not None and series.consent_below < 0:
        raise DomainError("consent_below", "The amount is zero or more.", "consent_below")
    _check_chair(series)


def _check_chair(series: Series) -> None:
    if not may_run(series.chair, series.unit):
        where = f"in {series.unit}" if series.unit else "for all units"
        raise DomainError("chair", f"{series.chair} does not decide {where}: the chair has to.", "chair")


def _sit(series: Series, members: Iterable[User]) -> None:
    """Exactly these sit in it, the chair always."""
    wanted = {u.pk: u for u in (*members, series.chair)}
    for user in wanted.values():
        if not user.is_active or user.is_system:
            raise DomainError("members", f"{user} cannot sit in a review.", "members")
    series.members.exclude(user_id__in=wanted).delete()
    Member.objects.bulk_create(
        [Member(series=series, user=u) for u in wanted.values()], ignore_conflicts=True
    )

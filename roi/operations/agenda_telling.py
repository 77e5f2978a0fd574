"""Who is told of a review: invitations, the pre-read, owners of what is on it or not, and whom it waits for."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Membership, User
from aiops.roles import Role
from integrations.operations import tell
from roi.models import AgendaItem, Review, Series
from roi.operations.leading import require_lead
from roi.queries.agenda.words import when_words
from roi.queries.why_not_agenda import left_off

Section = AgendaItem.Section


def tell_frozen(review: Review, at: datetime) -> None:
    """Members get the pre-read; owners read in their digest what is on the agenda, and what is not and why."""
    rows = review.items.filter(section__in=[Section.DISCUSS, Section.CONSENT])
    counts = {name: sum(1 for i in rows if i.section == name) for name in (Section.DISCUSS, Section.CONSENT)}
    what = f"{counts[Section.DISCUSS]} to discuss, {counts[Section.CONSENT]} by consent"
    text = (
        f"The pre-read of {review.series} is out: {what}. {when_words(review)}.\n\n"
        "Say of each item whether it is fine with you, whether you want to talk about it, or ask a question. "
        "What everybody is fine with takes no time in the meeting."
    )
    path = reverse("roi:pre_read", args=[review.number])
    for person in people_of(review.series, review.chair):
        _tell(review.series, person, "invitation", f"Pre-read: {review.series}, {what}", text, path,
              f"pre-read-{review.pk}", at)  # fmt: skip
    _tell_owners(review, at)


def _tell_owners(review: Review, at: datetime) -> None:
    """One line a person, however many of theirs there are."""
    on: dict[User, list[str]] = defaultdict(list)
    listed = review.items.filter(section__in=[Section.DISCUSS, Section.CONSENT], candidate__isnull=False)
    for item in listed.select_related("candidate__owner"):
        on[item.candidate.owner].append(item.candidate.key)  # type: ignore[union-attr]
    for owner, keys in on.items():
        words = (
            f"{_few(keys)} {'is' if len(keys) == 1 else 'are'} on the agenda of {review}. You need not come."
        )
        _tell(
            review.series, owner, "activity", words, "", reverse("backlog:candidates"), f"on-{review.pk}", at
        )
    for owner, said in left_off(review, at).items():
        words = f"Not on the agenda of {review}: {_few(said, '; ')}."
        _tell(
            review.series, owner, "activity", words, "", reverse("backlog:candidates"), f"off-{review.pk}", at
        )


MOST_NAMED = 4


def _few(words: list[str], between: str = ", ") -> str:
    more = len(words) - MOST_NAMED
    return between.join(words[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def people_of(series: Series, chair: User) -> list[User]:
    """Members and the chair, each once."""
    rows = {m.user_id: m.user for m in series.members.select_related("user")} | {chair.pk: chair}
    return list(rows.values())


def invite(*, series: Series, at: datetime, people: Iterable[User] | None = None) -> None:
    """Everybody who sits in it is told when and where, with the address of the calendar file; a change is told anew."""
    review = series.reviews.filter(state=Review.State.PLANNED, starts_at__gt=at).order_by("starts_at").first()
    if review is None:
        return
    text = (
        f"You sit in {series}, chaired by {series.chair}.\n\nFirst: {when_words(review)}.\n"
        f"{_rhythm(series)}{_place(series)}\n\nThe calendar file, which keeps all later ones too:"
    )
    path = reverse("roi:series_ics", args=[series.pk])
    start = f"{series.first_on} {series.start_time} {series.time_zone} {series.every_weeks} {series.minutes}"
    for person in people or people_of(series, series.chair):
        _tell(series, person, "invitation", f"Invitation: {series}", text, path,
              f"invite-{series.pk}-{start}-{series.place}"[:180], at)  # fmt: skip


def _rhythm(series: Series) -> str:
    every = "Every week" if series.every_weeks == 1 else f"Every {series.every_weeks} weeks"
    return f"{every}, {series.minutes} minutes, {series.start_time:%H:%M} {series.time_zone}."


def _place(series: Series) -> str:
    return f"\nWhere: {series.place}" if series.place else ""


def tell_moved(review: Review, at: datetime, cancelled: bool = False) -> None:
    """A meeting was moved or cancelled: everybody who sits in it is told the same day."""
    words = f"Cancelled: {review}" if cancelled else f"Moved: {review.series}, now {when_words(review)}"
    local = review.starts_at.astimezone(ZoneInfo(review.series.time_zone))
    path = reverse("roi:review", args=[review.number])
    for person in people_of(review.series, review.chair):
        _tell(review.series, person, "invitation", words, f"{words}.", path,
              f"moved-{review.pk}-{local:%Y%m%d%H%M}-{cancelled}", at)  # fmt: skip


def remind(*, review: Review, by: User, at: datetime) -> int:
    """Ask everybody whom the items that are not ready wait for; once a day a person. Gives how many were asked."""
    require_lead(review, by)
    if review.state not in (Review.State.PLANNED, Review.State.FROZEN):
        raise DomainError("state", f"This meeting is {review.get_state_display()}.")
    asked = _waited_for(review)
    with transaction.atomic():
        for person, lines in asked.items():
            subject = (
                f"{len(lines)} {'item waits' if len(lines) == 1 else 'items wait'} for you: {review.series}"
            )
            said = "\n".join(f"- {line}" for line in lines[:20])
            text = f"Before {when_words(review)} the review needs from you:\n\n{said}\n\n{by} asks for it."
            _tell(review.series, person, "action", subject, text, reverse("roi:review", args=[review.number]),
                  f"remind-{review.pk}-{at:%Y%m%d}", at)  # fmt: skip
        audit.record(
            by=by, at=at, action="review.reminded", obj=review, unit=review.series.unit,
            changes={"people": len(asked)},
        )  # fmt: skip
    return len(asked)


# Who is asked where an item waits for a role: IT for its line, assessors for a cost, leads for an owner.
ROLES = {"feasibility": Role.IT_ADMIN, "cost": Role.ASSESSOR, "score": Role.ASSESSOR, "owner": Role.LEAD}


def _waited_for(review: Review) -> dict[User, list[str]]:
    rows = review.items.filter(section=Section.NOT_READY).select_related("candidate")
    wanted: dict[int, list[str]] = defaultdict(list)
    holders = _holders()
    for item in rows:
        for missing in item.missing:
            ids = [missing["waits_for"]] if missing["waits_for"] else holders.get(missing["code"], [])
            for pk in ids:
                wanted[pk].append(f"{missing['words']}, for {item}")
    people = User.objects.filter(pk__in=wanted, is_active=True)
    return {person: wanted[person.pk] for person in people}


def _holders() -> dict[str, list[int]]:
    rows = Membership.objects.active().filter(role__in=set(ROLES.values())).order_by("user_id")
    found: dict[str, list[int]] = defaultdict(list)
    for user, role in rows.values_list("user_id", "role").distinct():
        for code, wanted in ROLES.items():
            if wanted == role:
                found[code].append(user)
    return found


def _tell(
    series: Series, user: User, topic: str, subject: str, text: str, path: str, key: str, at: Any
) -> None:
    tell(
        user=user, topic=topic, subject=subject[:300], text=text, path=path, dedup_key=f"review-{key}", at=at,
        simulated=series.simulated,
    )  # fmt: skip

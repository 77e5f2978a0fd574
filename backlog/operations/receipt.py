"""The receipt at filing: its number, by when its cost is sized, and when its review is."""

from datetime import date, datetime, timedelta

from backlog.models import Candidate, Policy, ReviewDate
from integrations.operations import tell

WORKDAYS = 5


def sized_by(day: date, working_days: int) -> date:
    """The day on which so many working days (Monday to Friday, no holidays) have passed."""
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < WORKDAYS
    return day


def next_date(candidate: Candidate, at: datetime) -> ReviewDate | None:
    """The coming review of its unit, else of all units; None where none is planned."""
    coming = ReviewDate.objects.filter(starts_at__gt=at)
    of_unit = coming.filter(unit_id=candidate.unit_id).first()
    return of_unit or coming.filter(unit=None).first()


def receipt_sentence(candidate: Candidate, at: datetime) -> str:
    """ "Received, C-26. The cost is sized by Friday (27 November). Review on 4 December; you need not come." """
    day = sized_by(at.date(), Policy.load().sizing_days)
    sized = f"Received, {candidate.key}. The cost is sized by {day:%A} ({_day(day)})."
    return f"{sized} {_review(next_date(candidate, at), day)}"


def _review(coming: ReviewDate | None, sized: date) -> str:
    if coming is None:
        return "You are told when its review is; you need not come."
    if coming.freeze_at.date() >= sized:
        return f"Review on {_day(coming.starts_at.date())}; you need not come."
    return (
        f"The next review is on {_day(coming.starts_at.date())}; unless it is sized before, it comes to the one after. "
        "You need not come."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def send_receipt(candidate: Candidate, at: datetime) -> None:
    """To the owner, by mail, once a round."""
    sentence = receipt_sentence(candidate, at)
    text = (
        f"{sentence}\n\n{candidate.title}\n\n"
        "You are told when it is decided; until then you can edit or withdraw it on its page.\n"
    )
    tell(
        user=candidate.owner,
        topic="receipt",
        subject=f"Received, {candidate.key}: {candidate.title}",
        text=text,
        path=f"/candidates/{candidate.number}/",
        dedup_key=f"candidate-{candidate.pk}-received-{int(at.timestamp())}",
        at=at,
        simulated=candidate.simulated,
    )

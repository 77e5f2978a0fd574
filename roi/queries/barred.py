"""Who neither decides nor votes on an item, and what has moved since its pre-read was frozen."""

from typing import Any

from aiops.models import User
from backlog.models import Candidate
from roi.models import AgendaItem, Assessment
from roi.queries.proposals import money_of
from workloads.models import Workload


def barred_words(of: Candidate | Workload, user: User) -> str:
    """Why this person neither decides nor votes on it; "" where nothing keeps them from it."""
    if isinstance(of, Candidate):
        return _of_candidate(of, user.pk)
    if user.pk in (of.business_owner_id, of.deputy_id):
        return "You answer for this workload: somebody else decides on it."
    return _of_candidate(of.candidate, user.pk) if of.candidate else ""


def _of_candidate(candidate: Candidate, pk: int) -> str:
    if candidate.owner_id == pk:
        return "You own this candidate: somebody else decides on it."
    if candidate.filed_by_id == pk:
        return "You filed this candidate: somebody else decides on it."
    if candidate.funder_id == pk:
        return "Your budget pays for this candidate: somebody else decides on it."
    return ""


def subject_of(item: AgendaItem) -> Candidate | Workload | None:
    """What is decided; None for an overdue action."""
    return item.candidate or item.workload


def moved_since(item: AgendaItem) -> list[str]:
    """What the newest score says otherwise than the one frozen in the pre-read; empty where nothing moved."""
    pre_read = getattr(item, "pre_read", None)
    if pre_read is None or item.candidate_id is None or pre_read.assessment is None:
        return []
    newest = Assessment.objects.filter(candidate=item.candidate_id).defer("details").order_by("-pk").first()
    return differences(pre_read.assessment, newest) if newest else []


FIGURES = (("npv_p50", "worth"), ("build_p50", "build cost"))


def differences(then: Assessment, now: Assessment) -> list[str]:
    """ "worth $66,000 then, $62,000 now"; hours and money each on their own."""
    if then.pk == now.pk:
        return []
    money, told = money_of(now.currency), []
    for name, noun in FIGURES:
        before, after = getattr(then, name), getattr(now, name)
        if _moved(before, after):
            told.append(f"{noun} {_shown(before, money)} in the pre-read, {_shown(after, money)} now")
    if _moved(then.hours_p50, now.hours_p50):
        told.append(f"hours a year {_hours(then.hours_p50)} in the pre-read, {_hours(now.hours_p50)} now")
    return told or ["its inputs changed, its figures hardly"]


def _moved(before: Any, after: Any) -> bool:
    """By more than a hundredth, or known now and not then."""
    if before is None or after is None:
        return before is not after
    return abs(float(after) - float(before)) > 0.01 * max(abs(float(before)), 1.0)


def _shown(value: Any, money: Any) -> str:
    return "unknown" if value is None else str(money(float(value)))


def _hours(value: Any) -> str:
    return "unknown" if value is None else f"{float(value):,.0f}"

"""Who neither decides nor votes on an item."""

from aiops.models import User
from backlog.models import Candidate
from roi.models import AgendaItem
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

"""Everything of the candidates that a person sees, as rows of a sheet or as JSON; the import reads them back."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, QuerySet

from aiops.models import User
from backlog.calc.columns import FIELDS
from backlog.models import Candidate, Comment, Estimate, Evidence, Follower, Question, Vote
from backlog.queries.listing import sees_money

# The columns that the import reads bear its own names; those behind them are for reading only.
FOR_READING = ("state", "submitted_at", "deferred_until", "assessor", "merged_into")
COUNTED = ("comments", "votes", "followers", "evidence", "open_questions")
POINTS = ("low", "likely", "high", "meaning", "evidence", "as_of")
AT_ONCE = 1000


def head() -> list[str]:
    estimates = [f"{q}_{point}" for q in Estimate.Quantity.values for point in POINTS]
    return [*FIELDS, *FOR_READING, *COUNTED, *estimates]


def sheet(user: User, candidates: QuerySet[Candidate]) -> Iterator[list[Any]]:
    """A row for each, in the order of `head`; money is blank where this person may not see it."""
    names = (*FIELDS, *FOR_READING, *COUNTED)
    for said in records(user, candidates):
        known = said["estimates"]
        cells = [
            known[q][point] if q in known else None for q in Estimate.Quantity.values for point in POINTS
        ]
        yield [*(said[name] for name in names), *cells]


def records(user: User, candidates: QuerySet[Candidate]) -> Iterator[dict[str, Any]]:
    """Each candidate by our names, its estimates by quantity."""
    rows = candidates.select_related("owner", "unit", "assessor", "merged_into").prefetch_related("estimates")
    counts = _counts(candidates)
    for row in rows.iterator(chunk_size=AT_ONCE):
        said = {name: getattr(row, name) for name in FIELDS if name not in ("owner", "unit")}
        said |= {"owner": row.owner.email, "unit": row.unit.name, "state": row.state}
        said |= {"submitted_at": row.submitted_at, "deferred_until": row.deferred_until}
        said["assessor"] = row.assessor.email if row.assessor else None
        said["merged_into"] = row.merged_into.key if row.merged_into else None
        said |= {name: counts[name].get(row.pk, 0) for name in COUNTED}
        yield said | {"estimates": _estimates(row.estimates.all(), sees_money(user, row))}


def _estimates(rows: Iterable[Estimate], money: bool) -> dict[str, dict[str, Any]]:
    seen = [row for row in rows if money or row.quantity in Estimate.OPEN_TO_ALL]
    return {row.quantity: {point: getattr(row, point) for point in POINTS} for row in seen}


def _counts(candidates: QuerySet[Candidate]) -> dict[str, dict[int, int]]:
    """How many of each by candidate: one query a kind, however many candidates."""
    these = candidates.order_by().values("pk")
    rows: dict[str, QuerySet[Any]] = {
        "comments": Comment.objects.filter(removed_at=None),
        "votes": Vote.objects.all(),
        "followers": Follower.objects.filter(left_at=None),
        "evidence": Evidence.objects.filter(removed_at=None),
        "open_questions": Question.objects.filter(answered_at=None, withdrawn_at=None),
    }
    return {name: _counted(found.filter(candidate__in=these)) for name, found in rows.items()}


def _counted(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("candidate").annotate(many=Count("pk")))

"""The rows of the board: open candidates with their newest frozen score, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Extract, Lower

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission, Scope
from backlog.models import OPEN, Candidate
from roi.models import Assessment
from roi.queries.board.columns import Column, Order, order_for

# What the board never shows and what is large in an assessment.
HEAVY = ("details", "inputs", "drivers")
OF_THE_CANDIDATE: dict[str, Any] = {
    "age": Value(0.0) - Extract("submitted_at", "epoch"),
    "unit": Lower("unit__name"),
    "owner": Lower("owner__name"),
    "state": Case(*(When(state=state, then=n) for n, state in enumerate(OPEN)), default=len(OPEN)),
}


@dataclass(frozen=True)
class Cell:
    """One figure with its ends; `hidden` when it is money that this reader may not see."""

    column: Column
    value: Any
    low: Any = None
    high: Any = None
    hidden: bool = False


@dataclass(frozen=True)
class BoardRow:
    """One line: its place (None without the figure), whether its money is seen, what it waits for."""

    place: int | None
    candidate: Candidate
    assessment: Assessment | None
    shows_money: bool
    waits_for: str

    def figure(self, name: str, money: bool) -> Any:
        """A column of the assessment, None where there is none or it is money that is not shown."""
        return getattr(self.assessment, name) if self.assessment and (self.shows_money or not money) else None

    def cell(self, column: Column, at: datetime) -> Cell:
        """What stands in this column; ages in whole days at `at`."""
        if not column.is_measure:
            return Cell(column, _of_candidate(self.candidate, column.key, at))
        value, hidden = self.figure(column.rank, column.money), column.money and not self.shows_money
        if len(column.figures) == 1:
            return Cell(column, value, hidden=hidden)
        low, high = (self.figure(column.figures[end], column.money) for end in (0, 2))
        return Cell(column, value, low, high, hidden)


def _of_candidate(candidate: Candidate, key: str, at: datetime) -> Any:
    if key == "age":
        return (at - candidate.submitted_at).days if candidate.submitted_at else None
    return candidate.get_state_display() if key == "state" else getattr(candidate, key)


def may_read_money(user: User, candidate: Candidate) -> bool:
    """The unit, the review and finance read money; owners read that of their own candidates."""
    return _reads(permissions.scope(user, Permission.READ_MONEY), user, candidate)


def _reads(where: Scope, user: User, candidate: Candidate) -> bool:
    return where.covers(candidate.unit_id) or candidate.owner_id == user.pk


def readable(user: User) -> Q:
    """Candidates whose money this person reads: no filter and no order may tell of the others."""
    where = permissions.scope(user, Permission.READ_MONEY)
    return Q(pk__isnull=False) if where.everything else Q(unit_id__in=where.unit_ids) | Q(owner_id=user.pk)


def newest(figure: str) -> Subquery:
    """A column of the newest assessment of a candidate."""
    found = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    return Subquery(found.values(figure)[:1])


def open_candidates(user: User) -> QuerySet[Candidate]:
    """What the board may rank for this person."""
    return Candidate.objects.visible_to(user).open().select_related("owner", "unit")


def ranked(user: User, candidates: QuerySet[Candidate], order: Order) -> QuerySet[Candidate]:
    """These candidates in this order, those without the figure last, whichever way it runs."""
    figure: Any = newest(order.column.rank) if order.column.is_measure else OF_THE_CANDIDATE[order.column.key]
    if order.column.money:
        # A row whose money stays hidden is not placed by it either: its place would tell.
        figure = Case(When(readable(user), then=figure))
    by = F("rank")
    way = by.asc(nulls_last=True) if order.direction == "asc" else by.desc(nulls_last=True)
    return candidates.annotate(rank=figure, newest_assessment=newest("pk")).order_by(way, "number", "pk")


def rows_of(
    user: User,
    candidates: Sequence[Candidate],
    order: Order,
    *,
    start: int = 0,
    ranked_in_all: int | None = None,
) -> list[BoardRow]:
    """Rows of a page of `ranked`, which begins after `start` others.

    Places count from the best: where the worst stands first, `ranked_in_all` says how many have a place.
    """
    found = [(candidate, getattr(candidate, "newest_assessment", None)) for candidate in candidates]
    scores = Assessment.objects.defer(*HEAVY).in_bulk([score for _, score in found if score])
    where = permissions.scope(user, Permission.READ_MONEY)
    rows = []
    for n, (candidate, newest_score) in enumerate(found, start + 1):
        known = scores.get(newest_score)
        place = _place(candidate, order, n, ranked_in_all)
        rows.append(BoardRow(place, candidate, known, _reads(where, user, candidate), waits_for(known)))
    return rows


def _place(candidate: Candidate, order: Order, position: int, ranked_in_all: int | None) -> int | None:
    if not order.column.is_measure or getattr(candidate, "rank", None) is None:
        return None
    return position if order.best_first or ranked_in_all is None else ranked_in_all + 1 - position


def count_ranked(candidates: QuerySet[Candidate], order: Order) -> int | None:
    """How many have the figure; asked only where the worst stand first."""
    if order.best_first or not order.column.is_measure:
        return None
    return candidates.filter(Q(("rank__isnull", False))).count()


def board(user: User, candidates: QuerySet[Candidate], sort: str, direction: str = "") -> list[BoardRow]:
    """All rows of these candidates in the order asked for; as many queries for a thousand as for one."""
    order = order_for(user, sort, direction)
    found = ranked(user, candidates, order)
    return rows_of(user, list(found), order, ranked_in_all=count_ranked(found, order))


def waits_for(known: Assessment | None) -> str:
    """What an NPV waits for, to follow "waits for"; empty when there is one."""
    if known is None:
        return "its score, computed within a minute"
    if known.hours_p50 is None:
        return "a volume and minutes"
    if known.cash_year_p50 is None:
        return "an hourly rate of its unit, hours only"
    return "its build cost, IT sizes it" if known.npv_p50 is None else ""

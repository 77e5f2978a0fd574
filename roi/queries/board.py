"""The board: open candidates with their newest frozen score, ranked. Page, CSV and API share it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate
from roi.models import Assessment

# What may be ranked by, in words; the best first.
SORTS = {"npv": "worth", "probability": "chance to gain", "hours": "hours a year", "payback": "payback"}
COLUMNS = {"npv": "npv_p50", "probability": "prob_positive", "hours": "hours_p50", "payback": "payback_p50"}
SMALLEST_FIRST = ("payback",)
MONEY_SORTS = ("npv", "probability", "payback")


@dataclass(frozen=True)
class BoardRow:
    """One line: its place (None without the figure), whether its money is seen, what it waits for."""

    place: int | None
    candidate: Candidate
    assessment: Assessment | None
    shows_money: bool
    waits_for: str

    @property
    def never_pays(self) -> bool:
        """Scored with a cost, and in the middle case it does not pay back within the horizon."""
        known = self.assessment
        return known is not None and known.npv_p50 is not None and known.payback_p50 is None


def may_sort_by_money(user: User) -> bool:
    """A rank by money tells the order of figures: for those who read money, of rows they may read."""
    return bool(permissions.scope(user, Permission.READ_MONEY))


def may_read_money(user: User, candidate: Candidate) -> bool:
    """The unit, the review and finance read money; owners read that of their own candidates."""
    where = permissions.scope(user, Permission.READ_MONEY)
    return where.covers(candidate.unit_id) or candidate.owner_id == user.pk


def open_candidates(user: User) -> QuerySet[Candidate]:
    """What the board may rank for this person."""
    return Candidate.objects.visible_to(user).open().select_related("owner", "unit")


def board(user: User, candidates: QuerySet[Candidate], sort: str) -> list[BoardRow]:
    """Rows of these candidates, the best first, those without the figure last; few queries however many."""
    rank = F("rank").asc(nulls_last=True) if sort in SMALLEST_FIRST else F("rank").desc(nulls_last=True)
    figure: Any = _newest(COLUMNS[sort])
    if sort in MONEY_SORTS:
        # A row whose money stays hidden is not placed by it either: its place would tell.
        figure = Case(When(_readable(user), then=figure))
    rows = candidates.annotate(rank=figure, newest_assessment=_newest("pk"))
    found = list(rows.order_by(rank, "number", "pk"))
    scores = Assessment.objects.in_bulk([c.newest_assessment for c in found if c.newest_assessment])
    return [_row(user, c, scores.get(c.newest_assessment), n) for n, c in enumerate(found, 1)]


def _readable(user: User) -> Q:
    where = permissions.scope(user, Permission.READ_MONEY)
    return Q(pk__isnull=False) if where.everything else Q(unit_id__in=where.unit_ids) | Q(owner_id=user.pk)


def _newest(column: str) -> Subquery:
    newest = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    return Subquery(newest.values(column)[:1])


def _row(user: User, candidate: Candidate, known: Assessment | None, place: int) -> BoardRow:
    ranked = place if getattr(candidate, "rank", None) is not None else None
    return BoardRow(ranked, candidate, known, may_read_money(user, candidate), _waits_for(known))


def _waits_for(known: Assessment | None) -> str:
    """What an NPV waits for, to follow "waits for"; empty when there is one."""
    if known is None:
        return "its score, computed within a minute"
    if known.hours_p50 is None:
        return "a volume and minutes"
    if known.cash_year_p50 is None:
        return "an hourly rate of its unit, hours only"
    return "its build cost, IT sizes it" if known.npv_p50 is None else ""

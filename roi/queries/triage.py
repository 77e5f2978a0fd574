"""The backlog that a person triages, in value order: why each stands where it stands, and what it waits for."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import Candidate, Feasibility, Policy, Question, StageEntry, State
from roi.models import Assessment, Measurement
from roi.queries.board import newest
from roi.queries.board.rows import HEAVY

WAITING = (State.RECEIVED, State.SIZING)


@dataclass(frozen=True)
class TriageRow:
    """One line. `waits_for` begins with who or what; `days` counts from when its stage began."""

    candidate: Candidate
    score: Assessment | None
    reason: str
    waits_for: str
    is_ready: bool
    days: int
    has_name: bool
    is_overdue: bool


def to_triage(user: User, today: date, *, parked: bool = False) -> QuerySet[Candidate]:
    """What waits for triage in the units of this person, worth most first; the parked ones apart."""
    where = permissions.scope(user, Permission.TRIAGE)
    rows = Candidate.objects.visible_to(user).filter(state__in=WAITING)
    if not where.everything:
        rows = rows.filter(unit_id__in=where.unit_ids)
    is_parked = Q(parked_until__gt=today)
    rows = rows.filter(is_parked) if parked else rows.exclude(is_parked)
    value, hours = F("value").desc(nulls_last=True), F("hours").desc(nulls_last=True)
    rows = rows.annotate(value=newest("npv_p50"), hours=newest("hours_p50"))
    return rows.select_related("owner", "unit", "assessor").order_by(value, hours, "number")


def triage_rows(
    candidates: Sequence[Candidate], at: datetime, money: Callable[[Any], str]
) -> list[TriageRow]:
    """A page of them with their facts: a fixed number of queries, however many there are."""
    known = _Facts(candidates)
    most = Policy.load().waiting_days
    return [_row(candidate, known, at, most, money) for candidate in candidates]


class _Facts:
    """What rows of many candidates need, read at once."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        scores = Assessment.objects.filter(candidate__in=candidates).latest().defer(*HEAVY)
        self.scores = {row.candidate_id: row for row in scores}
        self.stages = {
            row.candidate_id: row
            for row in StageEntry.objects.filter(candidate__in=candidates, left_at=None).select_related(
                "holder"
            )
        }
        self.feasible = set(
            Feasibility.objects.filter(candidate__in=candidates).values_list("candidate", flat=True)
        )
        self.asked: dict[int, list[str]] = defaultdict(list)
        opened = Question.objects.filter(candidate__in=candidates, answered_at=None, withdrawn_at=None)
        for question in opened.select_related("of"):
            self.asked[question.candidate_id].append(str(question.of))
        self.measured: dict[int, Measurement] = {
            row.candidate_id: row
            for row in Measurement.objects.filter(candidate__in=candidates, state="open").select_related(
                "person"
            )
        }


def _row(
    candidate: Candidate, known: _Facts, at: datetime, most: int, money: Callable[[Any], str]
) -> TriageRow:
    stage = known.stages.get(candidate.pk)
    days = (at - stage.entered_at).days if stage else 0
    has_name = bool(stage and stage.holder_id)
    score = known.scores.get(candidate.pk)
    waits = _waits_for(candidate, score, known)
    overdue = not has_name and days > most
    return TriageRow(
        candidate, score, _reason(score, money), waits or "Nothing: send it to review.", not waits, days,
        has_name, overdue,
    )  # fmt: skip


def _reason(score: Assessment | None, money: Callable[[Any], str]) -> str:
    """Why it stands where it stands."""
    if score is None or (score.npv_p50 is None and score.hours_p50 is None):
        return "Not scored yet: it stands at the end until volume and minutes are known."
    if score.npv_p50 is None:
        return f"No cost yet: placed by {score.hours_p50:,.0f} hours a year, after what has a value."
    verb = "worth" if score.npv_p50 >= 0 else "to lose"
    words = f"Likely {verb} {money(abs(score.npv_p50))} over {score.horizon_months} months"
    if score.prob_positive is not None:
        words += f"; pays back {round(score.prob_positive * 100)} times in 100"
    waiting = score.cost_of_delay
    return f"{words}; waiting costs {money(waiting)} a week." if waiting and waiting > 0 else f"{words}."


def _waits_for(candidate: Candidate, score: Assessment | None, known: _Facts) -> str:
    """The first thing that keeps it from a review; empty when nothing does."""
    if asked := known.asked.get(candidate.pk):
        return f"{' and '.join(sorted(set(asked))[:2])}: a question is open."
    if row := known.measured.get(candidate.pk):
        return f"{row.person}: {row.what}, by {row.due_on:%-d %b}."
    if score is None or score.hours_p50 is None:
        return "Volume and minutes: ask its owner."
    if score.build_p50 is None:
        who = candidate.assessor or "Somebody to size it"
        return f"{who}: its cost is not sized." if candidate.assessor else "Somebody to size its cost."
    if candidate.pk not in known.feasible:
        return "IT: one line on whether it can be built here."
    return ""

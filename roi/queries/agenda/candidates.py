"""Candidates that a review decides on: new, measured, back on their date; each query is for all of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from backlog.models import Candidate, Estimate, Feasibility, Question, State
from roi.calc.findings import findings
from roi.calc.proposal import Figures, propose
from roi.models import AgendaItem, Assessment, Decision, Measurement, Review
from roi.queries.agenda.found import Found, Look
from roi.queries.proposals import money_of

CLEARLY_NOT = Decimal("0.1")
R = AgendaItem.Reason
FIGURES = ("candidate_id", "pk", "npv_p50", "npv_mean", "prob_positive", "evpi", "hours_p50", "currency")


@dataclass
class _Known:
    """Facts of all candidates of one look, by candidate."""

    figures: dict[int, dict[str, Any]]
    analysis: dict[int, dict[str, Any]]
    feasible: set[int]
    sized: set[int]
    questions: dict[int, list[tuple[int, str]]]
    decided: dict[int, dict[str, Any]]
    measured: dict[int, dict[str, Any]]
    quantities: dict[int, set[str]] = field(default_factory=dict)
    carried: dict[int, tuple[int, int]] = field(default_factory=dict)


def decidable(day: date) -> Q:
    """In review, or deferred until a day that has come; what is parked waits."""
    due = Q(state=State.IN_REVIEW) | Q(state=State.DEFERRED, deferred_until__lte=day)
    return due & (Q(parked_until=None) | Q(parked_until__lte=day))


def candidates(look: Look, also: Iterable[int] = (), only: bool = False) -> list[Found]:
    """What belongs on this agenda; `also` are those that somebody put there, whatever they are worth."""
    day, kept = look.review.starts_at.date(), set(also)
    by_hand = Q(pk__in=kept, state__in=_OPEN)
    rows = Candidate.objects.filter(by_hand if only else (decidable(day) & look.units()) | by_hand)
    names = ("pk", "state", "deferred_until", "submitted_at", "assessor_id", "owner_id", "owner__is_active")
    listed = list(rows.order_by("pk").values(*names))
    ids = rows.order_by().values("pk")
    figures = _figures(ids)
    wanted = [row for row in listed if row["pk"] in kept or belongs(figures.get(row["pk"]), look.hurdle)]
    known = _known(ids, figures, [row["pk"] for row in wanted])
    return [_found(row, known, look) for row in wanted]


_OPEN = (State.IN_REVIEW, State.DEFERRED, State.MEASURING)


def belongs(figures: Mapping[str, Any] | None, hurdle: Decimal) -> bool:
    """Above the hurdle (middle case), not known yet, or so clearly not worth it that the review should say so."""
    if figures is None or figures["npv_p50"] is None:
        return True
    return figures["npv_p50"] >= hurdle or (figures["prob_positive"] or 0) <= CLEARLY_NOT


def _figures(ids: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    rows = Assessment.objects.filter(candidate__in=ids).latest().values(*FIGURES)
    return {row["candidate_id"]: row for row in rows}


def _known(ids: QuerySet[Any], figures: dict[int, dict[str, Any]], wanted: list[int]) -> _Known:
    open_ones = Question.objects.filter(candidate__in=ids, answered_at=None, withdrawn_at=None)
    questions: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for of, who, name in open_ones.order_by("pk").values_list("candidate_id", "of_id", "of__name"):
        questions[of].append((who, name))
    last = Decision.objects.filter(candidate__in=ids).order_by("candidate_id", "-pk").distinct("candidate_id")
    done = Measurement.objects.filter(candidate__in=ids, state=Measurement.State.DONE).order_by(
        "done_at", "pk"
    )
    measured = list(done.values("candidate_id", "quantity", "done_at", "result", "what"))
    known = _Known(
        figures,
        _analyses(figures[pk]["pk"] for pk in wanted if pk in figures),
        set(Feasibility.objects.filter(candidate__in=ids).values_list("candidate_id", flat=True)),
        set(
            Estimate.objects.filter(candidate__in=ids, quantity="build_cost").values_list(
                "candidate_id", flat=True
            )
        ),
        questions,
        {row["candidate_id"]: dict(row) for row in last.values("candidate_id", "at", "verdict", "until")},
        {row["candidate_id"]: dict(row) for row in measured},
        carried=_carried(ids),
    )
    for row in measured:
        known.quantities.setdefault(row["candidate_id"], set()).add(row["quantity"])
    return known


def _analyses(keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What measuring is worth, of those that are on the agenda only: the rest of `details` is never read."""
    rows = Assessment.objects.filter(pk__in=list(keys))
    found = rows.values("pk", "details__analysis__information", "inputs__quantities")
    return {row["pk"]: dict(row) for row in found}


def _carried(ids: QuerySet[Any]) -> dict[int, tuple[int, int]]:
    """How many meetings did not reach it since it was last decided, and the number of the last of them."""
    rows = AgendaItem.objects.filter(candidate__in=ids, review__state=Review.State.CLOSED, done_at=None)
    rows = rows.filter(section__in=["discuss", "consent", "carried"])
    rows = rows.exclude(candidate__decisions__at__gte=F("review__closed_at"))
    counted = rows.order_by().values("candidate_id").annotate(n=Count("pk"), last=Max("review__number"))
    return {row["candidate_id"]: (row["n"], row["last"]) for row in counted}


def _found(row: dict[str, Any], known: _Known, look: Look) -> Found:
    pk, figures = row["pk"], known.figures.get(row["pk"])
    reason, why = _reason(row, known, look)
    npv = figures["npv_p50"] if figures else None
    proposal = propose(_rule_input(pk, known, look), money_of(look.company.currency))
    return Found(
        reason,
        why,
        candidate_id=pk,
        stake=stake_of(figures),
        missing=tuple(_missing(row, known)),
        proposed=proposal.verdict,
        proposed_why=proposal.why[:300],
        prob=None if figures is None or figures["prob_positive"] is None else float(figures["prob_positive"]),
        above_hurdle=npv is not None and npv >= look.hurdle,
        carried=known.carried.get(pk, (0, 0))[0],
    )


def stake_of(figures: Mapping[str, Any] | None) -> Decimal | None:
    """What the decision moves: the middle case of the NPV either way, or what knowing for sure is worth if more."""
    if figures is None or figures["npv_p50"] is None:
        return None
    return max(abs(figures["npv_p50"]), figures["evpi"] or Decimal(0))


def _reason(row: dict[str, Any], known: _Known, look: Look) -> tuple[str, str]:
    pk = row["pk"]
    times, last = known.carried.get(pk, (0, 0))
    last_word = known.decided.get(pk)
    if (done := _measured_since(known, pk)) is not None:
        return R.MEASURED, f"Measured on {done['done_at']:%-d %b %Y}: {measured_words(done)}."
    until = row["deferred_until"] or (last_word and last_word["until"])
    if until and (row["state"] == State.DEFERRED or (last_word and last_word["verdict"] == "defer")):
        return R.DEFERRED, f"Deferred until {until:%-d %b %Y}: the day has come."
    if times:
        again = "once" if times == 1 else f"{times} times"
        return R.CARRIED, f"Carried over {again}, last from review {last}."
    if row["submitted_at"] is None or pk in known.decided:
        return R.NEW, "In review again."
    return R.NEW, f"Filed on {row['submitted_at']:%-d %b %Y}."


def _measured_since(known: _Known, pk: int) -> dict[str, Any] | None:
    """The measurement that came back after what was decided last."""
    done, last_word = known.measured.get(pk), known.decided.get(pk)
    if done is None or done["done_at"] is None:
        return None
    return done if last_word is None or done["done_at"] > last_word["at"] else None


def measured_words(row: Mapping[str, Any]) -> str:
    """ "20 samples, 6 to 9" where the result is known, else what was asked for."""
    result = row["result"] or {}
    if not {"n", "low", "high"} <= result.keys():
        return str(row["what"])[:120]
    return f"{row['what'][:80]}, {result['n']} samples, {_plain(result['low'])} to {_plain(result['high'])}"


def _plain(value: Any) -> str:
    return f"{float(value):.3g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"


def _missing(row: dict[str, Any], known: _Known) -> Iterable[dict[str, Any]]:
    """What keeps it from being decided: an owner, a sized cost, IT's line, answers, a score."""
    pk, figures = row["pk"], known.figures.get(row["pk"])
    if not row["owner__is_active"]:
        yield {"code": "owner", "words": "an owner who is still here", "waits_for": None}
    if pk not in known.sized:
        yield {"code": "cost", "words": "its cost", "waits_for": row["assessor_id"]}
    elif figures is None or figures["npv_p50"] is None:
        yield {"code": "score", "words": "its score in cash", "waits_for": row["assessor_id"]}
    if pk not in known.feasible:
        yield {"code": "feasibility", "words": "IT's line on whether it can be built", "waits_for": None}
    for who, name in known.questions.get(pk, ()):
        code = "owner_answer" if who == row["owner_id"] else "answer"
        yield {"code": code, "words": f"an answer of {name}", "waits_for": who}


def _rule_input(pk: int, known: _Known, look: Look) -> Figures:
    figures = known.figures.get(pk)
    if figures is None:
        return Figures(None, None, None)
    kept = known.analysis.get(figures["pk"], {})
    rows = kept.get("inputs__quantities") or []
    hourly = next((float(r["likely"]) for r in rows if r["quantity"] == "loaded_rate"), None)
    return Figures(
        npv_p50=_float(figures["npv_p50"]),
        npv_mean=_float(figures["npv_mean"]),
        prob=_float(figures["prob_positive"]),
        hurdle=float(look.hurdle),
        hours_p50=_float(figures["hours_p50"]),
        findings=findings(kept.get("details__analysis__information") or [], hourly),
        measured=frozenset(r["quantity"] for r in rows if r.get("source") in ("measured", "rate card")),
        measured_before=frozenset(known.quantities.get(pk, ())),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)

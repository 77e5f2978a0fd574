"""What finished cases say: the reference class of a candidate, and a frozen score as it would be corrected by it."""

from dataclasses import replace
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Aggregate, Case, Count, F, FloatField, IntegerField, Q, Value, When
from django.db.models.functions import Cast

from aiops.models import BusinessUnit, User
from backlog.models import Candidate
from roi.calc import reference_class
from roi.calc.learning import LEAST_OF_OTHERS, Circle
from roi.calc.reference_class import History, Uplift
from roi.calc.scoring import simulate
from roi.calc.simulation import Inputs
from roi.models import Assessment, PastCase
from roi.queries.assessment import frame_of

OWN, UNIT, KLASS, COMPANY = range(4)
RATIO = Cast(F("actual") / F("likely"), FloatField())


class Median(Aggregate):
    """PostgreSQL's percentile_cont at one half."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def histories(
    *, owner_id: int | None, unit: BusinessUnit | None, klass: str, reader: User | None = None
) -> list[History]:
    """Finished cases by quantity: this owner's own, then others of the unit, of the class, of the company.

    Each case stands in one circle only, the narrowest. Of a circle of other people nothing is told but its number and
    its median, and nothing at all where it has fewer than LEAST_OF_OTHERS.
    """
    whose = "your" if reader is not None and reader.pk == owner_id else "this owner's"
    found: dict[str, History] = {}
    for row in _circles(owner_id, unit, klass):
        known = found.get(row["quantity"], History(row["quantity"], whose=whose))
        if row["circle"] == OWN:
            known = replace(known, own=tuple(row["ratios"]))
        elif row["n"] >= LEAST_OF_OTHERS:
            circle = Circle(_named(row["circle"], unit, klass), row["n"], row["median"])
            known = replace(known, circles=(*known.circles, circle))
        found[row["quantity"]] = known
    return list(found.values())


def _circles(owner_id: int | None, unit: BusinessUnit | None, klass: str) -> Any:
    """Rows of (quantity, circle, n, median, ratios of the own ones), in one query."""
    own = Q(owner=owner_id) if owner_id is not None else Q(pk__in=[])
    mine = Q(unit=unit) if unit is not None else Q(pk__in=[])
    circle = Case(
        When(own, then=Value(OWN)),
        When(mine, then=Value(UNIT)),
        When(Q(klass=klass) & ~Q(klass=""), then=Value(KLASS)),
        default=Value(COMPANY),
        output_field=IntegerField(),
    )
    rows = PastCase.objects.order_by().annotate(circle=circle, times=RATIO).values("quantity", "circle")
    ratios = ArrayAgg("times", filter=Q(circle=OWN))
    return rows.annotate(n=Count("pk"), median=Median("times"), ratios=ratios).order_by("quantity", "circle")


def _named(circle: int, unit: BusinessUnit | None, klass: str) -> str:
    if circle == UNIT:
        return f"the unit {unit}"
    return f"the class {Candidate.Klass(klass).label}" if circle == KLASS else "the company"


def fitting(uplifts: list[Uplift], frame: Inputs, measured: set[str]) -> list[Uplift]:
    """Those that speak of a range of this frame which nobody measured."""
    return [u for u in uplifts if u.quantity in frame.shapes and u.quantity not in measured]


def once(uplifts: list[Uplift]) -> list[Uplift]:
    """One for each set of words: what finished values say corrects several benefits alike."""
    return list({uplift.words: uplift for uplift in reversed(uplifts)}.values())[::-1]


def corrected_of(assessment: Assessment, candidate: Candidate) -> dict[str, Any] | None:
    """A frozen score beside itself as finished cases would correct it, as plain values; None without any to offer.

    Nothing either for a score of which the inputs were not kept.

    {"words": [offer], "factors": {input: factor}, "range": {"p10", "p50", "p90"}, "prob_positive": share}.
    """
    if "horizon_months" not in assessment.inputs:
        return None
    frame = frame_of(assessment)
    known = histories(owner_id=candidate.owner_id, unit=candidate.unit, klass=candidate.klass)
    measured = {row["quantity"] for row in assessment.inputs["quantities"] if is_measured(row)}
    uplifts = fitting(reference_class.offered(known), frame, measured)
    if not uplifts or not frame.knows_npv:
        return None
    shapes = reference_class.corrected(frame.shapes, uplifts)
    result = simulate(replace(frame, shapes=shapes), assessment.seed, assessment.draws)
    assert result.npv is not None
    points = {"p10": result.npv.p10, "p50": result.npv.p50, "p90": result.npv.p90}
    said = {"words": [u.question or u.words for u in once(uplifts)]}
    factors = {u.quantity: round(u.factor, 4) for u in uplifts}
    return {**said, "factors": factors, "range": points, "prob_positive": result.prob_positive}


def is_measured(row: dict[str, Any]) -> bool:
    """Whether an input as it is frozen needs no correction: somebody measured it, or finance set it."""
    return row.get("evidence") == "measured" or row.get("source") == "rate card"

"""The lead's page: the portfolio to date and to come, the pipeline, the cost of waiting, where forecasts go wrong."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum
from django.urls import reverse

from aiops.models import Company, User
from backlog.models import State
from roi.models import AgendaItem, Review
from roi.queries.board import newest, open_candidates
from roi.queries.dashboards.lines import Line, lines_of, totals_of
from roi.queries.dashboards.shapes import COUNT, MONEY, Column, Dashboard, Sentence, Table
from roi.queries.dashboards.tables import at_risk, doubt_sentences, to_come, value_figures, workload_table
from roi.queries.proposals import money_of
from workloads.models import Workload

ZERO = Decimal(0)
MOST_DOUBTS = 5
PIPELINE = (
    Column("state", "Where it stands"),
    Column("candidates", "Candidates", COUNT),
    Column("scored", "with NPV", COUNT),
    Column("npv", "NPV (middle)", MONEY),
    Column("waiting_cost", "Cost of waiting a week", MONEY),
)
GAPS = (Column("factor", "Because of"), Column("amount", "Realised less forecast", MONEY))
FACTORS = {
    "volume": "volume",
    "coverage": "share of the work done",
    "acceptance": "accepted share",
    "minutes": "minutes before",
    "review": "review and rework",
    "rate": "hourly rate",
    "signed_share": "share signed",
    "other_benefits": "other benefits",
    "price": "price of a call",
    "run_cost": "cost of running",
    "eval_cost": "evals",
    "licence_cost": "licences and platform",
    "people_cost": "people",
    "ramp": "ramp",
    "delay": "delay",
}


def lead(user: User, at: datetime) -> Dashboard:
    """Of all that this person sees."""
    today = at.date()
    lines = lines_of(Workload.objects.visible_to(user))
    totals, pipeline, wrong = totals_of(lines), pipeline_table(user), gap_table(lines)
    told = [*next_review(user, at), *_waiting(pipeline), *_wrong(wrong), *doubt_sentences(lines)[:MOST_DOUBTS]]
    figures = [*value_figures(totals), to_come(totals), at_risk(totals, lines)]
    empty = "Nothing runs yet: what the review approves becomes a workload."
    tables = [workload_table(lines, "Workloads", empty), pipeline, wrong]
    return Dashboard("lead", "Portfolio", today, Company.load().currency, told, figures, tables)


def pipeline_table(user: User) -> Table:
    """Open candidates by state: how many, what their newest scores say, what a week of waiting costs."""
    rows = open_candidates(user).annotate(npv=newest("npv_p50"), week=newest("cost_of_delay")).values("state")
    waiting = Sum("week", filter=Q(week__gt=0))
    sums = rows.annotate(n=Count("pk"), scored=Count("npv"), npv_sum=Sum("npv"), week_sum=waiting)
    found: dict[str, Any] = {row["state"]: row for row in sums.order_by()}
    listed = [_pipeline_row(state, found[state]) for state in State.values if state in found]
    note = "Middle values of the newest scores, added; those without a cost have none. What loses costs no waiting."
    return Table("pipeline", "Pipeline", PIPELINE, listed, note, "No candidate is open.")


def _pipeline_row(state: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": f"{reverse('backlog:candidates')}?state={state}",
        "state": State(state).label,
        "candidates": row["n"],
        "scored": row["scored"],
        "npv": row["npv_sum"],
        "waiting_cost": row["week_sum"],
    }


def _waiting(pipeline: Table) -> list[Sentence]:
    weeks = [row["waiting_cost"] for row in pipeline.rows if row["waiting_cost"] is not None]
    if not weeks:
        return []
    money, count = money_of(Company.load().currency), sum(row["candidates"] for row in pipeline.rows)
    words = f"{count} candidates are open; each week that they wait costs {money(float(sum(weeks, ZERO)))}"
    return [Sentence(f"{words} of expected benefit (middle values of their scores).", reverse("roi:board"))]


GAP_SUMS = """
SELECT part.key, sum(part.value::numeric) FROM roi_valuetodate held, jsonb_each_text(held.gap) part
WHERE held.workload_id = ANY(%s) GROUP BY part.key
"""


def gap_table(lines: list[Line]) -> Table:
    """The gap of all these workloads to their forecasts by what made it, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(GAP_SUMS, [[line.workload.pk for line in lines]])
        sums: dict[str, Decimal] = defaultdict(Decimal, cursor.fetchall())
    ordered = sorted(sums.items(), key=lambda part: -abs(part[1]))
    rows = [
        {"url": _gaps_url(), "factor": FACTORS.get(name, name), "amount": amount}
        for name, amount in ordered
        if amount
    ]
    note = "Shapley parts of realised less forecast net cash, to date; they add up to the gap."
    return Table("gaps", "Where forecasts go wrong", GAPS, rows, note, "No month with a forecast is over yet.")


def _gaps_url() -> str:
    return reverse("roi:gaps")


def _wrong(gaps: Table) -> list[Sentence]:
    if not gaps.rows:
        return []
    first, money = gaps.rows[0], money_of(Company.load().currency)
    way = "below" if first["amount"] < 0 else "above"
    words = f"What moves results most against their forecasts is the {first['factor']}"
    return [Sentence(f"{words}: {money(abs(float(first['amount'])))} {way}, to date.", _gaps_url())]


def next_review(user: User, at: datetime) -> list[Sentence]:
    ahead = Review.objects.visible_to(user).filter(starts_at__gte=at, state__in=["planned", "frozen"])
    review = ahead.select_related("series").order_by("starts_at").first()
    if review is None:
        return [Sentence("No review is planned.", reverse("roi:reviews"), "warn")]
    items = AgendaItem.objects.filter(review=review, section__in=["discuss", "consent"]).count()
    words = f"Next review: {review.series.name} on {review.starts_at:%A, %-d %B}, {items} items."
    return [Sentence(words, reverse("roi:review", args=[review.number]))]


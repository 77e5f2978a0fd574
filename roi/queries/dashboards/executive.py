"""The executive's page: one sheet of paper on what AI gave, what it will give, and what is in doubt."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from aiops.models import Company, User
from roi.queries.dashboards.lead import gap_table, next_review, pipeline_table
from roi.queries.dashboards.lines import Line, Totals, lines_of, totals_of
from roi.queries.dashboards.shapes import Dashboard, Sentence
from roi.queries.dashboards.tables import (
    at_risk,
    doubt_sentences,
    other_kinds,
    to_come,
    value_figures,
    weight,
    workload_table,
)
from roi.queries.proposals import money_of
from workloads.models import Stage, Workload

MOST = 8


def executive(user: User, at: datetime) -> Dashboard:
    """The dearest workloads, not all; the lead's page lists every one."""
    today = at.date()
    lines = lines_of(Workload.objects.visible_to(user))
    totals = totals_of(lines)
    told = [_in_a_sentence(totals, lines), *doubt_sentences(lines)[:3], *next_review(user, at)]
    figures = [*value_figures(totals), to_come(totals), at_risk(totals, lines), *other_kinds(totals)]
    shown = sorted(lines, key=weight, reverse=True)[:MOST]
    title = f"The {len(shown)} largest of {len(lines)} workloads" if len(lines) > MOST else "Workloads"
    tables = [workload_table(shown, title, "Nothing runs yet."), pipeline_table(user), gap_table(lines)]
    return Dashboard("executive", "Executive", today, Company.load().currency, told, figures, tables)


def _in_a_sentence(totals: Totals, lines: list[Line]) -> Sentence:
    money, live = money_of(Company.load().currency), sum(line.workload.stage == Stage.LIVE for line in lines)
    gave = float(totals.cash_net)
    after = f"they gave {money(gave)} in cash after the cost of running"
    short = f"signed cash is {money(-gave)} less than the cost of running"
    words = f"{live} AI workloads are live. To date {after if gave >= 0 else short}"
    freed = None if totals.hours is None else totals.hours.quantize(Decimal(1), ROUND_HALF_UP)
    hours = "" if freed is None else f", and freed {freed:,} hours"
    claimed = money(float(totals.cash_claimed))
    waits = f"; {claimed} more is claimed and waits for finance" if totals.cash_claimed else ""
    return Sentence(f"{words}{hours}{waits}.")

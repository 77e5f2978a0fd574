"""The owner's page: my workloads in plain sentences, value against forecast, money at risk."""

from datetime import datetime

from aiops.models import Company, User
from roi.queries.dashboards.lines import lines_of, totals_of, with_months
from roi.queries.dashboards.shapes import Column, Dashboard, Sentence, Table
from roi.queries.dashboards.tables import at_risk, doubt_sentences, to_come, value_figures, workload_table
from roi.queries.home import needs
from workloads.models import Workload

MOST_SENTENCES = 12
NEEDS = (Column("what", "What"), Column("why", "Why"))


def owner(user: User, at: datetime) -> Dashboard:
    """Of the workloads that this person owns or stands in for."""
    today = at.date()
    lines = lines_of(Workload.objects.answered_by(user))
    totals = totals_of(lines)
    told = doubt_sentences(lines)
    told += [Sentence(line.sentence, line.url) for line in with_months(lines[:MOST_SENTENCES], today)]
    figures = [*value_figures(totals), to_come(totals), at_risk(totals, lines)] if lines else []
    empty = "You answer for no workload yet: an approved candidate becomes one."
    tables = [_needs(user, at), workload_table(lines, "My workloads", empty)]
    return Dashboard(
        "owner", "My workloads", today, Company.load().currency, told[:MOST_SENTENCES], figures, tables
    )


def _needs(user: User, at: datetime) -> Table:
    """The list of the home page: the most pressing first."""
    rows = [{"url": need.url, "what": need.sentence, "why": need.reason} for need in needs(user, at.date())]
    return Table("needs", "What needs me this week", NEEDS, rows, "", "Nothing waits for you.")

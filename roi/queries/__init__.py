"""Reads across rows that pages, API and CSV share."""

from roi.queries.agenda import agenda_of
from roi.queries.assessment import assessments_of, decisions, frame_of, latest_assessment
from roi.queries.board import (
    BoardRow,
    board,
    may_read_money,
    may_sort_by_money,
    open_candidates,
)
from roi.queries.case import Rates, case_of, free_hours, prices_of
from roi.queries.demo import simulated_counts
from roi.queries.forecast import YearlyForecast, yearly_forecast
from roi.queries.home import Need, needs
from roi.queries.plan_problem import Posed, pose
from roi.queries.plan_words import advice, difference_words, why_mine, why_not
from roi.queries.plans import (
    SOLVED,
    Place,
    PlanRow,
    changed_since,
    compare,
    effort_rows,
    frontier_chart,
    may_read_plans,
    pickable,
    place_of,
    plan_rows,
    plans,
)
from roi.queries.pre_reads import pre_read_changes, pre_read_of
from roi.queries.value import (
    PortfolioTotals,
    ValueRow,
    claims_of,
    history_of,
    months_of,
    portfolio_totals,
    this_month,
    to_date,
    value_chart,
    value_row,
)
from roi.queries.why_not_agenda import WhyNot, why_not_on_agenda

__all__ = [
    "BoardRow",
    "Need",
    "Place",
    "PlanRow",
    "PortfolioTotals",
    "Posed",
    "Rates",
    "SOLVED",
    "ValueRow",
    "YearlyForecast",
    "advice",
    "assessments_of",
    "board",
    "case_of",
    "changed_since",
    "claims_of",
    "compare",
    "decisions",
    "difference_words",
    "effort_rows",
    "frame_of",
    "free_hours",
    "frontier_chart",
    "history_of",
    "latest_assessment",
    "may_read_money",
    "may_read_plans",
    "may_sort_by_money",
    "months_of",
    "needs",
    "open_candidates",
    "pickable",
    "place_of",
    "plan_rows",
    "plans",
    "portfolio_totals",
    "pose",
    "prices_of",
    "simulated_counts",
    "this_month",
    "to_date",
    "value_chart",
    "value_row",
    "why_mine",
    "why_not",
    "yearly_forecast",
    "WhyNot",
    "agenda_of",
    "pre_read_changes",
    "pre_read_of",
    "why_not_on_agenda",
]

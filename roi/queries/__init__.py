"""Reads across rows that pages, API and CSV share."""

from roi.queries.assessment import decisions, latest_assessment
from roi.queries.board import (
    MONEY_SORTS,
    SORTS,
    BoardRow,
    board,
    may_read_money,
    may_sort_by_money,
    open_candidates,
)
from roi.queries.demo import simulated_counts
from roi.queries.forecast import YearlyForecast, yearly_forecast
from roi.queries.home import Need, needs
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

__all__ = [
    "MONEY_SORTS",
    "SORTS",
    "BoardRow",
    "Need",
    "PortfolioTotals",
    "ValueRow",
    "YearlyForecast",
    "board",
    "claims_of",
    "decisions",
    "history_of",
    "latest_assessment",
    "may_read_money",
    "may_sort_by_money",
    "months_of",
    "needs",
    "open_candidates",
    "portfolio_totals",
    "simulated_counts",
    "this_month",
    "to_date",
    "value_chart",
    "value_row",
    "yearly_forecast",
]

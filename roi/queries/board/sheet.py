"""The board as a sheet: each candidate in a row, each quantity in columns that import back, then its measures."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from aiops.models import User
from backlog.models import Estimate
from roi.queries.board.columns import FIGURES, MONEY_FIGURES, may_sort_by_money
from roi.queries.board.rows import BoardRow

# What says which row it is. Changed on the candidate's page, never by an import.
READ_ONLY = ("key", "title", "unit", "owner", "state")
RANGE_PARTS = ("low", "likely", "high", "meaning", "evidence", "as_of", "note")
SCORED = ("score_place", "score_waits_for", "score_currency", "score_at")


def _quantities(wide: bool) -> list[str]:
    names = [quantity.value for quantity in Estimate.Quantity]
    return names if wide else [name for name in names if name not in Estimate.MONEY]


def _figures(wide: bool) -> list[str]:
    return [name for name in FIGURES if wide or name not in MONEY_FIGURES]


def sheet_head(user: User) -> list[str]:
    """Names of the columns; those of money only for those who read money somewhere."""
    wide = may_sort_by_money(user)
    ranges = [f"{quantity}_{part}" for quantity in _quantities(wide) for part in RANGE_PARTS]
    return [*READ_ONLY, *ranges, *SCORED, *(f"score_{name}" for name in _figures(wide))]


def sheet_rows(user: User, rows: Sequence[BoardRow]) -> Iterator[list[Any]]:
    """Values for `sheet_head`: numbers, dates and text; money only of rows whose money this person reads."""
    wide = may_sort_by_money(user)
    prefetch_related_objects([row.candidate for row in rows], "estimates")
    for row in rows:
        yield [*_about(row), *_ranges(row, _quantities(wide)), *_scored(row, _figures(wide))]


def _about(row: BoardRow) -> list[Any]:
    c = row.candidate
    return [c.key, c.title, str(c.unit), str(c.owner), c.get_state_display()]


def _ranges(row: BoardRow, quantities: list[str]) -> Iterator[Any]:
    known = {estimate.quantity: estimate for estimate in row.candidate.estimates.all()}
    for quantity in quantities:
        estimate = known.get(quantity)
        shown = estimate is not None and (row.shows_money or quantity not in Estimate.MONEY)
        yield from (getattr(estimate, part) if shown else None for part in RANGE_PARTS)


def _scored(row: BoardRow, figures: list[str]) -> list[Any]:
    at: datetime | None = row.assessment.at if row.assessment else None
    frame = [row.place, row.waits_for, row.assessment.currency if row.assessment else None, at]
    return frame + [row.figure(name, name in MONEY_FIGURES) for name in figures]

"""Tables and figures that several dashboards show."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from aiops.models import Company
from roi.queries.dashboards.lines import Line, Totals
from roi.queries.dashboards.shapes import (
    COUNT,
    FORECAST,
    HOURS,
    MONEY,
    REALISED,
    SHARE,
    Column,
    Figure,
    Lazy,
    Sentence,
    Table,
)
from roi.queries.proposals import money_of

VALUE_NOTE = (
    "To date. Hours with their 90 % interval; forecasts are the middle of what was approved. Cash is what finance has "
    "signed, less model, eval, licence, platform and people cost; claimed waits for finance. Hours are never money."
)
WORKLOADS = (
    Column("workload", "Workload", under=("unit",)),
    Column("unit", "Unit", on_page=False),
    Column("done", "Done", COUNT),
    Column("hours_freed", "Hours freed", HOURS, under=("hours_low", "hours_high"), words="{} to {}"),
    Column("hours_low", "from", HOURS, on_page=False),
    Column("hours_high", "to", HOURS, on_page=False),
    Column("share_of_forecast", "Of forecast", SHARE, under=("hours_forecast",), words="{} forecast"),
    Column("hours_forecast", "Forecast", HOURS, on_page=False),
    Column("cash_signed", "Cash signed", MONEY, under=("cash_claimed",), words="{} claimed"),
    Column("cash_claimed", "Claimed", MONEY, on_page=False),
    Column("run_cost", "Cost of running", MONEY),
    Column("cash_net", "Cash net", MONEY),
    Column("forward", "To come", MONEY),
    Column("says", "The rule says", under=("doubts",)),
    Column("doubts", "In doubt", on_page=False),
)


def workload_table(lines: Iterable[Line], title: str, empty: str) -> Table:
    """What is in doubt first, then what moves most money."""
    ordered = sorted(lines, key=lambda line: (not line.doubts, -weight(line)))
    return Table("workloads", title, WORKLOADS, Lazy(ordered, _row), VALUE_NOTE, empty)


def weight(line: Line) -> float:
    """How much money a workload moved and may move."""
    done, ahead = line.to_date, line.outlook
    return (abs(float(done.cash_net)) if done else 0.0) + abs(float(ahead.forward_p50 or 0) if ahead else 0.0)


def _row(line: Line) -> dict[str, Any]:
    done, ahead = line.to_date, line.outlook
    row = {
        "url": line.url,
        "workload": line.workload.name,
        "unit": str(line.workload.unit),
        "share_of_forecast": line.share_of_forecast,
        "forward": ahead.forward_p50 if ahead else None,
        "says": ahead.get_verdict_display() if ahead else "not enough data",
        "doubts": ", ".join(line.doubts),
    }
    if done is None:
        return row
    return row | {
        "done": done.done,
        "hours_freed": done.hours_freed,
        "hours_low": done.hours_low,
        "hours_high": done.hours_high,
        "hours_forecast": done.forecast_hours_p50,
        "cash_signed": done.cash_signed,
        "cash_claimed": done.cash_claimed,
        "run_cost": round(done.run_cost, 2),
        "cash_net": round(done.cash_net, 2),
    }


def value_figures(totals: Totals) -> list[Figure]:
    """Cash, capacity and the other kinds, side by side and never added."""
    value = reverse("roi:value")
    return [
        Figure(
            "Cash, net",
            round(totals.cash_net, 2),
            MONEY,
            value,
            note="signed by finance, less all costs of running; building is apart",
        ),
        Figure(
            "Claimed, not signed",
            totals.cash_claimed,
            MONEY,
            reverse("roi:claims") + "?state=claimed",
            note="waits for finance: no loss and no cash yet",
        ),
        Figure(
            "Capacity",
            totals.capacity,
            HOURS,
            value,
            note="freed and not turned into cash" + _worth(totals.capacity_worth),
        ),
        Figure(
            "Hours freed",
            totals.hours,
            HOURS,
            value,
            low=totals.hours_low,
            high=totals.hours_high,
            interval=REALISED,
        ),
    ]


def _worth(worth: Decimal | None) -> str:
    if worth is None:
        return ""
    shown = money_of(Company.load().currency)(float(worth))
    return f"; gross worth {shown} at the loaded rate, never added to cash"


def other_kinds(totals: Totals) -> list[Figure]:
    claims = reverse("roi:claims")
    return [
        Figure("Cost avoidance", totals.avoided, MONEY, f"{claims}?kind=cost_avoided", note="signed; not cash"),
        Figure("Revenue", totals.revenue, MONEY, f"{claims}?kind=revenue", note="signed; not cash"),
        Figure("Risk reduction", totals.risk, MONEY, f"{claims}?kind=risk_reduction", note="signed; not cash"),
    ]


def to_come(totals: Totals) -> Figure:
    low, middle, high = totals.forward or (None, None, None)
    note = f"cash ahead of {totals.forward_known} workloads with enough data; what is spent is left out"
    return Figure(
        "To come", middle, MONEY, reverse("roi:value"), note=note, low=low, high=high, interval=FORECAST
    )


def at_risk(totals: Totals, lines: Sequence[Line]) -> Figure:
    count = sum(1 for line in lines if line.doubts)
    note = f"approved value (NPV, middle) of {count} workload{'' if count == 1 else 's'} in doubt"
    return Figure("At risk", totals.at_risk, MONEY, reverse("roi:value"), note=note)


def doubt_sentences(lines: Iterable[Line]) -> list[Sentence]:
    return [
        Sentence(f"{line.workload.name} is in doubt: {', '.join(line.doubts)}.", line.url, "warn")
        for line in lines
        if line.doubts
    ]

"""The months of a group as a chart, and as the table behind it."""

from datetime import date
from typing import Any

from backlog.models import TicketGroup


def months_rows(group: TicketGroup) -> list[tuple[date, int, bool]]:
    """First day of the month, tickets opened, and whether the whole month is in the log."""
    return [
        (date.fromisoformat(month), count, whole) for month, count, whole in group.details.get("months", [])
    ]


def months_chart(group: TicketGroup) -> dict[str, Any] | None:
    """Bars; months that the log holds in part only are grey, and none is fewer than two bars."""
    rows = months_rows(group)
    if len(rows) < 2:
        return None
    series = [("whole months", "$accent", True), ("months in part", "$line-strong", False)]
    return {
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 8, "right": 8, "top": 36, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{month:%b %Y}" for month, _, _ in rows]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "stack": "all", "name": name, "itemStyle": {"color": colour}, "barMaxWidth": 36,
             "data": [count if whole is wanted else None for _, count, whole in rows]}
            for name, colour, wanted in series
        ],
    }  # fmt: skip

"""The change log of a workload, and how it is drawn beside figures that move."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from workloads.models.inventory import Change, Workload

MOST_DRAWN = 40
LETTERS = 40


def change_log(workload: Workload, asked: Mapping[str, Any]) -> QuerySet[Change]:
    """Changes by kind, words in them, who told them (people or telemetry) and days, the latest first."""
    rows = workload.changes.select_related("by").order_by("-at", "-pk")
    if kind := asked.get("kind"):
        rows = rows.filter(kind=kind)
    if words := asked.get("words"):
        rows = rows.filter(summary__icontains=words)
    if told := asked.get("told"):
        rows = rows.filter(by__isnull=told == "telemetry")
    if since := asked.get("since"):
        rows = rows.filter(at__gte=datetime.combine(since, time(), UTC))
    if until := asked.get("until"):
        rows = rows.filter(at__lte=datetime.combine(until, time.max, UTC))
    return rows


def changes_between(workload: Workload, start: datetime, end: datetime) -> list[Change]:
    """Changes in [start, end), the earliest first; of more than can be drawn, the latest."""
    rows = workload.changes.filter(at__gte=start, at__lt=end).order_by("-at", "-pk")
    return list(reversed(rows[:MOST_DRAWN]))


def mark_changes(option: dict[str, Any], changes: Sequence[Change], labels: Sequence[str], form: str) -> None:
    """Draws changes as upright lines on the first series of a chart whose categories are days.

    `labels` are the categories and `form` the strftime that made them; a change on a day without a category is drawn
    on the next one. Several on one day share a line. Without changes the chart stays as it is.
    """
    drawn: dict[str, list[str]] = {}
    for change in changes:
        label = _place(change.at, labels, form)
        if label is not None:
            drawn.setdefault(label, []).append(change.summary)
    if drawn and option.get("series"):
        option["series"][0]["markLine"] = mark_line(
            [(label, _words(summaries)) for label, summaries in drawn.items()]
        )


def mark_line(marks: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    """An ECharts markLine: (place on the x axis, words) each."""
    return {
        "silent": False,
        "symbol": "none",
        "lineStyle": {"color": "$muted", "type": "dashed", "width": 1},
        "label": {
            "show": True,
            "position": "insideEndTop",
            "color": "$muted",
            "fontSize": 10,
            "formatter": "{b}",
        },
        "data": [{"xAxis": place, "name": words} for place, words in marks],
    }


def _place(at: datetime, labels: Sequence[str], form: str) -> str | None:
    known, day = set(labels), at.astimezone(UTC)
    for later in range(8):
        label = (day + timedelta(days=later)).strftime(form)
        if label in known:
            return label
    return None


def _words(summaries: Sequence[str]) -> str:
    first = summaries[0] if len(summaries[0]) <= LETTERS else summaries[0][: LETTERS - 1] + "…"
    return first if len(summaries) == 1 else f"{first} and {len(summaries) - 1} more"

"""Is it real? What outcomes give to compare, and a stored comparison as a chart and a table."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from roi.calc.effects import Point, Sums
from roi.models import Comparison
from workloads.models import OutcomeDay, Workload
from workloads.models.outcomes import Arm

MOST_DAYS = 800


@dataclass(frozen=True)
class Held:
    """A holdout's sums by place: minutes, and (accepted, judged); `by_place` where each place has one arm only."""

    minutes: dict[bool, list[Sums]]
    verdicts: dict[bool, list[tuple[int, int]]]
    by_place: bool


def outcome_points(workload: Workload, quantity: str, cut: date, first: date, end: date) -> list[Point]:
    """A point a day and place of [first, end). Places where the workload works from the cut on are `treated`.

    All items of a place count, whoever did them: else the easy ones that the workload picks would flatter it.
    """
    rows = list(_days(workload, first, end))
    with_ai = {row.place for row in rows if row.arm == Arm.AI and row.day >= cut}
    days: dict[tuple[date, str, bool], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        total, n = _figure(row, quantity)
        # How many there are adds up over places; minutes and shares are means.
        place = "" if quantity == "items" else row.place
        held = days[row.day, place, row.place in with_ai]
        held[0], held[1] = held[0] + total, held[1] + n
    counts = quantity == "items"
    return [
        Point(day, total if counts else total / n, 1.0 if counts else n, treated, place)
        for (day, place, treated), (total, n) in days.items()
        if n
    ]


def _days(workload: Workload, first: date, end: date) -> Any:
    rows = OutcomeDay.objects.filter(workload=workload, day__gte=first, day__lt=end)
    return rows.order_by("day", "place", "arm")


def _figure(row: OutcomeDay, quantity: str) -> tuple[float, float]:
    if quantity == "minutes":
        return float(row.minutes_sum), float(row.minutes_n)
    if quantity == "accepted":
        return float(row.accepted), float(row.judged)
    return float(row.done), 1.0


def held_out(workload: Workload, first: date, end: date) -> Held:
    """The sums of both arms over [first, end), by place."""
    sums: dict[tuple[bool, str], list[float]] = defaultdict(lambda: [0.0] * 5)
    for row in _days(workload, first, end):
        added = (row.minutes_n, row.minutes_sum, row.minutes_squares, row.accepted, row.judged)
        held = sums[row.arm == Arm.AI, row.place]
        for column, value in enumerate(added):
            held[column] += float(value)
    minutes: dict[bool, list[Sums]] = {True: [], False: []}
    verdicts: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for (treated, _), (n, total, squares, accepted, judged) in sums.items():
        minutes[treated].append(Sums(int(n), total, squares))
        verdicts[treated].append((int(accepted), int(judged)))
    return Held(minutes, verdicts, _one_arm_each(set(sums)))


def _one_arm_each(found: set[tuple[bool, str]]) -> bool:
    """Places were held out whole: there are several, and none has both arms."""
    named = {place for _, place in found}
    return len(named) > 1 and len(found) == len(named)


# -- what a page shows


def comparison_chart(row: Comparison) -> dict[str, Any] | None:
    """An ECharts option of the series; None for a holdout, whose two figures are in the table."""
    if row.method == Comparison.Method.HOLDOUT:
        return None
    return _its(row) if row.method == Comparison.Method.ITS else _did(row)


def _scale(row: Comparison) -> float:
    return 100.0 if row.inputs.get("quantity") == "accepted" else 1.0


def _its(row: Comparison) -> dict[str, Any]:
    drawn, scale = row.details["drawn"], _scale(row)
    cut = row.inputs["cut"]
    lines = [
        _line("As it was", [[d, _times(v, scale)] for d, v, *_ in drawn], "$muted", dots=True),
        _line("Fitted", _broken([[d, _times(f, scale)] for d, _, f, _ in drawn], cut), "$accent"),
        _line(
            "Without it", [[d, _times(w, scale)] for d, _, _, w in drawn if d >= cut], "$warn", style="dashed"
        ),
    ]
    control = row.details.get("control")
    if control:
        lines.append(_line("Control", [[d, _times(v, scale)] for d, v in control], "$muted", style="dotted"))
    return _option(lines, cut)


def _broken(data: list[list[Any]], cut: str) -> list[list[Any]]:
    """The line stops before the cut and starts anew: nothing was fitted in between."""
    return [*(p for p in data if p[0] < cut), [cut, None], *(p for p in data if p[0] >= cut)]


def _did(row: Comparison) -> dict[str, Any]:
    drawn, scale = row.details["drawn"], _scale(row)
    lines = [
        _line("With AI", [[d, _times(v, scale)] for d, v, _ in drawn], "$accent"),
        _line("Without", [[d, _times(v, scale)] for d, _, v in drawn], "$muted"),
    ]
    return _option(lines, row.inputs["cut"])


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else round(value * scale, 4)


def _line(
    name: str, data: list[Any], colour: str, dots: bool = False, style: str = "solid"
) -> dict[str, Any]:
    look: dict[str, Any] = {"itemStyle": {"color": colour}}
    if dots:
        return look | {"name": name, "type": "scatter", "symbolSize": 4, "data": data}
    line = {"width": 2, "color": colour, "type": style}
    return look | {"name": name, "type": "line", "symbol": "none", "lineStyle": line, "data": data}


def _option(lines: list[dict[str, Any]], cut: str) -> dict[str, Any]:
    mark = {
        "silent": True, "symbol": "none", "lineStyle": {"color": "$bad"}, "data": [{"xAxis": cut}],
        "label": {"formatter": "from here on", "color": "$muted"},
    }  # fmt: skip
    lines[0]["markLine"] = mark
    return {
        "grid": {"left": 48, "right": 24, "top": 56, "bottom": 28},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"data": [line["name"] for line in lines], "top": 0, "type": "scroll"},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "scale": True},
        "series": lines,
    }


def comparison_table(row: Comparison) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of what was compared, as a page, a CSV or JSON shows it."""
    scale, unit = _scale(row), row.unit
    if row.method == Comparison.Method.ITS:
        rows = [[d, *(_times(v, scale) for v in rest)] for d, *rest in row.details["drawn"]]
        return ["day", f"{unit}, as it was", "fitted", "without it"], rows
    if row.method == Comparison.Method.DID:
        rows = [[d, *(_times(v, scale) for v in rest)] for d, *rest in row.details["drawn"]]
        return ["day", f"{unit}, with AI", "without"], rows
    mine, others = row.details["items"]
    names = [("with AI", "treated", mine), ("held out", "control_mean", others)]
    return ["group", unit, "items"], [[n, _times(row.details[key], scale), items] for n, key, items in names]

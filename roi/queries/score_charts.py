"""Charts of a score as plain ECharts options: the fan of the cash flow, the tornado, what a change did."""

from collections.abc import Mapping, Sequence
from typing import Any

from roi.calc.words import SHORT

Row = Mapping[str, Any]
Option = dict[str, Any]
HIDDEN = {"color": "transparent", "borderColor": "transparent"}
# Sums whatever the sign: a band that starts below zero and ends above it stays one band.
ALL = {"stackStrategy": "all"}


def fan_chart(fan: Sequence[Row], currency: str) -> Option:
    """Cumulative cash flow by month: bands P10 to P90 and P25 to P75 with the median line."""
    months = [row["month"] for row in fan]
    outer = [*_band("wide", fan, "p10", "p90", 0.45), *_band("narrow", fan, "p25", "p75", 0.9)]
    lines = [
        _line(name, fan, key)
        for name, key in (("P90", "p90"), ("P75", "p75"), ("Median", "p50"), ("P25", "p25"), ("P10", "p10"))
    ]
    return {
        # The bands hang on an axis of their own, which the tooltip does not read: their heights are differences.
        "xAxis": [
            {"type": "category", "data": months, "name": "months", "nameLocation": "middle", "nameGap": 26},
            {"type": "category", "data": months, "show": False, "axisPointer": {"triggerTooltip": False}},
        ],
        "yAxis": {"type": "value", "name": currency, "nameTextStyle": {"align": "left"}},
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 22, "containLabel": True},
        "series": [*outer, *lines],
    }


def _band(stack: str, fan: Sequence[Row], low: str, high: str, opacity: float) -> list[Option]:
    base = {"type": "line", "stack": stack, "xAxisIndex": 1, "symbol": "none", "silent": True, **ALL}
    floor = {**base, "data": [round(row[low]) for row in fan], "lineStyle": {"opacity": 0}}
    height = {**base, "data": [round(row[high] - row[low]) for row in fan], "lineStyle": {"opacity": 0}}
    return [floor, height | {"areaStyle": {"color": "$band", "opacity": opacity}}]


def _line(name: str, fan: Sequence[Row], key: str) -> Option:
    width = 2.5 if key == "p50" else 0
    style = {"lineStyle": {"color": "$accent", "width": width}, "itemStyle": {"color": "$accent"}}
    return {
        "type": "line",
        "name": name,
        "symbol": "none",
        "data": [round(row[key]) for row in fan],
        "z": 3,
    } | style


def tornado_chart(drivers: Sequence[Row], middle: float, unit: str) -> Option:
    """Each input from its P10 to its P90, the widest on top; bars start at the middle case."""
    names = [SHORT.get(row["quantity"], row["quantity"]) for row in drivers]

    def side(name: str, key: str, colour: str) -> Option:
        data = [round(row[key]) for row in drivers]
        return {"type": "bar", "name": name, "data": data, "barGap": "-100%", "barMaxWidth": 18} | {
            "itemStyle": {"color": colour}
        }

    return {
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "value", "scale": True, "startValue": middle, "splitNumber": 3, "name": unit}
        | {"nameLocation": "middle", "nameGap": 26},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisLine": {"onZero": False}},
        "grid": {"left": 8, "right": 44, "top": 34, "bottom": 24, "containLabel": True},
        "series": [
            side("input at its P10", "at_p10", "$warn"),
            side("input at its P90", "at_p90", "$accent"),
        ],
    } | {"tooltip": {"axisPointer": {"type": "shadow"}}}


def waterfall_chart(
    before: tuple[float, str], after: tuple[float, str], parts: Sequence[tuple[str, float, str]]
) -> Option:
    """From one NPV to the other, each with its label: (name, what it did, label) one below the other."""
    at = before[0]
    names, floors, heights = ["First"], [min(at, 0.0)], [_bar(at, "$accent", before[1])]
    for name, change, label in parts:
        names.append(name)
        floors.append(min(at, at + change))
        heights.append(_bar(change, "$good" if change >= 0 else "$bad", label))
        at += change
    names, floors = [*names, "Second"], [*floors, min(after[0], 0.0)]
    heights.append(_bar(after[0], "$accent", after[1]))
    bar = {"type": "bar", "stack": "steps", "barMaxWidth": 22, **ALL}
    return {
        "tooltip": {"show": False},
        "xAxis": {"type": "value", "splitNumber": 4},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisLine": {"onZero": False}},
        "grid": {"left": 8, "right": 64, "top": 8, "bottom": 8, "containLabel": True},
        "series": [
            bar | {"data": [round(v, 2) for v in floors], "itemStyle": HIDDEN, "silent": True},
            bar | {"data": heights},
        ],
    }


def _bar(change: float, colour: str, label: str) -> Option:
    shown = {"show": bool(label), "position": "right", "formatter": label, "color": "$ink"}
    return {"value": round(abs(change), 2), "itemStyle": {"color": colour}, "label": shown}

"""Value against effort as a picture: each candidate a point with its range both ways, as an ECharts option."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiops.models import currency_symbol
from backlog.models import Candidate
from roi.queries.board.rows import BoardRow

# Shape and colour say the same, so that neither is needed alone.
MARKS = {
    "business_ai": ("circle", "$accent"),
    "ai_for_ops": ("triangle", "$warn"),
    "ops_for_ai": ("diamond", "$muted"),
}
STEPS = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
# Builds that differ by more than this would crowd at the left of a linear axis.
WIDE, VERY_WIDE = 30.0, 500.0
GAP = ["-", "-"]
QUIET = {"type": "line", "symbol": "none", "silent": True, "tooltip": {"show": False}, "z": 1}
MOST_LINES = 30


@dataclass(frozen=True)
class Point:
    """A candidate where it is drawn: effort across, value up, each low, middle, high."""

    row: BoardRow
    effort: tuple[float, float, float]
    value: tuple[float, float, float]


@dataclass(frozen=True)
class Drawing:
    """The option, the points as a table, and what the picture is of: "money" or "hours"."""

    kind: str
    option: dict[str, Any]
    points: list[Point]
    left_out: int
    label: str

    @property
    def is_log(self) -> bool:
        return bool(self.option["xAxis"]["type"] == "log")


def drawing(rows: Sequence[BoardRow], with_money: bool) -> Drawing | None:
    """NPV against build cost for those who read money; else the hours of each. None when nothing can be drawn."""
    return _of_money(rows) if with_money else _of_hours(rows)


def _of_money(rows: Sequence[BoardRow]) -> Drawing | None:
    points = [point for row in rows if (point := _point(row))]
    if not points:
        return None
    first = points[0].row.assessment
    sign = currency_symbol(first.currency if first else "").strip()
    label = "Value against effort: NPV across build cost, with the range of both"
    return Drawing("money", _scatter(points, sign), points, len(rows) - len(points), label)


def _point(row: BoardRow) -> Point | None:
    a = row.assessment
    if not a or not row.shows_money or a.npv_p50 is None or a.build_p50 is None or a.build_mean is None:
        return None
    build = (float(a.build_p10), float(a.build_mean), float(a.build_p90))  # type: ignore[arg-type]
    return Point(row, build, (float(a.npv_p10), float(a.npv_p50), float(a.npv_p90)))  # type: ignore[arg-type]


def _scale(values: Sequence[float]) -> tuple[float, str]:
    """What to divide by, and its word: axes read "0.2" million rather than "200000"."""
    most = max(abs(value) for value in values)
    return next(((step, word) for step, word in STEPS if most >= 2 * step), (1.0, ""))


def _scatter(points: list[Point], sign: str) -> dict[str, Any]:
    across, across_word = _scale([p.effort[2] for p in points])
    up, up_word = _scale([end for p in points for end in p.value])
    log = _wants_log(points)
    effort = (_log(points) if log else {"type": "value"}) | _named("Build cost", sign, across_word)
    value = {"type": "value", "nameTextStyle": {"align": "left"}} | _named("Worth (NPV)", sign, up_word)
    vertical = [q for p in points for q in ([_at(p, across, up, 1, 0), _at(p, across, up, 1, 2), GAP])]
    flat = [q for p in points for q in ([_at(p, across, up, 0, 1), _at(p, across, up, 2, 1), GAP])]
    series = [_bars(vertical), _bars(flat), *_marks(points, across, up, sign)]
    series[0] = series[0] | {"markLine": _zero("yAxis")}
    return _frame(series) | {"xAxis": effort | {"nameLocation": "middle", "nameGap": 28}, "yAxis": value}


def _wants_log(points: list[Point]) -> bool:
    least, most = _reach(points)
    return least > 0 and most / least > WIDE


def _log(points: list[Point]) -> dict[str, Any]:
    """Doubling steps while there are few of them, else tenfold ones."""
    least, most = _reach(points)
    return {"type": "log", "logBase": 2 if most / least < VERY_WIDE else 10}


def _reach(points: list[Point]) -> tuple[float, float]:
    return min(p.effort[0] for p in points), max(p.effort[2] for p in points)


def _at(point: Point, across: float, up: float, x: int, y: int) -> list[float]:
    return [_short(point.effort[x] / across), _short(point.value[y] / up)]


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _named(name: str, sign: str, word: str) -> dict[str, Any]:
    return {"name": f"{name}, {sign} {word}".strip()}


def _bars(data: list[Any]) -> dict[str, Any]:
    style = {"color": "$line-strong", "width": 1.25, "opacity": 0.7}
    return QUIET | {"name": "range", "data": data, "lineStyle": style}


def _zero(axis: str) -> dict[str, Any]:
    line = {"color": "$line-strong", "type": "solid", "width": 1.5}
    return {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": line,
        "data": [{axis: 0}],
    }


def _marks(points: list[Point], across: float, up: float, sign: str) -> list[dict[str, Any]]:
    made = []
    for klass in Candidate.Klass:
        mine = [p for p in points if p.row.candidate.klass == klass]
        data = [
            {"name": p.row.candidate.key, "value": _at(p, across, up, 1, 1), "tooltip": _tip(p, sign)}
            for p in mine
        ]
        if mine:
            made.append(_mark(klass, data))
    return made


def _mark(klass: Candidate.Klass, data: list[dict[str, Any]]) -> dict[str, Any]:
    symbol, colour = MARKS[klass.value]
    style = {"color": colour, "borderColor": "$paper", "borderWidth": 1}
    base = {"type": "scatter", "symbol": symbol, "symbolSize": 13, "itemStyle": style, "z": 3}
    label = {"show": True, "formatter": "{b}", "position": [13, -9], "color": "$muted", "fontSize": 11}
    return base | {
        "name": str(klass.label),
        "data": data,
        "label": label,
        "labelLayout": {"hideOverlap": True},
    }


def _tip(point: Point, sign: str) -> dict[str, Any]:
    def three(values: tuple[float, float, float]) -> str:
        return f"{_sum(values[1], sign)} ({_sum(values[0], sign)} to {_sum(values[2], sign)})"

    lines = [_title(point.row), f"worth {three(point.value)}", f"build {three(point.effort)}"]
    return {"formatter": "\n".join(lines)}


def _title(row: BoardRow) -> str:
    """Key and title; braces would be read as a pattern by the chart."""
    words = f"{row.candidate.key} {row.candidate.title}".replace("{", "(").replace("}", ")")
    return words if len(words) <= 60 else words[:59] + "…"


def _sum(value: float, sign: str) -> str:
    step, letter = next(((s, w) for s, w in ((1e6, "M"), (1e3, "k")) if abs(value) >= s), (1.0, ""))
    minus = "\u2212" if value < 0 else ""
    return f"{minus}{sign}{abs(value) / step:.3g}{letter}"


def _frame(series: list[dict[str, Any]]) -> dict[str, Any]:
    named = [one["name"] for one in series if one["type"] == "scatter"]
    return {
        "grid": {"left": 12, "right": 24, "top": 48, "bottom": 36, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "legend": {"data": named, "top": 0, "right": 0, "selectedMode": False},
        "series": series,
    }


def _of_hours(rows: Sequence[BoardRow]) -> Drawing | None:
    known = [row for row in rows if row.assessment and row.assessment.hours_p10 is not None][:MOST_LINES]
    if not known:
        return None
    points = [Point(row, (0.0, 0.0, 0.0), _hours(row)) for row in known]
    names = [_title(p.row) for p in points]
    lines = [q for n, p in enumerate(points) for q in ([p.value[0], n], [p.value[2], n], GAP)]
    data = [{"name": p.row.candidate.key, "value": [p.value[1], n]} for n, p in enumerate(points)]
    dots = {
        "type": "scatter",
        "name": "hours a year",
        "symbolSize": 11,
        "itemStyle": {"color": "$accent"},
        "data": data,
    }
    option = _frame([_bars(lines) | {"markLine": _zero("xAxis")}, dots])
    option["legend"] = {"show": False}
    labels = {"width": 180, "overflow": "truncate"}
    option |= {"xAxis": {"type": "value", "name": "hours a year", "nameLocation": "middle", "nameGap": 28}}
    option |= {"yAxis": {"type": "category", "data": names, "inverse": True, "axisLabel": labels}}
    return Drawing(
        "hours", option, points, len(rows) - len(points), "Hours a year that each would set free, as ranges"
    )


def _hours(row: BoardRow) -> tuple[float, float, float]:
    a = row.assessment
    assert a is not None
    return float(a.hours_p10 or 0), float(a.hours_p50 or 0), float(a.hours_p90 or 0)

"""What the pages of the outlook show: rows in their units, the fan, and the record of the rule."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, OuterRef, Subquery, Value, When

from roi.calc import words
from roi.models import Outlook
from roi.queries.outlook import Followed, latest
from roi.queries.proposals import money_of
from workloads.models import Workload

ORDER = ("retire", "fix", "keep", "scale")
HOW = {
    "updated": "updated by what was seen",
    "alone": "what was seen stands alone",
    "": "not seen: as approved",
}


@dataclass(frozen=True)
class Moved:
    """One input before and after, as text in its unit: P10, P50, P90; `seen` over so many months."""

    name: str
    before: tuple[str, str, str] | None
    after: tuple[str, str, str]
    seen: str
    months: int
    how: str


def moved(row: Outlook) -> list[Moved]:
    """All inputs but rates, which are shown in bands elsewhere; the ones that were seen first."""
    money = money_of(row.currency)
    return [_moved(q, money) for q in row.quantities if q["quantity"] != "loaded_rate"]


def _moved(told: dict[str, Any], money: words.Money) -> Moved:
    name = told["quantity"]

    def shown(value: float) -> str:
        return words.amount(name, value, money)

    before = told["before"] and tuple(map(shown, told["before"]))
    after = tuple(map(shown, told["after"]))
    seen = "" if told["seen"] is None else shown(told["seen"])
    label = words.NAMES[name].removeprefix("the ").capitalize()
    return Moved(label, before, after, seen, told["months"], HOW[told["how"]])  # type: ignore[arg-type]


def breakevens(row: Outlook) -> list[dict[str, str]]:
    """Where each input alone would make what lies ahead worth nothing, beside where it is now."""
    money, found = money_of(row.currency), []
    for told in row.breakevens:
        name = told["quantity"]
        at = None if told["value"] is None else words.amount(name, words.three_digits(told["value"]), money)
        way = f"{told['direction']} {at}" if at else "no value of it alone"
        label = words.NAMES[name].removeprefix("the ").capitalize()
        found.append(
            {"name": label, "at": way, "now": words.amount(name, words.three_digits(told["now"]), money)}
        )
    return found


def fan_chart(row: Outlook) -> dict[str, Any]:
    """Cumulative cash from today on: the middle, and the range of eight futures in ten."""
    months = [date.fromisoformat(told["month"]) for told in row.fan]
    low, middle, high = ([round(told[p]) for told in row.fan] for p in ("p10", "p50", "p90"))
    plain: dict[str, Any] = {"type": "line", "symbol": "none"}
    quiet = {"tooltip": {"show": False}, "silent": True, "lineStyle": {"opacity": 0}}
    return {
        "grid": {"left": 4, "right": 16, "top": 32, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "legend": {"data": ["P10", "Middle (P50)", "P90"], "top": 0},
        "xAxis": {"type": "category", "data": [f"{month:%b %y}" for month in months]},
        "yAxis": {"type": "value", "splitNumber": 4},
        "series": [
            *_band(low, high, plain, quiet),
            plain
            | {"name": "P10", "data": low, "lineStyle": {"type": "dashed"}, "itemStyle": {"color": "$muted"}},
            plain | {"name": "Middle (P50)", "data": middle, "itemStyle": {"color": "$accent"}},
            plain
            | {
                "name": "P90",
                "data": high,
                "lineStyle": {"type": "dashed"},
                "itemStyle": {"color": "$muted"},
            },
        ],
    }


def _band(low: Sequence[int], high: Sequence[int], plain: dict[str, Any], quiet: dict[str, Any]) -> list[Any]:
    """The area between: stacked on the lower end whatever the sign of either."""
    stack = {"stack": "band", "stackStrategy": "all"}
    width = [b - a for a, b in zip(low, high, strict=True)]
    return [
        plain | quiet | stack | {"name": "from", "data": low},
        plain
        | quiet
        | stack
        | {"name": "to", "data": width, "areaStyle": {"color": "$band", "opacity": 0.6}},
    ]


def by_verdict(workloads: Any) -> Any:
    """The gravest verdict of the newest outlook first, then by name."""
    newest = Outlook.objects.filter(workload=OuterRef("pk")).order_by("-month")
    place = Case(*(When(said=name, then=Value(n)) for n, name in enumerate(ORDER)), default=Value(len(ORDER)))
    return workloads.annotate(said=Subquery(newest.values("verdict")[:1])).order_by(place, "name", "pk")


def ahead_rows(workloads: Iterable[Workload]) -> list[tuple[Workload, Outlook | None]]:
    """Each with its newest outlook, in the order given."""
    listed = list(workloads)
    kept = latest(listed)
    return [(workload, kept.get(workload.pk)) for workload in listed]


def record_figures(record: Sequence[Followed]) -> list[dict[str, Any]]:
    """By what the rule said: how often the review decided so, and how often cash net then rose."""
    said, agreed, better, told = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for one in record:
        verdict = one.said
        said[verdict] += 1
        agreed[verdict] += one.agreed
        if one.before is not None and one.after is not None:
            told[verdict] += 1
            better[verdict] += one.after > one.before
    names = [name for name in ("scale", "keep", "fix", "retire") if said[name]]
    return [
        {"verdict": n, "said": said[n], "agreed": agreed[n], "told": told[n], "better": better[n]}
        for n in names
    ]

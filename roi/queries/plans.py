"""Plans as pages, API and CSV read them: rows with their candidates, what changed since, two side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from backlog.models import OPEN, Candidate, Effort
from roi.models import Assessment, Plan

SOLVED = ("optimal", "feasible")


@dataclass(frozen=True)
class PlanRow:
    """A candidate in or out of a plan. `facts` is its part of the result; quarters count from 1.

    `candidate` is None where the reader may not see it or it is gone.
    """

    key: str
    candidate: Candidate | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class EffortRow:
    """Days of a role: for each quarter what is used, and what is there to be used (None: no limit)."""

    label: str
    quarters: list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """What a second plan does otherwise: candidates that enter, leave, or start in another quarter; money more."""

    enters: list[PlanRow]
    leaves: list[PlanRow]
    moves: list[tuple[PlanRow, int, int]]
    both: int
    cost: float
    value: float


def may_read_plans(user: User) -> bool:
    """A plan shows the money of all units, so whoever reads it reads money everywhere."""
    return permissions.scope(user, Permission.READ_MONEY).everything


def plans(user: User) -> QuerySet[Plan]:
    return Plan.objects.visible_to(user).select_related("by")


def plan_rows(user: User, plan: Plan, part: str) -> list[PlanRow]:
    """The rows of "chosen", "left_out", "waiting" or "ignored", each with its candidate; one query."""
    facts = plan.result.get(part) or []
    known = _candidates(user, (row["key"] for row in facts))
    return [PlanRow(row["key"], known.get(row["key"]), row) for row in facts]


def _candidates(user: User, keys: Iterable[str]) -> dict[str, Candidate]:
    numbers = [int(key.removeprefix("C-")) for key in keys]
    rows = Candidate.objects.visible_to(user).filter(number__in=numbers).select_related("unit", "owner")
    return {c.key: c for c in rows}


def effort_rows(plan: Plan) -> list[EffortRow]:
    """Roles that are used or limited, each with all quarters of the plan."""
    known = {(row["role"], row["quarter"]): row for row in plan.result.get("effort") or []}
    quarters = range(1, plan.settings["quarters"] + 1)
    none = {"used": 0, "days": None}
    return [
        EffortRow(str(label), [known.get((role, q), none) for q in quarters])
        for role, label in Effort.Role.choices
        if any(place[0] == role for place in known)
    ]


def pickable(user: User) -> list[Candidate]:
    """Open candidates that a plan may fix, in or out."""
    rows = Candidate.objects.visible_to(user).open().select_related("unit")
    return list(rows.order_by("number"))


def changed_since(user: User, plan: Plan) -> list[str]:
    """Keys whose answer may differ by now: scored anew, decided, or new on the board with an NPV; one query."""
    used: dict[str, int] = plan.result.get("assessments") or {}
    if plan.state != Plan.State.DONE:
        return []
    newest = Assessment.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    rows = Candidate.objects.visible_to(user).annotate(
        newest=Subquery(newest.values("pk")[:1]), worth=Subquery(newest.values("npv_mean")[:1])
    )
    numbers = [int(key.removeprefix("C-")) for key in used]
    now = rows.filter(Q(number__in=numbers) | Q(state__in=OPEN)).only("number", "state")
    open_now = {c.key: c for c in now if c.state in OPEN}
    moved = {key for key, pk in used.items() if key not in open_now or open_now[key].newest != pk}  # type: ignore[attr-defined]
    added = {key for key, c in open_now.items() if key not in used and c.worth is not None}  # type: ignore[attr-defined]
    # In an order that people count in: C-9 before C-10.
    return sorted(moved | added, key=lambda key: int(key.removeprefix("C-")))


def frontier_chart(plan: Plan, symbol: str) -> dict[str, Any]:
    """Value against budget in thousands, the plan's own budget marked: an ECharts option."""
    points = [
        [round(p["budget"] / 1000, 3), round(p["value"] / 1000, 3)] for p in plan.result.get("frontier") or []
    ]
    money = {"type": "value", "axisLabel": {"formatter": symbol + "{value}k"}}
    here = {"xAxis": round(plan.settings["budget"] / 1000, 3), "name": "this budget"}
    mark = {"symbol": "none", "data": [here], "lineStyle": {"color": "$bad"}, "silent": True}
    mark |= {"label": {"formatter": "{b}", "color": "$ink", "position": "end", "rotate": 0}}
    line = {"name": "worth", "type": "line", "data": points, "symbolSize": 6, "step": "end", "markLine": mark}
    return {
        "grid": {"left": 8, "right": 40, "top": 40, "bottom": 32, "containLabel": True},
        "xAxis": money | {"name": "budget", "nameLocation": "middle", "nameGap": 28},
        "yAxis": money | {"name": "worth"},
        "series": [line | {"itemStyle": {"color": "$accent"}, "lineStyle": {"color": "$accent"}}],
    }


def compare(user: User, first: Plan, second: Plan) -> Comparison:
    """What changes from the first plan to the second."""
    before = {row.key: row for row in plan_rows(user, first, "chosen")}
    after = {row.key: row for row in plan_rows(user, second, "chosen")}
    shared = [key for key in before if key in after]
    pairs = [(after[key], before[key].facts["quarter"], after[key].facts["quarter"]) for key in shared]
    return Comparison(
        enters=[row for key, row in after.items() if key not in before],
        leaves=[row for key, row in before.items() if key not in after],
        moves=[(row, was, is_now) for row, was, is_now in pairs if was != is_now],
        both=len(shared),
        cost=second.result["cost"] - first.result["cost"],
        value=second.result["value"] - first.result["value"],
    )


@dataclass(frozen=True)
class Place:
    """Where a candidate stands in the plan that owners read: chosen, left out or waiting."""

    plan: Plan
    part: str
    facts: dict[str, Any]


def place_of(candidate: Candidate) -> Place | None:
    """The candidate's own line of the published plan, and nothing else of it; None without one."""
    plan = Plan.objects.published().first()
    if plan is None:
        return None
    for part in ("chosen", "left_out", "waiting"):
        for facts in plan.result.get(part) or []:
            if facts["key"] == candidate.key:
                return Place(plan, part, facts)
    return None

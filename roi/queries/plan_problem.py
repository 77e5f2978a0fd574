"""The planner's problem from the rows: who may be chosen, at what worth, under which ties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from aiops.models import User
from backlog.calc.ranges import hours_of
from backlog.models import Candidate, Effort, Relation, State, Team
from roi.calc.portfolio.items import Item, Problem
from roi.models import Assessment

WEEKS_A_QUARTER = 13
# Decided already: they free their hours and take their share of overlaps whatever the plan says.
RUNNING = (State.APPROVED, State.BUILDING, State.LIVE)
NEEDED = ("npv_mean", "build_mean")


@dataclass
class Posed:
    """A problem with what stands around it. Keys read "C-26"; reasons follow "not in the plan: ".

    assessments: the frozen score each item was taken from. waiting: open candidates that cannot be planned yet.
    barred: items that a decision rules out. ignored: asked for always in, and not to be planned.
    """

    problem: Problem
    assessments: dict[str, int]
    waiting: dict[str, str] = field(default_factory=dict)
    barred: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)


def pose(settings: Mapping[str, Any], currency: str) -> Posed:
    """The problem of these settings over all open candidates with an NPV in `currency`."""
    # The system reads: a plan is made for the company, not for what one person may see.
    seen = Candidate.objects.visible_to(User.objects.system())
    rows = list(seen.open().select_related("team__unit").order_by("number"))
    scores = {a.candidate_id: a for a in Assessment.objects.filter(candidate__in=rows).latest()}
    waiting = {c.key: reason for c in rows if (reason := _waits_for(scores.get(c.pk), currency))}
    ready = [c for c in rows if c.key not in waiting]
    ties = _ties(ready, waiting)
    items = _items(ready, scores, ties.taken)
    must, ignored = _must(settings["must"], {c.key for c in ready}, waiting)
    never = sorted({f"C-{n}" for n in settings["never"]} & {c.key for c in ready} | set(ties.barred))
    problem = Problem(
        items=tuple(items),
        budget=settings["budget"],
        quarters=settings["quarters"],
        capacity={(row["role"], row["quarter"] - 1): row["days"] for row in settings["capacity"]},
        exclusive=tuple(sorted(ties.exclusive)),
        needs=tuple(sorted(ties.needs)),
        overlaps=tuple(ties.overlaps),
        must=tuple(must),
        never=tuple(never),
        max_high_risk=settings["max_high_risk"],
        team_hours=_team_hours(ready),
    )
    return Posed(problem, {c.key: scores[c.pk].pk for c in ready}, waiting, ties.barred, ignored)


def _waits_for(known: Assessment | None, currency: str) -> str:
    """What a candidate lacks, to follow "waits for"; empty when it can be planned."""
    if known is None:
        return "its score, computed within a minute"
    if known.hours_p50 is None:
        return "a volume and minutes"
    if known.cash_year_p50 is None:
        return "an hourly rate of its unit"
    if known.npv_mean is None:
        return "its build cost"
    if known.currency != currency:
        return f"a score in {currency}: it has one in {known.currency}"
    core = known.details.get("core") or {}
    if known.build_mean is None or not core.get("npv_curve"):
        return "a score of the present version, computed within a minute"
    return ""


def _items(
    rows: list[Candidate], scores: Mapping[int, Assessment], taken: Mapping[str, list[Any]]
) -> list[Item]:
    efforts: dict[int, dict[str, float]] = {}
    for effort in Effort.objects.filter(candidate__in=rows):
        efforts.setdefault(effort.candidate_id, {})[effort.role] = float(effort.days)
    return [_item(c, scores[c.pk], efforts.get(c.pk, {}), taken.get(c.key, [])) for c in rows]


def _item(candidate: Candidate, known: Assessment, effort: dict[str, float], taken: Iterable[Any]) -> Item:
    """A candidate with what overlaps with decided ones already taken off its worth."""
    core = known.details["core"]
    benefit = float(core.get("benefit_mean") or 0)
    lost = sum(share * max(0.0, min(benefit, other)) for share, other in taken)
    return Item(
        key=candidate.key,
        value=float(known.npv_mean or 0) - lost,
        cost=max(0.0, float(known.build_mean or 0)),
        effort=effort,
        delay_cost=max(0.0, float(known.cost_of_delay or 0)) * WEEKS_A_QUARTER,
        high_risk=candidate.risk_tier == Candidate.Risk.HIGH,
        curve=tuple(float(v) - lost for v in core["npv_curve"]),
        benefit=max(0.0, benefit - lost),
        team=_team(candidate.team),
        hours=float(known.hours_p50 or 0),
    )


def _team(team: Team | None) -> str:
    """What the problem calls a team: its name is not unique without its unit."""
    return "" if team is None else f"{team.name} ({team.unit})"


@dataclass
class _Ties:
    exclusive: set[tuple[str, str]] = field(default_factory=set)
    needs: set[tuple[str, str]] = field(default_factory=set)
    overlaps: list[tuple[str, str, float]] = field(default_factory=list)
    barred: dict[str, str] = field(default_factory=dict)
    taken: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def _ties(ready: list[Candidate], waiting: Mapping[str, str]) -> _Ties:
    """Relations between items as ties; those to a decided candidate as what that decision means."""
    found, keys = _Ties(), {c.key for c in ready}
    touching = Q(candidate__in=ready) | Q(other__in=ready)
    rows = list(Relation.objects.filter(touching).select_related("candidate", "other"))
    benefits = _benefits(c for row in rows for c in (row.candidate, row.other) if c.state in RUNNING)
    for row in rows:
        if row.candidate.key in keys and row.other.key in keys:
            _between(found, row)
        elif row.kind == Relation.Kind.NEEDS:
            _one_way(found, row, keys, waiting)
        else:
            for one, other in ((row.candidate, row.other), (row.other, row.candidate)):
                if one.key in keys and other.state in RUNNING:
                    _beside_running(found, row, one, other, benefits.get(other.pk, 0.0))
    return found


def _between(found: _Ties, row: Relation) -> None:
    first, second = row.candidate.key, row.other.key
    if row.kind == Relation.Kind.NEEDS:
        found.needs.add((first, second))
        return
    pair = (min(first, second), max(first, second))
    if row.kind == Relation.Kind.EXCLUDES:
        found.exclusive.add(pair)
    elif pair not in {known[:2] for known in found.overlaps}:
        found.overlaps.append((*pair, float(row.overlap or 0)))


def _one_way(found: _Ties, row: Relation, keys: set[str], waiting: Mapping[str, str]) -> None:
    """A need of something outside the plan: met when that is decided, else it bars."""
    if row.candidate.key not in keys or row.other.state in RUNNING:
        return
    other = row.other.key
    state = f"waits for {waiting[other]}" if other in waiting else f"is {row.other.get_state_display()}"
    found.barred[row.candidate.key] = f"it needs {other}, which {state}"


def _beside_running(found: _Ties, row: Relation, one: Candidate, other: Candidate, benefit: float) -> None:
    if row.kind == Relation.Kind.EXCLUDES:
        found.barred[one.key] = f"it is excluded by {other.key}, which is {other.get_state_display()} already"
    else:
        found.taken.setdefault(one.key, []).append((float(row.overlap or 0), benefit))


def _benefits(running: Iterable[Candidate]) -> dict[int, float]:
    pks = {c.pk for c in running}
    newest = Assessment.objects.filter(candidate__in=pks).latest()
    return {a.candidate_id: float((a.details.get("core") or {}).get("benefit_mean") or 0) for a in newest}


def _must(
    numbers: Iterable[int], keys: set[str], waiting: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Those that can be planned, and why the others cannot."""
    asked = {f"C-{n}": n for n in numbers}
    outside = {n: key for key, n in asked.items() if key not in keys}
    seen = Candidate.objects.visible_to(User.objects.system())
    states = {c.number: c.get_state_display() for c in seen.filter(number__in=outside)}
    reasons = {
        key: f"it waits for {waiting[key]}" if key in waiting else f"it is {states.get(n, 'gone')} meanwhile"
        for n, key in outside.items()
    }
    return sorted(set(asked) & keys), reasons


def _team_hours(rows: list[Candidate]) -> dict[str, float]:
    """Hours a year that the posts of each team have, less what decided candidates free of them already."""
    teams = {c.team_id: c.team for c in rows if c.team}
    free = {pk: hours_of(float(team.people)) for pk, team in teams.items()}
    running = Q(candidate__team__in=teams, candidate__state__in=RUNNING)
    for known in Assessment.objects.filter(running).latest().select_related("candidate"):
        free[known.candidate.team_id] -= max(0.0, float(known.hours_p50 or 0))
    return {_team(team): max(0.0, free[pk]) for pk, team in teams.items()}

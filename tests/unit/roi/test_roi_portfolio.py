"""The planner against every choice tried by hand, on problems of all kinds of limits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roi.calc.portfolio import (
    REASONS,
    Conflict,
    Problem,
    broken,
    conflicts,
    frontier,
    greedy,
    inclusion,
    intervals,
    solve,
    why_not,
)
from tests.unit.roi.portfolio_problems import (
    allowed,
    by_hand,
    every_choice,
    plain,
    problems,
    worst_tenth,
    worth,
)

ROLES = ("engineering", "data")
FAST = settings(deadline=None, max_examples=60)


@FAST
@given(problems())
def test_the_optimum_is_the_best_of_all_choices(p: Problem) -> None:
    best, plan = by_hand(p), solve(p)
    assert plan.status == ("infeasible" if best is None else "optimal")
    if best is not None:
        assert allowed(p, plan.chosen) and broken(p, plan.chosen) == []
        assert plan.value == pytest.approx(best) == pytest.approx(worth(p, plan.chosen))
        assert plan.gap == pytest.approx(0, abs=1e-6) and plan.bound >= plan.value
        assert plan.cvar == pytest.approx(worst_tenth(p, plan.chosen))
        assert plan.cost == sum(item.cost for item in p.items if item.key in plan.chosen)


@FAST
@given(problems(), st.integers(0, 999))
def test_the_order_of_the_items_changes_nothing(p: Problem, seed: int) -> None:
    mixed = np.random.default_rng(seed).permutation(len(p.items))
    assert p.futures is not None
    again = replace(p, items=tuple(p.items[i] for i in mixed), futures=p.futures[:, mixed])
    assert solve(p).chosen == solve(again).chosen
    assert solve(p).value == pytest.approx(solve(again).value)


@FAST
@given(problems(most=8))
def test_the_optimum_is_at_least_the_rule_of_thumb(p: Problem) -> None:
    rule, plan = greedy(p), solve(p)
    assert rule.status in ("feasible", "unknown")
    if rule.status == "feasible":
        assert allowed(p, rule.chosen)
        assert plan.status == "optimal" and plan.value >= rule.value - 1e-6


@FAST
@given(problems())
def test_the_limits_named_as_a_conflict_are_one_and_none_is_too_many(p: Problem) -> None:
    found = conflicts(p)
    assert bool(found) == (by_hand(p) is None)
    if found:
        assert by_hand(only(p, found)) is None
        for rule in found:
            assert by_hand(only(p, [other for other in found if other != rule])) is not None


def only(p: Problem, kept: list[Conflict]) -> Problem:
    """The problem with no other limits than these."""
    rules = {(rule.kind, rule.keys, rule.role, rule.quarter) for rule in kept}
    kinds = {rule.kind for rule in kept}
    return replace(
        p,
        budget=p.budget if "budget" in kinds else None,
        capacity={at: days for at, days in p.capacity.items() if ("effort", (), *at) in rules},
        exclusive=tuple(pair for pair in p.exclusive if ("excludes", pair, "", None) in rules),
        needs=tuple(pair for pair in p.needs if ("needs", pair, "", None) in rules),
        must=tuple(key for key in p.must if ("must", (key,), "", None) in rules),
        never=tuple(key for key in p.never if ("never", (key,), "", None) in rules),
        max_high_risk=p.max_high_risk if "risk_count" in kinds else None,
        cvar_floor=p.cvar_floor if "cvar" in kinds else None,
        team_hours={name: hours for name, hours in p.team_hours.items() if ("team", (), name, None) in rules},
    )


@FAST
@given(problems())
def test_the_frontier_never_falls_and_each_point_keeps_to_its_budget(p: Problem) -> None:
    points = frontier(p, points=6)
    assert all(later.value >= earlier.value for earlier, later in zip(points, points[1:], strict=False))
    assert all(point.cost <= point.budget + 1e-6 for point in points)
    if p.budget is not None and (best := by_hand(p)) is not None:
        [own] = [point for point in points if point.budget == p.budget]
        assert own.value == pytest.approx(best)


@FAST
@given(problems())
def test_each_one_left_out_has_a_reason_and_the_value_at_which_it_enters(p: Problem) -> None:
    plan = solve(p)
    assume(plan.status == "optimal")
    found = why_not(p, plan)
    assert {why.key for why in found} == {item.key for item in p.items} - set(plan.chosen)
    for why in found:
        assert why.reason in REASONS
        held = [
            worth(p, chosen)
            for chosen in every_choice(replace(p, never=tuple(set(p.never) - {why.key})))
            if why.key in chosen and allowed(replace(p, never=tuple(set(p.never) - {why.key})), chosen)
        ]
        assert (why.gap is None) == (not held)
        if held and why.reason != "never":
            assert why.gap == pytest.approx(max(plan.value - max(held), 0), abs=1e-5)


@FAST
@given(problems())
def test_the_cost_and_the_budget_named_do_bring_it_in(p: Problem) -> None:
    plan = solve(p)
    assume(plan.status == "optimal")
    for why in why_not(p, plan):
        if why.budget_to_enter is not None:
            assert why.key in solve(replace(p, budget=why.budget_to_enter)).chosen
        if why.cost_to_enter is not None:
            saved = why.cost - why.cost_to_enter
            assert saved > 0
            if p.cvar_floor is None:
                cheap = [
                    replace(i, cost=i.cost - saved, value=i.value + saved) if i.key == why.key else i
                    for i in p.items
                ]
                with_it = replace(p, items=tuple(cheap), must=(*p.must, why.key))
                assert solve(with_it).value >= plan.value - 1e-5


def test_inclusion_counts_the_futures_in_which_each_is_in_the_best_choice() -> None:
    """Room for one: the better one of each future. The floor for the worst tenth does not apply inside a future."""
    drawn = np.array([[5.0, 1.0], [5.0, 9.0], [2.0, 1.0], [-1.0, -2.0]])
    items = (plain("C-2", 3, 1), plain("C-1", 2, 1))
    steps: list[tuple[int, int]] = []
    shares = inclusion(
        Problem(items, budget=1, cvar_floor=99.0, futures=drawn), drawn, lambda *at: steps.append(at)
    )
    assert shares == {"C-1": 0.25, "C-2": 0.5}
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    ranges = intervals(shares, 4)
    assert ranges["C-2"].low == pytest.approx(0.150, abs=0.001) and ranges["C-2"].high == pytest.approx(
        0.850, abs=0.001
    )


@settings(deadline=None, max_examples=15)
@given(problems(most=6))
def test_inclusion_is_a_share_and_honours_what_is_fixed(p: Problem) -> None:
    assume(solve(replace(p, cvar_floor=None)).status == "optimal")
    assert p.futures is not None
    shares = inclusion(p, p.futures)
    assert all(0 <= share <= 1 for share in shares.values())
    assert all(shares[key] == 1 for key in p.must) and all(shares[key] == 0 for key in p.never)
    assert all(shares[a] + shares[b] <= 1 for a, b in p.exclusive)
    assert all(shares[a] <= shares[b] for a, b in p.needs)

"""The planner case by case: what each limit does, what it is called, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings

from roi.calc.portfolio import (
    Conflict,
    Item,
    Problem,
    conflicts,
    frontier,
    futures,
    inclusion,
    solve,
    tail_mean,
    why_not,
    words,
)
from tests.unit.roi.portfolio_problems import plain

ROLES = ("engineering", "data")
FAST = settings(deadline=None, max_examples=60)


ONE = (plain("C-1", 1, 1), plain("C-2", 1, 1))


def test_no_items_make_an_empty_plan() -> None:
    assert solve(Problem(())).status == "optimal" and solve(Problem(())).chosen == {}
    floor = Problem((), cvar_floor=1.0, futures=np.empty((3, 0)))
    assert solve(floor).status == "infeasible"
    assert conflicts(floor) == [Conflict("cvar", limit=1.0, needed=0.0)]
    assert frontier(Problem(())) == [] and inclusion(Problem(()), np.empty((3, 0))) == {}


def test_what_is_worth_nothing_and_needed_by_nobody_stays_out() -> None:
    assert solve(Problem((plain("C-1", 0, 0), plain("C-2", 5, 0)))).chosen == {"C-2": 0}


def test_a_start_waits_only_for_capacity() -> None:
    """Two of the same ten days; the one that loses more by waiting goes first, the other as early as there is room."""
    items = (
        plain("C-1", 50, 0, effort={"data": 10}, delay_cost=1.0),
        plain("C-2", 50, 0, effort={"data": 10}, delay_cost=2.0),
        plain("C-3", 50, 0, effort={"data": 4}),
    )
    p = Problem(items, quarters=3, capacity={("data", q): 12.0 + 2 * q for q in range(3)})
    plan = solve(p)
    assert plan.chosen == {"C-1": 1, "C-2": 0, "C-3": 1} and plan.value == 149
    assert plan.effort == {("data", 0): 10, ("data", 1): 14}


def test_a_dependent_one_starts_no_earlier_than_what_it_needs() -> None:
    items = (
        plain("C-1", 90, 0, effort={"data": 5}, delay_cost=9),
        plain("C-2", 1, 0, effort={"data": 8}),
    )
    p = Problem(items, quarters=2, capacity={("data", 0): 10, ("data", 1): 10}, needs=(("C-1", "C-2"),))
    assert solve(p).chosen == {"C-1": 1, "C-2": 0}


def test_the_floor_of_the_worst_tenth_moves_the_choice() -> None:
    """A gamble worth more on average gives way to a sure thing."""
    gamble = np.where(np.arange(20) < 4, -100.0, 60.0)
    p = Problem(
        (plain("C-1", 28, 10), plain("C-2", 20, 10)),
        budget=10,
        futures=np.column_stack([gamble, [20.0] * 20]),
    )
    assert solve(p).chosen == {"C-1": 0} and solve(p).cvar == -100
    safe = replace(p, cvar_floor=0.0)
    assert solve(safe).chosen == {"C-2": 0} and solve(safe).cvar == 20
    [why] = why_not(safe, solve(safe))
    assert (why.key, why.gap, why.displaced) == ("C-1", None, ())
    assert {rule.kind for rule in why.binding} == {"budget", "cvar"}


def test_a_tail_that_is_no_whole_number_of_futures_counts_the_edge_in_part() -> None:
    """A tenth of 15 futures: the worst one and half of the next."""
    assert tail_mean(np.arange(15.0)) == pytest.approx((0 * 1 + 1 * 0.5) / 1.5)
    assert tail_mean(np.array([7.0, 3.0])) == 3


def test_reasons_by_name() -> None:
    """One candidate for each way of staying out."""
    items = (
        plain("A", 100, 50, team="T", hours=100),
        plain("loses", -5, 1),
        plain("rival", 90, 50, team="T", hours=100),
        plain("orphan", 10, 1),
        plain("dead", -50, 1),
        plain("shut", 40, 10),
        plain("dear", 30, 60),
        plain("busy", 30, 1, effort={"data": 9}),
        plain("risky", 30, 1, high_risk=True),
        plain("same post", 30, 1, team="T", hours=10),
        plain("twin", 30, 1, benefit=40),
        plain("other twin", 60, 1, benefit=40),
    )
    p = Problem(
        items,
        budget=100,
        capacity={("data", 0): 5},
        exclusive=(("A", "rival"),),
        needs=(("orphan", "dead"),),
        overlaps=(("twin", "other twin", 1.0),),
        never=("shut",),
        max_high_risk=0,
        team_hours={"T": 105},
    )
    plan = solve(p)
    assert set(plan.chosen) == {"A", "other twin"}
    found = {why.key: why for why in why_not(p, plan)}
    assert {key: why.reason for key, why in found.items()} == {
        "loses": "loses_money",
        "rival": "excluded_by",
        "orphan": "needs",
        "dead": "loses_money",
        "shut": "never",
        "dear": "budget",
        "busy": "effort",
        "risky": "risk_count",
        "same post": "team",
        "twin": "overlaps",
    }
    assert found["rival"].blocked_by == ("A",) and found["rival"].gap == pytest.approx(10)
    assert found["orphan"].blocked_by == ("dead",) and found["orphan"].gap == pytest.approx(40)
    assert found["twin"].blocked_by == ("other twin",) and found["twin"].gap == pytest.approx(10)
    assert found["loses"].gap == pytest.approx(5)
    assert found["shut"].gap == pytest.approx(-40)
    assert found["dear"].displaced == ("A",) and found["dear"].gap == pytest.approx(40)
    # Eleven cheaper and it fits beside A (50 + 1 + 49 = 100).
    assert found["dear"].cost_to_enter == pytest.approx(49, abs=2) and found["dear"].cost_to_enter <= 49
    assert found["dear"].budget_to_enter == pytest.approx(111, abs=6) and found["dear"].budget_to_enter >= 111
    [rule] = found["busy"].binding
    assert (rule.kind, rule.role, rule.quarter, rule.limit) == ("effort", "data", 0, 5)
    assert found["busy"].gap is None and found["risky"].gap is None


def test_far_ones_get_a_bound_instead_of_a_search() -> None:
    items = tuple(plain(f"C-{i:02}", 10 + i % 7, 5 + i % 4) for i in range(30))
    p = Problem(items, budget=40)
    plan = solve(p)
    every, few = why_not(p, plan), {why.key: why for why in why_not(p, plan, exact=5)}
    assert sum(why.exact for why in few.values()) == 5
    for why in every:
        assert why.gap is not None and (other := few[why.key].gap) is not None
        assert other <= why.gap + 1e-6


def test_no_time_says_what_is_known_without_a_search() -> None:
    p = Problem((plain("C-1", 10, 5), plain("C-2", 9, 5), plain("C-3", -1, 0)), budget=5)
    plan = solve(p)
    found = {why.key: why for why in why_not(p, plan, seconds=0.0)}
    assert {key: (why.reason, why.gap) for key, why in found.items()} == {
        "C-2": ("budget", None),
        "C-3": ("loses_money", None),
    }


def test_there_is_nothing_to_explain_where_there_is_no_plan() -> None:
    p = Problem((plain("C-1", 10, 5),), budget=1, must=("C-1",))
    assert why_not(p, solve(p)) == []
    with pytest.raises(ValueError, match="no choice"):
        inclusion(p, futures(p.items, 2))


def money(amount: float) -> str:
    return f"{amount:,.0f}"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"must": ("C-1", "C-24"), "exclusive": (("C-1", "C-24"),)},
            "C-1 and C-24 are both mandatory; C-1 and C-24 exclude each other",
        ),
        (
            {"must": ("C-1", "C-24"), "budget": 250_000.0},
            "C-1 and C-24 are both mandatory; together they cost at least 310,000, the budget is 250,000",
        ),
        (
            {"must": ("C-1",), "needs": (("C-1", "C-24"),), "never": ("C-24",)},
            "C-1 is mandatory; C-24 is kept out; C-1 needs C-24",
        ),
        (
            {"must": ("C-24",), "capacity": {("data", 0): 5.0}},
            "C-24 is mandatory; it takes at least 20 days of data in quarter 1, there are 5",
        ),
        (
            {"must": ("C-1", "C-24"), "max_high_risk": 1},
            "C-1 and C-24 are both mandatory; together they bring at least 2 of high risk, 1 may be",
        ),
        (
            {"must": ("C-1",), "team_hours": {"Claims": 100.0}},
            "C-1 is mandatory; it frees at least 900 hours a year of Claims, its posts have 100",
        ),
        ({"cvar_floor": 500_000.0}, "the worst tenth reaches at most 450,000, the floor is 500,000"),
    ],
)
def test_a_conflict_in_words(limits: dict[str, object], said: str) -> None:
    items = (
        plain("C-1", 250_000, 180_000, high_risk=True, team="Claims", hours=900),
        plain("C-24", 200_000, 130_000, high_risk=True, effort={"data": 20.0}),
    )
    p = replace(Problem(items, futures=np.array([[250_000.0, 200_000.0]] * 4)), **limits)  # type: ignore[arg-type]
    assert solve(p).status == "infeasible"
    assert words(conflicts(p), money) == f"These cannot hold together: {said}."


def test_a_plan_that_exists_has_no_conflict() -> None:
    assert conflicts(Problem((plain("C-1", 1, 1),))) == [] and words([], money) == ""


CURVES = tuple(
    Item(f"C-{i}", 10.0 * i, 10.0, curve=tuple(10.0 * i + np.linspace(-30, 30, 41))) for i in range(1, 5)
)


def test_futures_have_the_stored_quantiles_and_the_stated_correlation() -> None:
    drawn = futures(CURVES, n=20_000, rho=0.5, seed=7)
    assert drawn.shape == (20_000, 4)
    for item, column in zip(CURVES, drawn.T, strict=True):
        assert np.quantile(column, [0.1, 0.5, 0.9]) == pytest.approx(
            np.quantile(item.curve, [0.1, 0.5, 0.9]), abs=1.2
        )
        assert min(item.curve) <= column.min() and column.max() <= max(item.curve)
    ranks = drawn.argsort(axis=0).argsort(axis=0)
    off = np.corrcoef(ranks.T)[np.triu_indices(4, 1)]
    assert off == pytest.approx(0.5, abs=0.02)


def test_futures_of_one_do_not_depend_on_who_else_is_there() -> None:
    all_of_them = futures(CURVES, 50, seed=1)
    assert (futures(CURVES[2:], 50, seed=1) == all_of_them[:, 2:]).all()
    assert (futures(CURVES, 50, seed=1) == all_of_them).all()
    assert (futures(CURVES, 50, seed=2) != all_of_them).any()


def test_an_item_without_quantiles_is_its_expected_value() -> None:
    assert (futures([plain("C-1", 7, 1)], 5) == 7).all()
    assert futures([], 5).shape == (5, 0)


@pytest.mark.parametrize(("n", "rho"), [(0, 0.2), (5, 1.0), (5, -0.1)])
def test_impossible_futures_are_refused(n: int, rho: float) -> None:
    with pytest.raises(ValueError, match="rank correlation"):
        futures(CURVES, n, rho)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"items": (ONE[0], ONE[0])}, "listed twice: C-1"),
        ({"must": ("C-9",)}, "not among the items: C-9"),
        ({"exclusive": (("C-1", "C-8"),)}, "not among the items: C-8"),
        ({"needs": (("C-1", "C-1"),)}, "related to itself: C-1"),
        ({"overlaps": (("C-1", "C-2", 1.5),)}, "share of 0..1 for: C-1/C-2"),
        ({"budget": -1.0}, "0 or more: budget"),
        ({"budget": float("nan")}, "0 or more: budget"),
        ({"max_high_risk": -1}, "0 or more: max_high_risk"),
        ({"capacity": {("data", 0): -1.0}}, "0 or more: capacity of data in quarter 0"),
        ({"capacity": {("data", 4): 1.0}}, "outside the planned quarters: data in quarter 4"),
        ({"team_hours": {"T": -1.0}}, "0 or more: hours of team T"),
        ({"quarters": 0}, "at least one quarter"),
        ({"cvar_floor": 0.0}, "needs futures"),
        ({"futures": np.zeros((4, 3))}, "shape"),
        ({"futures": np.full((4, 2), np.nan)}, "finite"),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Problem(**({"items": ONE} | wrong))  # type: ignore[arg-type]


def test_an_item_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="C-1: every number must be finite"):
        plain("C-1", float("inf"), 1)
    with pytest.raises(ValueError, match="C-1: cost and effort"):
        plain("C-1", 1, -1)
    with pytest.raises(ValueError, match="C-1: cost and effort"):
        plain("C-1", 1, 1, effort={"data": -2.0})

"""The optimiser on published problems whose best value is known."""

from itertools import product

import pytest

from roi.calc.portfolio import Item, Problem, solve
from roi.calc.portfolio.milp import ceiling
from roi.calc.portfolio.model import build

# J. Burkardt, Florida State University, data set KNAPSACK_01, P01..P08: capacity, weights, profits, optimum.
KNAPSACKS = {
    "P01": (165, [23, 31, 29, 44, 53, 38, 63, 85, 89, 82], [92, 57, 49, 68, 60, 43, 67, 84, 87, 72], 309),
    "P02": (26, [12, 7, 11, 8, 9], [24, 13, 23, 15, 16], 51),
    "P03": (190, [56, 59, 80, 64, 75, 17], [50, 50, 64, 46, 50, 5], 150),
    "P04": (50, [31, 10, 20, 19, 4, 3, 6], [70, 20, 39, 37, 7, 5, 10], 107),
    "P05": (104, [25, 35, 45, 5, 25, 3, 2, 2], [350, 400, 450, 20, 70, 8, 5, 5], 900),
    "P06": (170, [41, 50, 49, 59, 55, 57, 60], [442, 525, 511, 593, 546, 564, 617], 1735),
    "P07": (
        750,
        [70, 73, 77, 80, 82, 87, 90, 94, 98, 106, 110, 113, 115, 118, 120],
        [135, 139, 149, 150, 156, 163, 173, 184, 192, 201, 210, 214, 221, 229, 240],
        1458,
    ),
    "P08": (
        6404180,
        [382745, 799601, 909247, 729069, 467902, 44328, 34610, 698150, 823460, 903959, 853665, 551830]
        + [610856, 670702, 488960, 951111, 323046, 446298, 931161, 31385, 496951, 264724, 224916, 169684],
        [825594, 1677009, 1676628, 1523970, 943972, 97426, 69666, 1296457, 1679693, 1902996, 1844992, 1049289]
        + [1252836, 1319836, 953277, 2067538, 675367, 853655, 1826027, 65731, 901489, 577243, 466257, 369261],
        13549094,
    ),
}


@pytest.mark.parametrize("name", KNAPSACKS)
def test_knapsack_sets(name: str) -> None:
    capacity, weights, profits, best = KNAPSACKS[name]
    items = tuple(
        Item(f"{i:02}", profit, weight)
        for i, (profit, weight) in enumerate(zip(profits, weights, strict=True))
    )
    plan = solve(Problem(items, budget=capacity))
    assert plan.status == "optimal" and plan.cost <= capacity
    assert plan.value == best == pytest.approx(plan.bound)


@pytest.mark.parametrize("name", sorted(set(KNAPSACKS) - {"P08"}))
def test_the_stated_optimum_is_the_best_of_all_subsets(name: str) -> None:
    """The figures above are the published ones and not miscopied: every subset is tried."""
    capacity, weights, profits, best = KNAPSACKS[name]
    assert best == max(
        sum(p for p, x in zip(profits, chosen, strict=True) if x)
        for chosen in product((0, 1), repeat=len(weights))
        if sum(w for w, x in zip(weights, chosen, strict=True) if x) <= capacity
    )


def test_capital_rationing_of_lorie_and_savage() -> None:
    """J. Lorie, L. Savage, "Three Problems in Rationing Capital", J. of Business 28 (1955): nine investments, outlays
    of 50 and 20 in two years. H. M. Weingartner (1963) solves it in whole projects, 1, 3, 4, 6 and 9, worth 70, and in
    parts, worth 70.27."""
    values = [14, 17, 17, 15, 40, 12, 14, 10, 12]
    first, second = [12, 54, 6, 6, 30, 6, 48, 36, 18], [3, 7, 6, 2, 35, 6, 4, 3, 3]
    items = tuple(
        Item(str(i + 1), value, first[i], effort={"second year": second[i]}) for i, value in enumerate(values)
    )
    p = Problem(items, budget=50, capacity={("second year", 0): 20})
    plan, model = solve(p), build(p)
    assert ceiling(model, model.lower, model.upper) == pytest.approx(70.27, abs=0.005)
    assert (list(plan.chosen), plan.value) == (["1", "3", "4", "6", "9"], 70)


def test_ten_limits_of_petersen() -> None:
    """C. C. Petersen, Operations Research 15 (1967), problem 1; OR-Library (J. E. Beasley), mknap1: optimum 3,800."""
    values = [100, 600, 1200, 2400, 500, 2000]
    table = [
        ([8, 12, 13, 64, 22, 41], 80),
        ([8, 12, 13, 75, 22, 41], 96),
        ([3, 6, 4, 18, 6, 4], 20),
        ([5, 10, 8, 32, 6, 12], 36),
        ([5, 13, 8, 42, 6, 20], 44),
        ([5, 13, 8, 48, 6, 20], 48),
        ([0, 0, 0, 0, 8, 0], 10),
        ([3, 0, 4, 0, 8, 0], 18),
        ([3, 2, 4, 0, 8, 4], 22),
        ([3, 2, 4, 8, 8, 4], 24),
    ]
    roles = [f"limit {k}" for k in range(10)]
    items = tuple(
        Item(str(i), value, 0, effort={role: row[i] for role, (row, _) in zip(roles, table, strict=True)})
        for i, value in enumerate(values)
    )
    plan = solve(Problem(items, capacity={(r, 0): most for r, (_, most) in zip(roles, table, strict=True)}))
    assert plan.status == "optimal" and plan.value == 3800

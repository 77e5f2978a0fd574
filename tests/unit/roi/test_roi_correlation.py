"""Correlated inputs: the asked rank correlation, the same marginals, contradictions named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from roi.calc.correlation import check, conflict, correlated
from roi.calc.distributions import Shape, draw

NAMES = ("volume", "minutes", "run_cost", "build_cost")
rhos = st.floats(-0.95, 0.95)


def columns(seed: int = 5, draws: int = 4096) -> dict[str, np.ndarray]:
    points = stats.qmc.Sobol(len(NAMES), rng=np.random.default_rng(seed)).random(draws)
    return {name: np.clip(points[:, i], 1e-6, 1 - 1e-6) for i, name in enumerate(NAMES)}


def rank_correlation(u: dict[str, np.ndarray], first: str, second: str) -> float:
    return float(stats.spearmanr(u[first], u[second])[0])


@settings(max_examples=25, deadline=None)
@given(rhos, st.integers(0, 1000))
def test_columns_get_the_rank_correlation_asked_for_and_stay_uniform(rho: float, seed: int) -> None:
    u = correlated(columns(seed), [("run_cost", "volume", rho)])
    assert rank_correlation(u, "run_cost", "volume") == pytest.approx(rho, abs=0.02)
    for name in ("run_cost", "volume"):
        assert stats.kstest(u[name], "uniform").statistic < 0.02


def test_a_quantity_keeps_its_percentiles_when_it_is_correlated() -> None:
    u = correlated(columns(), [("volume", "run_cost", 0.7), ("volume", "build_cost", -0.3)])
    x = draw(Shape(35, 55, 95), u["run_cost"])
    assert np.quantile(x, [0.1, 0.5, 0.9]) == pytest.approx([35, 55, 95], rel=0.01)


def test_three_inputs_get_all_three_correlations() -> None:
    asked = [("volume", "minutes", 0.5), ("minutes", "run_cost", 0.4), ("volume", "run_cost", -0.2)]
    u = correlated(columns(), asked)
    for first, second, rho in asked:
        assert rank_correlation(u, first, second) == pytest.approx(rho, abs=0.02)


def test_columns_that_nobody_named_are_the_very_same() -> None:
    u = columns()
    moved = correlated(u, [("volume", "run_cost", 0.6)])
    assert moved["minutes"] is u["minutes"] and moved["build_cost"] is u["build_cost"]
    assert moved["volume"] is u["volume"], "the first of the named stays, the later ones follow"
    assert list(moved) == list(u)


def test_no_pair_and_a_pair_of_nought_change_nothing() -> None:
    u = columns()
    for pairs in ([], [("volume", "run_cost", 0.0)]):
        assert all(correlated(u, pairs)[name] is u[name] for name in u)


def test_the_same_columns_and_pairs_give_the_same_answer_in_any_order() -> None:
    first = correlated(columns(), [("volume", "run_cost", 0.6), ("volume", "minutes", 0.3)])
    again = correlated(columns(), [("minutes", "volume", 0.3), ("run_cost", "volume", 0.6)])
    assert all((first[name] == again[name]).all() for name in first)


def test_pairs_that_cannot_hold_together_are_named_and_others_are_not() -> None:
    pairs = [
        ("volume", "minutes", 0.9),
        ("loaded_rate", "build_cost", 0.3),
        ("minutes", "run_cost", 0.9),
        ("volume", "run_cost", -0.9),
    ]
    with pytest.raises(ValueError, match="cannot hold together") as refused:
        check(pairs)
    assert "minutes with run cost 0.9" in str(refused.value)
    assert "loaded rate" not in str(refused.value)
    assert set(conflict(pairs)) < set(pairs)
    with pytest.raises(ValueError, match="cannot hold together"):
        correlated(columns(), [pair for pair in pairs if pair[0] != "loaded_rate"])


@given(st.lists(rhos, min_size=6, max_size=6))
def test_what_is_named_is_a_conflict_from_which_no_pair_can_go(values: list[float]) -> None:
    ends = [(a, b) for i, a in enumerate(NAMES) for b in NAMES[i + 1 :]]
    pairs = [(a, b, rho) for (a, b), rho in zip(ends, values, strict=True)]
    named = conflict(pairs)
    if named:
        assert conflict(named) == named
        assert all(conflict([p for p in named if p is not pair]) == [] for pair in named)


def test_a_matrix_on_the_edge_still_works() -> None:
    """Two independent inputs follow a third as closely as they can: 2 sin(pi rho/6) = 1/sqrt(2)."""
    rho = 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2)
    u = correlated(columns(), [("volume", "run_cost", rho), ("minutes", "run_cost", rho)])
    assert rank_correlation(u, "volume", "run_cost") == pytest.approx(rho, abs=0.02)
    assert rank_correlation(u, "volume", "minutes") == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("volume", "volume", 0.5)], "two inputs"),
        ([("volume", "minutes", 1.0)], "between -1 and 1"),
        ([("volume", "minutes", float("nan"))], "between -1 and 1"),
        ([("volume", "minutes", 0.5), ("minutes", "volume", 0.4)], "stated twice"),
        ([("volume", "weather", 0.5)], "no input called weather"),
    ],
)
def test_a_pair_that_is_no_correlation_is_refused(pairs: list[tuple[str, str, float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        correlated(columns(), pairs)

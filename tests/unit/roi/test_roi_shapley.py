"""Parts that add up: exact and sampled."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc.shapley import shapley


def product(old: Sequence[float], new: Sequence[float]):  # type: ignore[no-untyped-def]
    """A value formula that multiplies its factors, some changed."""
    names = [f"f{i}" for i in range(len(old))]

    def value(changed: frozenset[str]) -> float:
        return math.prod(new[i] if name in changed else old[i] for i, name in enumerate(names))

    return names, value


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=11))
def test_the_parts_add_up_to_the_whole_change(pairs: list[tuple[float, float]]) -> None:
    old, new = zip(*pairs, strict=True)
    names, value = product(old, new)
    found = shapley(names, value, seed=3)
    assert set(found) == set(names)
    assert sum(found.values()) == pytest.approx(math.prod(new) - math.prod(old), abs=1e-6)


def test_a_factor_that_did_not_change_has_no_part() -> None:
    names, value = product([2, 5, 7], [2, 4, 8])
    assert shapley(names, value)["f0"] == 0
    names, value = product([2.0] + [1.1] * 9, [2.0] + [1.3] * 9)
    assert shapley(names, value)["f0"] == 0


def test_two_factors_with_the_same_effect_have_the_same_part() -> None:
    names, value = product([10, 10, 3], [8, 8, 4])
    found = shapley(names, value)
    assert found["f0"] == pytest.approx(found["f1"])


def test_no_factor_has_no_part() -> None:
    assert shapley([], lambda changed: 7.0) == {}


def test_each_set_is_asked_for_once() -> None:
    asked: list[frozenset[str]] = []

    def value(changed: frozenset[str]) -> float:
        asked.append(changed)
        return float(len(changed) ** 2)

    shapley(list("abcdefgh"), value)
    assert len(asked) == len(set(asked)) == 2**8


def test_many_factors_are_sampled_the_same_each_time_and_close_to_the_exact_parts() -> None:
    """The airport game of Littlechild and Owen (1973) has a closed form: each stretch shared by those who need it."""
    costs = [float(10 * (i + 1)) for i in range(12)]
    names = [f"p{i:02}" for i in range(12)]
    at = dict(zip(names, costs, strict=True))

    def value(landing: frozenset[str]) -> float:
        return max((at[name] for name in landing), default=0.0)

    found = shapley(names, value, seed=1, permutations=2000)
    assert found == shapley(names, value, seed=1, permutations=2000) != shapley(names, value, seed=2)
    share, before = 0.0, 0.0
    for i, name in enumerate(names):
        share += (costs[i] - before) / (12 - i)
        before = costs[i]
        assert found[name] == pytest.approx(share, abs=1.5)


def test_a_factor_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        shapley(["a", "a"], lambda changed: 0.0)

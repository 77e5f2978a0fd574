"""Words to rank correlations, and sets of them that cannot all be true."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlog.calc.correlations import DIRECTIONS, STRENGTHS, contradictory, rho_of, words_of


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_words_come_back(strength, direction):
    assert words_of(rho_of(strength, direction)) == (strength, direction)


def test_the_words_in_numbers():
    assert [rho_of(word, "together") for word in ("weakly", "clearly", "strongly")] == [0.3, 0.6, 0.9]
    assert rho_of("clearly", "opposite") == -0.6 and words_of(-0.25) == ("", "opposite")
    with pytest.raises(KeyError):
        rho_of("perhaps", "together")


@given(st.floats(-0.95, 0.95))
def test_one_pair_is_always_possible(rho):
    assert not contradictory([("a", "b", rho)])


@given(st.integers(2, 8), st.floats(0, 0.95))
def test_what_all_moves_together_is_possible(count, rho):
    names = [f"q{i}" for i in range(count)]
    assert not contradictory([(a, b, rho) for a, b in combinations(names, 2)])


def test_two_that_follow_a_third_cannot_part():
    assert contradictory([("a", "b", 0.9), ("a", "c", 0.9), ("b", "c", -0.9)])
    assert not contradictory([("a", "b", 0.9), ("a", "c", 0.9), ("b", "c", 0.9)])
    assert not contradictory([("a", "b", 0.6), ("a", "c", 0.6), ("b", "c", -0.2)])
    assert not contradictory([])

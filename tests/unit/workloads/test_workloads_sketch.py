"""The sketch's promise: a quantile is within one per cent of the true one, and merging loses nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.calc import sketch

LATENCIES = st.lists(st.integers(0, 10**9), min_size=1, max_size=300)


def true_quantile(values, share):
    return sorted(values)[math.floor(share * (len(values) - 1))]


@given(LATENCIES, st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_one_per_cent(values, share):
    found = sketch.quantile(sketch.merged([sketch.entries(values)]), share)
    assert found == pytest.approx(
        true_quantile(values, share), rel=sketch.RELATIVE_ERROR * 1.0000001, abs=1e-9
    )


@given(LATENCIES, LATENCIES)
def test_merging_equals_sketching_all_at_once(first, second):
    apart = sketch.merged([sketch.entries(first), sketch.entries(second)])
    assert apart == sketch.merged([sketch.entries(first + second)])


@given(LATENCIES, LATENCIES)
def test_what_is_taken_away_is_gone(first, second):
    taken = [-entry for entry in sketch.entries(second)]
    assert sketch.merged([sketch.entries(first + second), taken]) == sketch.merged([sketch.entries(first)])


def test_without_calls_there_is_no_quantile():
    assert sketch.quantile({}, 0.5) is None

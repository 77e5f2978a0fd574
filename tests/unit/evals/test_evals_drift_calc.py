"""Drift: KS against scipy, PSI's null mean by simulation, Benjamini-Hochberg, and how often it is wrong."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from evals.calc import drift
from evals.calc.drift_verdict import feature_sentence, judge, not_enough, period_words

RNG = np.random.default_rng(20261120)


def days(mean, count, calls=60, spread=80, rng=RNG):
    return [list(np.round(rng.normal(mean, spread, calls))) for _ in range(count)]


def test_psi_by_hand():
    assert drift.psi([50, 50], [80, 20], smoothing=0) == pytest.approx(0.3 * np.log(0.8 / 0.2), abs=1e-12)
    assert drift.psi([10, 20, 30], [10, 20, 30]) == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=20))
def test_psi_is_symmetric_finite_and_never_negative(bins):
    a, b = [x for x, _ in bins], [y for _, y in bins]
    assert drift.psi(a, b) == pytest.approx(drift.psi(b, a))
    assert np.isfinite(drift.psi(a, b)) and drift.psi(a, b) >= 0


@pytest.mark.parametrize(("bins", "n", "m"), [(10, 500, 300), (20, 1000, 1000)])
def test_the_null_mean_of_psi_is_what_is_subtracted(bins, n, m):
    share = np.full(bins, 1 / bins)
    seen = [drift.psi(RNG.multinomial(n, share), RNG.multinomial(m, share)) for _ in range(3000)]
    assert np.mean(seen) == pytest.approx(drift.psi_null_mean(bins, n, m), rel=0.06)


def test_without_the_subtraction_fine_bins_would_alarm_on_nothing():
    share = np.full(300, 1 / 300)
    seen = [(RNG.multinomial(1000, share), RNG.multinomial(1000, share)) for _ in range(50)]
    assert np.mean([drift.psi(a, b) for a, b in seen]) > 0.4
    assert np.mean([drift.psi_effect(a, b) for a, b in seen]) < drift.EFFECT_FLOOR


def test_ks_is_scipys_over_the_medians_of_days():
    a, b = list(RNG.normal(0, 1, 28)), list(RNG.normal(1, 1, 7))
    assert drift.ks_by_days(a, b) == pytest.approx(ks_2samp(a, b).pvalue)
    assert drift.ks_by_days(a, b[:4]) is None


def test_benjamini_hochberg_skips_what_is_missing():
    # 0.01, 0.04, 0.03 of three: 0.03, 0.04, 0.04
    assert drift.adjust([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03),
        None,
        pytest.approx(0.04),
        pytest.approx(0.04),
    ]
    assert drift.adjust([None]) == [None]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=300))
def test_every_value_falls_into_one_bin(values):
    edges = drift.quantile_edges(values)
    assert list(edges) == sorted(set(edges))
    assert sum(drift.bin_counts(values, edges)) == len(values)


def test_a_feature_that_was_constant_still_shows_a_change_either_way():
    edges = drift.quantile_edges([5.0] * 300)
    for value in (4.0, 6.0):
        a, b = drift.bin_counts([5.0] * 300, edges), drift.bin_counts([value] * 300, edges)
        assert drift.psi_effect(a, b) > drift.LARGE_EFFECT


def check(before, after, feature="input_tokens"):
    reference = drift.profile(before)
    return drift.compare({feature: reference}, {feature: drift.profile(after, reference.edges)})[0]


def test_a_longer_input_drifts():
    found = check(days(410, 28), days(640, 7))
    assert found.state == "drifting" and found.p < 0.001
    said = judge([found], "in March")
    assert said.severity == "bad" and said.sentence.startswith("Input is longer than in March: 6")


def test_days_that_wander_on_their_own_are_not_drift():
    """A day's calls share a level, so that a test over calls would alarm; over days it holds its level."""
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        level = rng.normal(500, 120, 35)
        window = [list(rng.normal(x, 40, 60)) for x in level]
        alarms += check(window[:28], window[28:]).state in ("drifting", "shifting")
    assert alarms / 200 <= 0.08


def test_stable_stays_stable_over_many_weeks():
    alarms = sum(check(days(400, 28), days(400, 7)).state != "stable" for _ in range(200))
    assert alarms <= 2


def test_a_tiny_shift_with_many_calls_is_under_the_floor():
    found = check(days(400, 28, calls=2000), days(412, 7, calls=2000))
    assert found.p is not None and found.p < 0.01 and found.state == "stable"


def test_too_few_days_cannot_tell_but_says_what_it_saw():
    found = check(days(400, 28), days(700, 3, calls=200))
    assert (found.state, found.p) == ("cannot_tell", None)
    said = judge([found], "in March")
    assert (said.severity, said.state) == ("warning", "cannot tell")


def test_a_spread_that_changed_under_the_same_middle():
    found = check(days(400, 28, spread=20), days(400, 7, spread=200))
    assert found.psi > drift.LARGE_EFFECT and found.state in ("cannot_tell", "drifting")


def test_an_empty_window_has_an_empty_profile():
    assert drift.profile([], (1.0, 2.0)).n == 0


def test_sentences():
    found = drift.FeatureDrift("input_tokens", 0.31, 0.001, 410, 640, "drifting")
    assert feature_sentence(found, "in March") == (
        "Input is longer than in March: 640 tokens against 410 in the middle (PSI 0.31)."
    )
    slow = drift.FeatureDrift("latency_ms", 0.12, 0.01, 1200, 900, "shifting")
    assert feature_sentence(slow, "in March").startswith("Answering is faster than in March: 900 ms")
    assert judge([slow], "in March").severity == "warning"
    same = drift.FeatureDrift("output_tokens", 0.3, 0.01, 90, 90.2, "drifting")
    assert "spread differently" in feature_sentence(same, "in March")
    assert judge([], "in March").severity == "ok"
    assert "130 calls" in not_enough(130, "in the last 7 days").sentence
    assert not_enough(200, "in the last 7 days") is None


def test_periods_in_words():
    at = datetime(2026, 11, 20, tzinfo=UTC)
    march, april = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    assert period_words(march, april, at) == "in March"
    assert period_words(march.replace(year=2025), april.replace(year=2025), at) == "in March 2025"
    assert period_words(march, april.replace(day=21), at) == "between 1 March and 20 April"

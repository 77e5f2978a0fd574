"""Wilson intervals against published and independently computed figures, and the verdict's rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evals.calc.intervals import wilson
from evals.calc.verdict import judge, rate_sentence


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [
        (15, 20, 0.5313, 0.8881),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),  # Newcombe 1998
        (0, 20, 0.0, 0.1611),  # Newcombe 1998
        (1, 29, 0.0061, 0.1718),  # Newcombe 1998
    ],
)
def test_published_wilson_intervals(passed, total, low, high):
    found = wilson(passed, total)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 3000), st.data(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_agrees_with_scipy_and_holds_the_rate(total, data, confidence):
    passed = data.draw(st.integers(0, total))
    found = wilson(passed, total, confidence)
    other = binomtest(passed, total).proportion_ci(confidence, method="wilson")
    assert found.low == pytest.approx(other.low, abs=1e-9)
    assert found.high == pytest.approx(other.high, abs=1e-9)
    assert 0 <= found.low <= found.point <= found.high <= 1


@given(st.integers(1, 500), st.data())
def test_wilson_mirrors_right_and_wrong(total, data):
    passed = data.draw(st.integers(0, total))
    a, b = wilson(passed, total), wilson(total - passed, total)
    assert a.low == pytest.approx(1 - b.high, abs=1e-9)


@pytest.mark.parametrize(("passed", "total"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_what_is_no_pass_rate_is_refused(passed, total):
    with pytest.raises(ValueError):
        wilson(passed, total)


def test_confidence_outside_zero_to_one_is_refused():
    with pytest.raises(ValueError):
        wilson(1, 2, 1.0)


def test_bad_when_the_upper_end_is_under_the_target():
    said = judge(passed=376, graded=400, errors=0, target=0.97)
    assert said.severity == "bad"
    assert said.sentence == "Right 94 times in 100 (91 to 96), under the 97 you asked for."


def test_cannot_tell_when_the_target_lies_inside_and_the_rate_under_it():
    said = judge(passed=94, graded=100, errors=0, target=0.97)
    assert said.severity == "warning"
    assert "cannot tell" in said.sentence


def test_ok_when_the_rate_reaches_the_target_and_says_when_the_range_does_not():
    sure = judge(passed=990, graded=1000, errors=0, target=0.97)
    near = judge(passed=98, graded=100, errors=0, target=0.97)
    assert (sure.severity, near.severity) == ("ok", "ok")
    assert "still reaches below" in near.sentence and "still reaches" not in sure.sentence


def test_unknown_under_twenty_cases():
    said = judge(passed=3, graded=19, errors=0, target=0.97)
    assert said.severity == "unknown" and "19 cases" in said.sentence


def test_an_endpoint_that_fails_is_not_a_wrong_answer():
    said = judge(
        passed=20,
        graded=20,
        errors=10,
        target=0.9,
        endpoint="Invoice model",
        reason="It answered 500",
        fix="Look at its own log",
    )
    assert said.severity == "unknown"
    assert "Invoice model" in said.sentence and "10 of 30 cases" in said.sentence
    assert "It answered 500. Look at its own log." in said.sentence


def test_a_few_failures_are_told_beside_the_rate():
    said = judge(passed=39, graded=40, errors=1, target=0.9)
    assert said.severity == "ok" and said.sentence.endswith("1 case got no answer and is not counted.")


def test_a_dataset_without_recorded_outputs_says_so():
    said = judge(passed=0, graded=0, errors=30, target=0.9)
    assert "no recorded output for 30 of 30 cases" in said.sentence and said.interval is None


def test_no_cases_at_all():
    assert judge(passed=0, graded=0, errors=0, target=0.9).severity == "unknown"


def test_a_decimal_where_whole_numbers_would_contradict():
    said = judge(passed=9660, graded=10000, errors=0, target=0.97)
    assert said.sentence.startswith("Right 96.6 times in 100")
    assert rate_sentence(wilson(15, 20)) == "Right 75 times in 100 (53 to 89)"


@given(st.integers(20, 2000), st.data(), st.floats(0.01, 0.99))
def test_the_verdict_follows_the_stated_rule(total, data, target):
    passed = data.draw(st.integers(0, total))
    found, said = wilson(passed, total), judge(passed=passed, graded=total, errors=0, target=target)
    expected = "bad" if found.high < target else "ok" if found.point >= target else "warning"
    assert said.severity == expected

"""Hours freed with their 90 % interval, held against companies whose truth is known because they are simulated."""

import numpy as np
import pytest

from roi.calc.freed import Freed, Judged, Mean, Rate, Verdicts, freed

TWELVE, TWO = Mean(12.0), Mean(2.0)


def test_what_was_judged_and_timed_in_full_has_no_interval() -> None:
    found = freed(Verdicts(600, 600, 540), TWELVE, TWO)
    assert found == Freed(0.9, 0.9, 0.9, 90.0, 90.0, 90.0)


def test_a_third_judged_at_random_is_told_with_its_ends() -> None:
    found = freed(Verdicts(600, 200, 180), TWELVE, TWO)
    assert found.share == 0.9 and found.hours == pytest.approx(90)
    # Jeffreys 90 % of 180 of 200 is 0.861 to 0.930; a third of the items is known, which narrows it by sqrt(2/3).
    assert found.share_low == pytest.approx(0.870, abs=0.006) and found.share_high == pytest.approx(0.926, abs=0.006)
    assert not found.bounds


def test_chosen_by_somebody_gives_bounds_and_no_interval() -> None:
    found = freed(Verdicts(600, 200, 180, random=False), TWELVE, TWO)
    assert found.bounds and (found.share_low, found.share_high) == (0.3, pytest.approx(580 / 600))
    assert found.hours_low == pytest.approx(180 * 10 / 60) and found.hours_high == pytest.approx(580 * 10 / 60)


def test_all_judged_is_no_question_of_who_chose() -> None:
    assert not freed(Verdicts(50, 50, 40, random=False), TWELVE, None).bounds


def test_a_judge_that_errs_is_corrected_by_what_people_saw() -> None:
    """It passes 900 of 1,000; people find a tenth of those wrong, and half of the failed ones right."""
    found = freed(Judged(1_000, 900, both=90, only_judge=10, only_people=10, neither=10), TWELVE, TWO)
    assert found.share == pytest.approx(0.9 * 0.9 + 0.1 * 0.5)
    assert found.share_low is not None and found.share_high is not None
    assert found.share_low < 0.86 < found.share_high


def test_evals_alone_give_a_wide_share_and_nothing_done_gives_nothing() -> None:
    found = freed(Rate(500, right=94, tried=100), TWELVE, TWO)
    assert found.share == 0.94 and found.share_low is not None and 0.88 < found.share_low < 0.92
    assert freed(Rate(500, 0, 0), TWELVE, TWO) == freed(Verdicts(0, 0, 0), TWELVE, TWO)
    assert freed(Verdicts(0, 0, 0), TWELVE, TWO).hours is None


def test_without_a_baseline_the_share_alone_is_known() -> None:
    found = freed(Verdicts(10, 10, 9), None, TWO)
    assert found.share == 0.9 and found.hours is None and found.hours_low is None


def test_work_that_got_slower_is_a_loss_with_its_ends_in_order() -> None:
    found = freed(Verdicts(600, 100, 90), Mean(2.0, 0.1, 19), Mean(5.0))
    assert found.hours_low is not None and found.hours is not None and found.hours_high is not None
    assert found.hours_low < found.hours < found.hours_high < 0


def test_means_of_samples_are_narrowed_by_what_was_timed_of_the_month_itself() -> None:
    assert Mean.of_sums(4, 40.0, 408.0, of=4) == Mean(10.0)
    partly = Mean.of_sums(4, 40.0, 408.0, of=8)
    assert partly is not None and partly.error == pytest.approx((8 / 3 / 4 * 0.5) ** 0.5) and partly.df == 3
    assert Mean.of_sums(0, 0, 0, of=9) is None
    assert Mean.of_sums(1, 6.0, 36.0, of=9) == Mean(6.0, 6.0, 1.0)
    study = Mean.of_range(12.0, 11.0, 13.0, n=20)
    assert study.error == pytest.approx(1 / 1.3277, rel=1e-3) and study.df == 19


def test_the_same_month_gives_the_same_figures() -> None:
    evidence = Judged(1_000, 900, 90, 10, 10, 10)
    assert freed(evidence, Mean(12, 0.4, 19), TWO) == freed(evidence, Mean(12, 0.4, 19), TWO)


MONTHS = 3_000


def simulated_month(rng: np.random.Generator) -> tuple[float, Freed]:
    """One simulated month: (true hours freed, what is told of them).

    Items have a true verdict and true minutes. A judge errs both ways; people look at a random part; some outcomes are
    late or missing at random, so their minutes and verdicts are not there; the baseline comes from a time study.
    """
    n, p = int(rng.integers(150, 1_500)), rng.uniform(0.6, 0.97)
    right = rng.random(n) < p
    minutes = rng.lognormal(np.log(2.0), 0.5, n)
    judge = np.where(right, rng.random(n) < 0.93, rng.random(n) < 0.25)
    study = rng.normal(12.0, 3.0, int(rng.integers(15, 60)))
    timed = rng.random(n) < rng.uniform(0.2, 0.9)
    truth = right.sum() * (12.0 - minutes.mean()) / 60
    baseline = Mean(float(study.mean()), float(study.std(ddof=1) / len(study) ** 0.5), len(study) - 1.0)
    seen = minutes[timed]
    handling = Mean.of_sums(len(seen), float(seen.sum()), float((seen**2).sum()), of=n)
    if rng.random() < 0.5:
        looked = rng.random(n) < rng.uniform(0.08, 0.4)
        counts = [int((looked & a & b).sum()) for a in (judge, ~judge) for b in (right, ~right)]
        return truth, freed(Judged(n, int(judge.sum()), *counts), baseline, handling)
    there = rng.random(n) < rng.uniform(0.3, 0.95)
    return truth, freed(Verdicts(n, int(there.sum()), int((there & right).sum())), baseline, handling)


def test_of_simulated_months_nine_in_ten_intervals_hold_the_truth() -> None:
    """Imperfect judges, late data, outcomes missing at random; the true hours are known because they are made up."""
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(MONTHS):
        truth, told = simulated_month(rng)
        assert told.hours_low is not None and told.hours_high is not None and not told.bounds
        held += told.hours_low <= truth <= told.hours_high
    assert 0.88 <= held / MONTHS <= 0.92, held / MONTHS


def test_missing_by_choice_breaks_an_interval_and_stays_within_bounds() -> None:
    """Wrong items are reported half as often: an interval that takes them for random misses, the bounds hold."""
    rng = np.random.default_rng(8)
    random_held = bounds_held = 0
    for _ in range(200):
        right = rng.random(800) < 0.8
        there = rng.random(800) < np.where(right, 0.6, 0.3)
        counts = (800, int(there.sum()), int((there & right).sum()))
        truth = right.sum() * 10 / 60
        naive, told = freed(Verdicts(*counts), TWELVE, TWO), freed(Verdicts(*counts, random=False), TWELVE, TWO)
        random_held += (naive.hours_low or 0) <= truth <= (naive.hours_high or 0)
        bounds_held += (told.hours_low or 0) <= truth <= (told.hours_high or 0)
    assert random_held < 20 and bounds_held == 200


def test_evals_as_the_judge_of_new_work_hold_the_truth_too() -> None:
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(1_000):
        p, n, tried = rng.uniform(0.7, 0.97), int(rng.integers(100, 900)), int(rng.integers(60, 300))
        told = freed(Rate(n, int(rng.binomial(tried, p)), tried), TWELVE, None)
        held += (told.hours_low or 0) <= rng.binomial(n, p) * 12 / 60 <= (told.hours_high or 0)
    # Eval cases are like the work: 1,000 tries of 90 % lie within three standard errors.
    assert 0.87 <= held / 1_000 <= 0.93

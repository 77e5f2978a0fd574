"""The verdict that a review starts from: one rule after the other, each with its words."""

from dataclasses import replace

import pytest

from roi.calc.findings import Finding
from roi.calc.proposal import Figures, Running, propose, propose_running

GOOD = Figures(npv_p50=60_000, npv_mean=70_000, prob=0.8, hurdle=25_000, hours_p50=500)


def money(amount: float) -> str:
    return f"${amount:,.0f}"


def finding(quantity: str = "minutes", worth: float = 9000, cost: float | None = 400) -> Finding:
    net = None if cost is None else worth - cost
    return Finding(
        quantity, f"the {quantity}", "timing 20 items", "about a day", 8.0, worth, 100.0, cost, net
    )


def test_it_is_measured_first_where_that_pays_and_could_change_the_answer():
    made = propose(replace(GOOD, findings=[finding()]), money)
    assert made.verdict == "measure"
    assert (
        made.why
        == "Measuring the minutes costs about $400 and is worth up to $9,000; it could change the answer."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"prob": 0.95},
        {"findings": [finding(worth=300)]},
        {"measured": frozenset({"minutes"})},
        {"measured_before": frozenset({"minutes"})},
    ],
)
def test_it_is_not_measured_where_that_would_change_nothing(change):
    assert propose(replace(GOOD, **({"findings": [finding()]} | change)), money).verdict == "approve"


def test_the_best_of_what_is_left_is_measured():
    rows = [finding("minutes", 9000), finding("volume", 8000, 240), finding("build_cost", 500)]
    known = replace(GOOD, findings=rows, measured=frozenset({"minutes"}))
    assert "the volume costs about $200" in propose(known, money).why


@pytest.mark.parametrize(
    ("figures", "verdict", "words"),
    [
        (
            GOOD,
            "approve",
            "Clears the hurdle of $25,000 in the middle case and gains in 80 % of the futures.",
        ),
        (replace(GOOD, npv_p50=20_000), "defer", "its middle case stays under the hurdle of $25,000"),
        (replace(GOOD, npv_p50=-5000, prob=0.4), "defer", "fewer than half, and no measurement pays"),
        (
            replace(GOOD, npv_p50=-9000, npv_mean=-8000, prob=0.1),
            "reject",
            "fewer than 20 %, and loses on average",
        ),
        (replace(GOOD, npv_p50=-9000, npv_mean=8000, prob=0.1), "defer", "fewer than half"),
        (Figures(None, None, None, hours_p50=90), "defer", "No figure in cash yet"),
        (Figures(None, None, None), "defer", "No score yet"),
    ],
)
def test_each_rule_says_its_name(figures, verdict, words):
    made = propose(figures, money)
    assert made.verdict == verdict and words in made.why


RUNS = Running("expires", hours=[80, 70, 60], forecast=(50, 75, 100), cash=[10, 10, 10])


@pytest.mark.parametrize(
    ("figures", "verdict", "words"),
    [
        (RUNS, "scale", "80 hours free, at or above the 75 of its forecast"),
        (replace(RUNS, cash=[10, -1, 10]), "keep", "cost more than it gave in cash"),
        (replace(RUNS, hours=[60, 70, 80]), "keep", "inside its forecast"),
        (replace(RUNS, hours=[40, 70, 80]), "fix", "under the 50 at the low end"),
        (replace(RUNS, reason="tripwire"), "fix", "A tripwire fired"),
        (replace(RUNS, hours=[0, 0, 0], cash=[-30, -30, -30]), "retire", "cost $30 a month net"),
        (replace(RUNS, forecast=None), "keep", "nothing speaks against it"),
        (Running("incident"), "fix", "An incident waits"),
        (Running("added"), "keep", "Too few whole months"),
    ],
)
def test_a_workload_is_judged_by_its_months_else_by_what_brought_it_here(figures, verdict, words):
    made = propose_running(figures, money)
    assert made.verdict == verdict and words in made.why

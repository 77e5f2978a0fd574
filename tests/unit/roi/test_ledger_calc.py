"""Closing days, a month's figures from its inputs, intervals of sums, and what a closed month would say today."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from roi.calc.closing import close_day, latest_due, local_day
from roi.calc.interval_sums import MonthHours, hours_interval, independent_sum
from roi.calc.month_value import (
    Baseline,
    Cost,
    Counted,
    MonthInputs,
    Promise,
    Reported,
    figures,
    work_facts,
)
from roi.calc.realised import ClaimLine
from roi.calc.restated import ALL, Frozen, now_of, reasons, restated

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TIMED = Baseline(D("6.000"), D("5.500"), D("6.500"), 40, True, 1)
ITEMS = Counted(300, 300, 240, 300, D(300), D(300))
INPUTS = MonthInputs(OCTOBER, NOVEMBER, "USD", counted=ITEMS, baseline=TIMED)


@pytest.mark.parametrize(
    ("working_day", "day"), [(1, date(2026, 11, 2)), (5, date(2026, 11, 6)), (6, date(2026, 11, 9))]
)
def test_a_month_closes_on_the_working_day_that_finance_set(working_day: int, day: date) -> None:
    assert close_day(OCTOBER, working_day) == day  # 1 November 2026 is a Sunday
    assert latest_due(day, working_day) == OCTOBER
    assert latest_due(day.replace(day=day.day - 1), working_day) == date(2026, 9, 1)


def test_a_day_is_the_companys() -> None:
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    zones = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
    assert [local_day(at, zone) for zone in zones] == [date(2026, 10, 31), NOVEMBER, date(2026, 10, 31)]


def test_a_month_has_hours_with_an_interval_cash_and_costs_by_kind() -> None:
    claims = (
        ClaimLine(D(700), OCTOBER, None, D(12), "cash", 5),
        ClaimLine(D(90), OCTOBER, None, D(0), "risk", 6),
    )
    costs = (
        Cost("licence_cost", D("20.5"), "fixed"),
        Cost("licence_cost", D(10), "line"),
        Cost("build_cost", D(9), "line"),
    )
    found = figures(
        replace(INPUTS, claims=claims, waiting=claims[:1], costs=costs, billed=D(6), traced=D(4), eval_share=D("0.1"),
                volume_month=D(400), promise=Promise(1, (D(240), D(360), D(480)), None, 5, 3, 36, D("0.5")))
    )  # fmt: skip
    assert (found["hours_freed"], found["coverage"], found["volume"]) == (D("20.0"), D("0.75000000"), 400)
    assert found["hours_low"] < D(20) < found["hours_high"]  # the time baseline was timed on 40 items
    assert (found["cash_signed"], found["risk_signed"], found["cash_claimed"]) == (D(700), D(90), D(700))
    assert (found["model_cost"], found["eval_cost"], found["cost_source"]) == (D(9), D(1), "both")
    assert (found["licence_cost"], found["build_cost"]) == (D("30.50"), D(9))
    assert [found[f"forecast_hours_{p}"] for p in ("p10", "p50", "p90")] == [D(10), D(15), D(20)]
    assert found["made_of"]["claims"] == [[5, "700.00", "12.0", "cash"], [6, "90.00", "0.0", "risk"]]


@pytest.mark.parametrize(
    ("known", "source", "bounds"),
    [
        ({"random": True}, "", False),
        ({"evals": (7, 90, 100)}, "evals", False),
        ({"evals": (7, 90, 100), "feedback": (40, 50)}, "feedback", True),
        ({"evals": (7, 90, 100), "feedback": (40, 50), "random": True}, "feedback", False),
    ],
)
def test_where_no_system_judged_the_share_is_of_feedback_else_of_evals_else_unknown(
    known: dict[str, Any], source: str, bounds: bool
) -> None:
    found = figures(replace(INPUTS, counted=Counted(300), **known))
    assert (found["accepted_from"], found["bounds"]) == (source, bounds)
    assert (found["hours_freed"] is None) == (source == "")


def test_an_owners_answer_counts_where_no_feed_does() -> None:
    told = Reported(50, 40, D(2))
    assert not figures(replace(INPUTS, reported=told))["self_reported"]
    found = figures(replace(INPUTS, counted=Counted(), reported=told))
    assert (found["self_reported"], found["done"], found["hours_freed"]) == (True, 50, D("2.7"))


def test_losses_are_priced_beside_cash() -> None:
    priced = replace(INPUTS, loss_per_error=D(100), wrong_share=D("0.05"), loss_per_leak=D(5000), leaks=1)
    found = figures(priced)
    assert found["expected_loss"] == D("6200.00")  # 240 x 5 % x 100 + 5,000
    assert figures(replace(priced, wrong_share=D("0.10")))["expected_loss"] == D("7400.00")


def test_what_months_share_is_added_and_what_is_their_own_in_quadrature() -> None:
    own = [MonthHours(D(10), D(7), D(13)), MonthHours(D(10), D(6), D(14))]
    assert hours_interval(own) == (D("15.0"), D("25.0"))  # 3 and 4 make 5
    shared = [replace(month, baseline=D(1000)) for month in own]
    assert hours_interval(shared) == (D("13.0"), D("27.0"))
    assert hours_interval([replace(month, bounds=True) for month in own]) == (D("13.0"), D("27.0"))
    assert hours_interval([]) == (None, None)


def closed(inputs: MonthInputs) -> Frozen:
    found = figures(inputs)
    return Frozen(inputs.month, inputs.through, found, found["made_of"])


def difference(frozen: Frozen, inputs: MonthInputs, with_calls: bool = True) -> tuple[dict[str, D], str]:
    now = now_of(inputs, work_facts(inputs), with_calls)
    after = restated(frozen, now)
    moved = {name: after[name] - D(frozen.columns[name] or 0) for name in ALL}
    return {name: amount for name, amount in moved.items() if amount}, reasons(frozen, now, moved)


def test_a_closed_month_moves_only_by_what_came_since() -> None:
    cost = Cost("licence_cost", D(10), "fixed")
    priced = replace(INPUTS, costs=(cost,), billed=D(0), traced=D(8), usd_rate=D(1))
    frozen = closed(priced)
    assert difference(frozen, priced)[0] == {}
    # Neither a new time baseline, nor a new rate, nor another dollar is news of a closed month.
    dearer = replace(priced, baseline=replace(TIMED, minutes=D(9)), rate=D(99), traced=D(16), usd_rate=D(2))
    assert difference(frozen, dearer)[0] == {}
    late = replace(priced, counted=Counted(312, 312, 252, 312, D(312), D(312)))
    assert difference(frozen, late) == (
        {"done": 12, "judged": 12, "accepted": 12, "hours_freed": D("1.0")},
        "12 items came late.",
    )
    struck = replace(priced, counted=Counted(299, 299, 239, 299, D(299), D(299)))
    assert difference(frozen, struck)[1] == "1 item was struck, or moved to another month."
    other = replace(priced, counted=replace(ITEMS, accepted=200))
    assert difference(frozen, other) == (
        {"accepted": -40, "hours_freed": D("-3.3")},
        "Verdicts came or changed.",
    )
    paid = replace(
        priced,
        claims=(ClaimLine(D(31), OCTOBER, None),),
        costs=(replace(cost, amount=D(12)),),
        billed=D(9),
        traced=D(0),
    )
    assert difference(frozen, paid) == (
        {"cash_signed": D(31), "licence_cost": D(2), "model_cost": D(1)},
        "A claim was signed, changed or ended later; a line of cost came or changed; a bill came in.",
    )
    assert "model_cost" not in difference(frozen, paid, with_calls=False)[0]


def test_workloads_are_independent_of_each_other_and_bounds_are_not() -> None:
    firm = (D(100), D(97), D(104), False)
    assert independent_sum([firm, firm]) == (D("195.8"), D("205.7"))
    loose = (D(10), D(5), D(20), True)
    assert independent_sum([firm, loose]) == (D("102.0"), D("124.0"))
    assert independent_sum([(D(7), None, None, False)]) == (D("7.0"), D("7.0"))
    assert independent_sum([]) is None

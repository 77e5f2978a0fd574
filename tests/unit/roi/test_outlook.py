"""The approved case updated by what was seen, and the rule that reads it."""

import numpy as np
import pytest

from roi.calc.distributions import Shape
from roi.calc.outlook import ENOUGH, Frame, Seen, before_and_after, looked_ahead, updated
from roi.calc.recommendation import RULE, recommend, worth_fixing
from roi.calc.simulation import Inputs, sample, uniforms

# 12,000 items a year of 10 minutes, half of them automated, at 60 an hour: 42,000 a year in cash less 6,000 to run.
APPROVED = Inputs(
    {
        "volume": Shape(10_000, 12_000, 15_000),
        "minutes": Shape(8, 10, 12),
        "automation_share": Shape(0.4, 0.5, 0.6, support="share"),
        "loaded_rate": Shape(60, 60, 60),
        "cashable_share": Shape(0.7, 0.7, 0.7, support="share"),
        "build_cost": Shape(30_000, 40_000, 60_000),
        "run_cost": Shape(5_000, 6_000, 7_000),
    }
)
AT = Frame(age=6, ahead=30, left=30, elapsed=6, so_far=-20_000, target=30_000)


def money(amount: float) -> str:
    return f"${amount:,.0f}"


def seen(**values: list[float]) -> list[Seen]:
    return [Seen(name, tuple(months)) for name, months in values.items()]


def test_what_was_seen_moves_the_draws_towards_it_and_narrows_them() -> None:
    evidence = seen(automation_share=[0.44, 0.46, 0.45, 0.43, 0.45, 0.45])
    made = updated(APPROVED, evidence)
    before = sample(APPROVED, uniforms(20_261, 4096))["automation_share"]
    after = made.x["automation_share"]
    assert made.how == {"automation_share": "updated"} and made.ess > ENOUGH
    assert 0.44 < np.median(after) < np.median(before) and np.ptp(np.quantile(after, (0.1, 0.9))) < 0.12
    # What was not seen stays as approved.
    assert np.median(made.x["volume"]) == pytest.approx(12_000, rel=0.02)
    row = before_and_after(APPROVED, made, evidence)[0]
    assert (
        row["quantity"] == "automation_share"
        and row["months"] == 6
        and row["seen"] == pytest.approx(0.447, abs=0.01)
    )


def test_a_month_changes_little_and_twelve_change_much() -> None:
    few, many = (updated(APPROVED, seen(volume=[9_000.0] * n)).x["volume"] for n in (1, 12))
    assert np.median(many) < np.median(few) < 12_000 and np.std(many) < np.std(few)


def test_what_lies_outside_of_all_that_was_approved_stands_alone() -> None:
    made = updated(
        APPROVED, seen(automation_share=[0.05] * 6, volume=[12_000.0] * 6, review_minutes=[2.0] * 6)
    )
    assert made.how == {"automation_share": "alone", "volume": "updated", "review_minutes": "alone"}
    assert np.median(made.x["automation_share"]) == pytest.approx(0.05, rel=0.1) and made.ess >= ENOUGH
    assert np.median(made.x["review_minutes"]) == pytest.approx(2, rel=0.1)
    again = updated(
        APPROVED, seen(automation_share=[0.05] * 6, volume=[12_000.0] * 6, review_minutes=[2.0] * 6)
    )
    assert all((made.x[name] == again.x[name]).all() for name in made.x)


def test_ahead_of_the_middle_case_is_its_cash_discounted() -> None:
    constant = Inputs(
        {name: Shape(s.likely, s.likely, s.likely, support=s.support) for name, s in APPROVED.shapes.items()}
    )
    ahead = looked_ahead(constant, updated(constant, []).x, AT)
    rate = 1.1 ** (1 / 12)
    assert ahead.forward.p50 == pytest.approx(sum(3_000 / rate**t for t in range(1, 31)), rel=1e-6)
    assert ahead.fan[-1].p50 == pytest.approx(90_000) and len(ahead.fan) == 30
    assert ahead.capacity == pytest.approx(300) and ahead.capacity_worth == pytest.approx(18_000)
    # 42,000 at half of the work: 6,000 are met by a seventh of it.
    share = next(row for row in ahead.breakevens if row["quantity"] == "automation_share")
    assert share["value"] == pytest.approx(0.5 / 7, rel=1e-5) and share["direction"] == "at least"
    assert ahead.prob_reach == 1.0


@pytest.mark.parametrize(
    ("evidence", "verdict", "says"),
    [
        ({"automation_share": [0.55] * 6}, "scale", "reaches the approved case"),
        ({"automation_share": [0.35] * 6}, "keep", "reaches the approved case"),
        ({"automation_share": [0.08] * 6}, "fix", "pays up to a cost of"),
        ({"automation_share": [0.01] * 6}, "retire", "Only a fix that brings back the approved case"),
    ],
)
def test_the_rule(evidence: dict[str, list[float]], verdict: str, says: str) -> None:
    frame = Frame(age=6, ahead=30, left=30, elapsed=6, so_far=-30_000, target=30_000)
    ahead = looked_ahead(APPROVED, updated(APPROVED, seen(**evidence)).x, frame)
    made = recommend(ahead, 6, money)
    assert (made.verdict, says in made.why) == (verdict, True), made
    assert worth_fixing(ahead) >= 0 and verdict in [name for name, _ in RULE]


def test_hours_that_no_claim_turned_into_cash_are_not_retired() -> None:
    shapes = dict(APPROVED.shapes) | {"cashable_share": Shape(0.02, 0.02, 0.02, support="share")}
    unclaimed = Inputs(shapes)
    made = recommend(looked_ahead(unclaimed, updated(unclaimed, []).x, AT), 6, money)
    assert made.verdict == "fix" and "no claim turns into cash" in made.why


def test_what_finance_has_not_signed_after_half_a_year_is_not_scaled() -> None:
    ahead = looked_ahead(APPROVED, updated(APPROVED, seen(automation_share=[0.55] * 6)).x, AT)
    assert recommend(ahead, 5, money, signed=0.0).verdict == "scale"
    made = recommend(ahead, 6, money, signed=0.3)
    assert made.verdict == "keep" and made.why.endswith("of which finance has signed 30 % so far.")


def test_too_little_is_said() -> None:
    ahead = looked_ahead(APPROVED, updated(APPROVED, []).x, AT)
    assert recommend(ahead, 2, money).why == "Not enough data: 2 whole months since go-live, 3 are needed."
    assert recommend(None, 9, money).verdict == ""

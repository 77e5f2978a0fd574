"""What changed between two assessments and what it did: parts that add up to the difference to the cent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc.comparison import CALCULATION, CORRELATIONS, Side, by_size, changes, parts_to_the_cent
from roi.calc.distributions import Shape
from roi.calc.scoring import simulate
from roi.calc.simulation import QUANTITIES, SEED, Inputs

DRAWS = 512
SHAPES = {
    "volume": Shape(80_000, 96_000, 115_000),
    "minutes": Shape(5, 8, 14),
    "automation_share": Shape(0.35, 0.55, 0.75, "percentiles", "share"),
    "loaded_rate": Shape(36, 36, 36),
    "cashable_share": Shape(0.3, 0.5, 0.7, "percentiles", "share"),
    "build_cost": Shape(70_000, 110_000, 210_000),
    "run_cost": Shape(35_000, 55_000, 95_000),
    "tokens_in": Shape(2_000, 3_000, 6_000),
}
BEFORE = Inputs(SHAPES, price_in=3e-6)


def with_shapes(inputs: Inputs, **shapes: Shape) -> Inputs:
    return replace(inputs, shapes=dict(inputs.shapes) | shapes)


def without(inputs: Inputs, name: str) -> Inputs:
    return replace(inputs, shapes={n: s for n, s in inputs.shapes.items() if n != name})


def stored(inputs: Inputs, is_current: bool = True, off: str = "0") -> Side:
    """As an assessment keeps it: the P50 to the cent."""
    npv = simulate(inputs, SEED, DRAWS).npv
    assert npv is not None
    return Side(inputs, Decimal(npv.p50).quantize(Decimal("0.01")) + Decimal(off), is_current)


def parts(before: Inputs, after: Inputs) -> dict[str, Decimal]:
    return parts_to_the_cent(stored(before), stored(after), SEED, DRAWS)


def difference(before: Inputs, after: Inputs) -> Decimal:
    return stored(after).npv_p50 - stored(before).npv_p50


def sure(**values: float) -> Inputs:
    shapes = {n: Shape(v, v, v, "percentiles", QUANTITIES[n]) for n, v in values.items()}
    return Inputs(shapes, horizon_months=12, discount_rate=0.0, ramp_months=1)


WHOLE = {"automation_share": 1, "loaded_rate": 50, "cashable_share": 1, "build_cost": 0}


def test_a_sum_done_by_hand_is_shared_as_shapley_does() -> None:
    """1,000 items of 60 min at $50 = $50,000; 2,000 of 90 min = $150,000. Volume alone +50,000 or, after the minutes,
    +75,000: 62,500; minutes alone +25,000 or, after the volume, +50,000: 37,500."""
    before, after = sure(volume=1000, minutes=60, **WHOLE), sure(volume=2000, minutes=90, **WHOLE)
    assert parts(before, after) == {"volume": Decimal("62500.00"), "minutes": Decimal("37500.00")}


def test_the_parts_of_the_published_shortfall() -> None:
    """ServiceNow's example, 15,000 forecast and 11,266.67 realised: both coverage and handling time at 13/15 of plan
    (here 5,000 items x 6 minutes at $30 an hour). Neither change comes first, so each has the mean of both orders."""
    before = sure(volume=5000, minutes=6, **(WHOLE | {"loaded_rate": 30}))
    after = sure(volume=13_000 / 3, minutes=5.2, **(WHOLE | {"loaded_rate": 30}))
    made = parts(before, after)
    assert sum(made.values()) == Decimal("-3733.33")
    assert {name: round(part, 1) for name, part in made.items()} == {
        "volume": Decimal("-1866.7"),
        "minutes": Decimal("-1866.7"),
    }


def test_a_single_change_did_all_of_it() -> None:
    after = with_shapes(BEFORE, minutes=Shape(4, 7, 12))
    assert parts(BEFORE, after) == {"minutes": difference(BEFORE, after)}


def test_nothing_changed_has_no_parts() -> None:
    assert parts(BEFORE, replace(BEFORE)) == {} and changes(BEFORE, replace(BEFORE)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"horizon_months": 48},
        {"discount_rate": 0.04},
        {"hours_cap": 6_000.0},
        {"price_in": 9e-6},
        {"ramp_months": 9.0},
        {"start_months": 6.0},
    ],
)
def test_a_changed_setting_is_a_change_like_any_other(changed: dict[str, Any]) -> None:
    after = replace(with_shapes(BEFORE, minutes=Shape(4, 7, 12)), **changed)
    made = parts(BEFORE, after)
    assert set(made) == {"minutes", *changed} and sum(made.values()) == difference(BEFORE, after)
    alone = replace(BEFORE, **changed)
    assert parts(BEFORE, alone) == {next(iter(changed)): difference(BEFORE, alone)}
    assert difference(BEFORE, alone) != 0


def test_what_moves_together_is_a_change_too() -> None:
    after = replace(with_shapes(BEFORE, minutes=Shape(4, 7, 12)), correlations=(("volume", "minutes", 0.8),))
    made = parts(BEFORE, after)
    assert list(made) == ["minutes", CORRELATIONS] and made[CORRELATIONS] != 0
    assert sum(made.values()) == difference(BEFORE, after)


@pytest.mark.parametrize("name", ["run_cost", "tokens_in"])
def test_an_input_that_one_side_lacks_counts_as_nothing_there(name: str) -> None:
    bare = without(BEFORE, name)
    assert parts(bare, BEFORE) == {name: difference(bare, BEFORE)} and difference(bare, BEFORE) < 0


def test_a_start_that_was_assumed_and_is_now_estimated() -> None:
    after = with_shapes(replace(BEFORE, start_months=6.0), start_months=Shape(2, 3, 5))
    assert parts(BEFORE, after) == {"start_months": difference(BEFORE, after)}
    told_again = with_shapes(BEFORE, start_months=Shape(2, 3, 5))
    assert changes(told_again, after) == []


def test_benefits_beside_the_cash_changed_and_did_nothing() -> None:
    after = with_shapes(BEFORE, revenue=Shape(0, 1e5, 2e5, "percentiles", "real"), minutes=Shape(4, 7, 12))
    made = parts(BEFORE, after)
    assert made["revenue"] == 0 and made["minutes"] == difference(BEFORE, after)


def test_the_way_back_is_the_way_there_with_the_sign_turned() -> None:
    after = replace(with_shapes(BEFORE, minutes=Shape(4, 7, 12), run_cost=Shape(1, 2, 3)), horizon_months=24)
    there, back = parts(BEFORE, after), parts(after, BEFORE)
    for name in there:
        assert abs(there[name] + back[name]) <= Decimal("0.02")


def test_what_another_calculation_did_is_told_apart() -> None:
    """The older score was 1,234.56 higher than today's calculation would make it."""
    after = with_shapes(BEFORE, minutes=Shape(4, 7, 12))
    older, newer = stored(BEFORE, is_current=False, off="1234.56"), stored(after)
    made = parts_to_the_cent(older, newer, SEED, DRAWS)
    assert list(made) == ["minutes", CALCULATION]
    assert abs(made[CALCULATION] + Decimal("1234.56")) <= Decimal("0.01")
    assert sum(made.values()) == newer.npv_p50 - older.npv_p50


def test_the_same_inputs_under_another_calculation() -> None:
    made = parts_to_the_cent(stored(BEFORE, False, "-10"), stored(BEFORE), SEED, DRAWS)
    assert made == {CALCULATION: Decimal("10.00")}


def test_without_an_npv_there_is_nothing_to_share_out() -> None:
    side = Side(without(BEFORE, "build_cost"), Decimal(0))
    with pytest.raises(ValueError, match="no NPV"):
        parts_to_the_cent(side, stored(BEFORE), SEED, DRAWS)


def test_the_largest_part_leads_and_what_did_nothing_is_left_out() -> None:
    told = by_size({"a": Decimal(5), "b": Decimal(-7), "c": Decimal(0)})
    assert told == [("b", Decimal(-7)), ("a", Decimal(5))]


MOVES = st.floats(0.3, 3.0)


@settings(max_examples=40, deadline=None)
@given(moves=st.dictionaries(st.sampled_from(sorted(SHAPES)), MOVES), horizon=st.integers(6, 60), cap=MOVES)
def test_the_parts_add_up_to_the_cent(moves: dict[str, float], horizon: int, cap: float) -> None:
    """Few changes and many (more than are worked out exactly), whatever they are."""
    moved = {name: _scaled(SHAPES[name], by) for name, by in moves.items()}
    after = replace(with_shapes(BEFORE, **moved), horizon_months=horizon, hours_cap=5_000 * cap)
    made = parts(BEFORE, after)
    assert sum(made.values(), Decimal(0)) == difference(BEFORE, after)
    assert list(made) == changes(BEFORE, after)
    assert all(part == part.quantize(Decimal("0.01")) for part in made.values())


def _scaled(shape: Shape, by: float) -> Shape:
    most = 1.0 if shape.support == "share" else float("inf")
    low, likely, high = (min(v * by, most) for v in (shape.low, shape.likely, shape.high))
    return Shape(low, likely, high, shape.meaning, shape.support)

"""What each change did to the NPV, in parts that add up to the cent."""

from decimal import Decimal

import pytest

from roi.calc.comparison import CALCULATION, Side, by_size, changes, parts_to_the_cent
from roi.calc.distributions import Shape
from roi.calc.scoring import simulate
from roi.calc.simulation import QUANTITIES, SEED, Inputs


def inputs(ranges, **frame):
    """Inputs from {quantity: (low, likely, high) or one value}."""
    points = {q: r if isinstance(r, tuple) else (r, r, r) for q, r in ranges.items()}
    shapes = {q: Shape(*map(float, p), "percentiles", QUANTITIES[q]) for q, p in points.items()}
    return Inputs(shapes, **frame)


BEFORE = {
    "volume": (9e3, 1e4, 12e3),
    "minutes": (8, 10, 14),
    "automation_share": (0.4, 0.55, 0.7),
    "loaded_rate": 40,
    "cashable_share": (0.4, 0.5, 0.6),
    "build_cost": (1e4, 2e4, 4e4),
    "run_cost": (1e3, 2e3, 3e3),
}
AFTER = BEFORE | {"volume": (1e4, 13e3, 15e3), "build_cost": (2e4, 3e4, 5e4), "review_minutes": (1, 2, 3)}


def side(made, is_current=True, shift="0"):
    npv = simulate(made, SEED, 1024).npv
    return Side(made, (Decimal(str(npv.p50)) + Decimal(shift)).quantize(Decimal("0.01")), is_current)


def test_parts_of_a_change_add_up_to_the_cent():
    before, after = side(inputs(BEFORE)), side(inputs(AFTER, discount_rate=0.08))
    parts = parts_to_the_cent(before, after, SEED, 1024)
    assert set(parts) == {"volume", "review_minutes", "build_cost", "discount_rate"}
    assert sum(parts.values()) == after.npv_p50 - before.npv_p50
    assert parts["volume"] > 0 > parts["review_minutes"] and parts["build_cost"] < 0 < parts["discount_rate"]
    assert [name for name, _ in by_size(parts)][-1] == "discount_rate"


def test_many_changes_add_up_too():
    more = {q: tuple(1.1 * v for v in r) if isinstance(r, tuple) else r * 1.1 for q, r in AFTER.items()}
    more |= {"start_months": (1, 2, 4), "ramp_months": (2, 4, 6), "other_cash": (0, 100, 900)}
    before, after = side(inputs(BEFORE)), side(inputs(more, correlations=(("volume", "run_cost", 0.5),)))
    parts = parts_to_the_cent(before, after, SEED, 1024)
    assert len(parts) == 12 and sum(parts.values()) == after.npv_p50 - before.npv_p50


def test_another_calculation_is_a_part_of_its_own():
    before, after = side(inputs(BEFORE), is_current=False, shift="1234.56"), side(inputs(AFTER))
    parts = parts_to_the_cent(before, after, SEED, 1024)
    assert parts[CALCULATION] == pytest.approx(Decimal("-1234.56"), abs=Decimal("0.05"))
    assert sum(parts.values()) == after.npv_p50 - before.npv_p50
    same = parts_to_the_cent(side(inputs(BEFORE), False, "10"), side(inputs(BEFORE)), SEED, 1024)
    assert same == {CALCULATION: Decimal("-10.00")}


def test_a_benefit_of_another_kind_did_nothing_to_the_cash():
    after = inputs(BEFORE | {"revenue": (1, 2, 3)})
    parts = parts_to_the_cent(side(inputs(BEFORE)), side(after), SEED, 1024)
    assert changes(inputs(BEFORE), after) == ["revenue"] and parts == {"revenue": Decimal(0)}


def test_without_an_npv_nothing_is_split():
    bare = inputs({q: r for q, r in BEFORE.items() if q != "build_cost"})
    with pytest.raises(ValueError, match="no NPV"):
        parts_to_the_cent(Side(bare, Decimal(0)), side(inputs(AFTER)), SEED, 1024)

"""Parts in whole cents that add up to a total, of floats and of decimals; effects of changes in both."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.calc.fair_shares import mean_effects, whole_parts

money = st.decimals(-10_000_000, 10_000_000, places=2)
parts = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-1e6, 1e6), min_size=1, max_size=12)


@given(parts, money)
def test_parts_add_up_to_the_cent_whatever_the_total(shares: dict[str, float], total: Decimal) -> None:
    found = whole_parts(shares, total)
    assert sum(found.values()) == total
    assert all(part == part.quantize(Decimal("0.01")) for part in found.values())


@given(parts)
def test_a_part_moves_by_less_than_a_cent_when_the_total_is_theirs(shares: dict[str, float]) -> None:
    total = Decimal(math.fsum(shares.values())).quantize(Decimal("0.01"))
    found = whole_parts(shares, total)
    assert all(abs(float(found[name]) - part) < 0.0101 for name, part in shares.items())


def test_the_largest_remainder_gets_the_cent() -> None:
    assert whole_parts({"a": 0.334, "b": 0.333, "c": 0.333}, Decimal("1.00")) == {
        "a": Decimal("0.34"),
        "b": Decimal("0.33"),
        "c": Decimal("0.33"),
    }


def test_a_total_that_nothing_can_carry_is_refused() -> None:
    assert whole_parts({}, Decimal(0)) == {}
    with pytest.raises(ValueError, match="no parts"):
        whole_parts({}, Decimal("0.01"))
    with pytest.raises(ValueError, match="whole number of cents"):
        whole_parts({"a": 1.0}, Decimal("1.001"))


def test_the_effects_of_decimals_are_exact_where_those_of_floats_are_near() -> None:
    def area(changed: frozenset[str]) -> Decimal:
        return Decimal("0.1" if "wide" in changed else "0.3") * Decimal("0.7" if "high" in changed else "0.2")

    exact = mean_effects(["wide", "high"], area)
    assert exact == {"wide": Decimal("-0.09"), "high": Decimal("0.1")}
    near = mean_effects(["wide", "high"], lambda changed: float(area(changed)))
    assert near == pytest.approx({name: float(part) for name, part in exact.items()})

"""Parts of the gap: exact, to the cent, and as published."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi.calc.gap import FACTORS, Came, Planned, cash_gap, hours_gap, product_effects, rounded
from workloads.calc.fair_shares import mean_effects

D = Decimal
# ServiceNow's example: 2,000 items at 40 an hour; 75 % covered, 15 minutes saved, against 65 % and 13.
PLAN = Planned(volume=D(2000), coverage=D("0.75"), minutes=D(20), review=D(5), signed_share=D(1), rate=D(40))


def came(done: int, review: str, hours: str) -> Came:
    freed = D(hours)
    return Came(D(done), D(2000), D(1), D(20), D(review), freed, freed, D(40), cash_hours=freed * 40)


def test_servicenow_one_after_the_other_and_shapley() -> None:
    """15,000 forecast, 11,266.67 realised: -2,000.00 and -1,733.33 in sequence, -1,866.67 each as Shapley parts."""
    assert PLAN.cash_net == 15_000
    first = cash_gap(PLAN, came(1300, "5", "325"))
    assert first == {"coverage": D("-2000.00")}
    hours = D(1300) * 13 / 60
    both = came(1300, "7", str(hours))
    assert rounded(both.cash_net) == D("11266.67")
    assert rounded(both.cash_net - 13_000) == D("-1733.33")
    parts = cash_gap(PLAN, both)
    assert set(parts) == {"coverage", "review"} and sum(parts.values()) == D("-3733.33")
    assert all(abs(part + D("1866.666667")) < D("0.0067") for part in parts.values())


numbers = st.decimals(0, 5000, places=2)
shares = st.decimals(0, 1, places=4)
minutes = st.decimals(0, 240, places=3)
unknown = st.none()


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Planned, Came]:
    """Any plan against any month: early, late, unknown, loss-making, signed beyond what was freed."""
    d = draw
    plan = Planned(
        d(numbers), d(shares), d(minutes), d(minutes), d(shares), d(numbers), d(numbers),
        d(st.one_of(unknown, shares)), d(numbers), d(shares), d(shares), d(st.sampled_from([D(0), D(1)])),
        D(1), d(numbers), d(numbers),
    )  # fmt: skip
    hours = st.one_of(unknown, st.decimals(-300, 3000, places=1))
    month = Came(
        d(st.decimals(0, 9000, places=0)), d(st.one_of(unknown, numbers)), d(st.one_of(unknown, shares)),
        d(st.one_of(unknown, minutes)), d(st.one_of(unknown, minutes)), d(hours), d(st.decimals(0, 500, places=1)),
        d(st.one_of(unknown, numbers)), *[d(numbers) for _ in range(2)], d(st.decimals(0, 500, places=10)),
        *[d(numbers) for _ in range(3)],
    )  # fmt: skip
    return plan, month


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_parts_add_up_to_the_gap_to_the_cent(ledger: tuple[Planned, Came]) -> None:
    plan, month = ledger
    parts = cash_gap(plan, month)
    assert sum(parts.values()) == rounded(month.cash_net) - rounded(plan.cash_net + plan.late)
    assert set(parts) <= set(FACTORS) and all(part == rounded(part) for part in parts.values())
    hours = hours_gap(plan, month)
    capacity = max((month.hours or D(0)) - month.hours_signed, D(0))
    planned = (plan.hours + plan.late_hours) * (1 - plan.signed_share)
    assert abs(sum(hours.values()) - (capacity - planned)) <= D("0.1")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
def test_the_closed_form_is_the_mean_over_all_orders(pairs: list[tuple[D, D]]) -> None:
    factors = {str(i): pair for i, pair in enumerate(pairs)}

    def value(changed: frozenset[str]) -> D:
        made = D(1)
        for name, pair in factors.items():
            made *= pair[name in changed]
        return made

    slow, fast = mean_effects(list(factors), value), product_effects(factors)
    for name in factors:
        assert float(fast.get(name, D(0))) == pytest.approx(float(slow[name]), rel=1e-9, abs=1e-6)


def test_a_late_start_is_delay_and_a_slow_ramp_is_ramp() -> None:
    """Two planned months passed before it ran; in its first month it did half of what the ramp's first step asks."""
    plan = Planned(
        D(1200),
        D("0.5"),
        D(10),
        D(0),
        D(1),
        D(60),
        use=D(1),
        use_live=D("0.5"),
        late=D(2000),
        late_hours=D(33),
    )
    month = Came(D(150), D(1200), D(1), D(10), D(0), D(25), D(25), D(60), cash_hours=D(1500))
    parts = cash_gap(plan, month)
    assert parts == {"ramp": D("-1500.00"), "delay": D("-5000.00")}


def test_a_cost_is_told_by_what_drove_it() -> None:
    """Twice the price on the planned items is the price alone; licences beyond the plan's one amount are licences."""
    plan = Planned(D(1000), D("0.5"), D(6), D(0), D(1), D(50), item_cost=D("0.10"), fixed=D(100))
    month = Came(
        D(500),
        D(1000),
        D(1),
        D(6),
        D(0),
        D(50),
        D(50),
        D(50),
        D(2500),
        model_cost=D(100),
        licence_cost=D(160),
    )
    assert cash_gap(plan, month) == {"price": D("-50.00"), "licence_cost": D("-60.00")}

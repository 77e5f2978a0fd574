"""What made the difference between two periods: parts that add up, and each factor named when it alone moved."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.calc.cost_change import CENT, FACTORS, Prices, Usage, in_words, parts

LISTED = Prices(*(Decimal(x) for x in ("0.0025", "0.00125", "0.003", "0.01")))


def usage(calls=100, retries=0, into=1000, cached=0, written=0, out=100, prices=LISTED, cost=None):
    """Sums of calls that all look alike, priced by `prices` unless a cost is given."""
    into, cached, written, out = (Decimal(calls * each) for each in (into, cached, written, out))
    priced = (
        (into - cached - written) * prices.input
        + cached * prices.cached
        + written * prices.written
        + out * prices.output
        + calls * prices.call
    )
    given = priced if cost is None else Decimal(cost)
    return Usage(Decimal(calls), Decimal(retries), into, cached, written, out, given, prices)


def moved(before, after):
    made = parts({"a": before}, {"a": after})
    return {name: part for name, part in made.items() if part}


def test_each_factor_alone_is_named_alone():
    base = usage()
    dearer = Prices(*(2 * getattr(LISTED, name) for name in ("input", "cached", "written", "output")))
    assert moved(base, usage(calls=150)) == {"volume": Decimal("175.00")}
    assert moved(base, usage(prices=dearer)) == {"price": Decimal("350.00")}
    assert moved(base, usage(into=1400)) == {"tokens_in": Decimal("100.00")}
    assert moved(base, usage(out=50)) == {"tokens_out": Decimal("-50.00")}
    assert moved(base, usage(cached=400)) == {"cache_hits": Decimal("-50.00")}
    assert moved(base, usage(calls=120, retries=20)) == {"retries": Decimal("70.00")}
    assert moved(base, base) == {}


def test_a_new_model_is_mix_and_never_price():
    small, large = (
        usage(),
        usage(prices=Prices(*(10 * getattr(LISTED, n) for n in ("input", "cached", "written", "output")))),
    )
    made = parts({"small": replace(small)}, {"large": large})
    assert made["mix"] == Decimal("3150.00") and not any(made[name] for name in FACTORS if name != "mix")


def test_two_that_move_together_share_what_is_joint():
    made = moved(usage(), usage(calls=200, into=2000))
    # 350 -> 1,200: 350 of volume alone, 250 of tokens alone, and 250 of both, half to each.
    assert made == {"volume": Decimal("475.00"), "tokens_in": Decimal("375.00")}


def test_from_nothing_and_to_nothing_is_volume():
    assert parts({}, {"a": usage()}) == dict.fromkeys(FACTORS, Decimal("0.00")) | {
        "volume": Decimal("350.00")
    }
    assert parts({"a": usage()}, {})["volume"] == Decimal("-350.00")
    assert set(parts({}, {}).values()) == {Decimal("0.00")}


def test_a_cost_without_tokens_is_a_price_of_a_call():
    before, after = usage(into=0, out=0, cost=100), usage(into=0, out=0, cost=150)
    assert moved(before, after) == {"price": Decimal("50.00")}


def test_what_nobody_could_price_shows_as_price():
    assert moved(usage(), usage(cost=0)) == {"price": Decimal("-350.00")}


counts = st.integers(0, 10**6)
shares = st.integers(0, 100)


@st.composite
def any_usage(draw):
    calls = draw(st.integers(1, 10**6))
    into = draw(counts) * calls
    cached = into * draw(shares) // 100
    written = (into - cached) * draw(shares) // 100
    cost = draw(st.decimals(0, 10**7, places=10))
    prices = Prices(*(draw(st.decimals(0, 1, places=8)) for _ in range(5)))
    retries = draw(st.integers(0, calls))
    numbers = (Decimal(n) for n in (calls, retries, into, cached, written, draw(counts) * calls))
    return Usage(*numbers, cost, prices)


periods = st.dictionaries(st.sampled_from("abc"), any_usage(), max_size=3)


@settings(max_examples=150, deadline=None)
@given(periods, periods)
def test_parts_add_up_to_the_cent_whatever_happened(before, after):
    def cost(period):
        return sum((each.cost for each in period.values()), Decimal(0)).quantize(CENT)

    made = parts(before, after)
    assert set(made) == set(FACTORS) and sum(made.values()) == cost(after) - cost(before)
    assert all(part == part.quantize(CENT) for part in made.values())
    # The way back is the way there with the other sign, but for the cents that rounding shares out.
    back = parts(after, before)
    assert all(abs(made[name] + back[name]) <= CENT for name in FACTORS)


def test_words_name_the_largest_first_and_leave_out_nothing_that_counts():
    said = in_words(
        {"volume": Decimal("3.10"), "price": Decimal("-80"), "mix": Decimal(0)}, lambda m: f"${m:,.2f}"
    )
    assert said == "price of a token or call −$80.00, number of calls +$3.10"


def test_a_mean_period_divides_every_sum_and_no_price():
    half = usage(calls=100).over(2)
    assert half.calls == 50 and half.cost == 175 and half.prices == LISTED

"""Bills spread over calls: exact for any split, and nothing counted twice; names matched only when sure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.calc.bill_gap import BilledDay, TracedDay, gap
from workloads.calc.model_names import SAID, SAME, billed_name, match, provider_fits, same_name
from workloads.calc.months import held, later, months_of
from workloads.calc.reconcile import BILLED, TRACED, Billed, Traced, exact_sum, rule, spread

D = Decimal
money = st.decimals(
    min_value=D("-1e12"), max_value=D("1e12"), allow_nan=False, allow_infinity=False, places=16
)
weight = st.decimals(min_value=0, max_value=D("1e9"), allow_nan=False, allow_infinity=False, places=12)
weights = st.dictionaries(st.integers(0, 50), weight, min_size=1, max_size=12).filter(
    lambda w: any(w.values())
)


@given(money, weights)
@settings(max_examples=300, deadline=None)
def test_any_split_adds_up_unrounded(amount, shares):
    parts = spread(amount, shares)
    assert exact_sum(parts.values()) == amount and set(parts) == set(shares)
    assert all(part == 0 or (part > 0) == (amount > 0) for part in parts.values())


def test_a_split_in_three_gives_the_rest_to_somebody():
    parts = spread(D(1), {"a": D(1), "b": D(1), "c": D(1)})
    assert exact_sum(parts.values()) == 1 and len(set(parts.values())) == 2


@pytest.mark.parametrize("shares", [{}, {"a": D(0)}, {"a": D(-1), "b": D(2)}])
def test_weights_that_cannot_be(shares):
    with pytest.raises(ValueError, match="weights"):
        spread(D(1), shares)


GPT, MINI = ("openai", "gpt-4o"), ("openai", "gpt-4o-mini")


def traced(workload, cost, model="gpt-4o", centre="", **more):
    return Traced(workload, "openai", model, centre, D(cost), more.pop("calls", 10), **more)


def billed(amount, model="gpt-4o", workload=None, provider="OpenAI"):
    return Billed(provider, model, workload, D(amount))


def ruled(calls, lines, said=None):
    matches = match({line.key for line in lines if line.model}, {row.key for row in calls}, said or {})
    return rule(calls, lines, matches)


def amounts(found, source=None):
    sums: dict[int, Decimal] = {}
    for share in found.shares:
        if source in (None, share.source):
            sums[share.workload] = sums.get(share.workload, D(0)) + share.amount
    return sums


def test_without_a_bill_calls_stand_as_traced():
    found = ruled([traced(1, "3"), traced(2, "1")], [])
    assert amounts(found) == {1: 3, 2: 1} and all(share.provisional for share in found.shares)


def test_a_bill_without_an_owner_is_spread_by_traced_share():
    found = ruled([traced(1, "3"), traced(2, "1")], [billed("5")])
    assert amounts(found) == {1: D("3.75"), 2: D("1.25")}
    assert {share.source for share in found.shares} == {BILLED} and not found.unowned


def test_a_model_on_no_bill_keeps_its_traced_cost():
    found = ruled([traced(1, "3"), traced(1, "2", "gpt-4o-mini")], [billed("5")])
    assert amounts(found, BILLED) == {1: 5} and amounts(found, TRACED) == {1: 2}


def test_an_owner_pays_its_own_line_and_no_part_of_others():
    calls = [traced(1, "100"), traced(2, "50")]
    found = ruled(calls, [billed("110", workload=1), billed("55")])
    assert amounts(found) == {1: 110, 2: 55}


def test_others_share_when_the_only_callers_have_lines_of_their_own():
    found = ruled([traced(1, "100")], [billed("90", workload=1), billed("20")])
    assert amounts(found) == {1: 110}


def test_an_own_line_under_a_strange_name_still_covers_the_calls_of_that_provider():
    found = ruled([traced(1, "9")], [billed("10", model="Meter 4711", workload=1)])
    assert amounts(found) == {1: 10} and {share.source for share in found.shares} == {BILLED}


def test_spend_that_is_no_ai_covers_no_call():
    found = ruled([traced(1, "9")], [billed("4", model="", workload=1, provider="Azure")])
    assert amounts(found, BILLED) == {1: 4} and amounts(found, TRACED) == {1: 9}


def test_a_line_that_nobody_called_for_is_nobodys():
    line = billed("5", model="o3")
    found = ruled([traced(1, "9")], [line])
    assert found.unowned == [line] and amounts(found) == {1: 9}


def test_calls_without_a_price_share_by_their_number():
    found = ruled([traced(1, "0", calls=30), traced(2, "0", calls=10)], [billed("8")])
    assert amounts(found) == {1: 6, 2: 2}


def test_credits_reduce_whoever_pays():
    found = ruled([traced(1, "3"), traced(2, "1")], [billed("8"), billed("-4")])
    assert amounts(found) == {1: 3, 2: 1}


def test_cost_centres_share_by_traced_cost():
    calls = [traced(1, "3", centre="A"), traced(1, "1", centre="B")]
    shares = {share.cost_centre: share.amount for share in ruled(calls, [billed("8")]).shares}
    assert shares == {"A": 6, "B": 2}
    other = ruled(calls, [billed("8", model="", workload=1, provider="Azure")])
    assert {s.cost_centre: s.amount for s in other.shares if s.source == BILLED} == {"A": 6, "B": 2}


def test_an_owner_without_any_call_pays_all_the_same():
    (share,) = ruled([], [billed("7", workload=3)]).shares
    assert (share.workload, share.model, share.cost_centre, share.amount) == (3, "gpt-4o", "", 7)


rows = st.lists(
    st.builds(
        traced,
        st.integers(1, 4),
        st.decimals(min_value=0, max_value=1000, places=9),
        st.sampled_from(["gpt-4o", "gpt-4o-mini"]),
        st.sampled_from(["", "A"]),
    ),
    max_size=8,
)
lines = st.lists(
    st.builds(
        billed,
        st.decimals(min_value=-100, max_value=1000, places=11),
        st.sampled_from(["gpt-4o", "gpt-4o-mini", "o3", ""]),
        st.sampled_from([None, None, 1, 2]),
    ),
    max_size=8,
)


@given(rows, lines)
@settings(max_examples=300, deadline=None)
def test_no_cent_of_a_bill_is_lost_or_made(calls, on_bill):
    found = ruled(calls, on_bill)
    shared = exact_sum(share.amount for share in found.shares if share.source == BILLED)
    assert shared + exact_sum(line.amount for line in found.unowned) == exact_sum(
        line.amount for line in on_bill
    )
    left = exact_sum(share.amount for share in found.shares if share.source == TRACED)
    assert left <= exact_sum(row.cost for row in calls)
    places = [(s.workload, s.provider, s.model, s.cost_centre, s.source) for s in found.shares]
    assert len(places) == len(set(places))


# -- names


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("gpt-4o-2024-08-06", "gpt4o"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude35sonnet"),
        ("openai/gpt-4o-mini", "gpt4omini"),
        ("claude-3-5-sonnet@20240620", "claude35sonnet"),
    ],
)
def test_editions_of_a_model_are_one_name(name, plain):
    assert same_name(name) == plain


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("gpt-4o input tokens", "gpt4o"),
        ("Azure OpenAI - gpt 4o mini - Cached Inp Tokens Glbl", "gpt4omini"),
        ("USE1-Claude3.5Sonnet-input-tokens", "claude35sonnet"),
    ],
)
def test_a_meter_is_its_model_without_what_every_meter_says(words, plain):
    assert billed_name(words) == plain


def test_only_what_is_surely_the_same_matches():
    names = [
        ("OpenAI", "gpt-4o output tokens"),
        ("OpenAI", "gpt-4o-mini"),
        ("OpenAI", "gpt-4o realtime voices"),
    ]
    found = match(names, [GPT], {})
    assert found[names[0]].keys == (GPT,) and found[names[0]].how == SAME
    assert found[names[1]].keys == () and found[names[1]].suggestion == "gpt-4o"
    assert found[names[2]].keys == () and found[names[2]].suggestion == "gpt-4o"


def test_what_somebody_said_goes_first():
    key = ("OpenAI", "gpt-4o-mini")
    found = match([key], [GPT, MINI], {key: "gpt-4o"})[key]
    assert (found.keys, found.how) == ((GPT,), SAID)


@pytest.mark.parametrize(
    ("bill", "call", "fits"),
    [
        ("Microsoft", "azure.ai.openai", True),
        ("Microsoft", "openai", False),
        ("OpenAI", "azure.ai.openai", False),
        ("OpenAI, LLC", "openai", True),
        ("AWS", "aws.bedrock", True),
        ("AWS", "anthropic", False),
        ("Google Cloud", "gcp.vertex_ai", True),
        ("Anthropic", "anthropic", True),
        ("Groq Inc.", "groq", True),
        ("Anything", "", True),
    ],
)
def test_whose_bill_a_call_is_on(bill, call, fits):
    assert provider_fits(bill, call) is fits


def test_calls_of_another_provider_are_not_on_this_bill():
    key = ("OpenAI", "gpt-4o")
    assert match([key], [("azure.ai.openai", "gpt-4o")], {})[key].keys == ()


# -- the gap

DAY, NEXT = date(2026, 10, 5), date(2026, 10, 6)


def test_the_gap_by_day_and_model_and_its_parts():
    calls = [
        TracedDay(DAY, *GPT, D("1.00"), 10),
        TracedDay(NEXT, *GPT, D("2.00"), 20, upper_bound_calls=5, upper_bound_cost=D("1")),
        TracedDay(DAY, *MINI, D("0.30"), 7),
        TracedDay(DAY, "anthropic", "claude", D("0"), 3, unpriced_calls=3),
    ]
    on_bill = [
        BilledDay(DAY, "OpenAI", "gpt-4o input tokens", D("0.90"), True),
        BilledDay(NEXT, "OpenAI", "gpt-4o output tokens", D("1.50"), False),
        BilledDay(DAY, "OpenAI", "whisper minutes", D("0.25"), True),
        BilledDay(NEXT, "Anthropic", "claude", D("0.40"), True),
    ]
    matches = match({line.key for line in on_bill}, {row.key for row in calls}, {})
    found = gap(calls, on_bill, matches)
    by_label = {row.label: row for row in found.rows}
    both = by_label["gpt-4o"]
    assert (both.traced, both.billed, both.gap, both.final) == (3, D("2.40"), D("-0.60"), False)
    assert both.days == ((DAY, D("1.00"), D("0.90")), (NEXT, D("2.00"), D("1.50")))
    assert by_label["claude"].share is None and both.share == pytest.approx(-0.2)
    assert [row.label for row in found.untraced] == ["whisper minutes"]
    assert [row.label for row in found.unbilled] == ["gpt-4o-mini"]
    parts = dict(found.parts())
    assert parts == {
        "billed under names that no call has": D("0.25"),
        "calls that stand on no bill": D("-0.30"),
        "models with calls that have no price": D("0.40"),
        "models whose traced cost is an upper bound": D("-0.60"),
    }
    assert sum(parts.values()) == found.total == found.billed - found.traced
    assert sum(billed for _, _, billed in found.days) == found.billed


def test_editions_on_one_meter_stand_together():
    calls = [TracedDay(DAY, "openai", f"gpt-4o-2024-{m}", D(1), 1) for m in ("05-13", "08-06")]
    on_bill = [BilledDay(DAY, "OpenAI", "gpt-4o", D(3))]
    (row,) = gap(calls, on_bill, match({("OpenAI", "gpt-4o")}, {c.key for c in calls}, {})).rows
    assert len(row.models) == 2 and (row.traced, row.billed) == (2, 3)


# -- months


def test_months_and_what_holds_in_them():
    assert later(date(2026, 12, 1)) == date(2027, 1, 1) and later(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert months_of(date(2026, 11, 1), date(2027, 2, 1))[-1] == date(2027, 1, 1)
    november = date(2026, 11, 1)
    assert held(D(30), november, date(2026, 11, 11), None) == 20
    assert held(D(30), november, date(2026, 1, 1), date(2026, 11, 4)) == 3
    assert held(D(30), november, date(2026, 12, 1), None) == 0
    assert held(D("30.00"), november, date(2026, 1, 1), None) == 30

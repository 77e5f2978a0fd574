"""Sentences of a score: one for each state of knowledge, and the formula that comes out as the engine does."""

import pytest

from roi.calc import findings, formula, words
from roi.calc.distributions import Shape
from roi.calc.scoring import Percentiles, Result, simulate
from roi.calc.simulation import QUANTITIES, SEED, Inputs

HOURS = Percentiles(300, 914, 1500)
FULL = {
    "volume": 13_000,
    "minutes": 10,
    "automation_share": 0.55,
    "review_minutes": 2,
    "error_share_before": 0.1,
    "rework_minutes_before": 12,
    "error_share_after": 0.03,
    "rework_minutes_after": 20,
    "loaded_rate": 40,
    "cashable_share": 0.5,
    "build_cost": 30_000,
    "run_cost": 2000,
    "run_cost_item": 0.02,
    "tokens_in": 3000,
    "tokens_out": 400,
    "start_months": 2.5,
    "ramp_months": 4,
    "other_cash": 500,
}


def money(value):
    return f"{'−' if value < 0 else ''}${abs(value):,.0f}"


def inputs(ranges, **frame):
    """Inputs from {quantity: (low, likely, high) or one value}."""
    points = {q: r if isinstance(r, tuple) else (r, r, r) for q, r in ranges.items()}
    shapes = {q: Shape(*map(float, p), "percentiles", QUANTITIES[q]) for q, p in points.items()}
    return Inputs(shapes, **frame)


def say(**known):
    return words.sentence(Result(**known), money, 36, "build_cost")


def test_nothing_known_is_said_and_no_number_is_made_up():
    told = say()
    assert "Not enough is known" in told and "$" not in told and not any(c.isdigit() for c in told)


def test_hours_without_a_rate_have_no_money():
    told = say(hours=HOURS)
    assert (
        told.startswith("Sets free about 900 hours a year") and "No hourly rate" in told and "$" not in told
    )


def test_hours_that_are_lost_are_said_as_a_loss():
    assert "Takes about 100 hours a year more than it sets free" in say(hours=Percentiles(-300, -103, 20))


@pytest.mark.parametrize(
    ("breakeven", "told"),
    [(28_000, "if it costs less than $28,000 to build"), (-5, "not pay back within 36 months at any build")],
)
def test_without_a_build_cost_it_says_what_it_may_cost(breakeven, told):
    known = {"hours": HOURS, "cash_year": Percentiles(1, 2, 3), "breakeven_build": breakeven}
    assert told in say(**known)


def test_other_cash_alone_needs_no_hours():
    known = {"cash_year": Percentiles(1, 2, 3), "breakeven_build": 9000.0}
    assert say(**known) == "Pays back within 36 months if it costs less than $9,000 to build."


@pytest.mark.parametrize(
    ("middle", "chance", "told"),
    [
        (38_000, 0.72, "Likely worth $38,000 in cash over 36 months; it loses money 3 times in ten."),
        (38_000, 0.999, "it loses money less than once in twenty."),
        (-9_000, 0.12, "Likely to lose $9,000 over 36 months; it gains 1 time in ten."),
        (-9_000, 0.0, "it gains less than once in twenty."),
    ],
)
def test_an_npv_is_told_with_its_chance_and_its_doubt(middle, chance, told):
    npv = Percentiles(middle - 1, middle, middle + 1)
    made = say(hours=HOURS, cash_year=HOURS, npv=npv, prob_positive=chance)
    assert told in made and made.endswith("Most of that doubt is the build cost.")


@pytest.mark.parametrize(
    ("core", "told"),
    [
        ({}, ""),
        ({"cost_of_delay": {"value": 2100.0, "words": ""}, "npv_mean": 9.0}, "forgoes about $2,100."),
        ({"cost_of_delay": {"value": 0.4, "words": ""}, "npv_mean": 9.0}, "next to nothing"),
        (
            {"cost_of_delay": {"value": -3.0, "words": "Waiting costs nothing: x."}},
            "Waiting costs nothing: x.",
        ),
        ({"cost_of_delay": {"value": None, "words": "Too little is known."}}, "Too little is known."),
        ({"cost_of_delay": {"value": 90.0, "words": ""}, "npv_mean": -9.0}, "on average it would lose money"),
    ],
)
def test_waiting_is_a_loss_only_where_there_is_something_to_lose(core, told):
    assert told in words.waiting(core, money) and bool(told) == bool(words.waiting(core, money))


def test_capacity_stands_beside_and_is_never_added():
    core = {"capacity": {"p50": 350.0}, "capacity_worth": {"p50": 33_000.0}}
    assert words.capacity(core, money) == (
        "350 hours a year, worth $33,000 gross at the hourly rate: never added to the cash."
    )
    assert words.capacity(core | {"capacity_worth": None}, money) == "350 hours a year."
    assert words.capacity({"capacity": None}, money) == ""


@pytest.mark.parametrize(
    ("months", "told"),
    [
        (None, ""),
        ((12.0, 18.0, 30.0), "Pays back in 18 months (12 to 30)."),
        ((12.0, 18.0, None), "Pays back in 18 months, 12 at best; in the worst tenth not in 36 months."),
        ((30.0, None, None), "does not pay back in 36 months; in the best tenth within 30 months."),
        ((None, None, None), "In the middle case it does not pay back in 36 months."),
    ],
)
def test_payback_is_a_range_and_never_a_month_that_does_not_come(months, told):
    assert told in words.payback(months, 36)


@pytest.mark.parametrize(
    ("quantity", "value", "told"),
    [
        ("automation_share", 0.405, "40.5 %"),
        ("build_cost", 41_000, "$41,000"),
        ("loaded_rate", 85.49, "$85.49"),
        ("run_cost_item", 0.0315, "$0.0315"),
        ("other_cash", -20, "−$20"),
        ("volume", 1920, "1,920"),
        ("minutes", 6.25, "6.25"),
        ("minutes", 0.0, "0"),
    ],
)
def test_each_quantity_is_written_in_its_unit(quantity, value, told):
    assert words.amount(quantity, value, money) == told


def test_what_is_missing_is_named_with_what_follows():
    known = set(FULL) - {"build_cost", "review_minutes"}
    assert words.absent(known) == [
        "the minutes of review: none are counted",
        "the build cost: IT sizes it",
    ]
    assert "price of the tokens" in words.absent(set(FULL), is_unpriced=True)[0]


def test_every_shape_that_a_range_becomes_has_plain_words():
    from roi.calc import distributions as d

    for name in (d.CONSTANT, d.PERT, d.LINES, d.HALVES, *d.METALOGS.values()):
        assert words.drawn_as(name) in words.DRAWN.values()
    assert "no smooth curve fits; straight lines" in words.drawn_as(d.LINES)


# --- the formula ---------------------------------------------------------------


def example(ranges, wording=None, **frame):
    made = inputs(ranges, **frame)
    likely = {q: s.likely for q, s in made.shapes.items()}
    return formula.worked_example(likely, made, wording or formula.Wording(money, "$40"))


def test_the_formula_ends_at_the_npv_of_the_engine():
    prices = {"price_in": 2.5e-6, "price_out": 1e-5, "discount_rate": 0.08}
    lines = example(FULL, **prices)
    engine = simulate(inputs(FULL, **prices), SEED, 128).npv
    assert lines[-1].endswith(f"= {money(engine.p50)}")
    assert lines[0] == (
        "Minutes saved an automated item = 10 min − 2 of review + 10 % × 12 of rework saved − "
        "3 % × 20 of rework left = 8.6"
    )
    assert "3,000 tokens in × $2.50 a million + 400 tokens out × $10 a million" in "".join(lines)


def test_the_formula_stops_where_an_input_is_missing():
    work = {q: FULL[q] for q in ("volume", "minutes", "automation_share")}
    assert example({"volume": 3}) == []
    assert example(work) == ["Hours a year = 13,000 × 55 % × 10 min ÷ 60 = 1,192"]
    without_build = example({q: v for q, v in FULL.items() if q != "build_cost"})
    assert (
        not any(line.startswith("NPV") for line in without_build)
        and "years of full benefit" in without_build[-1]
    )


def test_the_formula_shows_the_cap_of_the_posts_and_the_engine_counts_it():
    lines = example(FULL, formula.Wording(money, "$40", "2 people have 500 hours"), hours_cap=500.0)
    assert any("counted are 500 hours (2 people have 500 hours)" in line for line in lines)
    assert lines[-1].endswith(f"= {money(simulate(inputs(FULL, hours_cap=500.0), SEED, 128).npv.p50)}")


def test_the_formula_says_which_price_of_tokens_counts():
    lines = example(
        FULL, formula.Wording(money, "$40", price_note="list price of x on 1 May 2026"), price_in=1e-6
    )
    assert any("(list price of x on 1 May 2026)" in line for line in lines)
    assert not any(
        "list price" in line for line in example(FULL, formula.Wording(money, "$40", "", "list price"))
    )


def test_work_without_items_shows_its_other_cash():
    only = {"other_cash": 9000, "run_cost": 1000, "build_cost": 5000}
    lines = example(only)
    assert "no hours are counted" in lines[0]
    assert lines[-1].endswith(f"= {money(simulate(inputs(only), SEED, 128).npv.p50)}")


# --- what the analysis says --------------------------------------------------------


def breakeven(quantity, value, likely, direction="at least"):
    return {
        "quantity": quantity,
        "value": value,
        "direction": direction,
        "likely": likely,
        "reachable": value is not None,
    }


def shown(quantity, value):
    return words.amount(quantity, value, money)


def test_a_break_even_is_a_sentence_with_both_values():
    rows = [breakeven("automation_share", 0.41, 0.55), breakeven("build_cost", 41_000, 35_000, "at most")]
    assert findings.breakeven_sentences(rows, shown, 5.0) == [
        "Pays back if at least 41 % are automated, instead of 55 %.",
        "Pays back if it costs at most $41,000 to build, instead of $35,000.",
    ]


def test_what_nothing_can_save_is_said_once():
    rows = [breakeven("volume", None, 100), breakeven("run_cost", None, 9, "at most")]
    assert findings.breakeven_sentences(rows, shown, -5.0) == [
        "No volume would pay this back, nor would any run cost by itself."
    ]
    assert findings.breakeven_sentences(rows[:1], shown, -5.0) == ["No volume would pay this back."]


def test_what_nothing_can_spoil_is_said_once():
    rows = [breakeven("volume", 40, 100), breakeven("ramp_months", None, 3, "at most")]
    told = findings.breakeven_sentences(rows, shown, 5.0)
    assert told[-1] == "Pays back whatever the ramp turns out to be, each by itself."


def test_every_quantity_of_an_npv_has_its_sentence():
    from roi.calc.simulation import BESIDE

    for name in set(QUANTITIES) - set(BESIDE):
        assert findings.breakeven_sentences([breakeven(name, 0.5, 0.6)], shown, 1.0)[0].startswith(
            "Pays back if"
        )
        assert name in findings.NOUNS and name in words.SHORT and name in words.NAMES


def test_a_middle_case_on_the_other_side_of_zero_is_explained():
    rows = [breakeven("volume", 90, 100)]
    assert "it gains, yet the middle of all futures loses" in findings.tipping_note(rows, -5.0)
    assert findings.tipping_note(rows, 5.0) == findings.tipping_note([], 5.0) == ""


def worth(quantity, value, how, hours, error=1.0):
    return {"quantity": quantity, "value": value, "standard_error": error, "words": how, "hours": hours}


ROWS = [
    worth("volume", 300.0, "counting last year's contracts", 2),
    worth("minutes", 10_200.0, "timing 20 contracts", 8),
    worth("run_cost", 0.0, "asking", 1),
    worth("build_cost", 0.0, "asking", 1),
]


def test_what_to_measure_is_told_with_effort_and_worth():
    found = findings.findings(ROWS, hourly=40.0)
    assert [f.quantity for f in found][:2] == ["minutes", "volume"]
    assert (found[0].cost, found[0].net) == (320.0, 9880.0)
    assert findings.measuring_sentence(found, money) == (
        "Timing 20 contracts, about a day, is worth up to $10,200; the volume is worth $300."
    )
    more = findings.findings([*ROWS, worth("ramp_months", 90.0, "asking", 1)], hourly=40.0)
    assert findings.measuring_sentence(more, money).endswith("is worth $300. 1 more is worth less.")


def test_a_measurement_that_costs_more_than_it_is_worth_does_not_pay():
    dear = findings.findings([worth("volume", 300.0, "counting", 80)], hourly=40.0)[0]
    noise = findings.findings([worth("volume", 3.0, "counting", 0, error=9.0)], hourly=40.0)[0]
    free = findings.findings([worth("volume", 300.0, "counting", 80)], hourly=None)[0]
    assert not dear.pays and not noise.pays and free.pays and free.cost is None


def test_nothing_worth_measuring_is_an_answer():
    assert "Nothing here is worth measuring" in findings.measuring_sentence(
        findings.findings(ROWS[2:], 40.0), money
    )
    assert findings.evpi_sentence(0.0, money).endswith("the same decision is right in every future.")
    assert (
        "up to $49,000" in findings.evpi_sentence(49_000.0, money)
        and findings.evpi_sentence(None, money) == ""
    )


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0, "no time"), (0.5, "under an hour"), (1.2, "about 1 hour"), (3, "about 3 hours"), (8, "about a day"),
     (20, "about 2 days")],
)  # fmt: skip
def test_effort_is_said_in_days_and_hours(hours, told):
    assert findings.effort(hours) == told

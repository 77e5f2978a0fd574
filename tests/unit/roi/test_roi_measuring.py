"""What measuring takes, in words and hours: the price beside what knowing is worth."""

import pytest

from roi.calc.measuring import PLANS, Measuring, measuring
from roi.calc.simulation import QUANTITIES

LIKELY = {"minutes": 18.0, "review_minutes": 3.0, "rework_minutes_before": 30.0}


def test_timing_twenty_contracts_takes_about_a_day() -> None:
    assert measuring("minutes", LIKELY, "contract") == Measuring("minutes", "timing 20 contracts", 8.0)


def test_trying_a_model_takes_setting_up_and_a_review_each() -> None:
    found = measuring("automation_share", LIKELY, "claim")
    assert found == Measuring("automation_share", "trying 50 claims by hand with a model", 6.5)
    unknown = {"minutes": 18.0}
    assert measuring("automation_share", unknown).hours == 4 + 50 * 9 / 60


def test_what_takes_days_each_is_timed_less_often() -> None:
    """Audits of twelve hours: five of them, not twenty; of three hours, thirteen in the week."""
    few = measuring("minutes", {"minutes": 720.0}, "audit")
    assert few.words == "timing 5 audits" and few.hours == 2 + 60
    assert measuring("minutes", {"minutes": 180.0}, "audit").words == "timing 13 audits"


def test_every_input_can_be_measured_even_where_nothing_else_is_known() -> None:
    assert list(PLANS) == list(QUANTITIES)
    for name in QUANTITIES:
        for likely in ({}, LIKELY, dict.fromkeys(QUANTITIES, 0.0)):
            found = measuring(name, likely, "item")
            assert 1 <= found.hours <= 12 and "{" not in found.words


@pytest.mark.parametrize(
    ("one", "many"),
    [("item", "items"), ("query", "queries"), ("day", "days"), ("batch", "batches"), ("case", "cases")],
)
def test_the_noun_is_told_in_the_plural(one: str, many: str) -> None:
    assert measuring("volume", {}, one).words == f"counting last year's {many} in the system"


def test_what_is_no_input_cannot_be_measured() -> None:
    with pytest.raises(KeyError):
        measuring("mood", LIKELY)

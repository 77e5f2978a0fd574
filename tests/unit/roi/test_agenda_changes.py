"""What moved since the pre-read, in words."""

from typing import Any

from roi.calc.pre_read import changes

THEN: dict[str, Any] = {
    "build": {"p50": 40_000.0}, "range": {"p50": 60_000.0}, "hours": {"p50": 500.0}, "prob_positive": 0.8,
    "owner": "Ada", "title": "Match", "feasibility": "", "case": "x",
}  # fmt: skip


def money(value: float) -> str:
    return f"{'−' if value < 0 else ''}${abs(value):,.0f}"


def said(**now: Any) -> list[str]:
    return [words for words, _ in changes(THEN, THEN | now, money)]


def test_nothing_moved_says_nothing() -> None:
    assert said() == [] and said(build={"p50": 40_300.0}, prob_positive=0.803) == []


def test_money_is_told_together_and_marked() -> None:
    told = changes(THEN, THEN | {"build": {"p50": 44_000.0}, "range": {"p50": 56_000.0}}, money)
    assert told == [("build estimate up $4,000, worth −$4,000", True)]
    assert said(range={"p50": 70_000.0}, prob_positive=0.9) == [
        "worth +$10,000", "gains in 90 % of the futures, was 80 %",
    ]  # fmt: skip


def test_what_appears_or_goes_is_told_too() -> None:
    assert said(range=None, build=None) == [
        "the build cost is not known any more", "the worth in cash is not known any more",
    ]  # fmt: skip
    assert changes({}, {"hours": {"p50": 5.0}}, money) == [("the number of hours a year is known now", False)]


def test_words_that_changed() -> None:
    assert said(hours={"p50": 400.0}, owner="Bob", feasibility="can be built: yes", case="y") == [
        "hours a year down 100", "owner is now: Bob", "IT's line is now: can be built: yes",
        "the description was edited",
    ]  # fmt: skip

"""What moved between two pages of a pre-read, in words; each line says whether it tells of money."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Money = Callable[[float], str]
Content = Mapping[str, Any]
# Of the larger of the two: what is less is rounding, not news.
NOTICED = 0.01
IS_MONEY = True


def changes(then: Content, now: Content, money: Money) -> list[tuple[str, bool]]:
    """ "build estimate up $4,000, worth −$4,000"; [(words, is money)], nothing where nothing moved."""
    return [*_money(then, now, money), *_work(then, now), *_words(then, now)]


def _money(then: Content, now: Content, money: Money) -> Iterator[tuple[str, bool]]:
    build, worth = _moved(then, now, "build"), _moved(then, now, "range")
    parts = []
    if build is not None:
        parts.append(f"build estimate {'up' if build > 0 else 'down'} {money(abs(build))}")
    if worth is not None:
        parts.append(f"worth {'+' if worth > 0 else ''}{money(worth)}")
    if parts:
        yield ", ".join(parts), IS_MONEY
    for name, words in (("build", "the build cost"), ("range", "the worth in cash")):
        if (said := _appeared(then, now, name, words)) is not None:
            yield said, IS_MONEY
    before, after = then.get("prob_positive"), now.get("prob_positive")
    if before is not None and after is not None and round(before * 100) != round(after * 100):
        yield f"gains in {after * 100:.0f} % of the futures, was {before * 100:.0f} %", IS_MONEY


def _work(then: Content, now: Content) -> Iterator[tuple[str, bool]]:
    hours = _moved(then, now, "hours")
    if hours is not None:
        yield f"hours a year {'up' if hours > 0 else 'down'} {abs(hours):,.0f}", not IS_MONEY
    elif (said := _appeared(then, now, "hours", "the number of hours a year")) is not None:
        yield said, not IS_MONEY


def _words(then: Content, now: Content) -> Iterator[tuple[str, bool]]:
    for name, words in (("owner", "owner"), ("title", "title"), ("feasibility", "IT's line")):
        if then.get(name, "") != now.get(name, ""):
            yield f"{words} is now: {now.get(name) or 'none'}", not IS_MONEY
    if then.get("case", "") != now.get("case", ""):
        yield "the description was edited", not IS_MONEY


def _middle(content: Content, name: str) -> float | None:
    return (content.get(name) or {}).get("p50")


def _moved(then: Content, now: Content, name: str) -> float | None:
    before, after = _middle(then, name), _middle(now, name)
    if before is None or after is None:
        return None
    step = after - before
    return step if abs(step) > NOTICED * max(abs(before), abs(after), 1.0) else None


def _appeared(then: Content, now: Content, name: str, words: str) -> str | None:
    before, after = _middle(then, name), _middle(now, name)
    if (before is None) == (after is None):
        return None
    return f"{words} {'is known now' if before is None else 'is not known any more'}"

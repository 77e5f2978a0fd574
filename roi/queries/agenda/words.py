"""Sentences of an agenda: when it is, how its sections stand, what is at stake."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from roi.models import AgendaItem, Review

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WAITS = {
    "owner": "an owner",
    "cost": "its cost",
    "score": "its score",
    "feasibility": "IT",
    "owner_answer": "its owner",
    "answer": "an answer",
}
STAKES = {
    "tripwire": "NPV approved",
    "expires": "NPV approved",
    "incident": "NPV approved",
    "budget": "over budget",
    "action": "of its item",
}
STAKE = "NPV or EVPI"


def when_words(review: Review) -> str:
    """ "Thu 26 Nov 2026, 09:30 (Europe/Berlin), 30 minutes"."""
    local = review.starts_at.astimezone(ZoneInfo(review.series.time_zone))
    return f"{local:%a %-d %b %Y, %H:%M} ({review.series.time_zone}), {review.minutes} minutes"


def number(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def waiting_sentence(missing: Iterable[Iterable[Mapping[str, Any]]]) -> str:
    """ "Two wait for IT, one for its owner."; an item that waits for two is counted with both."""
    counts = Counter(code for item in missing for code in {WAITS[m["code"]] for m in item})
    parts = []
    order = list(WAITS.values())
    for place, (what, n) in enumerate(sorted(counts.items(), key=lambda row: (-row[1], order.index(row[0])))):
        verb = ("waits" if n == 1 else "wait") if place == 0 else ""
        parts.append(f"{number(n)} {verb} for {what}".replace("  ", " "))
    told = ", ".join(parts)
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def stake_words(item: AgendaItem) -> str:
    """What the money beside an item is."""
    return STAKES.get(item.reason, STAKE if item.candidate_id else "")

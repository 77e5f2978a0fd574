"""What a score says to one reader, for pages and API alike: its inputs as they may be seen, and its formula."""

from dataclasses import asdict
from datetime import date
from typing import Any

from aiops.models import User, currency_symbol
from roi.calc import formula, words
from roi.operations.scoring import Score
from roi.queries import sight


def exact_money(currency: str) -> words.Money:
    """Amounts to the unit, as somebody typed them; `words.amount` adds the cents of small ones."""
    symbol = currency_symbol(currency)
    return lambda value: f"{'−' if round(value) < 0 else ''}{symbol}{abs(value):,.0f}"


def plain_inputs(made: Score) -> list[dict[str, Any]]:
    """Each input with its source and what it was drawn as, before anything is hidden."""
    return [
        {
            "quantity": item.quantity,
            **asdict(item.range),
            "source": item.source,
            "note": item.note,
            "became": item.became,
            "became_words": words.drawn_as(item.became),
        }
        for item in made.inputs
    ]


def formula_lines(made: Score, user: User, day: date) -> list[str]:
    """The formula with the likely values, the hourly rate as this reader may see it, token prices with their day."""
    likely = {item.quantity: item.range.likely for item in made.inputs}
    wording = formula.Wording(
        exact_money(made.currency), _rate(made, user), made.case.cap_note, _price(made, day)
    )
    return formula.worked_example(likely, made.frame, wording)


def _rate(made: Score, user: User) -> str:
    for item in made.inputs:
        if sight.is_hidden(user, item.quantity, item.source):
            return sight.rate_band(item.range.likely, made.currency)
        if item.quantity == sight.RATE:
            return words.amount(sight.RATE, item.range.likely, exact_money(made.currency))
    return ""


def _price(made: Score, day: date) -> str:
    """Which price of tokens counts, and as of when."""
    if not (made.frame.price_in or made.frame.price_out):
        return ""
    return f"list price of {made.case.token_model} on {day.day} {day:%b %Y}"

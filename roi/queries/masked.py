"""Reasons may name amounts, and not everybody who reads a decision reads its money."""

import re

from aiops.models import Company, currency_symbol

AN_AMOUNT = "(an amount)"


def without_amounts(text: str, currency: str) -> str:
    """The text with amounts of this currency taken out: "clears the hurdle of (an amount)"."""
    names = {currency_symbol(currency).strip(), currency}
    sign = "|".join(re.escape(name) for name in names if name)
    number = r"\d(?:[\d,.]*\d)?(?:\s?(?:k|M|bn)\b)?"
    return re.sub(rf"[−-]?(?:{sign})\s?{number}|{number}\s?(?:{sign})", AN_AMOUNT, text)


def reason_for(reason: str, with_money: bool) -> str:
    """A reason as this reader may have it."""
    return reason if with_money else without_amounts(reason, Company.load().currency)

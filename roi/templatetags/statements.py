"""Amounts in the currency that a month was kept in, and days of kept content."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template

from aiops.models import currency_symbol

register = template.Library()
NOTHING = "—"


@register.filter
def in_currency(amount: Any, currency: str) -> str:
    """Decimal("1234.5") or its text, in EUR -> "€1,234.50"; nothing -> "—"."""
    if amount is None or amount == "":
        return NOTHING
    exact = Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'−' if exact < 0 else ''}{currency_symbol(currency)}{abs(exact):,}"

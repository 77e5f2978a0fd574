"""Chances of what lies ahead."""

from typing import Any

from django import template

from roi.calc.recommendation import chance_words

register = template.Library()


@register.filter
def chance(share: Any) -> str:
    """0.998 -> "over 99 %": no number of draws is certainty."""
    return "—" if share is None else chance_words(float(share))

"""Whether the word Review stands in somebody's bar."""

from typing import Any

from django import template

from roi.models import Review
from roi.queries.agenda import when_words
from roi.queries.series import sees_reviews

register = template.Library()


@register.simple_tag
def may_see_reviews(user: Any) -> bool:
    return sees_reviews(user)


@register.filter
def review_when(review: Review) -> str:
    """Day, time and zone of a meeting."""
    return when_words(review)

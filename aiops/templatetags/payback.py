"""How figures, dates and ranges are written, the same on every page."""

import time
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from threading import local
from typing import Any

from django import template
from django.core.signals import request_started
from django.forms import BoundField, CheckboxInput
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from aiops import queries
from aiops.models import Company, currency_symbol

register = template.Library()

NOTHING = "—"
MINUS = "\u2212"
STEPS = ((Decimal("1e9"), "bn"), (Decimal("1e6"), "M"), (Decimal("1e3"), "k"))
FRESH_SECONDS = 5.0
_remembered = local()


def _forget(**_: Any) -> None:
    _remembered.company = None


# Django's own signal: a page must not show the currency of the request before it.
request_started.connect(_forget, dispatch_uid="payback.company")


def _company() -> Company:
    """The company, read once per request and thread: a table of money is one query, not a hundred."""
    kept = getattr(_remembered, "company", None)
    if kept is None or time.monotonic() - kept[0] > FRESH_SECONDS:
        _remembered.company = kept = (time.monotonic(), Company.load())
    return kept[1]


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _grouped(number: Decimal, places: int) -> str:
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def _priced(number: Decimal, digits: str) -> str:
    currency = _company().currency
    sign = MINUS if number < 0 and any(c in "123456789" for c in digits) else ""
    return f"{sign}{currency_symbol(currency)}{digits}"


@register.filter
def money(value: Any, places: int = 0) -> str:
    """1234.5 -> "$1,235"; with places 4, 0.03101 -> "$0.0310"; nothing -> "—"."""
    amount = _decimal(value)
    return NOTHING if amount is None else _priced(amount, _grouped(abs(amount), int(places)))


@register.filter
def short_money(value: Any) -> str:
    """38250 -> "$38k", 1240000 -> "$1.2M": for sentences, never for accounts."""
    amount = _decimal(value)
    if amount is None:
        return NOTHING
    size = abs(amount)
    for step, suffix in STEPS:
        if size >= step - step / 2000:
            shown = _grouped(size / step, 1 if size / step < Decimal("9.95") else 0)
            return _priced(amount, shown.removesuffix(".0") + suffix)
    return _priced(amount, _grouped(size, 0))


@register.filter
def number(value: Any, places: int = 0) -> str:
    """8214 -> "8,214"."""
    amount = _decimal(value)
    if amount is None:
        return NOTHING
    digits = _grouped(abs(amount), int(places))
    return (MINUS if amount < 0 and any(c in "123456789" for c in digits) else "") + digits


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """0.94 -> "94 %"."""
    share = _decimal(value)
    return NOTHING if share is None else f"{number(share * 100, places)} %"


@register.filter
def when(value: Any) -> str:
    """A date as "3 Nov 2026", a moment as "3 Nov 2026, 14:05"."""
    if isinstance(value, datetime):
        local_time = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local_time.day} {local_time:%b %Y, %H:%M}"
    return f"{value.day} {value:%b %Y}" if isinstance(value, date) else NOTHING


@register.filter
def iso_day(text: str) -> str:
    """The ISO day of frozen content as "3 Nov 2026"."""
    return when(date.fromisoformat(text))


@register.filter
def month(value: Any) -> str:
    """A date as "November 2026"."""
    return f"{value:%B %Y}" if isinstance(value, date) else NOTHING


@register.filter
def since(value: Any) -> str:
    """How long ago, in its largest unit: "4 days"."""
    if not isinstance(value, date):
        return NOTHING
    if not isinstance(value, datetime) and value >= timezone.localdate():
        return "today"
    if isinstance(value, datetime) and timezone.now() - value < timedelta(minutes=1):
        return "less than a minute"
    return timesince(value, depth=1).replace("\xa0", " ")


@register.filter
def change(value: Any) -> str:
    """A change as kept in the audit log: "before → after" for a pair, else the value."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(NOTHING if part in (None, "") else str(part) for part in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@register.filter
def initials(name: Any) -> str:
    """ "Ann Porter" -> "AP"."""
    words = str(name or "?").split() or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """A single tick box, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag
def company() -> Company:
    """The company of this installation."""
    return _company()


@register.simple_tag(takes_context=True)
def demo_people(context: template.Context) -> list[queries.DemoPerson]:
    """Who may be tried out from the sign-in page: nobody, except on loopback in the demo company."""
    request = context.get("request")
    return queries.demo_people(request.META) if request else []


@register.simple_tag(takes_context=True)
def setup_is_open(context: template.Context) -> bool:
    """Whether this visitor may set the empty company up: nobody holds a role, and they sit at the machine."""
    request = context.get("request")
    return request is not None and queries.from_this_machine(request.META) and queries.needs_setup()


@register.filter
def role_name(role: str) -> str:
    return queries.role_name(role)


@register.simple_tag(takes_context=True)
def current(context: template.Context, *paths: str, exact: bool = False) -> SafeString | str:
    """Marks the word of the bar that this page belongs to."""
    here = getattr(context.get("request"), "path", "")
    hit = here in paths if exact else any(path and here.startswith(path) for path in paths)
    return mark_safe(' aria-current="page"') if hit else ""  # noqa: S308  a constant


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = value
    return "?" + query.urlencode()


def _rect(css: str, left: float, width: str, top: int, height: int) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}%" y="{}" width="{}" height="{}" rx="{}"/>',
        css,
        f"{left:.2f}",
        top,
        width,
        height,
        min(height / 2, 5) if css in ("rb-band", "rb-track") else 1,
    )


def _spread(values: list[float], start: Any, end: Any) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return (low - pad if start is None else float(start)), (high + pad if end is None else float(end))


@register.simple_tag
def range_bar(
    low: Any,
    mid: Any,
    high: Any,
    zero: bool = False,
    actual: Any = None,
    label: str = "",
    start: Any = None,
    end: Any = None,
) -> SafeString | str:
    """A range as a bar: band = low to high, tick = middle, red line = what came, grey line = zero.

    start and end put several bars on one scale.
    """
    points = [float(p) for p in (_decimal(low), _decimal(mid), _decimal(high)) if p is not None]
    if len(points) < 3:
        return NOTHING
    came = None if _decimal(actual) is None else float(actual)
    left, right = _spread(points + ([0.0] if zero else []) + ([] if came is None else [came]), start, end)

    def place(value: float) -> float:
        return max(0.0, min(100.0, 100 * (value - left) / ((right - left) or 1)))

    parts = [_rect("rb-track", 0, "100%", 9, 4)]
    parts.append(_rect("rb-band", place(points[0]), f"{place(points[2]) - place(points[0]):.2f}%", 6, 10))
    if zero:
        parts.append(_rect("rb-zero", place(0.0), "2", 1, 20))
    parts.append(_rect("rb-mid", place(points[1]), "3", 3, 16))
    if came is not None:
        parts.append(_rect("rb-actual", place(came), "2", 0, 22))
    return _svg(label or _in_words(points, came), parts)


def _in_words(points: list[float], came: float | None) -> str:
    words = f"From {number(points[0])} to {number(points[2])}, middle {number(points[1])}"
    return words if came is None else f"{words}; came {number(came)}"


def _svg(label: str, parts: list[SafeString]) -> SafeString:
    body = mark_safe("".join(parts))  # noqa: S308  made by format_html above
    return format_html('<svg class="range-bar" height="22" role="img" aria-label="{}">{}</svg>', label, body)


@register.filter
def audit_words(action: str) -> str:
    """ "candidate.sent_to_review" -> "Sent to review"."""
    return action.partition(".")[2].replace("_", " ").capitalize()


DRIVERS = {
    "volume": "how many there are",
    "minutes": "minutes each one takes",
    "automation_share": "share automated",
    "review_minutes": "review minutes",
    "error_share_before": "share with errors today",
    "rework_minutes_before": "rework minutes an error, today",
    "error_share_after": "share with errors once automated",
    "rework_minutes_after": "rework minutes an error, once automated",
    "loaded_rate": "hourly rate",
    "cashable_share": "share of hours that becomes cash",
    "build_cost": "build cost",
    "run_cost": "run cost",
    "run_cost_item": "run cost an item",
    "tokens_in": "tokens in, an item",
    "tokens_out": "tokens out, an item",
    "start_months": "months until first use",
    "ramp_months": "months from first to full use",
    "other_cash": "other cash benefits",
}


@register.filter
def driver_name(quantity: str) -> str:
    """A quantity as people say it."""
    return DRIVERS.get(quantity, quantity.replace("_", " "))

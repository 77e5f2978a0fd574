"""The company counts in another currency from a month on: what was said before keeps its currency."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Company, CurrencyChange, RateCard, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission

CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
# Sent in the transaction of the change, so that every app converts what it keeps without a date of its own:
# change (CurrencyChange), by, at.
currency_changed = Signal()


@dataclass(frozen=True)
class CurrencyPreview:
    """What a change would do, before it is done. `usd_rate`: units of the new currency for a US dollar."""

    old: str
    new: str
    rate: Decimal
    valid_from: date
    usd_rate: Decimal
    hurdle_before: Decimal
    hurdle: Decimal
    rates: int

    @property
    def rate_in_words(self) -> str:
        return plain_rate(self.rate)


def preview_currency(*, new: str, rate: Decimal, valid_from: date, by: User, at: datetime) -> CurrencyPreview:
    """The figures that a change would give; raises what `change_currency` would raise, and writes nothing."""
    require_everywhere(by, Permission.FINANCE)
    company = Company.load()
    _check(company, new, rate, valid_from, at)
    usd_rate = Decimal(1) if new == "USD" else (company.usd_rate * rate).quantize(MICRO, ROUND_HALF_UP)
    if usd_rate <= 0:
        raise DomainError("rate_small", "At this rate a US dollar would cost nothing: check it.", "rate")
    return CurrencyPreview(
        old=company.currency,
        new=new,
        rate=rate,
        valid_from=valid_from,
        usd_rate=usd_rate,
        hurdle_before=company.hurdle_npv,
        hurdle=converted_cents(company.hurdle_npv, rate),
        rates=_rates_from(valid_from).count(),
    )


@transaction.atomic
def change_currency(*, new: str, rate: Decimal, valid_from: date, by: User, at: datetime) -> CurrencyChange:
    """From the first day of this month the company counts in `new`, of which one unit of the old gives `rate`.

    Rates an hour end and go on at the converted amount; the hurdle and what other apps keep without a date is
    converted; months before, and what finance signed in them, keep their currency and are converted where sums meet.
    """
    Company.load()
    company = Company.objects.select_for_update().get(pk=1)
    seen = preview_currency(new=new, rate=rate, valid_from=valid_from, by=by, at=at)
    change = CurrencyChange.objects.create(
        old=company.currency, new=new, rate=rate, valid_from=valid_from, by=by, at=at
    )
    company.currency, company.usd_rate, company.hurdle_npv = new, seen.usd_rate, seen.hurdle
    company.usd_rate_on = at.date()
    company.save(update_fields=["currency", "usd_rate", "usd_rate_on", "hurdle_npv"])
    _convert_rates(change)
    currency_changed.send(sender=CurrencyChange, change=change, by=by, at=at)
    facts = {"currency": [change.old, new], "rate": rate, "valid_from": valid_from, "usd_rate": seen.usd_rate}
    audit.record(by=by, at=at, action="company.currency_changed", obj=company, changes=facts)
    return change


def plain_rate(rate: Decimal) -> str:
    """0.92000000 -> "0.92"."""
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def converted_cents(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount at rest in the new currency, to the cent."""
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)


def _check(company: Company, new: str, rate: Decimal, valid_from: date, at: datetime) -> None:
    if not re.fullmatch(r"[A-Z]{3}", new):
        raise DomainError("currency_code", "A currency is three capital letters, such as EUR.", "new")
    if new == company.currency:
        raise DomainError("currency_same", f"The company counts in {new} already.", "new")
    if rate <= 0:
        raise DomainError("rate_positive", "The rate must be above zero.", "rate")
    this_month = company.day_of(at).replace(day=1)
    if valid_from != this_month:
        words = f"A change counts from the first day of this month, {this_month:%-d %b %Y}."
        raise DomainError("valid_from_month", f"{words} Months before it may be closed.", "valid_from")
    if CurrencyChange.objects.filter(valid_from__gte=valid_from).exists():
        raise DomainError("currency_twice", "The currency changed this month already.", "valid_from")


def _rates_from(day: date) -> QuerySet[RateCard]:
    return RateCard.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day))


def _convert_rates(change: CurrencyChange) -> None:
    """Open rates end on the day and go on converted; those that begin later are converted as they are."""
    for card in _rates_from(change.valid_from).select_for_update(of=("self",)):
        hourly = max(converted_cents(card.hourly_rate, change.rate), CENT)
        if card.valid_from >= change.valid_from:
            RateCard.objects.filter(pk=card.pk).update(hourly_rate=hourly)
            continue
        RateCard.objects.filter(pk=card.pk).update(valid_to=change.valid_from)
        RateCard.objects.create(
            unit=card.unit,
            job=card.job,
            hourly_rate=hourly,
            valid_from=change.valid_from,
            valid_to=card.valid_to,
        )

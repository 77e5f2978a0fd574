"""What finance keeps: currency, discount rate, hurdle, fiscal year, loaded rates."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from aiops import audit, jobs, permissions, queries
from aiops.errors import DomainError
from aiops.models import BusinessUnit, Company, CurrencyChange, RateCard, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission

SETTINGS = (
    "name",
    "currency",
    "usd_rate",
    "usd_rate_on",
    "discount_rate",
    "hurdle_npv",
    "fiscal_year_start",
    "horizon_months",
    "time_zone",
    "close_working_day",
)


@transaction.atomic
def update_company(*, by: User, at: datetime, **values: Any) -> Company:
    """Change some of SETTINGS. The currency is fixed once rates are kept in it: `change_currency` converts them.

    Another time zone moves the days of all outcomes, in a job; closed months of the ledger stay as they are.
    """
    require_everywhere(by, Permission.FINANCE)
    if unknown := set(values) - set(SETTINGS):
        raise TypeError(f"not a setting: {sorted(unknown)}")
    Company.load()
    company = Company.objects.select_for_update().get(pk=1)
    changes = {
        key: [getattr(company, key), new] for key, new in values.items() if getattr(company, key) != new
    }
    for key, new in values.items():
        setattr(company, key, new)
    refuse_settings(company, currency_changes="currency" in changes)
    company.save(update_fields=list(values) or None)
    if "time_zone" in changes:
        jobs.enqueue("workloads.move_outcome_days")
    audit.record(by=by, at=at, action="company.updated", obj=company, changes=changes)
    return company


def refuse_settings(company: Company, *, currency_changes: bool) -> None:
    """Raise the first rule that these settings break."""
    if not re.fullmatch(r"[A-Z]{3}", company.currency):
        raise DomainError("currency_code", "A currency is three capital letters, such as EUR.", "currency")
    if currency_changes and (RateCard.objects.exists() or CurrencyChange.objects.exists()):
        words = "Rates are kept in the old currency: change it on the page «Change the currency», which converts them."
        raise DomainError("currency_in_use", words, "currency")
    if company.usd_rate <= 0:
        raise DomainError("usd_rate", "The rate must be above zero.", "usd_rate")
    if company.currency == "USD" and company.usd_rate != 1:
        raise DomainError("usd_rate", "One US dollar is one US dollar: leave the rate at 1.", "usd_rate")
    if not 0 <= company.discount_rate <= 1:
        raise DomainError("discount_rate", "A discount rate is from 0 to 100 % a year.", "discount_rate")
    if not 1 <= company.fiscal_year_start <= 12:
        raise DomainError(
            "fiscal_year_start", "A fiscal year starts in a month, 1 to 12.", "fiscal_year_start"
        )
    if company.time_zone not in queries.time_zones():
        raise DomainError("time_zone", "A time zone is named like Europe/Berlin, or UTC.", "time_zone")
    if not 1 <= company.close_working_day <= 20:
        raise DomainError("close_working_day", "A month closes on working day 1 to 20.", "close_working_day")


def _require_finance(by: User, unit: BusinessUnit | None) -> None:
    if unit is None:
        require_everywhere(by, Permission.FINANCE)
    else:
        permissions.require(by, Permission.FINANCE, unit=unit)


@transaction.atomic
def add_rate(
    *,
    unit: BusinessUnit | None,
    hourly_rate: Decimal,
    valid_from: date,
    job: str = "all jobs",
    by: User,
    at: datetime,
) -> RateCard:
    """A loaded hourly rate from a day on. An open earlier rate ends on that day; the past stays as it was."""
    _require_finance(by, unit)
    if hourly_rate <= 0:
        raise DomainError("rate_positive", "A rate must be above zero.", "hourly_rate")
    job = job.strip() or "all jobs"
    same = queries.overlapping_rates(unit, job, valid_from).select_for_update(of=("self",))
    if same.filter(valid_from__gte=valid_from).exists():
        raise DomainError("rate_overlaps", "A rate for this job starts then or later already.", "valid_from")
    same.update(valid_to=valid_from)
    rate = RateCard.objects.create(unit=unit, job=job, hourly_rate=hourly_rate, valid_from=valid_from)
    # The exact figure stays in finance's table: the audit log has more readers.
    audit.record(by=by, at=at, action="rate.added", obj=rate, unit=unit, changes={"valid_from": valid_from})
    return rate


@transaction.atomic
def end_rate(*, rate: RateCard, valid_to: date, by: User, at: datetime) -> RateCard:
    """Let a rate end, without another to follow it."""
    _require_finance(by, rate.unit)
    if valid_to <= rate.valid_from:
        raise DomainError("rate_period", "A rate ends after the day it starts.", "valid_to")
    if not RateCard.objects.filter(pk=rate.pk, valid_to=None).update(valid_to=valid_to):
        raise DomainError("rate_ended", "This rate has an end already.", "valid_to")
    rate.valid_to = valid_to
    audit.record(by=by, at=at, action="rate.ended", obj=rate, unit=rate.unit, changes={"valid_to": valid_to})
    return rate

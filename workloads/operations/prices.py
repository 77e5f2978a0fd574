"""Finance keeps the own price book and the costs that no call causes. Calls that are stored keep what they cost."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from aiops import audit
from aiops.errors import DomainError
from aiops.models import User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.calc.price_book import overlaps
from workloads.models import Change, FixedCost, OwnPrice, Workload
from workloads.models.inventory import take_turn
from workloads.queries.prices import own_row

AMOUNTS = ("input_mtok", "output_mtok", "cached_mtok", "cache_write_mtok", "per_call")
KINDS = {"input_mtok": "tokens in", "output_mtok": "tokens out", "per_call": "calls"}
CHANGEABLE = (*AMOUNTS, "batch_share", "currency", "usd_rate", "valid_from", "valid_to", "note")


def add_price(
    *,
    model: str,
    valid_from: date,
    note: str,
    currency: str = "USD",
    usd_rate: Decimal = Decimal(1),
    provider: str = "",
    workload: Workload | None = None,
    input_mtok: Decimal | None = None,
    output_mtok: Decimal | None = None,
    cached_mtok: Decimal | None = None,
    cache_write_mtok: Decimal | None = None,
    per_call: Decimal | None = None,
    batch_share: Decimal | None = None,
    valid_to: date | None = None,
    by: User,
    at: datetime,
) -> OwnPrice:
    """A contract's price of a model from a day on, for calls that arrive from now on.

    Two prices for the same provider, model and workload may not hold on the same day. Calls that are stored already
    keep their cost: only a re-pricing changes it.
    """
    require_everywhere(by, Permission.FINANCE)
    price = OwnPrice(
        model=model.strip(),
        provider=provider.strip(),
        workload=workload,
        valid_from=valid_from,
        valid_to=valid_to,
        currency=currency,
        usd_rate=usd_rate,
        input_mtok=input_mtok,
        output_mtok=output_mtok,
        cached_mtok=cached_mtok,
        cache_write_mtok=cache_write_mtok,
        per_call=per_call,
        batch_share=batch_share,
        note=note.strip(),
        by=by,
        at=at,
    )
    with transaction.atomic():
        take_turn("price book")
        _refuse(price)
        price.save()
        _tell_workloads(price, f"New price of {price.model}", at)
        audit.record(by=by, at=at, action="own_price.added", obj=price, changes=_figures(price))
    return price


def change_price(*, price: OwnPrice, changes: Mapping[str, Any], by: User, at: datetime) -> OwnPrice:
    """Correct a price or its days (CHANGEABLE). Stored calls keep their cost; the log keeps what it was before."""
    require_everywhere(by, Permission.FINANCE)
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"not a part of a price: {sorted(unknown)}")
    with transaction.atomic():
        take_turn("price book")
        price = OwnPrice.objects.select_for_update().get(pk=price.pk)
        moved = {
            key: [getattr(price, key), new] for key, new in changes.items() if getattr(price, key) != new
        }
        for key, new in changes.items():
            setattr(price, key, new)
        _refuse(price)
        price.save()
        if moved:
            _tell_workloads(price, f"Price of {price.model} corrected", at)
        audit.record(by=by, at=at, action="own_price.changed", obj=price, changes=moved)
    return price


def end_price(*, price: OwnPrice, valid_to: date, by: User, at: datetime) -> OwnPrice:
    """Let a price end before a day; the list price follows unless another is added."""
    require_everywhere(by, Permission.FINANCE)
    with transaction.atomic():
        take_turn("price book")
        price = OwnPrice.objects.select_for_update().get(pk=price.pk)
        if price.valid_to is not None and price.valid_to <= valid_to:
            raise DomainError("price_ended", f"This price has ended on {price.valid_to} already.", "valid_to")
        price.valid_to = valid_to
        _refuse(price)
        price.save(update_fields=["valid_to"])
        audit.record(by=by, at=at, action="own_price.ended", obj=price, changes={"valid_to": valid_to})
    return price


def _refuse(price: OwnPrice) -> None:
    """Raise the first rule that this price breaks."""
    if not price.model:
        raise DomainError("model", "Name the model as the calls name it.", "model")
    if not price.note.strip():
        raise DomainError("note", "Say which contract or offer this price is from.", "note")
    _refuse_amounts(price)
    _refuse_currency(price.currency, price.usd_rate)
    _refuse_days(price.valid_from, price.valid_to)
    others = OwnPrice.objects.exclude(pk=price.pk).filter(model__iexact=price.model)
    rows = {own_row(other): other for other in others}
    found = overlaps(own_row(price), rows)
    if found is not None:
        until = f"until {found.valid_to:%-d %b %Y}" if found.valid_to else "without an end"
        words = f"«{rows[found]}» holds for the same model {until}: end it first, or choose another day."
        raise DomainError("price_overlaps", words, "valid_from")


def _refuse_amounts(price: OwnPrice) -> None:
    for name in AMOUNTS:
        amount = getattr(price, name)
        if amount is not None and amount < 0:
            raise DomainError("price_negative", "A price cannot be below zero.", name)
    if all(getattr(price, name) is None for name in KINDS):
        raise DomainError("price_empty", f"Give a price for {', '.join(KINDS.values())}.", "input_mtok")
    if price.batch_share is not None and not 0 <= price.batch_share <= 1:
        raise DomainError("batch_share", "The share that a batch call pays is from 0 to 1.", "batch_share")


def _refuse_currency(currency: str, usd_rate: Decimal) -> None:
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise DomainError("currency_code", "A currency is three capital letters, such as EUR.", "currency")
    if usd_rate <= 0:
        raise DomainError("usd_rate", "The rate must be above zero.", "usd_rate")
    if currency == "USD" and usd_rate != 1:
        raise DomainError("usd_rate", "One US dollar is one US dollar: leave the rate at 1.", "usd_rate")


def _refuse_days(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise DomainError("price_days", "It must end after the day on which it starts.", "valid_to")


def _tell_workloads(price: OwnPrice, words: str, at: datetime) -> None:
    """A mark in the change log of each workload that it may rule, on the day from which it holds."""
    asked = Q(seen_models__model__iexact=price.model)
    if price.provider:
        asked &= Q(seen_models__provider__iexact=price.provider)
    mine = Q(pk=price.workload_id) if price.workload_id else asked
    since = datetime.combine(price.valid_from, time(), UTC)
    text = f"{words}, from {price.valid_from:%-d %b %Y}: {price.note}"[:300]
    told = Workload.objects.filter(mine).exclude(stage="retired").distinct()
    Change.objects.bulk_create(
        Change(workload=workload, at=min(since, at), kind=Change.Kind.PRICE, summary=text, by=price.by)
        for workload in told
    )


def _figures(price: OwnPrice) -> dict[str, Any]:
    names = ("provider", "model", "workload", *CHANGEABLE)
    return {name: value for name in names if (value := getattr(price, name)) not in (None, "")}


def add_fixed_cost(
    *,
    workload: Workload,
    kind: str,
    name: str,
    quantity: Decimal,
    amount: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    cost_centre: str = "",
    by: User,
    at: datetime,
) -> FixedCost:
    """A cost of a workload that no call causes: so many seats, hours or licences at so much a month each."""
    require_everywhere(by, Permission.FINANCE)
    if not name.strip():
        raise DomainError("name", "Say what is paid for.", "name")
    if quantity <= 0:
        raise DomainError("quantity", "The quantity must be above zero.", "quantity")
    if amount < 0:
        raise DomainError("amount", "The amount cannot be below zero.", "amount")
    _refuse_days(valid_from, valid_to)
    with transaction.atomic():
        cost = FixedCost.objects.create(
            workload=workload,
            kind=kind,
            name=name.strip(),
            quantity=quantity,
            amount=amount,
            cost_centre=cost_centre.strip(),
            valid_from=valid_from,
            valid_to=valid_to,
            by=by,
            at=at,
        )
        changes = {"name": cost.name, "quantity": quantity, "amount": amount, "valid_from": valid_from}
        audit.record(by=by, at=at, action="fixed_cost.added", obj=cost, unit=workload.unit, changes=changes)
    return cost


def end_fixed_cost(*, cost: FixedCost, valid_to: date, by: User, at: datetime) -> FixedCost:
    """Let a fixed cost end before a day; what it cost until then stays."""
    require_everywhere(by, Permission.FINANCE)
    _refuse_days(cost.valid_from, valid_to)
    with transaction.atomic():
        open_still = Q(valid_to=None) | Q(valid_to__gt=valid_to)
        if not FixedCost.objects.filter(open_still, pk=cost.pk).update(valid_to=valid_to):
            raise DomainError("cost_ended", "This cost has ended before that day already.", "valid_to")
        cost.valid_to = valid_to
        changes = {"valid_to": valid_to}
        audit.record(
            by=by, at=at, action="fixed_cost.ended", obj=cost, unit=cost.workload.unit, changes=changes
        )
    return cost

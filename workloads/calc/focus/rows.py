"""One row of a FOCUS file: cells found by the names of their columns, checked, and made a charge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from workloads.calc.focus import values
from workloads.calc.focus.columns import AI, CHARGE_CATEGORIES, NEEDED

LENGTHS = {"ProviderName": 120, "BillingAccountId": 200, "SubAccountId": 200, "SubAccountName": 200}
LENGTHS |= {"ServiceName": 200, "ConsumedUnit": 80}
MODEL_KEYS = ("gen_ai.response.model", "gen_ai.request.model", "model", "Model", "ModelName", "model_name")
MODEL_COLUMNS = ("x_Model", "x_ModelName", "x_model")
SCOPE_COLUMNS = (
    "ProviderName", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd",
)  # fmt: skip
MONEY = ("BilledCost", "EffectiveCost", "ConsumedQuantity")
TEXTS = ("SubAccountId", "SubAccountName", "ServiceName", "ConsumedUnit")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bill is of; a file may hold several, and each becomes a bill of its own."""

    provider: str
    account: str
    currency: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Charge:
    """One row. Money in the billing currency with every digit of the file; `day` lies in the billing period."""

    scope: Scope
    day: date
    account: str
    account_name: str
    service: str
    model: str
    category: str
    quantity: Decimal | None
    unit: str
    billed: Decimal
    effective: Decimal | None
    tags: str


@lru_cache(maxsize=20_000)
def _moment(cell: str, order: str) -> datetime:
    return values.moment(cell, order)


@lru_cache(maxsize=20_000)
def _tags(cell: str) -> dict[str, Any]:
    return values.key_values(cell)


class RowParser:
    """One row's cells to a Charge; columns are found by name, in any order."""

    def __init__(self, header: list[str], comma: bool) -> None:
        self.at = {name: index for index, name in enumerate(header)}
        self.comma = comma
        self.order = ""
        self.scopes: dict[tuple[str, ...], Scope] = {}
        self.scope_at = [self.at[name] for name in SCOPE_COLUMNS]

    def __call__(self, cells: list[str]) -> tuple[Charge | None, list[tuple[str, str]]]:
        wrong: list[tuple[str, str]] = []

        def read(column: str, how: Callable[..., Any], *more: Any) -> Any:
            try:
                return how(column, cells, *more)
            except ValueError as error:
                wrong.append((column, str(error)))
                return None

        scope = self._scope(cells, wrong)
        currency = scope.currency if scope else ""
        money = {name: read(name, self._money, currency) for name in MONEY}
        start, end = (read(f"ChargePeriod{side}", self._when) for side in ("Start", "End"))
        category, tags = read("ChargeCategory", self._category), read("Tags", self._key_values)
        texts = {name: read(name, self._text) for name in TEXTS}
        if start and end and start >= end:
            wrong.append(("ChargePeriodEnd", "lies not after ChargePeriodStart"))
        if wrong or scope is None:
            return None, wrong
        return self._made(cells, scope, start, category, tags, texts, money), []

    def _made(self, cells: list[str], scope: Scope, start: datetime, category: str, tags: Any, texts: Any,
              money: Any) -> Charge:  # fmt: skip
        last = date.fromordinal(scope.end.toordinal() - 1)
        return Charge(
            scope=scope,
            day=min(max(start.date(), scope.start), last),
            account=texts["SubAccountId"] or scope.account,
            account_name=texts["SubAccountName"] or self._cut(cells, "BillingAccountName"),
            service=texts["ServiceName"],
            model=self._model(cells, tags),
            category=category,
            quantity=money["ConsumedQuantity"],
            unit=texts["ConsumedUnit"],
            billed=money["BilledCost"],
            effective=money["EffectiveCost"],
            tags=self._cell(cells, "Tags") if tags else "{}",
        )

    def _cell(self, cells: list[str], name: str) -> str:
        index = self.at.get(name)
        return "" if index is None else cells[index]

    def _cut(self, cells: list[str], name: str) -> str:
        return values.text(self._cell(cells, name)).replace("\x00", "")[:200]

    def _text(self, name: str, cells: list[str]) -> str:
        found = values.text(self._cell(cells, name))
        if not found and name in NEEDED:
            raise ValueError("is empty")
        return _fitting(found, LENGTHS[name])

    def _money(self, name: str, cells: list[str], currency: str) -> Decimal | None:
        cell = self._cell(cells, name)
        found = values.number(cell, currency="" if name == "ConsumedQuantity" else currency, comma=self.comma)
        if found is None and name == "BilledCost":
            raise ValueError("is empty")
        return found

    def _when(self, name: str, cells: list[str]) -> datetime:
        return _moment(self._cell(cells, name), self.order)

    def _key_values(self, name: str, cells: list[str]) -> dict[str, Any]:
        return _tags(self._cell(cells, name))

    def _category(self, name: str, cells: list[str]) -> str:
        found = values.text(self._cell(cells, name))
        if found not in CHARGE_CATEGORIES:
            allowed = ", ".join(CHARGE_CATEGORIES)
            raise ValueError(f"«{values.shown(found)}» is none of {allowed}" if found else "is empty")
        return found

    def _scope(self, cells: list[str], wrong: list[tuple[str, str]]) -> Scope | None:
        key = tuple(cells[index] for index in self.scope_at)
        if (known := self.scopes.get(key)) is not None:
            return known
        if not self.order and "/" in key[3]:
            self.order = values.slash_order(key[3], key[4])
        try:
            self.scopes[key] = found = _scope_of(key, self.order)
        except _Wrong as error:
            wrong.append((error.column, str(error)))
            return None
        return found

    def _model(self, cells: list[str], tags: dict[str, Any]) -> str:
        """What the provider calls the model; "" where the charge is no AI and names none."""
        named = next((self._cut(cells, name) for name in MODEL_COLUMNS if self._cut(cells, name)), "")
        details = _details(self._cell(cells, "SkuPriceDetails"))
        named = named or next((str(kv[k]) for kv in (tags, details) for k in MODEL_KEYS if kv.get(k)), "")
        if not named and values.text(self._cell(cells, "ServiceCategory")) == AI:
            meters = (self._cut(cells, name) for name in ("ChargeDescription", "SkuMeter", "SkuId"))
            named = next((meter for meter in meters if meter), self._cut(cells, "ServiceName"))
        return named.strip()[:200]


class _Wrong(ValueError):
    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column


def _scope_of(key: tuple[str, ...], order: str) -> Scope:
    """The five cells that say what a bill is of. Raises _Wrong."""
    provider, account = (_named(name, key[index]) for index, name in enumerate(SCOPE_COLUMNS[:2]))
    currency = values.text(key[2])
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise _Wrong("BillingCurrency", f"«{values.shown(currency)}» is no currency code such as USD")
    start, end = (
        _day_of(name, key[index], order) for index, name in ((3, SCOPE_COLUMNS[3]), (4, SCOPE_COLUMNS[4]))
    )
    if start >= end:
        raise _Wrong("BillingPeriodEnd", "lies not after BillingPeriodStart")
    return Scope(provider, account, currency, start, end)


def _named(column: str, cell: str) -> str:
    found = values.text(cell)
    if not found:
        raise _Wrong(column, "is empty")
    try:
        return _fitting(found, LENGTHS[column])
    except ValueError as error:
        raise _Wrong(column, str(error)) from None


def _day_of(column: str, cell: str, order: str) -> date:
    try:
        found = values.moment(cell, order)
    except ValueError as error:
        raise _Wrong(column, str(error)) from None
    # Some write a period's end as the last second of its last day.
    late = found.replace(tzinfo=None) - datetime.combine(found.date(), datetime.min.time())
    ends = column == "BillingPeriodEnd" and late.total_seconds() > 0
    return date.fromordinal(found.date().toordinal() + 1) if ends else found.astimezone(UTC).date()


def _fitting(found: str, most: int) -> str:
    if len(found) > most:
        raise ValueError(f"is longer than {most} characters")
    if "\x00" in found:
        raise ValueError("holds a character that no text may hold")
    return found


def _details(cell: str) -> dict[str, Any]:
    """SKU price details where they can be read; nothing is billed by them, so a bad one refuses no row."""
    try:
        return _tags(cell)
    except ValueError:
        return {}

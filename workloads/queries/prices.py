"""The own price book as calculations want it, and as finance reads it."""

from collections.abc import Iterable
from copy import copy
from decimal import Decimal
from functools import lru_cache

from django.db import connection
from django.db.models import Q, QuerySet

from aiops import permissions, queries
from aiops.models import User
from aiops.permissions import Permission
from workloads.calc.price_book import OwnRow, PriceBook
from workloads.models import FixedCost, OwnPrice, Workload

# The prices that may rule the calls of a workload `w`, as their versions: a row's place and the transaction that wrote
# it, another for every change of the row.
VERSIONS = """
(SELECT coalesce(string_agg(ctid::text || xmin::text, ' ' ORDER BY id), '') FROM workloads_ownprice
 WHERE workload_id IS NULL OR workload_id = w.id)
"""
FIELDS = (
    "model",
    "valid_from",
    "valid_to",
    "provider",
    "workload_id",
    "usd_rate",
    "input_mtok",
    "output_mtok",
    "cached_mtok",
    "cache_write_mtok",
    "per_call",
    "batch_share",
)


def own_prices(workload: int, versions: str | None = None) -> PriceBook:
    """The prices that may rule a workload's calls (its id), as they stand now. Falsy when there are none.

    Ingest reads their versions with a query that it makes anyway; others leave them out. A price that finance adds
    counts for the next batch in every process; the book itself is built once for the same versions of the rows.
    """
    if versions is None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {VERSIONS} FROM (SELECT %s::bigint AS id) AS w", [workload])  # noqa: S608
            versions = cursor.fetchone()[0]
    return _book(versions, workload)


@lru_cache(maxsize=256)
def _book(versions: str, workload: int) -> PriceBook:
    """Reads the rows whose versions the caller has seen; a change in between is told by the next comparison."""
    if not versions:
        return PriceBook([], workload)
    rows = OwnPrice.objects.filter(Q(workload=None) | Q(workload=workload)).order_by("pk")
    return PriceBook([OwnRow(*row) for row in rows.values_list(*FIELDS)], workload)


def own_row(price: OwnPrice) -> OwnRow:
    """One stored price as calculations want it."""
    return OwnRow(*(getattr(price, name) for name in FIELDS))


def prices(user: User) -> QuerySet[OwnPrice]:
    """The price book, for those who read the money of the whole company; nobody else."""
    if not permissions.scope(user, Permission.READ_MONEY).everything:
        return OwnPrice.objects.none()
    return OwnPrice.objects.select_related("workload", "by")


def fixed_costs(workloads: Iterable[Workload]) -> QuerySet[FixedCost]:
    """Costs that no call causes, of workloads whose money the caller may see."""
    return FixedCost.objects.filter(workload__in=workloads).select_related("workload", "by")


def present_amounts(costs: Iterable[FixedCost]) -> list[FixedCost]:
    """The costs with their amounts in the present currency, to four decimals; never to be saved.

    A change of currency ends all open costs, so only an ended one can be of a currency before it.
    """
    held = list(costs)
    if not any(cost.valid_to for cost in held):
        return held
    currencies = queries.currencies()
    return [_present(cost, currencies) for cost in held] if currencies.changes else held


def _present(cost: FixedCost, currencies: queries.Currencies) -> FixedCost:
    shown = copy(cost)
    shown.amount = currencies.present(cost.amount, currencies.on(cost.valid_from)).quantize(Decimal("0.0001"))
    return shown

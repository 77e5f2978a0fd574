"""What a claim may rest on, what else is claimed beside it, and the sums of claims by kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When

from aiops import permissions
from aiops.models import Company, User
from aiops.permissions import Permission
from roi.calc.statements import CENT, TENTH, least_of, sum_interval
from roi.models import Claim, ValueMonth
from roi.queries.currencies import Currencies
from workloads.models import Workload

ZERO = Decimal(0)
LAST_MONTHS = 3


def money_of_company() -> Currencies:
    return Currencies.load(Company.load())


def in_their_currency(rows: Any, money: Currencies) -> Any:
    """Each claim with `currency`, the one in which it was filed: a later change does not reprice it."""
    cases = [When(filed_at__lt=change.at, then=Value(change.old)) for change in money.changes]
    return rows.annotate(currency=Case(*cases, default=Value(money.now), output_field=CharField()))


@dataclass(frozen=True)
class Proposal:
    """What a workload can claim for hours: the low end of its last closed months, less what is claimed already.

    `least` hours a month were freed with 95 % confidence, `spoken_for` of them are signed or claimed, `hours` are
    left. `amount` is those hours at `rate`, the loaded rate of the newest month; None where no rate is known.
    """

    months: tuple[date, ...]
    least: Decimal
    spoken_for: Decimal
    hours: Decimal
    rate: Decimal | None
    amount: Decimal | None
    bounds: bool
    currency: str


def proposal_for(workload: Workload, start: date, end: date | None = None) -> Proposal | None:
    """None until a month with an interval of freed hours is closed: then nothing can be proposed."""
    closed = ValueMonth.objects.filter(workload=workload).closed().exclude(hours_low=None)
    months = list(closed.order_by("-month")[:LAST_MONTHS])[::-1]
    found = least_of([(row.hours_low, row.hourly_rate) for row in months])  # type: ignore[misc]
    if found is None:
        return None
    least, rate, money = *found, money_of_company()
    rate = None if rate is None else money.converted(rate, months[-1].currency, money.now)
    taken = hours_claimed(workload, start, end)
    hours = max(least - taken, ZERO).quantize(TENTH, ROUND_DOWN)
    amount = None if rate is None else (hours * rate).quantize(CENT, ROUND_DOWN)
    names = tuple(row.month for row in months)
    return Proposal(
        names, least.quantize(TENTH, ROUND_HALF_UP), taken, hours, rate, amount, any(m.bounds for m in months),
        money.now,
    )  # fmt: skip


def hours_claimed(workload: Workload, start: date, end: date | None = None) -> Decimal:
    """Hours a month of open and signed claims that hold on some day of [start, end)."""
    rows = _holding(start, end).filter(workload=workload, kind=Claim.Kind.HOURS)
    return rows.aggregate(total=Sum("hours_month"))["total"] or ZERO


def _holding(start: date, end: date | None) -> QuerySet[Claim]:
    rows = Claim.objects.filter(Q(valid_to=None) | Q(valid_to__gt=start), state__in=Claim.HOLDING)
    return rows if end is None else rows.filter(valid_from__lt=end)


def posts_claimed(team_id: int, start: date, end: date | None = None) -> Decimal:
    """Full-time posts of one team that open and signed claims name, of whichever workload."""
    rows = _holding(start, end).filter(workload__candidate__team_id=team_id)
    return rows.aggregate(total=Sum("posts"))["total"] or ZERO


@dataclass(frozen=True)
class Neighbour:
    """Another claim on the same post or cost centre; its amount and act only for those who read that unit's money."""

    claim: Claim
    same: str
    shows_money: bool


def neighbours(
    user: User, *, post: str, cost_centre: str, workload: Workload | None = None, but: int | None = None
) -> list[Neighbour]:
    """Open and signed claims on the post or the cost centre (a workload: also its own), the largest first."""
    wanted = Q(pk__in=[])
    wanted |= Q(post__iexact=post.strip()) if post.strip() else Q(pk__in=[])
    wanted |= Q(cost_centre__iexact=cost_centre.strip()) if cost_centre.strip() else Q(pk__in=[])
    wanted |= Q(workload=workload) if workload else Q(pk__in=[])
    rows = Claim.objects.filter(wanted, state__in=Claim.HOLDING).exclude(pk=but or 0)
    rows = in_their_currency(rows, money_of_company())
    rows = rows.select_related("workload__unit", "workload__business_owner").order_by("-amount_month", "pk")
    readable = set(rows.visible_to(user).values_list("pk", flat=True))
    return [Neighbour(row, _same(row, post, cost_centre), row.pk in readable) for row in rows[:50]]


def _same(row: Claim, post: str, cost_centre: str) -> str:
    if post.strip() and row.post.lower() == post.strip().lower():
        return "the same post"
    same_centre = cost_centre.strip() and row.cost_centre.lower() == cost_centre.strip().lower()
    return "the same cost centre" if same_centre else "the same workload"


@dataclass(frozen=True)
class KindSums:
    """One kind, a month: what waits for finance, and what is signed and counts on the day."""

    kind: str
    label: str
    column: str
    claimed: Decimal
    waiting: int
    signed: Decimal
    running: int


def sums_by_kind(claims: Any, day: date, money: Currencies) -> list[KindSums]:
    """The company's present currency a month; kinds without a claim are left out. Claims with their `currency`."""
    counts_today = Q(state__in=Claim.COUNTING, valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    waits = Q(state=Claim.State.CLAIMED)
    rows = claims.order_by().values("kind", "currency").annotate(
        claimed=Sum("amount_month", filter=waits), waiting=Count("pk", filter=waits),
        signed=Sum("amount_month", filter=counts_today), running=Count("pk", filter=counts_today),
    )  # fmt: skip
    found: dict[str, list[Any]] = {}
    for row in rows:
        if row["waiting"] or row["running"]:
            found.setdefault(row["kind"], []).append(row)
    return [
        _kind_sums(kind, label, found[kind], money) for kind, label in Claim.Kind.choices if kind in found
    ]


def _kind_sums(kind: str, label: Any, rows: list[Any], money: Currencies) -> KindSums:
    claimed, signed = (
        sum((money.converted(r[name] or ZERO, r["currency"], money.now) for r in rows), ZERO)
        for name in ("claimed", "signed")
    )
    waiting, running = (sum(r[name] for r in rows) for name in ("waiting", "running"))
    return KindSums(kind, str(label), Claim.COLUMNS[kind], claimed, waiting, signed, running)


@dataclass(frozen=True)
class HourSums:
    """Hours of the last closed month: freed with a 90 % interval, signed; and what waits for finance a month."""

    month: date
    freed: tuple[Decimal, Decimal, Decimal] | None
    signed: Decimal
    claimed: Decimal
    bounds: bool


def hours_of_last_close(user: User) -> HourSums | None:
    """Freed, signed and claimed hours side by side, of the workloads whose money this person reads."""
    readable = Workload.objects.filter(_readable(user))
    newest = ValueMonth.objects.filter(workload__in=readable).closed().order_by("-month").first()
    if newest is None:
        return None
    rows = list(ValueMonth.objects.filter(workload__in=readable, month=newest.month))
    known = [(r.hours_freed, r.hours_low, r.hours_high) for r in rows if r.hours_low is not None]
    bounds = any(r.bounds for r in rows)
    waits = Claim.objects.filter(workload__in=readable, state=Claim.State.CLAIMED, kind=Claim.Kind.HOURS)
    claimed = waits.aggregate(total=Sum("hours_month"))["total"] or ZERO
    signed = sum((r.hours_signed for r in rows), ZERO)
    return HourSums(newest.month, sum_interval(known, bounds), signed, claimed, bounds)  # type: ignore[arg-type]


def _readable(user: User) -> Q:
    where = permissions.scope(user, Permission.READ_MONEY)
    if where.everything:
        return Q()
    return Q(business_owner=user) | Q(deputy=user) | Q(unit_id__in=where.unit_ids)


CSV_HEAD = [
    "claim", "workload", "name", "unit", "kind", "column", "state", "amount_month", "currency", "amount_asked",
    "amount_proposed", "hours_month", "posts", "valid_from", "valid_to", "post", "cost_centre", "account", "act",
    "evidence", "filed_by", "filed_at", "signed_by", "signed_at", "sent_back_reason",
]  # fmt: skip


def csv_rows(claims: Iterable[Any]) -> list[list[Any]]:
    return [
        [
            c.pk, c.workload.key, c.workload.name, c.workload.unit.name, c.kind, c.column, c.state, c.amount_month,
            c.currency, c.amount_asked, c.amount_proposed, c.hours_month, c.posts, c.valid_from, c.valid_to, c.post,
            c.cost_centre, c.account, c.act, c.evidence, c.filed_by, c.filed_at, c.signed_by, c.signed_at,
            c.sent_back_reason,
        ]
        for c in claims
    ]  # fmt: skip

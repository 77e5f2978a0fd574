"""Keeping the outlook of every running workload: once a month, refreshed while its month is the last whole one."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from aiops.models import Company
from roi.calc.outlook import before_and_after
from roi.calc.realised import first_of, months_between
from roi.calc.recommendation import recommend
from roi.models import Outlook, ValueMonth
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved, approved_of
from roi.queries.outlook import LookedAhead, latest, look_ahead
from roi.queries.proposals import money_of
from workloads.models import Stage, Workload

CENTS, CHANCE = Decimal("0.01"), Decimal("0.0001")


def refresh_outlooks(*, at: datetime) -> int:
    """Compute anew what is missing for the last whole month, or older than its months; gives how many."""
    company = Company.load()
    month = _month_before(company.day_of(at))
    workloads = list(Workload.objects.filter(stage__in=[Stage.PILOT, Stage.LIVE]).select_related("unit"))
    stale = _stale(workloads, month)
    known = approved_of(stale)
    return sum(
        refresh_outlook(workload=workload, approved=known[workload.pk], month=month, at=at) is not None
        for workload in stale
        if workload.pk in known
    )


def _month_before(day: date) -> date:
    return months_between(date(day.year - 1, 1, 1), first_of(day))[-1]


def _stale(workloads: list[Workload], month: date) -> list[Workload]:
    kept = latest(workloads)
    months = ValueMonth.objects.filter(workload__in=workloads, month__lte=month).order_by()
    changed = dict(months.values_list("workload_id").annotate(last=Max("refreshed_at")))
    return [w for w in workloads if w.pk in changed and _is_old(kept.get(w.pk), month, changed[w.pk])]


def _is_old(kept: Outlook | None, month: date, changed: datetime) -> bool:
    return kept is None or kept.month < month or kept.at < changed


def refresh_outlook(*, workload: Workload, approved: Approved, month: date, at: datetime) -> Outlook | None:
    """One workload, seen from the end of `month`; None before its first month."""
    rows = list(ValueMonth.objects.filter(workload=workload).order_by("month"))
    if not rows or rows[0].month > month:
        return None
    company = Company.load()
    made = look_ahead(workload, approved, rows, month, Currencies.load(company))
    columns = _columns(made, month, company.currency)
    with transaction.atomic():
        kept, _ = Outlook.objects.update_or_create(
            workload=workload, month=month, defaults={**columns, "at": at}
        )
    return kept


def _columns(made: LookedAhead, month: date, currency: str) -> dict[str, Any]:
    said = recommend(made.ahead, made.months_seen, money_of(currency), made.signed)
    columns: dict[str, Any] = {"currency": currency, "months_seen": made.months_seen, "verdict": said.verdict}
    columns |= {"why": said.why, "fan": [], "breakevens": []}
    columns["quantities"] = before_and_after(made.inputs, made.updated, made.seen)
    columns |= dict.fromkeys(("forward_p10", "forward_p50", "forward_p90", "prob_reach", "prob_positive"))
    if (ahead := made.ahead) is None:
        return columns
    forward = {f"forward_{p}": _placed(getattr(ahead.forward, p), CENTS) for p in ("p10", "p50", "p90")}
    chances = {name: _placed(getattr(ahead, name), CHANCE) for name in ("prob_reach", "prob_positive")}
    return columns | forward | chances | {"fan": _fan(made, month), "breakevens": list(ahead.breakevens)}


def _placed(value: float | None, place: Decimal) -> Decimal | None:
    return None if value is None else Decimal(repr(value)).quantize(place)


def _fan(made: LookedAhead, month: date) -> list[dict[str, Any]]:
    """Cumulative cash from today on at the end of each month ahead."""
    assert made.ahead is not None
    index = month.year * 12 + month.month
    return [
        {
            "month": f"{(index + n) // 12}-{(index + n) % 12 + 1:02d}-01",
            "p10": f.p10,
            "p50": f.p50,
            "p90": f.p90,
        }
        for n, f in enumerate(made.ahead.fan)
    ]

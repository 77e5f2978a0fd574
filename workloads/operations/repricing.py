"""Stored calls get the prices that the book and the list have now for their days: previewed, agreed to, then applied.

What the client said and what failed before any token was used stays. A call that nobody can price now keeps its cost.
A batch call gets the price of its batch tier. Of calls of earlier releases nobody knows whether they were batch calls:
one that costs its batch price already is left alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDay

from aiops import audit, jobs
from aiops.errors import DomainError
from aiops.models import User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from workloads.calc import pricing
from workloads.calc.dialects import NormalisedCall
from workloads.calc.price_book import PriceBook
from workloads.models import Call, Change, OwnPrice, Workload
from workloads.models.repricing import Repricing
from workloads.operations.usage_moves import Moves
from workloads.queries.prices import FIELDS, own_prices

CHUNK = 5000
AT_ONCE = 20_000
LOST_AFTER = timedelta(minutes=3)
SOURCES = ("list", "own", "upper_bound", "unpriced")
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens")
KEY = ("started_at", "trace_id", "span_id")
GROUP = ("provider", "model", "operation", "is_error", "is_batch", "cost_source")
SHAPE = (*GROUP, "started_at", *TOKENS)
EXACT = 60
DAY = timedelta(days=1)
ZERO = Decimal(0)
State = Repricing.State


@dataclass(frozen=True)
class _Line:
    """Calls of one model in the preview, and what they cost before and after, in US dollars."""

    model: str
    calls: int
    old: Decimal
    new: Decimal


def preview_repricing(
    *,
    workloads: Sequence[Workload],
    models: Sequence[str],
    start: date,
    end: date,
    by: User,
    at: datetime,
) -> Repricing:
    """What today's prices would make of the calls of [start, end); changes nothing. No model named: all of them."""
    require_everywhere(by, Permission.FINANCE)
    if not workloads:
        raise DomainError("workloads", "Choose at least one workload.", "workloads")
    if end <= start:
        raise DomainError("days", "It must end after the day on which it starts.", "end")
    lines = [
        line for workload in workloads for line in _lines(_calls(workload, models, start, end), workload)
    ]
    merged = _merged(lines)
    if not merged:
        raise DomainError(
            "no_calls", "No calls of these days are kept, so there is nothing to price again.", "start"
        )
    with transaction.atomic():
        repricing = Repricing.objects.create(
            model_names=list(models),
            start=start,
            end=end,
            digest=_digest(),
            kept_from=max(start, min(at.date() - timedelta(days=w.calls_days) for w in workloads)),
            calls=sum(line.calls for line in merged),
            old_usd=_exact_sum(line.old for line in merged),
            new_usd=_exact_sum(line.new for line in merged),
            by_model=[
                [line.model, line.calls, format(line.old, "f"), format(line.new, "f")] for line in merged
            ],
            by=by,
            at=at,
        )
        repricing.workloads.set(workloads)
    return repricing


def apply_repricing(*, repricing: Repricing, reason: str, by: User, at: datetime) -> Repricing:
    """Do what the preview showed, at once or as a job when there are many calls. Refused when prices moved since."""
    require_everywhere(by, Permission.FINANCE)
    if not reason.strip():
        raise DomainError("reason", "Say why these calls get other prices.", "reason")
    with transaction.atomic():
        repricing = Repricing.objects.select_for_update().get(pk=repricing.pk)
        if repricing.state != State.PREVIEW:
            raise DomainError("applied", f"This re-pricing is {repricing.get_state_display()} already.")
        if repricing.digest != _digest():
            raise DomainError("prices_changed", "Prices were changed since this preview: make another.")
        repricing.state, repricing.reason, repricing.heartbeat = State.RUNNING, reason.strip()[:300], at
        repricing.applied_by, repricing.applied_at = by, at
        repricing.save()
        changes = {"calls": repricing.calls, "usd": [repricing.old_usd, repricing.new_usd]}
        audit.record(
            by=by, at=at, action="repricing.started", obj=repricing, changes=changes, reason=repricing.reason
        )
        jobs_wanted = repricing.calls > AT_ONCE
        if jobs_wanted:
            jobs.enqueue("workloads.run_repricing", repricing.pk)
    if not jobs_wanted:
        run_repricing(repricing_id=repricing.pk, at=at)
    repricing.refresh_from_db()
    return repricing


def run_repricing(*, repricing_id: int, at: datetime) -> int:
    """Chunk by chunk, each in a transaction of its own with the sums; may stop and start again anywhere.

    Gives the number of calls whose cost moved in this run.
    """
    moved = 0
    while (step := _step(repricing_id, at)) is not None:
        moved += step
    return moved


def resume_repricings(*, at: datetime) -> int:
    """Enqueue again those whose worker was lost."""
    lost = Repricing.objects.filter(state=State.RUNNING, heartbeat__lt=at - LOST_AFTER)
    for repricing in lost:
        with transaction.atomic():
            Repricing.objects.filter(pk=repricing.pk).update(heartbeat=at)
            jobs.enqueue("workloads.run_repricing", repricing.pk)
    return len(lost)


@transaction.atomic
def _step(repricing_id: int, at: datetime) -> int | None:
    """One chunk: None when there is no more. The row's lock lets a second worker wait instead of doing it twice."""
    repricing = Repricing.objects.select_for_update().get(pk=repricing_id)
    if repricing.state != State.RUNNING:
        return None
    found = _next_chunk(repricing)
    if found is None:
        _finish(repricing, at)
        return None
    workload, calls = found
    # The same lock that every arriving batch shares: sums and calls are nobody else's for this moment.
    Workload.objects.select_for_update().order_by("pk").filter(pk=workload.pk).first()
    moves = _reprice(workload, calls)
    repricing.reached = f"{workload.pk}:{calls[-1].reference}"
    repricing.done_calls += len(calls)
    repricing.done_changed += len(moves)
    with localcontext() as context:
        context.prec = EXACT
        repricing.done_usd += moves.difference
    repricing.heartbeat = at
    repricing.save()
    return len(moves)


def _next_chunk(repricing: Repricing) -> tuple[Workload, list[Call]] | None:
    number, _, reference = repricing.reached.partition(":")
    todo = repricing.workloads.order_by("pk")
    for workload in todo.filter(pk__gte=int(number)) if number else todo:
        calls = _calls(workload, repricing.model_names, repricing.start, repricing.end).order_by(*KEY)
        if number and workload.pk == int(number):
            calls = _after(calls, workload, reference)
        if rows := list(calls[:CHUNK]):
            return workload, rows
    return None


def _after(calls: QuerySet[Call], workload: Workload, reference: str) -> QuerySet[Call]:
    last = Call.objects.filter(workload=workload).by_reference(reference).first()
    if last is None:
        return calls
    return calls.extra(  # noqa: S610  a comparison of rows, which the ORM cannot say; values are bound
        where=["(started_at, trace_id, span_id) > (%s, %s, %s)"],
        params=[last.started_at, last.trace_id, last.span_id],
    )


def _calls(workload: Workload, models: Sequence[str], start: date, end: date) -> QuerySet[Call]:
    first, last = (datetime.combine(day, time(), UTC) for day in (start, end))
    calls = Call.objects.filter(
        workload=workload, started_at__gte=first, started_at__lt=last, cost_source__in=SOURCES
    )
    return calls.filter(model__in=models) if models else calls


def _reprice(workload: Workload, calls: Iterable[Call]) -> Moves:
    book, moves = own_prices(workload.pk), Moves(workload.pk)
    for call in calls:
        amount, source = _new_price(call, book)
        if (amount, source) != (call.cost, call.cost_source):
            moves.add(call, amount, source)
    with connection.cursor() as cursor:
        moves.write(cursor)
    return moves


def _new_price(call: Any, book: PriceBook) -> tuple[Decimal | None, str]:
    """What the call costs by today's book; what it cost where nobody knows better."""
    made = pricing.price(_normalised(call), own=book)
    if made.amount is None or (call.is_batch is None and _is_batch_price(call, book)):
        return call.cost, call.cost_source
    return made.amount, made.source


def _normalised(call: Any) -> NormalisedCall:
    """A stored call as the price book reads calls. Whether its client hides cached tokens, its old source tells."""
    return NormalisedCall(
        trace_id="",
        span_id="",
        started_at=call.started_at,
        model=call.model,
        provider=call.provider,
        operation=call.operation,
        is_error=call.is_error,
        drops_cached=call.cost_source == "upper_bound",
        is_batch=bool(call.is_batch),
        **{name: getattr(call, name) for name in TOKENS},
    )


def _is_batch_price(call: Any, book: PriceBook) -> bool:
    row = book.row(call.provider, call.model, call.started_at.date())
    if row is None or row.batch_share is None:
        return False
    unit = book.unit(call.provider, call.model, call.started_at.date(), batch=True)
    return unit is not None and call.cost == unit.amount(
        call.input_tokens, call.cached_tokens, call.cache_write_tokens, call.output_tokens
    )


def _lines(calls: QuerySet[Call], workload: Workload) -> Iterator[_Line]:
    """Sums by the database wherever a price is a plain sum over tokens; call by call where it is not."""
    book = own_prices(workload.pk)
    groups: Any = calls.order_by().annotate(day=TruncDay("started_at")).values(*GROUP, "day")
    sums = {f"{name}_sum": Sum(name) for name in TOKENS}
    for group in groups.annotate(n=Count("trace_id"), cost_sum=Sum("cost"), **sums).order_by("day", *GROUP):
        with localcontext() as context:
            context.prec = EXACT
            old = group["cost_sum"] or ZERO
            new = _summed(group, book)
            new = _one_by_one(group, calls, book) if new is None else new
            yield _Line(group["model"], group["n"], old, new)


def _summed(group: dict[str, Any], book: PriceBook) -> Decimal | None:
    """What a group costs by its sums; None when its calls must be asked one by one."""
    about = group["provider"], group["model"], group["day"].date()
    is_batch = group["is_batch"] or group["operation"].startswith("batch")
    row, unit = book.row(*about), book.unit(*about, batch=is_batch)
    tokens = [group[f"{name}_sum"] for name in TOKENS]
    into, out, cached, written = tokens
    if row is not None and unit is not None:
        amount = unit.amount(into, cached, written, out) + (group["n"] - 1) * unit.call
        return None if group["is_batch"] is None and row.batch_share is not None else amount
    if not pricing.is_linear(*about):
        return None
    sums = {
        "input_tokens": into,
        "output_tokens": out,
        "cached_tokens": cached,
        "cache_write_tokens": written,
    }
    return pricing.list_amount(
        NormalisedCall("", "", started_at=group["day"], provider=about[0], model=about[1], **sums)
    )


def _one_by_one(group: dict[str, Any], calls: QuerySet[Call], book: PriceBook) -> Decimal:
    day = group["day"]
    same = calls.filter(
        started_at__gte=day, started_at__lt=day + DAY, **{name: group[name] for name in GROUP}
    )
    rows = same.order_by().values_list(*SHAPE, "cost", named=True).iterator(chunk_size=CHUNK)
    return sum((_new_price(row, book)[0] or ZERO for row in rows), ZERO)


def _merged(lines: Iterable[_Line]) -> list[_Line]:
    found: dict[str, _Line] = {}
    with localcontext() as context:
        context.prec = EXACT
        for line in lines:
            known = found.get(line.model, _Line(line.model, 0, ZERO, ZERO))
            found[line.model] = _Line(
                line.model, known.calls + line.calls, known.old + line.old, known.new + line.new
            )
    return sorted(found.values(), key=lambda line: (-abs(line.new - line.old), line.model))


def _exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext() as context:
        context.prec = EXACT
        return sum(amounts, ZERO)


def _digest() -> str:
    """Of the whole price book as it stands."""
    rows = list(OwnPrice.objects.order_by("pk").values_list(*FIELDS))
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _finish(repricing: Repricing, at: datetime) -> None:
    repricing.state, repricing.finished_at = State.DONE, at
    repricing.save(update_fields=["state", "finished_at"])
    assert repricing.applied_by is not None
    changes = {"changed": repricing.done_changed, "difference_usd": repricing.done_usd}
    audit.record(by=repricing.applied_by, at=at, action="repricing.applied", obj=repricing, changes=changes)
    text = f"Calls of {repricing.start} to before {repricing.end} priced again: {repricing.reason}"[:300]
    Change.objects.bulk_create(
        Change(workload=workload, at=at, kind=Change.Kind.PRICE, summary=text, by=repricing.applied_by)
        for workload in repricing.workloads.all()
    )

"""A workload is split in two: a share of its forecast goes along, what is closed and what was signed stays."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import Company, User
from backlog.queries import estimate_ranges
from roi.models import Claim, Split, TimeBaseline, ValueMonth, ValueTerms
from roi.operations.ledger import refresh_workload
from roi.queries.volumes import volume_in, volumes_before
from workloads.calc.months import later
from workloads.models import Workload
from workloads.operations.inventory import require_operator
from workloads.operations.splitting import register_part

MINUTES = Decimal("0.001")


@dataclass(frozen=True)
class SplitPreview:
    """What would come along and what would stay; `claims` in force stay with the source until somebody ends them."""

    share: Decimal
    month: date
    open_months: int
    claims: int
    baseline: str


def preview_split(*, source: Workload, share: Decimal, month: date, by: User, at: datetime) -> SplitPreview:
    """Raises what the split would raise because of its share or month; writes nothing."""
    require_operator(source, by)
    _check(source, share, month, at)
    minutes = _current_baseline(source)
    open_months = ValueMonth.objects.filter(workload=source, month__gte=month, closed_at=None).count()
    claims = Claim.objects.filter(workload=source).signed_in(month, later(month)).count()
    words = str(minutes) if minutes else "the estimate of its candidate" if _likely(source) else "none"
    return SplitPreview(share, month, open_months, claims, words)


@transaction.atomic
def split_workload(
    *,
    source: Workload,
    name: str,
    share: Decimal,
    month: date,
    owner: User,
    reason: str,
    deputy: User | None = None,
    by: User,
    at: datetime,
) -> Split:
    """From an open month on `share` of the forecast is that of a new workload, which has items of its own.

    Its time baseline and terms come along. Claims stay with the source; months that are closed stay as they are, and
    those before the split keep their volume.
    """
    require_operator(source, by)
    name, reason = name.strip(), reason.strip()
    _check(source, share, month, at)
    if not name:
        raise DomainError("name", "Name the new workload.", "name")
    if not reason:
        raise DomainError("reason", "Say why it is split.", "reason")
    part = register_part(source=source, name=name, owner=owner, deputy=deputy, month=month, by=by, at=at)
    terms = ValueTerms.objects.filter(workload=source).first()
    held = _volume_in(month, terms)
    said = {"share": share, "month": month, "volume_before": held, "reason": reason[:300]}
    split = Split.objects.create(source=source, part=part, by=by, at=at, **said)
    _take_baseline(source, part, by, at)
    if terms is not None:
        _take_terms(split, terms, by, at)
    facts = {"part": part, "share": share, "month": month}
    audit.record(by=by, at=at, action="workload.split", obj=source, changes=facts, reason=split.reason)
    for workload in (source, part):
        refresh_workload(workload=workload, at=at, everything=True)
    return split


def _check(source: Workload, share: Decimal, month: date, at: datetime) -> None:
    if not 0 < share < 1:
        raise DomainError(
            "share", "The share that goes along lies between 0 and 100 %, not at its ends.", "share"
        )
    if month.day != 1:
        raise DomainError("month_first", "A month is named by its first day.", "month")
    if month > later(Company.load().day_of(at).replace(day=1)):
        raise DomainError("month_far", "A split counts from next month on at the latest.", "month")
    if ValueMonth.objects.filter(workload=source, month__gte=month, closed_at__isnull=False).exists():
        raise DomainError("month_closed", f"{month:%B %Y} is closed: choose a month that is open.", "month")
    if Split.objects.filter(part=source, month__gte=month).exists():
        raise DomainError(
            "month_early", "It was itself split off then or later: choose a later month.", "month"
        )


def _current_baseline(source: Workload) -> TimeBaseline | None:
    return TimeBaseline.objects.filter(workload=source, replaced_by=None).order_by("-at", "-pk").first()


def _likely(source: Workload) -> Decimal | None:
    known = estimate_ranges(source.candidate).get("minutes") if source.candidate else None
    return None if known is None else Decimal(str(known.likely)).quantize(MINUTES, ROUND_HALF_UP)


def _take_baseline(source: Workload, part: Workload, by: User, at: datetime) -> None:
    """The same minutes an item, measured where they were; else the candidate's estimate, which the part has not."""
    held = _current_baseline(source)
    if held is not None:
        names = ("minutes", "low", "high", "n", "how", "measured_from", "measured_to", "before_go_live")
        facts = {name: getattr(held, name) for name in names}
    elif (minutes := _likely(source)) is not None:
        facts = {"minutes": minutes, "low": minutes, "high": minutes, "how": TimeBaseline.How.ESTIMATE}
    else:
        return
    TimeBaseline.objects.create(workload=part, note=f"From {source.key}, split.", by=by, at=at, **facts)


def _volume_in(month: date, terms: ValueTerms | None) -> int | None:
    """What the terms state for the month of the split, before it."""
    if terms is None:
        return None
    before = volumes_before([terms.workload_id]).get(terms.workload_id, ())
    held = volume_in(month, terms.volume_month, before)
    return None if held is None else int(held)


def _take_terms(split: Split, terms: ValueTerms, by: User, at: datetime) -> None:
    """How items are judged and losses come along. The volume of both is no longer known: it is shared out.

    Months before the split keep the volume that they had: the split remembers it.
    """
    names = ("verdicts", "loss_per_error", "loss_per_leak", "note")
    kept = {name: getattr(terms, name) for name in names}
    held, share = split.volume_before, split.share
    volume = None if held is None else _shared(held, share)
    ValueTerms.objects.create(workload=split.part, volume_month=volume, by=by, at=at, **kept)
    if terms.volume_month is not None:
        ValueTerms.objects.filter(pk=terms.pk).update(volume_month=_left(terms.volume_month, share))
    # What was split off from a later month on finds less there than it did.
    ahead = Split.objects.filter(source=split.source, month__gt=split.month)
    for one in ahead.filter(volume_before__isnull=False):
        Split.objects.filter(pk=one.pk).update(volume_before=_left(one.volume_before or 0, share))


def _shared(volume: int, share: Decimal) -> int:
    return max(int((volume * share).to_integral_value(ROUND_HALF_UP)), 1)


def _left(volume: int, share: Decimal) -> int:
    return max(volume - _shared(volume, share), 1)

"""What came for one workload is stored: calls, the work that they mark, what was said of them."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from aiops.errors import DomainError
from workloads.calc import marking
from workloads.calc.dialects import NormalisedCall
from workloads.calc.held import Parcel
from workloads.models.inventory import Workload
from workloads.operations.call_store import store_calls
from workloads.operations.evaluations import store_evaluations
from workloads.operations.mapping import mark_outcomes, note_attributes, rule_of
from workloads.operations.sightings import note_parts


@dataclass
class Taken:
    """What became of a batch. `refused`: how many calls for which reason, in words for the sender."""

    stored: int = 0
    duplicates: int = 0
    waiting: int = 0
    dropped: int = 0
    evaluations: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def place_or_refuse(workload: Workload, parcel: Parcel, at: datetime, taken: Taken) -> None:
    try:
        place(workload, parcel, at, taken)
    except DomainError as error:
        refuse(taken, error.message.rstrip("."), len(parcel.calls))


def refuse(taken: Taken, reason: str, count: int) -> None:
    taken.refused[reason] = taken.refused.get(reason, 0) + count


def place(workload: Workload, parcel: Parcel, at: datetime, taken: Taken) -> None:
    """Calls and the work that they mark in one transaction; what was said of them, and their attributes, beside it."""
    rule, calls = rule_of(workload), parcel.calls
    hide_users(workload, calls)
    if rule is not None:
        marking.name_keys(calls, rule)
    marked = marking.outcomes(calls, parcel.marks, rule) if rule is not None else []
    if marked:
        with transaction.atomic():
            _store_calls(workload, calls, at, taken)
            mark_outcomes(workload=workload, marked=marked, at=at)
    else:
        _store_calls(workload, calls, at, taken)
    note_parts(workload, parcel.marks)
    note_attributes(
        workload=workload, said=[*(c.business for c in calls), *(m.business for m in parcel.marks)], at=at
    )
    if parcel.evaluations:
        taken.evaluations += store_evaluations(workload=workload, evaluations=parcel.evaluations, at=at)


def _store_calls(workload: Workload, calls: Sequence[NormalisedCall], at: datetime, taken: Taken) -> None:
    if calls:
        report = store_calls(workload=workload, calls=calls, at=at)
        taken.stored += report.accepted
        taken.duplicates += report.duplicates
        if report.rejected:
            refuse(taken, report.reason, report.rejected)


def hide_users(workload: Workload, calls: Iterable[NormalisedCall]) -> None:
    """A person's id becomes a digest that means nothing outside this workload and cannot be turned back."""
    for call in calls:
        if call.user_raw:
            call.user_key, call.user_raw = _user_key(workload.pk, call.user_raw), ""


@lru_cache(maxsize=8192)
def _user_key(workload_id: int, user: str) -> str:
    said = f"{workload_id} {user}".encode("utf-8", "replace")
    return hmac.new(settings.SECRET_KEY.encode(), said, "sha256").hexdigest()[:32]

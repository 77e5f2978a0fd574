"""Items in scope a month, as the terms state them; before a part was split off, as they stood until then."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from roi.models import Split

Before = Sequence[tuple[date, int]]


def volumes_before(workloads: Iterable[int]) -> dict[int, Before]:
    """By the workload's id, oldest first: the month from which a part went its own way, and the volume until then."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    rows = Split.objects.filter(source__in=workloads, volume_before__isnull=False).order_by("month", "pk")
    for pk, month, volume in rows.values_list("source_id", "month", "volume_before"):
        found[pk].append((month, volume or 0))
    return dict(found)


def volume_in(month: date, stated: int | None, before: Before) -> Decimal | None:
    """What was in scope in a month: `stated` is what the terms say now, `before` one of `volumes_before`."""
    held = next((volume for split_in, volume in before if month < split_in), stated)
    return None if held is None else Decimal(held)

"""What of an item's pre-read the meeting works with."""

from typing import Any

from roi.models import AgendaItem, Assessment
from roi.queries.assessment import latest_assessment
from roi.queries.pre_reads import pre_read_of


def assessment_of(item: AgendaItem) -> Assessment | None:
    """The one frozen in the pre-read, else the newest."""
    pre_read = getattr(item, "pre_read", None)
    if pre_read is not None and pre_read.assessment is not None:
        frozen: Assessment = pre_read.assessment
        return frozen
    return latest_assessment(item.candidate) if item.candidate else None


def tripwires_of_item(item: AgendaItem) -> list[dict[str, Any]]:
    """As the pre-read suggests them."""
    return list(pre_read_of(item).get("tripwires") or [])


def asked_of(item: AgendaItem) -> dict[str, Any] | None:
    """What the pre-read would measure first."""
    return pre_read_of(item).get("measure")

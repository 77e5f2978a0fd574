"""Reads of ticket exports that pages, API and CSV share."""

from typing import Any

from django.db.models import Count, QuerySet

from aiops import permissions
from aiops.models import BusinessUnit, User
from aiops.permissions import Permission
from backlog.models import Candidate, TicketFile, TicketGroup, TicketLog

GROUP_COLUMNS = (
    "place", "group", "grouped by", "closed tickets", "a year, low (P10)", "a year", "a year, high (P90)",
    "touches each", "reassignments each", "median waiting hours, not effort", "volume x touches x (1 + reassignments)",
    "candidate",
)  # fmt: skip


def ticket_logs(user: User) -> QuerySet[TicketLog]:
    """Uploads that this person may see, the newest first, with their numbers of groups."""
    rows = TicketLog.objects.visible_to(user).select_related("unit", "by")
    return rows.annotate(found=Count("groups")).order_by("-at", "-pk")


def ticket_groups(log: TicketLog, grouped_by: str = "") -> QuerySet[TicketGroup]:
    """The groups of a log in their order of rank; what is left over stands last."""
    rows = log.groups.select_related("candidate", "log")
    return (rows.filter(grouped_by=grouped_by) if grouped_by else rows).order_by(
        "grouped_by", "details__rest", "-rank", "pk"
    )


def visible_groups(user: User) -> QuerySet[TicketGroup]:
    rows = TicketGroup.objects.filter(log__in=TicketLog.objects.visible_to(user))
    return rows.select_related("log__unit", "log__by", "candidate")


def upload_units(user: User) -> QuerySet[BusinessUnit]:
    """Where this person may look for work in tickets."""
    where = permissions.scope(user, Permission.TRIAGE)
    if where.everything:
        return BusinessUnit.objects.order_by("name")
    own = {user.home_unit_id} if permissions.has(user, Permission.FILE) and user.home_unit_id else set()
    return BusinessUnit.objects.filter(pk__in=own | set(where.unit_ids)).order_by("name")


def has_file(log: TicketLog) -> bool:
    return TicketFile.objects.filter(log=log).exists()


def drafts_seen(user: User, groups: list[TicketGroup]) -> set[int]:
    """Candidates of these groups that this person may open: a draft is its owner's alone."""
    filed = [group.candidate_id for group in groups if group.candidate_id]
    return set(Candidate.objects.visible_to(user).filter(pk__in=filed).values_list("pk", flat=True))


def group_cells(place: int, group: TicketGroup, seen: set[int]) -> list[Any]:
    """A line of the export. A year is empty where the file has no dates."""
    known = group.details.get("volume_known")
    year = [round(value, 1) for value in (group.cases_year_low, group.cases_year, group.cases_year_high)]
    waiting = None if group.waiting_hours is None else round(group.waiting_hours, 2)
    key = group.candidate.key if group.candidate is not None and group.candidate_id in seen else ""
    figures = [round(group.touches, 2), round(group.reassignments, 2), waiting, round(group.rank, 1), key]
    start = [place, group.name, group.get_grouped_by_display(), group.cases]
    return [*start, *(year if known else [None] * 3), *figures]

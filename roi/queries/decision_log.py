"""The decision log: what was decided on what, by whom, and what it rested on."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from aiops import permissions
from aiops.models import User
from aiops.permissions import Permission
from roi.models import Decision
from roi.queries.masked import reason_for

HEAD = [
    "id", "decided_at", "key", "title", "unit", "verdict", "reason", "until", "approve_again_on", "quality_bar",
    "measure", "duplicate_of", "by", "by_consent", "review", "corrects", "corrected_by", "tripwires",
]  # fmt: skip
MONEY_HEAD = ["currency", "npv_p10", "npv_p50", "npv_p90", "prob_positive", "build_p50"]
HOURS_HEAD = ["hours_p10", "hours_p50", "hours_p90"]


def decision_log(user: User) -> QuerySet[Decision]:
    """Every decision that this person may see, newest first, with what a row shows."""
    rows = Decision.objects.visible_to(user).select_related(
        "candidate__unit", "workload__unit", "by", "review__series", "duplicate_of", "corrected_by", "assessment",
    )  # fmt: skip
    rows = rows.defer("assessment__details", "assessment__inputs", "assessment__drivers")
    return rows.prefetch_related("tripwires").order_by("-at", "-pk")


def search(rows: QuerySet[Decision], text: str) -> QuerySet[Decision]:
    """By key, title or name, by the reason, by who decided."""
    words = Q(candidate__title__icontains=text) | Q(workload__name__icontains=text)
    words |= Q(reason__icontains=text) | Q(by__name__icontains=text)
    key = text.strip().upper()
    number = key[2:] if key[:2] in ("C-", "W-") else ""
    if number.isdecimal() and len(number) < 9:
        name = "candidate__number" if key.startswith("C") else "workload__number"
        words |= Q(**{name: int(number)})
    return rows.filter(words)


def money_of_decision(user: User, decision: Decision) -> bool:
    """Whether this person reads the money of what it was on."""
    subject: Any = decision.candidate or decision.workload
    owner = subject.owner_id if decision.candidate else subject.business_owner_id
    return permissions.scope(user, Permission.READ_MONEY).covers(subject.unit_id) or owner == user.pk


def log_head(wide: bool) -> list[str]:
    return [*HEAD, *HOURS_HEAD, *(MONEY_HEAD if wide else [])]


def log_rows(user: User, rows: Iterable[Decision], wide: bool) -> Iterator[list[Any]]:
    """Values for `log_head`; money only where this person reads it."""
    for row in rows:
        shown = wide and money_of_decision(user, row)
        money = _money(row) if shown else [None] * len(MONEY_HEAD)
        about = _about(row)
        about[HEAD.index("reason")] = reason_for(row.reason, money_of_decision(user, row))
        if not shown:
            about[HEAD.index("tripwires")] = None
        yield [*about, *_hours(row), *(money if wide else [])]


def _about(d: Decision) -> list[Any]:
    subject: Any = d.candidate or d.workload
    title = d.candidate.title if d.candidate else subject.name
    later = getattr(d, "corrected_by", None)
    return [
        d.pk, d.at, subject.key, title, str(subject.unit), d.get_verdict_display(), d.reason, d.until, d.reapprove_on,
        d.quality_bar, d.measure, d.duplicate_of.key if d.duplicate_of else None, str(d.by),
        "yes" if d.by_consent else "no", d.review.number if d.review else None, d.corrects_id,
        later.pk if later else None, "; ".join(tripwire_words(t) for t in d.tripwires.all()),
    ]  # fmt: skip


def tripwire_words(t: Any) -> str:
    """ "share automated under 0.23 for 4 weeks"."""
    return f"{t.get_quantity_display()} {t.get_side_display()} {t.level.normalize():f} for {t.weeks} weeks"


def _hours(d: Decision) -> list[Any]:
    a = d.assessment
    return [a.hours_p10, a.hours_p50, a.hours_p90] if a else [None] * 3


def _money(d: Decision) -> list[Any]:
    a = d.assessment
    if a is None:
        return [None] * len(MONEY_HEAD)
    return [a.currency, a.npv_p10, a.npv_p50, a.npv_p90, a.prob_positive, a.build_p50]

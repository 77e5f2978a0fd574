"""What needs somebody: one list for all roles, each line with its reason, what is at stake and one link."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from aiops import permissions
from aiops.models import Membership, User
from aiops.permissions import Permission
from backlog import queries as backlog_queries
from backlog.models import Candidate
from evals.models import Suite
from integrations.models import Connection
from roi.calc.realised import first_of
from roi.models import Claim
from roi.queries.board import newest
from roi.queries.claims import money_of_company
from roi.queries.currencies import Currencies
from roi.queries.series import pre_reads_waiting
from roi.queries.stand_ins import answers_for, away
from roi.queries.statements import ToSign, to_sign, with_claims
from workloads.models import Incident, Outcome, SelfReport, Workload
from workloads.models.outcomes import OutcomeSource
from workloads.queries.services import unclaimed_count

MOST = 12
MOST_OF_A_KIND = 6


@dataclass(frozen=True)
class Need:
    """One thing to do. `amount` is money of company currency or None; `note` says what the amount is."""

    kind: str
    sentence: str
    reason: str
    url: str
    button: str
    amount: Any = None
    note: str = ""
    tone: str = ""
    rank: int = 5


def needs(user: User, today: date) -> list[Need]:
    """Everything that waits for this person, the most pressing first; at most twelve."""
    sources = (_pre_reads, _incidents, _go_lives, _months_to_report, _sent_back, _questions, _drafts)
    found = [need for source in sources for need in source(user, today)]
    for permission, source in _BY_PERMISSION:
        if permissions.has(user, permission):
            found += source(user, today)
    return sorted(found, key=lambda need: need.rank)[:MOST]


def _mine(user: User) -> Q:
    return Q(business_owner=user) | Q(deputy=user)


def _incidents(user: User, today: date) -> list[Need]:
    mine = Q(workload__business_owner=user) | Q(workload__deputy=user) | Q(workload__it_steward=user)
    rows = Incident.objects.filter(mine).exclude(state="resolved").select_related("workload")
    return [
        Need(
            kind="Incident",
            sentence=f"{row.workload.name}: {row.title}",
            reason=row.sentence,
            url=reverse("workloads:incident", args=[row.number]),
            button="Answer" if row.state == "open" else "Open",
            tone="bad" if row.severity == "bad" else "warn",
            rank=0 if row.state == "open" else 3,
        )
        for row in rows.order_by("-opened_at", "-pk")[:MOST]
    ]


def _go_lives(user: User, today: date) -> list[Need]:
    rows = (
        Workload.objects.filter(_mine(user), go_live=None)
        .exclude(first_call_at=None)
        .exclude(stage="retired")
    )
    return [
        Need(
            kind="Go-live",
            sentence=f"{row.name} made its first production call on {row.first_call_at:%-d %b %Y}.",
            reason="Confirm the go-live date: ramp and forecast count from there.",
            url=reverse("workloads:workload", args=[row.number]),
            button="Confirm",
            rank=1,
        )
        for row in rows.order_by("pk")
    ]


def _months_to_report(user: User, today: date) -> list[Need]:
    month = first_of(first_of(today) - timedelta(days=1))
    told = SelfReport.objects.filter(workload=OuterRef("pk"), month=month)
    # What telemetry marked is no answer: only a business system's items are.
    fed = Outcome.objects.filter(workload=OuterRef("pk")).exclude(source=OutcomeSource.SPAN)
    live = Workload.objects.filter(_mine(user), stage="live", go_live__lt=first_of(today))
    return [
        Need(
            kind="Three answers",
            sentence=f"{row.name}, {month:%B}: how many were done, accepted, and how long did each take?",
            reason="No feed yet. Counted as self-reported until one exists.",
            url=reverse("workloads:self_report", args=[row.number]),
            button="Answer",
            note="two minutes",
            rank=2,
        )
        for row in live.exclude(Exists(fed)).exclude(Exists(told)).order_by("name", "pk")
    ]


def _of_finance(user: User, today: date) -> list[Need]:
    """Claims and months to sign; who is away is asked for nothing, their stand-in is."""
    return [] if away(user, today) else [*_claims(user), *_statements(user, today)]


def _claims(user: User) -> list[Need]:
    where = permissions.scope(user, Permission.FINANCE)
    rows = Claim.objects.filter(state=Claim.State.CLAIMED).exclude(filed_by=user).exclude(workload__business_owner=user)
    rows = rows.exclude(workload__deputy=user).select_related("workload").order_by("-amount_month", "pk")
    rows = rows if where.everything else rows.filter(workload__unit_id__in=where.unit_ids)
    return _claim_needs(rows[:MOST], "Sign or send back", 1)


def _statements(user: User, today: date) -> list[Need]:
    """Months to sign; a stand-in reads for whom."""
    names = ", ".join(f"{row.absent} until {row.ends_on:%-d %b}" for row in answers_for(user, today))
    rows = with_claims(to_sign(user)[:MOST_OF_A_KIND])
    return [_statement(row, today, f" You stand in for {names}." if names else "") for row in rows]


def _statement(row: ToSign, today: date, for_whom: str) -> Need:
    found, claims = row.statement, row.waiting
    waits = f"Claims of the unit that wait too: {claims.count}. " if claims else ""
    unusual = found.unusual
    return Need(
        kind="Statement",
        sentence=f"{found.unit}, {found.month:%B %Y}: sign the month by {found.due_on:%A, %-d %b}.",
        reason=f"{waits}{unusual} exception{'' if unusual == 1 else 's'} to look at.{for_whom}",
        url=reverse("roi:statement", args=[found.pk]),
        button="Look and sign",
        amount=found.sums.get("cash_signed"),
        note="cash signed",
        tone="bad" if found.due_on < today else "",
        rank=1,
    )


def _sent_back(user: User, today: date) -> list[Need]:
    rows = Claim.objects.filter(state=Claim.State.SENT_BACK, filed_by=user, filed_again=None).select_related("workload")
    recent = rows.filter(filed_at__date__gte=today - timedelta(days=60))
    return _claim_needs(recent.order_by("-filed_at", "pk")[:MOST], "Read why", 3)


def _claim_needs(rows: QuerySet[Claim], button: str, rank: int) -> list[Need]:
    found = list(rows)
    money = money_of_company() if found else None
    return [_claim(row, button, rank, money) for row in found if money]


def _claim(row: Claim, button: str, rank: int, money: Currencies) -> Need:
    return Need(
        kind="Claim",
        sentence=f"{row.workload.name}: {row.get_kind_display()}",
        reason=row.sent_back_reason or row.act,
        url=reverse("roi:claim", args=[row.pk]),
        button=button,
        amount=money.converted(row.amount_month, money.written(row.filed_at), money.now),
        note="a month",
        rank=rank,
    )


def _questions(user: User, today: date) -> list[Need]:
    rows = backlog_queries.open_questions(user)[:MOST_OF_A_KIND]
    return [
        Need(
            kind="Question",
            sentence=f"{row.by} asks about {row.candidate}",
            reason=row.text if len(row.text) <= 200 else f"{row.text[:199]}…",
            url=f"{reverse('backlog:candidate', args=[row.candidate.number])}#question-{row.pk}",
            button="Answer",
            rank=2,
        )
        for row in rows
    ]


def _drafts(user: User, today: date) -> list[Need]:
    rows = Candidate.objects.filter(owner=user, state="draft").order_by("-pk")[:3]
    return [
        Need(
            kind="Draft",
            sentence=f"{row.title or 'An idea without a title'} is not submitted yet.",
            reason="Nobody else sees it until you submit it.",
            url=reverse("backlog:candidate", args=[row.number]),
            button="Finish",
            rank=6,
        )
        for row in rows
    ]


def _pre_reads(user: User, today: date) -> list[Need]:
    """Pre-reads that are out and not answered in full."""
    return [
        Need(
            kind="Pre-read",
            sentence=f"Pre-read for {row.review.starts_at:%A}: {row.items} items, you have answered {row.answered}.",
            reason=f"{row.review.series}. What everybody is fine with takes no time in the meeting.",
            url=reverse("roi:pre_read", args=[row.review.number]),
            button="Read",
            note="a minute each",
            rank=2,
        )
        for row in pre_reads_waiting(user, today)
    ]


def _to_decide(user: User, today: date) -> list[Need]:
    """In review, or deferred until a day that has come; what is worth most comes first."""
    due = Q(state="in_review") | Q(state="deferred", deferred_until__lte=today)
    rows = _of_units(user, Permission.DECIDE).filter(due).exclude(owner=user).select_related("owner")
    worth = F("worth").desc(nulls_last=True)
    found = rows.annotate(worth=newest("npv_p50"), sentence=newest("sentence")).order_by(worth, "number")
    return [_decision(row) for row in found[:MOST_OF_A_KIND]]


def _of_units(user: User, permission: Permission) -> QuerySet[Candidate]:
    """Candidates of the units in which this person holds the permission."""
    where, rows = permissions.scope(user, permission), Candidate.objects.visible_to(user)
    return rows if where.everything else rows.filter(unit_id__in=where.unit_ids)


def _decision(row: Any) -> Need:
    """Of a candidate with the worth and the sentence of its newest assessment."""
    reason = f"Filed by {row.owner}. {row.sentence or 'Its score is being made.'}"
    return Need(
        kind="Decision" if row.deferred_until is None else "Deferred, due",
        sentence=str(row),
        reason=reason,
        url=reverse("backlog:candidate", args=[row.number]),
        button="Decide",
        amount=row.worth,
        note="" if row.worth is None else "NPV in cash, middle",
        rank=2,
    )


def _to_size(user: User, today: date) -> list[Need]:
    rows = _of_units(user, Permission.ESTIMATE).filter(state__in=["received", "sizing"])
    rows = rows.exclude(parked_until__gt=today).select_related("owner")
    unsized = rows.exclude(estimates__quantity="build_cost").order_by("submitted_at", "pk")
    words = "The owner left the cost to IT. Without it there is no payback to decide on."
    return [
        Need(
            "To size",
            f"{row} has no cost yet.",
            words,
            reverse("backlog:estimates", args=[row.number]),
            "Size",
            rank=4,
        )
        for row in unsized[:3]
    ]


def _grants(user: User, today: date) -> list[Need]:
    rows = Membership.objects.waiting().exclude(granted_by=user).exclude(user=user).select_related("user")
    return [
        Need(
            kind="Grant",
            sentence=f"{row.user} was given the role {row.get_role_display()} by {row.granted_by}.",
            reason="It needs a second person.",
            url=reverse("aiops:people"),
            button="Look",
            rank=2,
        )
        for row in rows.select_related("granted_by")[:5]
    ]


def _connections(user: User, today: date) -> list[Need]:
    rows = Connection.objects.filter(enabled=True).exclude(last_failure_at=None)
    failing = [c for c in rows if c.is_failing]
    return [
        Need(
            kind="Connection",
            sentence=f"{row.name} fails: {row.last_failure}",
            reason=row.last_failure_fix,
            url=reverse("integrations:connection", args=[row.pk]),
            button="Mend",
            tone="bad",
            rank=1,
        )
        for row in failing
    ]


def _unfed(user: User, today: date) -> list[Need]:
    rows = Workload.objects.filter(stage__in=["pilot", "live"], first_call_at=None)
    return [
        Need(
            kind="Telemetry",
            sentence=f"{row.name} runs, but no call has arrived.",
            reason="Point its exporter here with an ingest key.",
            url=reverse("workloads:keys", args=[row.number]),
            button="Make a key",
            rank=3,
        )
        for row in rows.order_by("name", "pk")[:5]
    ]


def _unclaimed(user: User, today: date) -> list[Need]:
    count = unclaimed_count(user)
    if not count:
        return []
    words = "1 program sends" if count == 1 else f"{count} programs send"
    return [
        Need(
            kind="Telemetry",
            sentence=f"{words} telemetry that nobody claimed.",
            reason="Say which workload each belongs to; until then their calls wait and count nowhere.",
            url=reverse("workloads:services"),
            button="Claim",
            rank=3,
        )
    ]


def _suites(user: User, today: date) -> list[Need]:
    rows = Suite.objects.filter(state="proposed").select_related("workload").order_by("pk")
    return [
        Need(
            kind="Suite",
            sentence=f"{row.workload.name}: the suite «{row.name}» is proposed.",
            reason="It runs on a schedule once an evaluator approves it.",
            url=reverse("evals:suite", args=[row.pk]),
            button="Read",
            rank=3,
        )
        for row in rows[:5]
    ]


_BY_PERMISSION = (
    (Permission.DECIDE, _to_decide),
    (Permission.ESTIMATE, _to_size),
    (Permission.CONNECT, _connections),
    (Permission.CONNECT, _unclaimed),
    (Permission.CONNECT, _unfed),
    (Permission.EVALUATE, _suites),
    (Permission.DECIDE, _grants),
    (Permission.FINANCE, _of_finance),
    (Permission.FINANCE, _grants),
)

"""Watching what was agreed at approval: a reading a week, and a breach that is told and goes to the next review."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from aiops import audit
from aiops.models import Company, Membership, User
from aiops.roles import Role
from integrations.operations import tell
from roi.calc.tripwires import sentence
from roi.calc.watching import Reading, fired, readings
from roi.models import Decision, Tripwire, TripwireWeek
from roi.queries.proposals import money_of
from roi.queries.watching import WeekFacts, first_week, seen_words, weeks_of
from workloads.models import Stage, Workload

S = Tripwire.State
ANSWERS = (Decision.Verdict.SCALE, Decision.Verdict.KEEP, Decision.Verdict.FIX)
RUNNING = (Stage.PILOT, Stage.LIVE)


def watch(*, at: datetime) -> int:
    """Read every tripwire's whole weeks and fire those that were breached for as long as agreed; gives how many fired.

    A fired one stays so until a review answers it; then it counts anew from the day of the answer. Running it again
    changes nothing.
    """
    _set_again(at)
    company = Company.load()
    today = company.day_of(at)
    wires = list(
        Tripwire.objects.filter(state=S.SET, workload__stage__in=RUNNING)
        .select_related("workload__unit", "workload__business_owner", "workload__deputy", "candidate")
        .order_by("pk")
    )
    weeks = {wire.pk: weeks_of(wire, today) for wire in wires}
    span = first_week(weeks.values())
    if span is None:
        return 0
    workloads = {wire.workload_id: wire.workload for wire in wires if weeks[wire.pk]}
    facts = WeekFacts([w for w in workloads.values() if w is not None], *span, company)
    return sum(_watched(wire, weeks[wire.pk], facts, at) for wire in wires if weeks[wire.pk])


def _watched(wire: Tripwire, weeks: Sequence[date], facts: WeekFacts, at: datetime) -> bool:
    known = [facts.of(wire.workload_id or 0, week) for week in weeks]
    made = readings(known, wire.quantity, wire.side, wire.level)
    _keep(wire, made, at)
    breach = fired(made, wire.weeks)
    return breach is not None and _fire(wire, breach, facts.company, at)


def _keep(wire: Tripwire, made: Sequence[Reading], at: datetime) -> None:
    """Only what is new or came out otherwise is written: late items change weeks that are past."""
    kept = {row.week: (row.value, row.n, row.breached) for row in TripwireWeek.objects.filter(tripwire=wire)}
    rows = [
        TripwireWeek(tripwire=wire, week=r.week, value=r.value, n=r.n, breached=r.breached, at=at)
        for r in made
        if kept.get(r.week) != (r.value, r.n, r.breached)
    ]
    if rows:
        TripwireWeek.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["tripwire", "week"],
            update_fields=["value", "n", "breached", "at"],
        )  # fmt: skip


def _fire(wire: Tripwire, breach: Reading, company: Company, at: datetime) -> bool:
    with transaction.atomic():
        row = Tripwire.objects.select_for_update().get(pk=wire.pk)
        if row.state != S.SET:
            return False
        row.state, row.fired_at, row.seen = S.FIRED, at, breach.value
        row.save(update_fields=["state", "fired_at", "seen"])
        workload = wire.workload
        assert workload is not None
        said = {
            "quantity": row.quantity,
            "side": row.side,
            "level": row.level,
            "weeks": row.weeks,
            "seen": row.seen,
        }
        said |= {"workload": workload.key, "week": breach.week, "n": breach.n}
        audit.record(
            by=User.objects.system(),
            at=at,
            action="tripwire.fired",
            obj=row,
            unit=workload.unit,
            changes=said,
        )
        _tell(row, workload, breach, company, at)
    return True


def _tell(wire: Tripwire, workload: Workload, breach: Reading, company: Company, at: datetime) -> None:
    """Its owner and deputy, and who leads the reviews of its unit, the same day."""
    money = money_of(company.currency)
    agreed = sentence(wire.quantity, wire.side, float(wire.level), wire.weeks, money)
    seen = seen_words(wire.quantity, breach.value, company.currency)
    text = (
        f"Agreed at its approval: {agreed}.\n"
        f"Seen in the week of {breach.week:%-d %b %Y}: {seen}{f' over {breach.n:,} items' if breach.n else ''}.\n\n"
        "It is on the agenda of the next review, with what speaks for going on and for ending it."
    )
    for person in _people(workload):
        tell(
            user=person, topic="action", subject=f"Tripwire fired, {workload}: {wire.get_quantity_display()} {seen}",
            text=text, path=reverse("workloads:workload", args=[workload.number]),
            dedup_key=f"tripwire-{wire.pk}-{at:%Y%m%d}", at=at, simulated=workload.simulated,
        )  # fmt: skip


def _people(workload: Workload) -> list[User]:
    leads = Membership.objects.active().filter(Q(unit=None) | Q(unit=workload.unit_id), role=Role.LEAD)
    ids = {row.user_id for row in leads} | {workload.business_owner_id, workload.deputy_id}
    return list(User.objects.filter(pk__in=[pk for pk in ids if pk], is_active=True).order_by("pk"))


def _set_again(at: datetime) -> None:
    """What a review answered by scale, keep or fix is watched again from that day; what was retired is over."""
    for wire in Tripwire.objects.filter(state__in=(S.SET, S.FIRED), workload__stage=Stage.RETIRED):
        _change(wire, at, "tripwire.ended", {}, state=S.ENDED)
    for wire in Tripwire.objects.filter(state=S.FIRED, workload__stage__in=RUNNING):
        answers = Decision.objects.standing().filter(workload=wire.workload, verdict__in=ANSWERS)
        answer = answers.filter(at__gte=wire.fired_at).order_by("-at", "-pk").first()
        if answer is not None:
            said = {"decision": answer.pk, "verdict": answer.verdict}
            begins = answer.at.date() + timedelta(days=1)
            _change(wire, at, "tripwire.set_again", said, state=S.SET, check_from=begins)


def _change(wire: Tripwire, at: datetime, action: str, said: dict[str, Any], **fields: Any) -> None:
    with transaction.atomic():
        row = (
            Tripwire.objects.select_for_update(of=("self",)).select_related("workload__unit").get(pk=wire.pk)
        )
        if row.state != wire.state or row.workload is None:
            return
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))
        system = User.objects.system()
        audit.record(by=system, at=at, action=action, obj=row, unit=row.workload.unit, changes=said | fields)

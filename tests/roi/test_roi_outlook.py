"""A workload after its approval: the gap, what lies ahead, and what was agreed, week by week."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

import pytest

from aiops.models import AuditEvent, RateCard
from backlog import operations as backlog_operations
from backlog.calc.ranges import Range
from integrations.models import Delivery
from roi import operations
from roi.models import Outlook, Tripwire, TripwireWeek, ValueMonth
from roi.operations.gap import gap_of
from roi.operations.outlook import refresh_outlooks
from roi.operations.tripwires import watch
from roi.queries.forecast import approved
from roi.queries.outlook import record_of_rule
from workloads import operations as workload_operations
from workloads.models import Workload
from workloads.models.outcomes import OutcomeDay

JULY = date(2026, 7, 1)
WIRE = {"quantity": "accepted_share", "side": "below", "level": 0.6, "weeks": 3}


@pytest.fixture
def live(cast: Any) -> Workload:
    """1,000 invoices a month of 6 minutes, 60 % of them automated; approved in May, live since July."""
    RateCard.objects.create(hourly_rate=D("40"), valid_from=date(2026, 1, 1))
    then = datetime(2026, 5, 20, 9, tzinfo=UTC)
    said = {"title": "Match invoices", "count": D("1000"), "period": "month", "minutes": D("6")}
    made = backlog_operations.save_draft(by=cast.owner, at=then, sureness="measured", **said)
    made = backlog_operations.submit(candidate=made, by=cast.owner, at=then)
    ranges = {"automation_share": Range(0.5, 0.6, 0.7), "cashable_share": Range(0.4, 0.5, 0.6)}
    ranges |= {
        "build_cost": Range(1e3, 2e3, 4e3),
        "start_months": Range(1, 1, 1),
        "ramp_months": Range(2, 2, 2),
    }
    made = backlog_operations.set_estimates(candidate=made, ranges=ranges, by=cast.assessor, at=then)
    made = backlog_operations.send_to_review(candidate=made, by=cast.assessor, at=then)
    build = operations.Build(cast.owner, item_noun="invoice")
    operations.decide(
        candidate=made,
        verdict="approve",
        reason="It pays",
        build=build,
        tripwires=[WIRE],
        by=cast.lead,
        at=then,
    )
    workload = Workload.objects.get(candidate=made)
    for stage in ("building", "live"):
        workload = workload_operations.move_stage(
            workload=workload, stage=stage, on=JULY, by=cast.owner, at=then
        )
    return workload


def days(workload: Workload, first: date, end: date, done: int, accepted: int, at: datetime) -> None:
    """So many items every day, all of them judged, a minute each."""
    OutcomeDay.objects.bulk_create(
        OutcomeDay(
            workload=workload, day=first + timedelta(days=n), done=done, judged=done, accepted=accepted,
            minutes_n=done, minutes_sum=done, minutes_squares=done, changed_at=at,
        )
        for n in range((end - first).days)
    )  # fmt: skip


def test_the_gap_and_what_lies_ahead(cast: SimpleNamespace, now: datetime, live: Workload) -> None:
    days(live, JULY, date(2026, 11, 20), 15, 14, now)
    operations.refresh_workload(workload=live, at=now)
    rows = {row.month: row for row in ValueMonth.objects.filter(workload=live, month__gte=JULY)}
    known = approved(live)
    assert known is not None and known.start == date(2026, 6, 1)
    july, october = rows[JULY], rows[date(2026, 10, 1)]
    # Nothing is signed: the whole of the planned cash is missing, and June's too, in which it was to run already.
    parts = {name: D(part) for name, part in gap_of(july, known).items()}
    june = D(1000) * D("0.6") / 2 * 6 / 60 * D("0.5") * 40
    assert parts["delay"] < -june and parts["signed_share"] < 0
    assert sum(parts.values()) == round(july.cash_net, 2) - 2 * june - june
    assert october.gap == gap_of(october, known) and set(october.gap) >= {
        "signed_share",
        "acceptance",
        "review",
    }
    assert sum(map(D, october.gap.values())) == round(october.cash_net, 2) - 2 * june
    # Four whole months were seen.
    assert refresh_outlooks(at=now) == 1
    made = Outlook.objects.get(workload=live)
    assert (made.month, made.months_seen, made.verdict) == (date(2026, 10, 1), 4, "keep")
    assert made.forward_p10 < made.forward_p50 < made.forward_p90 and "of which finance" not in made.why
    assert len(made.fan) == 36 - 6 and made.fan[0]["month"] == "2026-11-01"
    moved = {row["quantity"]: row["how"] for row in made.quantities}
    assert moved["automation_share"] == "updated" and moved["volume"] == ""
    assert refresh_outlooks(at=now + timedelta(hours=1)) == 0


def test_a_breach_fires_once_is_told_and_counts_anew_once_it_is_answered(
    cast: SimpleNamespace, now: datetime, live: Workload
) -> None:
    wire = Tripwire.objects.get(workload=live)
    monday = date(2026, 10, 19)
    days(live, JULY, monday, 15, 14, now)
    days(live, monday, date(2026, 11, 9), 15, 8, now)
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert watch(at=at) == 0 and TripwireWeek.objects.filter(breached=True).count() == 2
    after = at + timedelta(days=7)
    mails = Delivery.objects.filter(direction=Delivery.Direction.OUT).count()
    assert watch(at=after) == 1 and watch(at=after) == 0
    wire.refresh_from_db()
    assert (wire.state, wire.fired_at, wire.seen) == ("fired", after, D("0.5333"))
    assert AuditEvent.objects.filter(action="tripwire.fired").count() == 1
    # The owner and the two leads are mailed, nobody twice.
    assert Delivery.objects.filter(direction=Delivery.Direction.OUT).count() == mails + 3
    # A review keeps it: from then on three more weeks are needed.
    answered = after + timedelta(days=1)
    operations.decide_workload(
        workload=live, verdict="keep", reason="A bad month end.", by=cast.lead, at=answered
    )
    assert watch(at=answered) == 0
    wire.refresh_from_db()
    assert (wire.state, wire.check_from) == ("set", date(2026, 11, 11))
    days(live, date(2026, 11, 9), date(2026, 12, 7), 15, 8, now)
    assert watch(at=after + timedelta(days=21)) == 0 and watch(at=after + timedelta(days=28)) == 1
    assert record_of_rule(cast.lead, Workload.objects.all()) == []


def test_the_pages_say_it_to_those_who_read_the_money(
    cast: SimpleNamespace, now: datetime, live: Workload
) -> None:
    days(live, JULY, date(2026, 11, 20), 15, 14, now)
    operations.refresh_workload(workload=live, at=now)
    refresh_outlooks(at=now)
    operations.decide_workload(workload=live, verdict="scale", reason="It pays.", by=cast.lead, at=now)
    watch(at=now)
    client, one = cast.client(cast.finance), f"/workloads/{live.number}"
    page = client.get(f"{one}/gap/").content.decode()
    assert "Finance signed 0 % of the freed hours as cash; 50 % was approved." in page
    assert "It began on 1 Jul 2026, later than June 2026, which was approved." in page
    told = client.get(f"{one}/gap/?format=json&month=2026-10").json()["rows"]
    october = ValueMonth.objects.get(workload=live, month=date(2026, 10, 1))
    assert {r["factor"]: r["amount"] for r in told if r["part_of"] == "cash"} == october.gap
    parts = client.get(f"/api/v1{one}/gap/?month=2026-10").json()
    assert (
        sum(D(part["amount"]) for part in parts["parts"])
        == D(parts["gap"])
        == D(parts["came"]) - D(parts["planned"])
    )
    assert client.get(f"/api/v1{one}/gap/?month=1999-10").status_code == 404
    # Without the money of the unit: the hours alone.
    it = cast.client(cast.it)
    assert (
        "$" not in it.get(f"{one}/gap/").content.decode() and it.get(f"/api/v1{one}/gap/").status_code == 403
    )
    assert "This is about money" in it.get(f"{one}/outlook/").content.decode()
    page = client.get(f"{one}/outlook/").content.decode()
    assert "Worth from today on" in page and "Stop if the accepted share is under 60 % for 3 weeks" in page
    assert client.get(f"/api/v1{one}/outlooks/").json()[0]["verdict"] == "keep"
    page = client.get("/value/recommendations/").content.decode()
    assert "It said <strong>keep</strong> before 1 decision; the review decided so 0 times." in page
    page = client.get("/value/gaps/").content.decode()
    assert "Share signed" in page and live.name in page
    assert client.get("/value/gaps/?format=csv").content.decode().count(live.name) == 1
    assert "Nothing to compare yet" in cast.client(cast.stranger).get("/value/gaps/").content.decode()

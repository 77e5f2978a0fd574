"""One of everything, all in the owner's unit: what a stranger from another unit must not see."""

import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from backlog import operations as talk
from backlog.calc.ranges import Range
from backlog.models import TicketGroup, TicketLog
from backlog.operations import save_draft, send_to_review, set_estimates, set_team, submit
from evals import operations as evals_operations
from integrations.models import Connection, Delivery
from roi import operations as roi_operations
from roi.models import (
    Action,
    ActualCost,
    Comparison,
    Measurement,
    PastCase,
    Review,
    Series,
    StandIn,
    Statement,
    TimeBaseline,
)
from tests.factories import make_workload
from tests.focus_files import add_usage, focus
from workloads import operations
from workloads.models import Call, Outcome, Service
from workloads.operations.bills import import_bills
from workloads.operations.budgets import add_budget
from workloads.operations.outcome_days import rebuild_outcome_days
from workloads.operations.prices import add_fixed_cost, add_price


def make_world(cast: SimpleNamespace, at: datetime, number: int = 1) -> SimpleNamespace:
    """A candidate, and a live workload with a key, a call, a check, a suite, an incident and a claim."""
    world = SimpleNamespace(cast=cast, at=at, number=number)
    world.candidate = _candidate(cast, at, number)
    world.team = world.candidate.team
    _tickets(world)
    world.assessment = world.candidate.assessments.get()
    world.view = roi_operations.save_view(
        name=f"Secret view {number}", query="", columns=["npv"], by=cast.owner, at=at
    )
    world.workload = make_workload(cast, f"Secret workload {number}", it_steward=cast.it, go_live=at.date())
    _telemetry(world)
    _quality(world)
    _talk(world)
    _money(world)
    _integration(world)
    _cost(world)
    _counting(world)
    return world


def _candidate(cast: SimpleNamespace, at: datetime, number: int) -> Any:
    draft = save_draft(
        by=cast.owner, at=at, title=f"Secret candidate {number}", count=Decimal(400), period="month",
        minutes=Decimal(12), sureness="fairly_sure",
    )  # fmt: skip
    candidate = submit(candidate=draft, by=cast.owner, at=at)
    name, people = f"Secret team {number}", Decimal(number)
    candidate = set_team(candidate=candidate, name=name, people=people, by=cast.system, at=at)
    roi_operations.assess(candidate=candidate, by=cast.system, at=at)
    candidate.external_id = f"secret-id-{number}"
    candidate.save(update_fields=["external_id"])
    return candidate


def _tickets(world: SimpleNamespace) -> None:
    """An export that was read, with a group of which a draft was filed."""
    cast, name = world.cast, f"Secret tickets {world.number}"
    world.ticket_log = TicketLog.objects.create(
        unit=cast.unit, name=f"{name}.csv", by=cast.owner, at=world.at, state=TicketLog.State.READY,
        summary={"cases": 40, "rows": 40, "events": 40, "used": 40},
    )  # fmt: skip
    year = {"cases_year_low": 300.0, "cases_year": 400.0, "cases_year_high": 500.0}
    world.ticket_group = TicketGroup.objects.create(
        log=world.ticket_log, grouped_by="category", name=name, cases=40, touches=3.0, reassignments=1.0,
        waiting_hours=8.0, rank=2400.0, details={"volume_known": True}, candidate=world.candidate, **year,
    )  # fmt: skip


def _talk(world: SimpleNamespace) -> None:
    """A comment, a question, a file and a vote on the candidate."""
    cast, said = world.cast, {"candidate": world.candidate, "at": world.at}
    world.comment = talk.comment(text="Secret comment", by=cast.lead, **said)
    world.question = talk.ask(of=cast.owner, text="Secret question?", by=cast.lead, **said)
    file = {"title": "Secret scan", "name": "scan.txt", "content_type": "", "data": b"counted 400"}
    world.evidence = talk.add_file(**file, by=cast.owner, **said)
    talk.vote(by=cast.finance, **said)


def _telemetry(world: SimpleNamespace) -> None:
    workload, at, it = world.workload, world.at, world.cast.it
    world.key, world.plain = operations.create_ingest_key(
        workload=workload, name="bot", scopes=["telemetry:write", "outcomes:write"], by=it, at=at
    )
    span = {"trace_id": f"{world.number:032x}", "span_id": f"{world.number:016x}", "operation": "chat"}
    usage = {"input_tokens": 1200, "output_tokens": 85, "latency_ms": 900, "model": "gpt-4o-mini"}
    money = {"cost": Decimal("0.000231"), "cost_source": "list", "provider": "openai", "dialect": "genai"}
    world.call = Call.objects.create(
        workload=workload, started_at=at, received_at=at, environment="production", **span, **usage, **money
    )
    heard = {"first_seen_at": at, "last_seen_at": at}
    world.service = Service.objects.create(name=f"Secret program {world.number}", **heard)
    Outcome.objects.create(
        workload=workload, external_id="inv-1", finished_at=at, accepted=True, source="api", created_at=at
    )
    rebuild_outcome_days(workload=workload, at=at)


def _cost(world: SimpleNamespace) -> None:
    """Calls of this month, since cost pages open on it, and a bill that is not final."""
    n = world.number
    add_usage(world.workload, f"model-{n}", cost_centre=f"CC-{n}", hour=timezone.now())
    spend = {"SubAccountName": f"Secret account {n}", "SubAccountId": f"sub-{n}", "BillingAccountId": f"acct-{n}"}
    file = io.BytesIO(focus(spend | {"ServiceName": "Virtual machines", "ServiceCategory": "Compute"}))
    (world.bill,) = import_bills(file=file, name="bill.csv", by=world.cast.finance, at=world.at).bills
    said: dict[str, Any] = {"by": world.cast.finance, "at": world.at, "valid_from": world.at.date()}
    world.budget = add_budget(workload=world.workload, amount=Decimal(1000), period="quarter", **said)
    world.price = add_price(model=f"secret-model-{n}", input_mtok=Decimal(2), note="Contract", **said)
    world.seats = add_fixed_cost(
        workload=world.workload, kind="seat", name="Seats", quantity=Decimal(1), amount=Decimal(30), **said
    )


def _counting(world: SimpleNamespace) -> None:
    """What was paid, a time baseline and a comparison."""
    said: dict[str, Any] = {"workload": world.workload, "by": world.cast.owner, "at": world.at}
    ActualCost.objects.create(
        month=world.at.date().replace(day=1), kind="people", amount=90, note="Secret reason", **said
    )
    world.baseline = TimeBaseline.objects.create(
        minutes=9, low=8, high=10, how="estimate", note="Secret reason", **said
    )
    inputs = {"quantity": "minutes", "source": "sent", "rows": 60, "self_reported": False}
    details = {"treated": 5, "control_mean": 8, "items": [30, 30], "by": "items"}
    world.comparison = Comparison.objects.create(
        method="holdout", question="Secret reason", unit="minutes an item", inputs=inputs, effect=-3, low=-4, high=-2,
        n=60, sentence="Secret reason", details=details, **said,
    )  # fmt: skip


def _quality(world: SimpleNamespace) -> None:
    cast, workload, at = world.cast, world.workload, world.at
    world.check = operations.add_check(
        workload=workload, kind="cost", name="Monthly cost", every_minutes=1440, by=cast.owner, at=at
    )
    world.incident = operations.open_incident(
        workload=workload, title="Secret incident", sentence="Over the budget.", severity="bad",
        source="budget", external_key="budget", by=cast.system, at=at,
    )  # fmt: skip
    rows = [
        {"key": f"c{n}", "input": f"2*{n}", "expected": str(2 * n), "output": str(2 * n)} for n in range(20)
    ]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    said: dict[str, Any] = {"by": cast.evaluator, "at": at}
    world.dataset = evals_operations.upload_dataset(
        workload=workload, name="Golden", data=data, filename="g.jsonl", **said
    ).dataset
    world.suite = evals_operations.create_suite(
        workload=workload, dataset=world.dataset, name="Golden", grader="exact", target=Decimal("0.9"), **said
    )
    check_run = evals_operations.run_now(suite=world.suite, **said)
    evals_operations.run_eval(check_run_id=check_run.pk, worker="test", clock=lambda: at)
    world.run = world.suite.runs.get()


def _money(world: SimpleNamespace) -> None:
    world.past_case = PastCase.objects.create(
        name=f"Secret project {world.number}", quantity="cost", measure="USD", likely=100, actual=140,
        finished_on=world.at.date(), unit=world.cast.unit, owner=world.cast.owner, by=world.cast.lead, at=world.at,
    )  # fmt: skip
    cast, at = world.cast, world.at
    world.claim = roi_operations.file_claim(
        workload=world.workload, kind="hours", amount_month=Decimal(900), hours_month=Decimal(16),
        valid_from=at.date().replace(day=1), act="Secret act", by=cast.owner, at=at,
    )  # fmt: skip
    roi_operations.refresh_workload(workload=world.workload, at=at)
    _statement(world)


def _statement(world: SimpleNamespace) -> None:
    """A unit has one statement a month: each world takes a month of its own, long ago."""
    cast, at, n = world.cast, world.at, world.number
    said = {"code": "no_cost", "workload": world.workload.number, "name": world.workload.name, "words": "Secret words"}
    world.statement = Statement.objects.create(
        unit=cast.unit, month=date(2000 + n // 12, n % 12 + 1, 1), currency="USD", due_on=at.date(), made_at=at,
        exceptions=[said],
        totals={name: "0.00" for name in ("cash_signed", "run_cost", "cash_net", "cash_claimed", "hours_signed")},
    )  # fmt: skip
    world.stand_in = StandIn.objects.create(
        absent=cast.finance, deputy=cast.second_finance, starts_on=at.date(), ends_on=at.date(), by=cast.finance, at=at
    )


def _integration(world: SimpleNamespace) -> None:
    cast, at = world.cast, world.at
    world.connection = Connection.objects.create(
        kind="webhook", name=f"Secret hook {world.number}", url="https://hooks.example.com/x",
        created_by=cast.it, created_at=at,
    )  # fmt: skip
    world.delivery = Delivery.objects.create(
        connection=world.connection, direction="out", kind="notice", payload={"text": "secret"},
        state="failed", created_at=at,
    )  # fmt: skip


def size(world: SimpleNamespace) -> None:
    """Everything an NPV needs, so that the board has a range to show; it waits for the lead."""
    points = {
        "automation_share": (0.5, 0.6, 0.7),
        "cashable_share": (0.2, 0.3, 0.5),
        "loaded_rate": (50, 60, 70),
    }
    points |= {"build_cost": (9000, 12000, 18000), "run_cost": (1000, 1500, 2500)}
    ranges = {q: Range(*map(float, p), as_of=world.at.date()) for q, p in points.items()}
    notes = {"loaded_rate": "agreed with the unit"}
    set_estimates(candidate=world.candidate, ranges=ranges, notes=notes, by=world.cast.assessor, at=world.at)
    world.candidate = send_to_review(candidate=world.candidate, by=world.cast.lead, at=world.at)
    roi_operations.assess(candidate=world.candidate, by=world.cast.system, at=world.at)


def decide(world: SimpleNamespace) -> None:
    """A verdict that leaves it on the board."""
    roi_operations.decide(
        candidate=world.candidate, verdict="measure", reason="No baseline.", measure="100 invoices",
        by=world.cast.lead, at=world.at,
    )  # fmt: skip


def propose(world: SimpleNamespace) -> None:
    """A suite of the owner's, which waits for an evaluator."""
    evals_operations.create_suite(
        workload=world.workload, dataset=world.dataset, name="Proposed", grader="exact",
        target=Decimal("0.9"), by=world.cast.owner, at=world.at,
    )  # fmt: skip


def follow_up(world: SimpleNamespace) -> None:
    """What a meeting leaves behind: an action and a measurement with a sample."""
    cast, at = world.cast, world.at
    series, _ = Series.objects.get_or_create(
        name="Followed", defaults={"chair": cast.lead, "first_on": at.date(), "start_time": at.time(), "created_at": at}
    )
    number, start = 5000 + world.number, at + timedelta(days=world.number)
    review = Review.objects.create(
        series=series, number=number, starts_at=start, freeze_at=at, minutes=30, chair=cast.lead,
        state="cancelled",
    )  # fmt: skip
    said = {"created_by": cast.lead, "created_at": at, "due_on": at.date()}
    Action.objects.create(review=review, text=f"Secret action {number}", owner=cast.owner, **said)
    row = Measurement.objects.create(
        candidate=world.candidate, quantity="minutes", what="Secret timing", person=cast.owner, **said
    )
    row.samples.create(value=4, at=at, client_id="a")

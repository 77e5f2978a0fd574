"""From a decision to retirement: who may, which moves there are, and what the log says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as backlog
from backlog.models import State
from tests.factories import make_workload
from workloads import operations
from workloads.models import Change, Stage, Workload

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


@pytest.fixture
def approved(cast, now):
    """A candidate that the review has approved."""
    draft = backlog.save_draft(
        by=cast.owner, at=now, title="Match invoices", count=Decimal(1000), minutes=Decimal(8)
    )
    sent = backlog.submit(candidate=draft, by=cast.owner, at=now)
    review = backlog.send_to_review(candidate=sent, by=cast.lead, at=now)
    return backlog.mark_decided(candidate=review, state=State.APPROVED, by=cast.lead, at=now)


def register(cast, now, candidate, **changes):
    people = {
        "business_owner": cast.owner,
        "deputy": cast.reviewer,
        "builder": cast.assessor,
        "it_steward": cast.it,
    }
    said = {"name": "Invoice matching", "planned_go_live": date(2026, 12, 1), "by": cast.lead, "at": now}
    return operations.register(candidate=candidate, **(people | said | changes))


def move(workload, stage, by, now):
    return operations.move_stage(workload=workload, stage=stage, on=DAY, by=by, at=now)


def test_a_decision_becomes_a_workload_with_its_people(cast, now, approved):
    made = register(cast, now, approved, item_noun="invoice")
    assert (made.key, made.slug, made.stage, made.unit) == (
        "W-1",
        "invoice-matching",
        Stage.APPROVED,
        cast.unit,
    )
    assert made.changes.get().kind == Change.Kind.STAGE
    assert AuditEvent.objects.filter(action="workload.registered").count() == 1


def test_registering_is_refused_to_others_and_twice(cast, now, approved):
    for person in (cast.owner, cast.it, cast.finance, cast.stranger):
        with pytest.raises(PermissionDenied):
            register(cast, now, approved, by=person)
    with pytest.raises(DomainError, match="somebody else"):
        register(cast, now, approved, deputy=cast.owner)
    register(cast, now, approved)
    with pytest.raises(DomainError, match="already"):
        register(cast, now, approved)
    assert Workload.objects.count() == 1


def test_the_candidate_follows_through_every_stage(cast, now, approved):
    made = register(cast, now, approved)
    for stage, state in (
        (Stage.BUILDING, State.BUILDING),
        (Stage.PILOT, State.BUILDING),
        (Stage.LIVE, State.LIVE),
        (Stage.RETIRED, State.RETIRED),
    ):
        made = move(made, stage, cast.owner, now)
        approved.refresh_from_db()
        assert approved.state == state
    assert made.go_live == made.retired_on == DAY
    assert made.changes.count() == 5


@pytest.mark.parametrize(
    ("was", "wanted"),
    [
        ("approved", "live"),
        ("approved", "pilot"),
        ("live", "building"),
        ("live", "live"),
        ("live", "nonsense"),
    ],
)
def test_a_move_that_does_not_exist_is_refused(cast, now, was, wanted):
    made = make_workload(cast, stage=was)
    with pytest.raises(DomainError) as refused:
        move(made, wanted, cast.owner, now)
    assert refused.value.field == "stage"
    made.refresh_from_db()
    assert made.stage == was and not made.changes.exists()


def test_retiring_ends_keys_and_checks_for_good(cast, now):
    made = make_workload(cast)
    check = operations.add_check(
        workload=made, kind="cost", name="Cost", every_minutes=60, by=cast.owner, at=now
    )
    key, _ = operations.create_ingest_key(
        workload=made, name="bot", scopes=["telemetry:write"], by=cast.it, at=now
    )
    move(made, Stage.RETIRED, cast.lead, now)
    check.refresh_from_db()
    key.refresh_from_db()
    assert not check.enabled and key.revoked_at == now
    made.refresh_from_db()
    for verb, change in (
        (operations.record_spend, {"spent": Decimal(1)}),
        (operations.set_budget, {"monthly_budget": Decimal(1)}),
        (operations.set_plan, {"planned_go_live": DAY}),
        (operations.run_now, None),
    ):
        with pytest.raises(DomainError, match="retired"):
            verb(
                **({"check": check} if change is None else {"workload": made} | change), by=cast.lead, at=now
            )
    with pytest.raises(DomainError):
        move(made, Stage.LIVE, cast.lead, now)


def test_owner_deputy_builder_and_lead_keep_it_up_to_date(cast, now):
    made = make_workload(cast, deputy=cast.reviewer, builder=cast.assessor, it_steward=cast.it)
    for amount, person in enumerate((cast.owner, cast.reviewer, cast.assessor, cast.lead), 1):
        assert (
            operations.record_spend(workload=made, spent=Decimal(amount), by=person, at=now).spent == amount
        )
    verbs = (
        (operations.record_spend, {"spent": Decimal(9)}),
        (operations.set_budget, {"monthly_budget": Decimal(9)}),
        (operations.set_plan, {"planned_go_live": DAY}),
        (operations.move_stage, {"stage": Stage.PILOT, "on": DAY}),
        (operations.log_change, {"kind": "prompt", "summary": "v2"}),
    )
    for person in (cast.it, cast.finance, cast.auditor, cast.stranger, cast.executive):
        for verb, words in verbs:
            with pytest.raises(PermissionDenied):
                verb(workload=made, by=person, at=now, **words)
    made.refresh_from_db()
    assert made.spent == 4 and made.stage == Stage.LIVE


def test_figures_that_cannot_be_are_refused(cast, now):
    made = make_workload(cast)
    with pytest.raises(DomainError):
        operations.record_spend(workload=made, spent=Decimal(-1), by=cast.owner, at=now)
    for budget in (Decimal(0), Decimal(-5)):
        with pytest.raises(DomainError):
            operations.set_budget(workload=made, monthly_budget=budget, by=cast.owner, at=now)
    with pytest.raises(DomainError):
        operations.log_change(workload=made, kind="prompt", summary="  ", by=cast.owner, at=now)
    operations.set_budget(workload=made, monthly_budget=None, by=cast.owner, at=now)


@pytest.mark.parametrize("was", ["approved", "building", "pilot", "live"])
def test_the_first_call_proposes_and_the_owner_confirms(cast, now, was):
    made = make_workload(cast, stage=was, first_call_at=now - timedelta(days=2), it_steward=cast.it)
    assert made.waits_for_go_live
    for person in (cast.lead, cast.it, cast.stranger):
        with pytest.raises(PermissionDenied):
            operations.confirm_go_live(workload=made, on=DAY, by=person, at=now)
    with pytest.raises(DomainError, match="future"):
        operations.confirm_go_live(workload=made, on=DAY + timedelta(days=1), by=cast.owner, at=now)
    made = operations.confirm_go_live(workload=made, on=date(2026, 11, 18), by=cast.owner, at=now)
    assert (made.stage, made.go_live) == (Stage.LIVE, date(2026, 11, 18))
    with pytest.raises(DomainError, match="no go-live"):
        operations.confirm_go_live(workload=made, on=DAY, by=cast.owner, at=now)


def test_nothing_is_confirmed_before_a_call_arrived(cast, now):
    with pytest.raises(DomainError):
        operations.confirm_go_live(workload=make_workload(cast, stage="pilot"), on=DAY, by=cast.owner, at=now)


def test_several_changes_happen_all_or_none(cast, now):
    made = make_workload(cast)
    changes = {"spent": Decimal(100), "monthly_budget": Decimal(50), "stage": "building"}
    with pytest.raises(DomainError):
        operations.change_workload(workload=made, changes=changes, by=cast.owner, at=now)
    made.refresh_from_db()
    assert made.spent == 0 and made.monthly_budget is None
    done = operations.change_workload(
        workload=made, changes=changes | {"stage": "pilot"}, by=cast.owner, at=now
    )
    assert (done.spent, done.monthly_budget, done.stage) == (100, 50, "pilot")


def test_who_sees_a_workload(cast):
    made = make_workload(cast, deputy=cast.stranger, builder=None)
    elsewhere = make_workload(cast, "Contract reading", unit=cast.other_unit, business_owner=cast.stranger)
    for person in (cast.lead, cast.it, cast.executive):
        assert set(Workload.objects.visible_to(person)) == {made, elsewhere}
    assert set(Workload.objects.visible_to(cast.owner)) == {made}
    assert set(Workload.objects.visible_to(cast.stranger)) == {made, elsewhere}


def test_the_database_keeps_its_own_rules(cast, now):
    made = make_workload(cast)
    for change in (
        {"spent": -1},
        {"monthly_budget": 0},
        {"stage": "retired"},
        {"deputy": cast.owner},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Workload.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_workload(cast, slug=made.slug)

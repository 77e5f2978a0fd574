"""The simulated company: loaded once, marked everywhere, fed without doubles, and left behind cleanly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent, BusinessUnit, Company, Membership, RateCard, User
from backlog import operations as backlog_operations
from backlog.models import Candidate, Team
from evals.models import Run
from integrations.models import Delivery
from roi import operations
from roi.calc.closing import close_day
from roi.demo import feed
from roi.demo.data import LIVES, PEOPLE
from roi.demo.loading import load
from roi.models import Assessment, Claim, Comparison, Decision, Statement, ValueMonth
from workloads.models import Call, CheckRun, Finding, Incident, Outcome, UsageHour, Workload

pytestmark = pytest.mark.django_db
SCALE = 0.02
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "name": "Acme",
    "currency": "EUR",
    "fiscal_year_start": 4,
    "unit": "Accounts",
    "admin_email": "it@acme.example",
    "admin_name": "Ida IT",
    "lead_email": "lead@acme.example",
    "lead_name": "Leo Lead",
    "finance_email": "finance@acme.example",
    "finance_name": "Fay Finance",
    "password": "correct horse battery",
}


@pytest.fixture(scope="module")
def loaded(django_db_setup: Any, django_db_blocker: Any) -> Iterator[list[str]]:
    """Loading takes seconds: once for this file, in a transaction around those of the tests."""
    said: list[str] = []
    with django_db_blocker.unblock(), transaction.atomic():
        assert load(at=NOW, say=said.append, scale=SCALE)
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded: list[str], db: Any) -> list[str]:
    return loaded


def person(email: str) -> User:
    return User.objects.get(email=f"{email}@demo.payback")


def test_a_whole_company_is_there_and_marked(demo: list[str]) -> None:
    assert Company.load().demo
    assert Candidate.objects.count() == 25
    assert [c.title for c in Candidate.objects.order_by("number")][:1] == [
        "AP invoice 3-way matching & coding"
    ]
    assert Workload.objects.filter(stage="live").count() == len(LIVES)
    assert User.objects.people().count() == len(PEOPLE)
    for model in (User.objects.people(), Candidate.objects, Workload.objects, BusinessUnit.objects):
        assert not model.filter(simulated=False).exists()
    assert not any(user.has_usable_password() for user in User.objects.people())
    assert Call.objects.exists() and Outcome.objects.exists() and ValueMonth.objects.exists()
    assert not Call.objects.filter(cost=None).exists()
    assert {
        "live",
        "building",
        "approved",
        "in_review",
        "sizing",
        "received",
        "deferred",
        "measuring",
    } <= set(Candidate.objects.values_list("state", flat=True))
    assert any(line.startswith("Calls ") for line in demo) and "Candidates 25/25" in demo


def test_it_tells_its_stories(demo: list[str]) -> None:
    assert Claim.objects.filter(state="claimed").exclude(filed_by=person("finance")).count() == 1
    assert (
        Claim.objects.filter(state="sent_back").exists() and Claim.objects.filter(state="signed").count() > 2
    )
    assert Incident.objects.filter(title__contains="Leak").exists()
    assert Run.objects.filter(finished_at__isnull=False).count() > 24
    assert Finding.objects.filter(metric="pass_rate", severity="bad").exists()
    assert Candidate.objects.filter(state="in_review").exclude(owner=person("lead")).count() >= 4
    assert not CheckRun.objects.filter(state__in=["queued", "running"]).exists()


def test_each_workload_of_the_first_owner_has_a_comparison_to_look_at(demo: list[str]) -> None:
    mine = Workload.objects.filter(business_owner=person("owner"), stage="live")
    rows = Comparison.objects.filter(workload__in=mine)
    assert {row.workload_id for row in rows} == {workload.pk for workload in mine} and len(mine) > 1
    assert all("(simulated)" in row.question and row.high < 0 for row in rows)


def test_months_were_closed_when_the_calendar_closes_them(demo: list[str]) -> None:
    company, closed = Company.load(), ValueMonth.objects.closed()
    assert closed.values("month").distinct().count() > 9
    for month, moment in closed.values_list("month", "closed_at").distinct():
        assert moment == company.midnight(close_day(month, company.close_working_day)), month
    statements = Statement.objects.order_by("month")
    assert {row.month: row.made_at for row in statements} == dict(closed.values_list("month", "closed_at"))
    signed = statements.filter(state="signed")
    assert all(row.signed_at.date() == close_day(row.month, company.close_working_day + 2) for row in signed)  # type: ignore[union-attr]
    # What a month's cash is made of was signed before the month was closed: no amount stands without its claim.
    lines = [line for row in statements for line in row.totals["lines"]]
    assert lines and all(line["claim"] for line in lines)
    audited = AuditEvent.objects.filter(action="ledger.closed").values_list("at", flat=True)
    assert set(audited) == set(closed.values_list("closed_at", flat=True))


def test_nothing_is_mailed(demo: list[str]) -> None:
    assert not Delivery.objects.filter(direction="out", state="queued").exists()


def test_roles_are_confirmed_by_another(demo: list[str]) -> None:
    assert not Membership.objects.waiting().exists()


def test_a_second_load_changes_nothing(demo: list[str], now: datetime) -> None:
    before = Call.objects.count(), AuditEvent.objects.count()
    assert not load(at=now, say=demo.append, scale=SCALE)
    assert (Call.objects.count(), AuditEvent.objects.count()) == before


def test_the_feed_counts_a_minute_once(demo: list[str], now: datetime) -> None:
    later = now + timedelta(hours=3)
    added = feed.tick(at=later)
    counted = Call.objects.count(), Outcome.objects.count()
    assert added > 0
    assert feed.tick(at=later) == 0
    assert (Call.objects.count(), Outcome.objects.count()) == counted


def test_the_feed_catches_up_a_day_at_most(demo: list[str], now: datetime) -> None:
    feed.tick(at=now + timedelta(days=30))
    assert not Call.objects.filter(
        started_at__gt=now + timedelta(hours=1), started_at__lt=now + timedelta(days=28)
    ).exists()


def filed(now: datetime) -> Candidate:
    """What somebody filed while trying the demo."""
    draft = backlog_operations.save_draft(
        by=person("owner"), at=now, title="Mine", count=10, period="day", minutes=5
    )
    candidate = backlog_operations.submit(candidate=draft, by=person("owner"), at=now)
    operations.assess(candidate=candidate, by=person("owner"), at=now)
    return candidate


def test_leaving_keeps_what_was_filed_and_removes_the_rest(demo: list[str], now: datetime) -> None:
    mine = filed(now)
    operations.use_for_real(**ANSWERS, by=person("lead"), at=now)
    assert list(Candidate.objects.all()) == [mine]
    mine.refresh_from_db()
    assert (mine.owner.email, mine.unit.name) == ("lead@acme.example", "Accounts")
    for model in (
        Workload,
        Call,
        UsageHour,
        Outcome,
        CheckRun,
        Finding,
        Incident,
        Claim,
        Run,
        Decision,
        RateCard,
    ):
        assert not model._base_manager.exists(), model
    assert not BusinessUnit.objects.filter(simulated=True).exists()
    assert not User.objects.filter(simulated=True, is_active=True).exists()
    assert Assessment.objects.count() == 1
    company = Company.load()
    assert (company.name, company.currency, company.fiscal_year_start) == ("Acme", "EUR", 4)
    assert company.set_up and not company.demo
    assert AuditEvent.objects.filter(action="company.used_for_real").count() == 1
    assert feed.tick(at=now + timedelta(hours=1)) == 0


def test_teams_of_what_is_kept_come_along(demo: list[str], now: datetime) -> None:
    kept = [filed(now), filed(now)]
    Candidate.objects.filter(pk=kept[1].pk).update(
        unit=BusinessUnit.objects.exclude(pk=kept[0].unit_id).first()
    )
    for candidate in kept:
        candidate.refresh_from_db()
        said = {"name": "Night shift", "people": 4, "by": person("lead"), "at": now}
        backlog_operations.set_team(candidate=candidate, **said)
    operations.use_for_real(**ANSWERS, by=person("lead"), at=now)
    teams = {c.team.name: c.team.unit.name for c in Candidate.objects.select_related("team__unit")}
    assert set(teams.values()) == {"Accounts"} and len(teams) == 2 == Team.objects.count()
    assert "Night shift" in teams and any(name.startswith("Night shift of ") for name in teams)


def test_the_three_can_sign_in_and_their_roles_count(demo: list[str], now: datetime) -> None:
    operations.use_for_real(**ANSWERS, by=person("it"), at=now)
    roles = {m.user.email: m.role for m in Membership.objects.active().select_related("user")}
    assert roles == {
        "it@acme.example": "it_admin",
        "lead@acme.example": "lead",
        "finance@acme.example": "finance",
    }
    assert User.objects.get(email="lead@acme.example").check_password(ANSWERS["password"])


def test_an_approved_real_workload_stays(demo: list[str], now: datetime) -> None:
    mine = filed(now)
    mine = backlog_operations.send_to_review(candidate=mine, by=person("assessor"), at=now)
    operations.decide(candidate=mine, verdict="approve", reason="Fine.", by=person("lead"), at=now)
    operations.use_for_real(**ANSWERS, by=person("lead"), at=now)
    workload = Workload.objects.get()
    assert (workload.candidate, workload.business_owner.email) == (mine, "lead@acme.example")
    decision = Decision.objects.get()
    assert not decision.by.is_active and decision.by.name == "Former demo person"


def test_an_owner_may_not_end_the_demo(demo: list[str], now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        operations.use_for_real(**ANSWERS, by=person("owner"), at=now)
    assert Company.load().demo


def test_a_taken_address_is_named(demo: list[str], now: datetime) -> None:
    with pytest.raises(DomainError):
        operations.use_for_real(**(ANSWERS | {"lead_email": ANSWERS["admin_email"]}), by=person("it"), at=now)
    assert Company.load().demo and Candidate.objects.count() == 25

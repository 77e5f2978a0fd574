"""The lead decides: with a reason, on the score as seen, never on an own candidate, never twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as backlog
from backlog.calc.ranges import Range
from integrations.models import Delivery
from roi import operations, queries
from roi.models import Decision
from workloads.models import Workload

pytestmark = pytest.mark.django_db


def filed_by(owner, now, unit=None):
    draft = backlog.save_draft(
        by=owner, at=now, unit=unit, title="Match invoices", count=Decimal(1000), minutes=Decimal(8)
    )
    return backlog.submit(candidate=draft, by=owner, at=now)


@pytest.fixture
def candidate(cast, now):
    """In review."""
    return backlog.send_to_review(candidate=filed_by(cast.owner, now), by=cast.lead, at=now)


@pytest.fixture
def decide(cast, now, candidate):
    def _decide(verdict, by=None, **said):
        said = {"reason": "It pays back within the year.", "at": now} | said
        return operations.decide(candidate=candidate, verdict=verdict, by=by or cast.lead, **said)

    return _decide


def test_approval_registers_a_workload_with_its_people(cast, now, candidate, decide):
    build = operations.Build(
        cast.owner, cast.assessor, cast.evaluator, cast.it, now.date() + timedelta(days=60), "invoice"
    )
    made = decide("approve", build=build)
    candidate.refresh_from_db()
    workload = Workload.objects.get(candidate=candidate)
    assert candidate.state == "approved" and workload.stage == "approved"
    assert (workload.business_owner, workload.deputy) == (cast.owner, cast.assessor)
    assert (workload.builder, workload.it_steward) == (cast.evaluator, cast.it)
    assert workload.planned_go_live == now.date() + timedelta(days=60) and workload.item_noun == "invoice"
    assert made.assessment == queries.latest_assessment(candidate)
    assert AuditEvent.objects.filter(action="candidate.decided", reason=made.reason).count() == 1


def test_the_decision_keeps_the_score_as_seen(cast, now, candidate, decide):
    seen = decide("measure", measure="20 invoices by hand").assessment
    backlog.set_estimates(candidate=candidate, ranges={"minutes": Range(1, 2, 3)}, by=cast.assessor, at=now)
    newer = operations.assess(candidate=candidate, by=cast.lead, at=now)
    made = Decision.objects.get()
    assert newer.pk != seen.pk and made.assessment_id == seen.pk
    assert made.assessment.hours_p50 > newer.hours_p50


def test_deferring_needs_a_day_that_is_yet_to_come(cast, now, candidate, decide):
    for until in (None, now.date(), now.date() - timedelta(days=1)):
        with pytest.raises(DomainError) as refused:
            decide("defer", until=until)
        assert refused.value.field == "until"
    decide("defer", until=now.date() + timedelta(days=30))
    candidate.refresh_from_db()
    assert (candidate.state, candidate.deferred_until) == ("deferred", now.date() + timedelta(days=30))


def test_measuring_first_says_what(cast, candidate, decide):
    with pytest.raises(DomainError) as refused:
        decide("measure")
    assert refused.value.field == "measure"
    decide("measure", measure="Time 20 e-mails")
    candidate.refresh_from_db()
    assert candidate.state == "measuring"


def test_a_rejection_tells_the_owner_why(cast, candidate, decide):
    decide("reject", reason="The vendor does it next year.")
    mail = Delivery.objects.filter(dedup_key__startswith="decision-").get()
    assert "The vendor does it next year." in str(mail.payload)
    assert not Workload.objects.exists()


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_verdict_without_a_reason_is_refused(candidate, decide, reason):
    with pytest.raises(DomainError) as refused:
        decide("reject", reason=reason)
    assert refused.value.field == "reason"


def test_an_unknown_verdict_is_refused(decide):
    with pytest.raises(DomainError):
        decide("perhaps")


def test_a_go_live_in_the_past_is_refused_and_nothing_is_half_stored(cast, now, candidate, decide):
    with pytest.raises(DomainError) as refused:
        decide("approve", build=operations.Build(cast.owner, planned_go_live=now.date() - timedelta(days=1)))
    assert refused.value.field == "planned_go_live"
    candidate.refresh_from_db()
    assert candidate.state == "in_review" and not Decision.objects.exists() and not Workload.objects.exists()


def test_an_owner_who_is_the_deputy_too_is_refused_as_a_whole(cast, candidate, decide):
    with pytest.raises(DomainError):
        decide("approve", build=operations.Build(cast.owner, deputy=cast.owner))
    candidate.refresh_from_db()
    assert candidate.state == "in_review" and not Decision.objects.exists()


def test_nobody_decides_on_an_own_candidate_not_even_the_lead(cast, now):
    own = backlog.send_to_review(candidate=filed_by(cast.lead, now, cast.unit), by=cast.second_lead, at=now)
    with pytest.raises(PermissionDenied, match="You own this candidate"):
        operations.decide(candidate=own, verdict="approve", reason="Mine.", by=cast.lead, at=now)
    operations.decide(candidate=own, verdict="reject", reason="Not now.", by=cast.second_lead, at=now)


@pytest.mark.parametrize(
    "who", ["owner", "assessor", "reviewer", "finance", "it", "evaluator", "auditor", "executive"]
)
def test_only_the_lead_decides(cast, candidate, decide, who):
    with pytest.raises(PermissionDenied):
        decide("approve", by=getattr(cast, who))
    assert not Decision.objects.exists()


def test_what_is_decided_is_decided_once(cast, candidate, decide):
    decide("approve")
    with pytest.raises(DomainError) as refused:
        decide("reject")
    assert refused.value.code == "not_in_review"
    assert Decision.objects.count() == Workload.objects.count() == 1


def test_a_deferred_one_may_be_taken_up_again(cast, now, candidate, decide):
    decide("defer", until=now.date() + timedelta(days=30))
    decide("approve", by=cast.second_lead, at=now + timedelta(days=30))
    candidate.refresh_from_db()
    assert candidate.state == "approved"
    assert [d.verdict for d in queries.decisions(cast.owner, candidate)] == ["approve", "defer"]


def test_a_candidate_that_is_still_being_sized_is_not_decided(cast, now):
    received = filed_by(cast.owner, now)
    with pytest.raises(DomainError, match="nothing to decide"):
        operations.decide(candidate=received, verdict="approve", reason="Early.", by=cast.lead, at=now)


def test_a_draft_is_not_decided(cast, now):
    draft = backlog.save_draft(by=cast.owner, at=now, title="An idea")
    with pytest.raises(DomainError, match="nothing to decide"):
        operations.decide(candidate=draft, verdict="reject", reason="Early.", by=cast.lead, at=now)


def test_the_database_keeps_a_decision_as_it_was(candidate, decide):
    decide("reject")
    for sql in ("UPDATE roi_decision SET reason = 'other'", "DELETE FROM roi_decision"):
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

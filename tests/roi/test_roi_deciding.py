"""Deciding in a meeting: on the frozen pre-read, never on what is one's own, never over somebody else's word."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from backlog import operations as backlog
from backlog.calc.ranges import Range
from backlog.models import State
from roi import operations
from roi.models import Decision, Measurement, Tripwire
from tests.roi import scored
from tests.roi.meetings_made import add, freeze, make_review, running
from workloads import operations as workload_operations
from workloads.models import Stage, Workload

pytestmark = pytest.mark.django_db
WIRE = {
    "quantity": "automation_share",
    "side": "below",
    "level": 0.23,
    "weeks": 4,
    "note": "breaks even at 23 %",
}


def decide(item, by, now, verdict="approve", **said):
    base = {"reason": "It pays back.", "item": item, "by": by, "at": now}
    return operations.decide(candidate=item.candidate, verdict=verdict, **(base | said))


def test_it_rests_on_the_pre_read_and_keeps_what_moved_since(cast, now):
    review = make_review(cast, now)
    item = add(review, scored.file(cast, now))
    frozen = freeze(item, cast, now - timedelta(days=2)).assessment
    operations.start_meeting(review=review, by=cast.lead, at=now)
    dearer = {"build_cost": Range(30_000, 60_000, 90_000)}
    backlog.set_estimates(candidate=item.candidate, ranges=dearer, by=cast.assessor, at=now)
    newer = operations.assess(candidate=item.candidate, by=cast.lead, at=now)
    made = decide(item, cast.lead, now, tripwires=[WIRE])
    assert made.assessment == frozen != newer
    assert made.as_seen["npv"][1] == float(frozen.npv_p50) and "build estimate up" in made.as_seen["since"][0]
    assert (made.review, made.item, made.quality_bar) == (review, item, "set after the first eval")
    assert made.reapprove_on == date(2027, 11, 20)
    wire = Tripwire.objects.get()
    assert (wire.workload, wire.state) == (Workload.objects.get(candidate=item.candidate), "set")
    item.refresh_from_db(), review.refresh_from_db()
    assert item.done_at == now and item.revision == 1 and review.revision == 2


@pytest.mark.parametrize(
    ("role", "words"),
    [("owner", "You own"), ("filed_by", "You filed"), ("funder", "Your budget pays")],
)
def test_who_owns_filed_or_funds_it_is_barred_and_another_lead_decides(cast, now, role, words):
    review, (item,) = running(cast, now)
    with pytest.raises(PermissionDenied, match="Lea Lead chairs this meeting"):
        decide(item, cast.second_lead, now)
    setattr(item.candidate, role, cast.lead)
    item.candidate.save()
    with pytest.raises(PermissionDenied, match=words):
        decide(item, cast.lead, now)
    assert decide(item, cast.second_lead, now, "reject").by == cast.second_lead


def test_nobody_overwrites_what_another_decided(cast, now):
    review, (item, other) = running(cast, now, ("One", "Two"))
    decide(item, cast.lead, now, "defer", until=now.date() + timedelta(days=9), revision=0)
    for revision in (0, 1, None):
        with pytest.raises(DomainError, match="Lea Lead decided this a moment ago: deferred") as refused:
            decide(item, cast.lead, now, revision=revision)
        assert refused.value.code == "stale"
    with pytest.raises(DomainError, match="Somebody changed this item"):
        decide(other, cast.lead, now, revision=7)
    with pytest.raises(DomainError, match="of another meeting"):
        decide(other, cast.lead, now, review=make_review(cast, now + timedelta(days=7), 2, name="Other"))
    assert Decision.objects.count() == 1


def test_what_was_decided_outside_is_seen_in_the_meeting(cast, now):
    review, (item,) = running(cast, now)
    operations.decide(candidate=item.candidate, verdict="reject", reason="No.", by=cast.second_lead, at=now)
    item.refresh_from_db(), review.refresh_from_db()
    assert item.done_at == now and review.revision == 2


def test_a_correction_in_the_meeting_takes_back_what_followed(cast, now):
    review, (item,) = running(cast, now)
    first = decide(item, cast.lead, now, tripwires=[WIRE])
    second = decide(item, cast.lead, now, "reject", corrects=first, reason="Wrong key.")
    item.candidate.refresh_from_db()
    assert item.candidate.state == State.REJECTED and not Workload.objects.exists()
    assert Tripwire.objects.get().state == "ended"
    with pytest.raises(DomainError, match="Lea Lead decided this"):
        decide(item, cast.lead, now, corrects=first)
    asked = operations.ToMeasure("minutes", cast.owner, 20, now.date() + timedelta(days=9), "Time 20")
    third = decide(item, cast.lead, now, "measure", corrects=second, measurement=asked)
    fourth = decide(item, cast.lead, now, corrects=third)
    assert Measurement.objects.get().state == "cancelled"
    assert Workload.objects.get().candidate == item.candidate
    assert list(Decision.objects.standing()) == [fourth]


def test_an_approval_whose_workload_is_in_use_is_not_taken_back(cast, now):
    review, (item,) = running(cast, now)
    first = decide(item, cast.lead, now)
    workload = Workload.objects.get()
    workload_operations.create_ingest_key(
        workload=workload, name="bot", scopes=["telemetry:write"], by=cast.it, at=now
    )
    with pytest.raises(DomainError, match="in use already"):
        decide(item, cast.lead, now, "reject", corrects=first)
    workload_operations.move_stage(
        workload=workload, stage=Stage.BUILDING, on=now.date(), by=cast.lead, at=now
    )
    with pytest.raises(DomainError):
        decide(item, cast.lead, now, "reject", corrects=first)
    assert Decision.objects.get() == first and Workload.objects.count() == 1


def test_after_the_meeting_only_a_new_decision_refers_to_the_old_one(cast, now):
    review, (item,) = running(cast, now)
    first = decide(item, cast.lead, now, "reject")
    said = {"candidate": item.candidate, "verdict": "approve", "reason": "New facts."}
    said |= {"by": cast.second_lead, "at": now}
    with pytest.raises(DomainError, match="under way"):
        operations.decide(**said, corrects=first)
    operations.close_review(review=review, by=cast.lead, at=now)
    with pytest.raises(DomainError, match="closed"):
        decide(item, cast.lead, now, corrects=first)
    made = operations.decide(**said, corrects=first)
    assert made.corrects == first and made.review is None and Workload.objects.exists()
    with pytest.raises(DomainError, match="corrected already"):
        operations.decide(**(said | {"verdict": "reject"}), corrects=first)


def test_a_duplicate_is_merged_and_comes_back_when_that_was_wrong(cast, now):
    review, (item, other) = running(cast, now, ("One", "Two"))
    with pytest.raises(DomainError, match="Name the candidate"):
        decide(item, cast.lead, now, "duplicate")
    made = decide(item, cast.lead, now, "duplicate", duplicate_of=other.candidate)
    item.candidate.refresh_from_db()
    assert (item.candidate.state, item.candidate.merged_into) == (State.DUPLICATE, other.candidate)
    decide(item, cast.lead, now, corrects=made)
    item.candidate.refresh_from_db()
    assert (item.candidate.state, item.candidate.merged_into) == (State.APPROVED, None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"tripwires": [WIRE, WIRE]}, "tripwires"),
        ({"tripwires": [WIRE | {"level": 23}]}, "tripwires"),
        ({"tripwires": [WIRE | {"level": "x"}]}, "tripwires"),
        ({"tripwires": [WIRE | {"weeks": 0}]}, "tripwires"),
        ({"tripwires": [WIRE | {"quantity": "mood"}]}, "tripwires"),
        ({"tripwires": [WIRE], "verdict": "reject"}, "tripwires"),
        ({"reapprove_on": date(2026, 11, 1)}, "reapprove_on"),
    ],
)
def test_what_does_not_fit_is_refused_whole(cast, now, said, field):
    candidate = scored.file(cast, now)
    base = {"candidate": candidate, "verdict": "approve", "reason": "Yes.", "by": cast.lead, "at": now}
    with pytest.raises(DomainError) as refused:
        operations.decide(**(base | said))
    assert refused.value.field == field and not Decision.objects.exists()

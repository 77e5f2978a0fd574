"""The meeting: who starts and chairs it, what is on the screen, objections, votes, quorum, consent, closing."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from integrations.models import Delivery
from roi import operations
from roi.models import Action, AgendaItem, Decision, Measurement, Presence, Voice
from tests.factories import make_workload
from tests.roi import scored
from tests.roi.meetings_made import add, freeze, make_review, running

pytestmark = pytest.mark.django_db


def decide(item, by, now, verdict="approve", **said):
    item.refresh_from_db()
    base = {"reason": "It pays back.", "item": item, "by": by, "at": now, "revision": item.revision}
    return operations.decide(candidate=item.candidate, verdict=verdict, **(base | said))


def test_the_chair_starts_or_another_lead_takes_the_chair(cast, now):
    review = make_review(cast, now)
    first, second = (add(review, scored.file(cast, now, title)) for title in ("First", "Second"))
    for stranger in (cast.reviewer, cast.finance, cast.owner):
        with pytest.raises(PermissionDenied):
            operations.start_meeting(review=review, by=stranger, at=now)
    review = operations.start_meeting(review=review, by=cast.second_lead, at=now)
    review.refresh_from_db()
    assert (review.state, review.chair, review.current) == ("running", cast.second_lead, first)
    assert Presence.objects.get().user == cast.second_lead
    again = operations.start_meeting(review=review, by=cast.lead, at=now + timedelta(minutes=1))
    assert again.started_at == now and again.chair == cast.second_lead
    with pytest.raises(PermissionDenied, match="Leo Lead chairs"):
        operations.open_item(item=second, by=cast.lead, at=now)
    operations.take_chair(review=review, by=cast.lead, at=now)
    operations.open_item(item=second, by=cast.lead, at=now + timedelta(seconds=90))
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.seconds, first.opened_at) == (90, None) and second.opened_at is not None
    with pytest.raises(PermissionDenied):
        operations.take_chair(review=review, by=cast.reviewer, at=now)


def test_objections_and_votes_are_minuted_and_advise_only(cast, now):
    review, (item,) = running(cast, now, votes=True)
    with pytest.raises(DomainError):
        operations.object_to(item=item, text=" ", by=cast.reviewer, at=now)
    with pytest.raises(PermissionDenied):
        operations.object_to(item=item, text="No.", by=cast.stranger, at=now)
    for text in ("Too dear.", "Too dear, and nobody keeps it."):
        operations.object_to(item=item, text=text, by=cast.reviewer, at=now)
    assert Voice.objects.get(kind="objection").text == "Too dear, and nobody keeps it."
    operations.vote_in_review(item=item, verdict="reject", by=cast.reviewer, at=now)
    operations.vote_in_review(item=item, verdict="reject", by=cast.finance, at=now)
    for who in (cast.stranger, cast.assessor):
        with pytest.raises(PermissionDenied):
            operations.vote_in_review(item=item, verdict="reject", by=who, at=now)
    with pytest.raises(DomainError, match="one of the verdicts"):
        operations.vote_in_review(item=item, verdict="scale", by=cast.reviewer, at=now)
    item.candidate.funder = cast.finance
    item.candidate.save()
    item = AgendaItem.objects.get(pk=item.pk)
    with pytest.raises(PermissionDenied, match="Your budget pays"):
        operations.vote_in_review(item=item, verdict="approve", by=cast.finance, at=now)
    assert decide(item, cast.lead, now).verdict == "approve"


def test_no_votes_where_the_series_has_none(cast, now):
    _, (item,) = running(cast, now)
    with pytest.raises(DomainError, match="does not vote"):
        operations.vote_in_review(item=item, verdict="reject", by=cast.reviewer, at=now)


def test_nothing_is_decided_without_a_quorum(cast, now):
    review, (item,) = running(cast, now, quorum=2)
    with pytest.raises(DomainError, match="No quorum: 2 members must be there, 1 is"):
        decide(item, cast.lead, now)
    operations.be_present(review=review, by=cast.owner, at=now)
    with pytest.raises(DomainError, match="No quorum"):
        decide(item, cast.lead, now)
    operations.put_down(review=review, person=cast.finance, by=cast.lead, at=now)
    late = now + timedelta(minutes=20)
    with pytest.raises(DomainError, match="No quorum: 2 members must be there, 1 is"):
        Presence.objects.filter(user=cast.lead).update(last_seen_at=now + timedelta(minutes=1))
        decide(item, cast.lead, late)
    operations.be_present(review=review, by=cast.lead, at=late)
    assert decide(item, cast.lead, late).review == review


def test_the_consent_list_is_decided_at_once_but_for_what_was_pulled_or_is_refused(cast, now):
    review = make_review(cast, now)
    yes, pulled, later, own, measured = (
        add(review, scored.file(cast, now, title), proposed=verdict, section="consent")
        for title, verdict in (
            ("Yes", "approve"), ("Pulled", "approve"), ("Later", "defer"), ("Own", "approve"), ("Measured", "measure")
        )
    )  # fmt: skip
    kept = add(review, make_workload(cast), proposed="keep", section="consent")
    own.candidate.funder = cast.lead
    own.candidate.save()
    freeze(yes, cast, now)
    operations.start_meeting(review=review, by=cast.lead, at=now)
    operations.take_off_consent(item=pulled, by=cast.reviewer, at=now)
    with pytest.raises(DomainError, match="not on the consent list"):
        operations.take_off_consent(item=pulled, by=cast.reviewer, at=now)
    with pytest.raises(PermissionDenied):
        operations.decide_consent(review=review, by=cast.second_lead, at=now)
    made, left = operations.decide_consent(review=review, by=cast.lead, at=now)
    assert {d.item for d in made} == {yes, later, kept, measured} and all(d.by_consent for d in made)
    assert [(item, words) for item, words in left] == [(own, left[0][1])] and "Your budget pays" in left[0][1]
    assert len(Decision.objects.get(item=yes).tripwires.all()) == 2
    assert Decision.objects.get(item=later).until == now.date() + timedelta(weeks=13)
    pulled.refresh_from_db()
    assert (pulled.section, pulled.pulled_by) == ("discuss", cast.reviewer)


def test_actions_are_given_in_the_meeting_and_finished_later(cast, now):
    review, (item,) = running(cast, now)
    due = now.date() + timedelta(days=7)
    said = {"review": review, "text": "Ask the vendor", "owner": cast.owner, "due_on": due, "at": now}
    with pytest.raises(PermissionDenied):
        operations.add_action(**said, by=cast.stranger)
    for wrong in ({"text": " "}, {"due_on": now.date() - timedelta(days=1)}):
        with pytest.raises(DomainError):
            operations.add_action(**(said | wrong), by=cast.reviewer)
    action = operations.add_action(**said, item=item, by=cast.reviewer)
    assert "Ask the vendor" in str(Delivery.objects.get(dedup_key__startswith=f"action-{action.pk}").payload)
    with pytest.raises(PermissionDenied):
        operations.finish_action(action=action, note="Done", by=cast.finance, at=now)
    done = operations.finish_action(action=action, note="They said yes", by=cast.owner, at=now)
    assert (done.is_open, done.done_note) == (False, "They said yes")
    with pytest.raises(DomainError):
        operations.drop_action(action=action, note="Late", by=cast.reviewer, at=now)


def test_a_workload_is_decided_too(cast, now):
    review = make_review(cast, now)
    bot, old = make_workload(cast), make_workload(cast, "Old one")
    fix, retire = add(review, bot, "fix", reason="tripwire"), add(review, old, "retire", reason="expires")
    operations.start_meeting(review=review, by=cast.lead, at=now)
    said = {"by": cast.lead, "at": now}
    with pytest.raises(DomainError, match="scale, fix, keep or retire"):
        operations.decide_workload(workload=bot, verdict="approve", reason="No", item=fix, **said)
    made = operations.decide_workload(workload=bot, verdict="fix", reason="Half is wrong", item=fix, **said)
    action = Action.objects.get()
    assert (action.owner, action.due_on) == (cast.owner, now.date() + timedelta(weeks=2))
    again = operations.decide_workload(
        workload=bot, verdict="keep", reason="It was the data", item=fix, corrects=made, **said
    )
    action.refresh_from_db()
    assert not action.is_open and again.reapprove_on == now.date().replace(year=now.year + 1)
    gone = operations.decide_workload(
        workload=old, verdict="retire", reason="Nobody uses it", item=retire, **said
    )
    old.refresh_from_db()
    assert old.stage == "retired" and old.retired_on == now.date()
    with pytest.raises(DomainError, match="keys are gone"):
        operations.decide_workload(
            workload=old, verdict="keep", reason="Oh", item=retire, corrects=gone, **said
        )
    bot.deputy = cast.second_lead
    bot.save()
    with pytest.raises(PermissionDenied, match="You answer for this workload"):
        operations.decide_workload(workload=bot, verdict="scale", reason="More", by=cast.second_lead, at=now)


def test_measure_first_asks_somebody_and_the_page_of_the_item_says_so(cast, now):
    review, (item,) = running(cast, now)
    asked = operations.ToMeasure(
        "minutes", cast.owner, 20, now.date() + timedelta(days=14), "Time 20 invoices"
    )
    made = decide(item, cast.lead, now, "measure", measurement=asked)
    row = Measurement.objects.get()
    assert (row.decision, row.person, row.what, made.measure) == (
        made,
        cast.owner,
        "Time 20 invoices",
        row.what,
    )
    item.candidate.refresh_from_db()
    assert item.candidate.state == "measuring"

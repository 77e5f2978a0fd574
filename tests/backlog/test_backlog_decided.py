"""Triage, decisions and what follows them, who sees what; with each refusal."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import User
from backlog import operations as do
from backlog import queries
from backlog.models import MOVES, Candidate, State


def refused(code):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


# triage


def test_assigning_names_who_has_it_and_since_when(cast, now, received):
    later = now + timedelta(days=2)
    do.assign_assessor(candidate=received, assessor=cast.assessor, by=cast.owner, at=later)
    stage = queries.current_stage(received)
    assert (stage.state, stage.holder, stage.entered_at) == ("sizing", cast.assessor, later)
    do.assign_assessor(candidate=received, assessor=cast.lead, by=cast.lead, at=later)
    assert queries.current_stage(received).holder == cast.lead


def test_an_assessor_must_be_one(cast, now, received):
    with refused("assessor"):
        do.assign_assessor(candidate=received, assessor=cast.owner, by=cast.lead, at=now)


def test_who_triages(cast, now, received):
    for person in (cast.stranger, cast.finance, cast.reviewer, cast.it):
        with pytest.raises(PermissionDenied):
            do.assign_assessor(candidate=received, assessor=cast.assessor, by=person, at=now)
        with pytest.raises(PermissionDenied):
            do.send_to_review(candidate=received, by=person, at=now)


def test_a_review_needs_volume_and_minutes(cast, now, received):
    do.set_estimates(candidate=received, ranges={"minutes": None}, by=cast.assessor, at=now)
    with refused("not_ready"):
        do.send_to_review(candidate=received, by=cast.lead, at=now)


# decisions and after


def test_deferred_has_a_date_and_forgets_it_when_it_returns(cast, now, in_review):
    until = date(2027, 1, 15)
    later = now + timedelta(days=2)
    do.mark_decided(candidate=in_review, state=State.DEFERRED, until=until, by=cast.lead, at=later)
    in_review.refresh_from_db()
    assert (in_review.state, in_review.deferred_until) == ("deferred", until)
    do.send_to_review(candidate=in_review, by=cast.lead, at=later)
    in_review.refresh_from_db()
    assert in_review.deferred_until is None


def test_deferring_without_a_date_is_refused_in_words(cast, now, in_review):
    with refused("until"):
        do.mark_decided(candidate=in_review, state=State.DEFERRED, by=cast.lead, at=now + timedelta(days=2))


def test_only_the_lead_decides(cast, now, in_review):
    for person in (cast.owner, cast.assessor, cast.reviewer, cast.finance):
        with pytest.raises(PermissionDenied):
            do.mark_decided(candidate=in_review, state=State.APPROVED, by=person, at=now)


def test_it_follows_its_workload(cast, now, in_review):
    days = [now + timedelta(days=n) for n in range(2, 7)]
    do.mark_decided(candidate=in_review, state=State.APPROVED, by=cast.lead, at=days[0])
    for verb, at, state in zip(
        (do.mark_building, do.mark_live, do.mark_retired),
        days[1:],
        ("building", "live", "retired"),
        strict=False,
    ):
        verb(candidate=in_review, by=cast.system, at=at)
        in_review.refresh_from_db()
        assert in_review.state == state
    do.mark_live(candidate=in_review, by=cast.system, at=days[4])
    in_review.refresh_from_db()
    assert in_review.state == "retired"


@pytest.mark.parametrize("state", [s for s in State if s not in MOVES[State.RECEIVED]])
def test_moves_that_are_not_allowed(cast, now, received, state):
    assert not received.may_move_to(state)
    if state in (State.APPROVED, State.DEFERRED, State.MEASURING, State.REJECTED):
        with refused("state"):
            do.mark_decided(candidate=received, state=state, until=date(2027, 1, 1), by=cast.lead, at=now)


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State) and all(set(to) <= set(State) for to in MOVES.values())


def test_the_strip_says_who_and_since_when(cast, now, in_review):
    steps = queries.strip(in_review)
    assert [s.label for s in steps] == ["received", "being sized", "in review", "building", "live"]
    assert [(s.is_done, s.is_now) for s in steps] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert steps[2].who == "the ROI review" and steps[2].since == now + timedelta(days=1)


def test_who_sees_what(cast, now, received):
    mine = do.save_draft(by=cast.lead, at=now, unit=cast.unit, title="secret")
    sees = {
        name: set(Candidate.objects.visible_to(getattr(cast, name)))
        for name in vars(cast)
        if isinstance(getattr(cast, name), User)
    }
    assert sees["stranger"] == set() and sees["lead"] == {received, mine}
    for name in ("owner", "assessor", "second_lead", "reviewer", "finance", "auditor", "executive", "it"):
        assert sees[name] == {received}, name

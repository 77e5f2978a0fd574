"""Triage: six verbs on one or many, all or none, taken back within a minute; nothing waits without a name."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from backlog import operations as backlog
from backlog.models import Candidate, Policy, Question, State, TriageStep
from roi import operations
from roi.models import Measurement
from roi.queries.triage import to_triage, triage_rows
from tests.factories import sign_in
from tests.roi import scored


@pytest.fixture
def waiting(cast, now):
    """Two of the unit that wait for triage."""
    return [_filed(cast, now, title) for title in ("Match invoices", "Chase late payers")]


def _filed(cast, now, title, owner=None):
    owner = owner or cast.owner
    draft = backlog.save_draft(by=owner, at=now, title=title, count=Decimal(900), minutes=Decimal(8))
    return backlog.submit(candidate=draft, by=owner, at=now)


def do(verb, rows, by, at, **about):
    return operations.triage(verb=verb, candidates=rows, by=by, at=at, **about)


def state(candidate):
    return Candidate.objects.get(pk=candidate.pk).state


def test_ask_goes_to_each_owner_and_is_taken_back(cast, now, waiting) -> None:
    step = do("ask", waiting, cast.lead, now, text="How many are there in December?")
    assert Question.objects.filter(of=cast.owner, answered_at=None).count() == 2
    operations.undo_triage(step=step, by=cast.lead, at=now + timedelta(seconds=59))
    assert not Question.objects.filter(withdrawn_at=None).exists()


def test_size_names_an_assessor_and_undo_gives_the_stage_back(cast, now, waiting) -> None:
    step = do("size", waiting, cast.lead, now, assessor=cast.assessor)
    assert state(waiting[0]) == State.SIZING
    operations.undo_triage(step=step, by=cast.lead, at=now + timedelta(seconds=5))
    first = Candidate.objects.get(pk=waiting[0].pk)
    assert (first.state, first.assessor) == (State.RECEIVED, None)
    assert first.stages.get(left_at=None).held_by == "the lead"


def test_measure_gives_a_measurement_and_undo_cancels_it(cast, now, waiting) -> None:
    about = {"quantity": "minutes", "what": "Time one invoice", "samples_wanted": 20}
    due = now.date() + timedelta(days=14)
    step = do("measure", waiting[:1], cast.lead, now, due_on=due, **about)
    row = Measurement.objects.get()
    assert (row.person, row.state) == (cast.owner, "open")
    operations.undo_triage(step=step, by=cast.lead, at=now)
    row.refresh_from_db()
    assert (row.state, state(waiting[0])) == ("cancelled", State.RECEIVED)


def test_merge_and_back(cast, now, waiting) -> None:
    step = do("merge", waiting[:1], cast.lead, now, into=waiting[1])
    assert state(waiting[0]) == State.DUPLICATE
    operations.undo_triage(step=step, by=cast.lead, at=now)
    assert state(waiting[0]) == State.RECEIVED


def test_park_takes_it_out_of_the_way_until_its_day(cast, now, waiting) -> None:
    until = now.date() + timedelta(days=30)
    step = do("park", waiting[:1], cast.lead, now, until=until, why="The new system comes in spring")
    assert [c.pk for c in to_triage(cast.lead, now.date())] == [waiting[1].pk]
    assert waiting[0] in to_triage(cast.lead, until), "it comes back on its day"
    operations.undo_triage(step=step, by=cast.lead, at=now)
    assert to_triage(cast.lead, now.date()).count() == 2


@pytest.mark.parametrize(
    "until, why, field", [(0, "later", "until"), (366, "later", "until"), (5, " ", "why")]
)
def test_parking_needs_a_day_ahead_and_a_reason(cast, now, waiting, until, why, field) -> None:
    with pytest.raises(DomainError) as refused:
        do("park", waiting, cast.lead, now, until=now.date() + timedelta(days=until), why=why)
    assert refused.value.field == field and "C-" in refused.value.message


def test_one_refusal_undoes_all_and_names_its_candidate(cast, now, waiting) -> None:
    backlog.send_to_review(candidate=waiting[1], by=cast.lead, at=now)
    with pytest.raises(DomainError, match=waiting[1].key):
        do("send", waiting, cast.lead, now)
    assert state(waiting[0]) == State.RECEIVED
    assert not TriageStep.objects.exists()


def test_undo_has_its_minute_its_person_and_never_overwrites(cast, now, waiting) -> None:
    step = do("send", waiting, cast.lead, now)
    with pytest.raises(PermissionDenied):
        operations.undo_triage(step=step, by=cast.second_lead, at=now)
    with pytest.raises(DomainError, match="within a minute"):
        operations.undo_triage(step=step, by=cast.lead, at=now + timedelta(seconds=61))
    backlog.withdraw(candidate=waiting[0], by=cast.owner, at=now)
    with pytest.raises(DomainError, match="has changed since"):
        operations.undo_triage(step=step, by=cast.lead, at=now + timedelta(seconds=10))
    assert state(waiting[1]) == State.IN_REVIEW, "all or none"


def test_another_unit_is_not_triaged(cast, now, waiting) -> None:
    with pytest.raises(PermissionDenied):
        do("send", waiting, cast.stranger, now)
    with pytest.raises(DomainError, match="Choose"):
        do("approve", waiting, cast.lead, now)
    with pytest.raises(DomainError, match="1 to"):
        do("send", [], cast.lead, now)


def test_rows_stand_in_value_order_with_their_reason(cast, now, waiting) -> None:
    worth = scored.file(cast, now, title="Worth most")
    Candidate.objects.filter(pk=worth.pk).update(state=State.RECEIVED)
    operations.assess_open(at=now)
    backlog.ask(candidate=waiting[0], of=cast.owner, text="In which months?", by=cast.lead, at=now)
    rows = triage_rows(list(to_triage(cast.lead, now.date())), now, lambda value: f"${value:,.0f}")
    assert rows[0].candidate == worth and rows[0].reason.startswith("Likely worth $")
    assert rows[0].waits_for == "IT: one line on whether it can be built here."
    asked = next(row for row in rows if row.candidate == waiting[0])
    assert asked.waits_for == "Ada Owner: a question is open."
    assert "hours a year" in rows[1].reason and not rows[1].is_ready


def test_what_waited_too_long_gets_the_name_of_the_lead(cast, now, waiting) -> None:
    days = Policy.load().waiting_days
    do("park", waiting[1:], cast.lead, now, until=now.date() + timedelta(days=60), why="Spring")
    assert backlog.name_waiting(at=now + timedelta(days=days)) == 0, "not over it yet"
    later = now + timedelta(days=days, hours=1)
    assert backlog.name_waiting(at=later) == 1, "the parked one waits on purpose"
    assert backlog.name_waiting(at=later) == 0, "once"
    assert waiting[0].stages.get(left_at=None).holder in (cast.lead, cast.second_lead)


def test_the_page_asks_what_a_verb_needs_and_says_how_to_take_it_back(cast, now, waiting, client) -> None:
    lead, number = sign_in(cast.lead), waiting[0].number
    page = lead.get("/triage/").content.decode()
    assert page.index("Match invoices") and "worth most first" in page
    asked = lead.post("/triage/park/", {"c": [number], "choose": "1"})
    assert asked.status_code == 200 and "Its owner reads it" in asked.content.decode()
    refused = lead.post("/triage/park/", {"c": [number], "until": "2020-01-01", "why": "x"})
    assert refused.status_code == 422 and "coming year" in refused.content.decode()
    assert lead.post("/triage/send/", {"c": [number], "choose": "1"}).status_code == 302
    done = lead.get("/triage/").content.decode()
    assert "Undo" in done and "Match invoices" not in done
    step = TriageStep.objects.get()
    assert "Taken back" in lead.post(f"/triage/steps/{step.pk}/undo/", follow=True).content.decode()
    assert sign_in(cast.second_lead).post(f"/triage/steps/{step.pk}/undo/").status_code == 404


def test_the_page_is_for_those_who_triage(cast, now, waiting) -> None:
    assert sign_in(cast.finance).get("/triage/").status_code == 403
    stranger = sign_in(cast.stranger)
    assert "Match invoices" not in stranger.get("/triage/").content.decode()
    assert stranger.post("/triage/send/", {"c": [waiting[0].number]}).status_code == 404
    assert stranger.post("/triage/nothing/", {}).status_code == 404
    owner = sign_in(cast.owner)
    rows = owner.get("/triage/?format=csv").content.decode().splitlines()
    assert len(rows) == 3 and rows[0].startswith("\ufeffkey,title")

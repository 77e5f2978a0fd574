"""Who answers for what: gaps are named, and a leaver's work goes to a named person in one step."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as backlog_operations
from backlog.models import Candidate
from roi import operations
from roi.operations.handing_over import HandedOver
from roi.queries import ownership
from tests.factories import make_workload
from workloads import operations as workload_operations
from workloads.models import Change, Workload

pytestmark = pytest.mark.django_db


def make_candidate(cast: Any, title: str, state: str, now: Any) -> Candidate:
    return Candidate.objects.create(
        number=Candidate.objects.next_number(), title=title, owner=cast.owner, unit=cast.unit, state=state,
        submitted_at=now, created_at=now,
    )  # fmt: skip


@pytest.fixture
def running(cast: SimpleNamespace) -> Workload:
    return make_workload(cast, "Invoice reader", stage="live", go_live=date(2026, 6, 1))


def kinds(user: Any, day: date = date(2026, 11, 20)) -> list[str]:
    return [gap.kind for gap in ownership.gaps(user, day)]


def test_a_workload_without_deputy_or_steward_is_named(cast: Any, running: Workload, now: Any) -> None:
    assert kinds(cast.lead) == ["nobody", "nobody"] and kinds(cast.stranger) == []
    people = {"deputy": cast.reviewer, "it_steward": cast.it}
    workload_operations.name_people(workload=running, people=people, by=cast.owner, at=now)
    assert kinds(cast.lead) == []
    assert Change.objects.filter(workload=running, summary__contains="deputy").exists()


def test_who_left_or_moved_is_named_first(cast: Any, running: Workload, now: Any) -> None:
    cast.owner.home_unit = cast.other_unit
    cast.owner.save(update_fields=["home_unit"])
    assert kinds(cast.lead)[0] == "moved"
    cast.owner.is_active = False
    cast.owner.save(update_fields=["is_active"])
    assert kinds(cast.lead)[0] == "left" and ownership.leavers() == [(cast.owner, 1)]


def test_naming_people_has_its_rules(cast: Any, running: Workload, now: Any) -> None:
    def name(by: Any, **people: Any) -> Workload:
        return workload_operations.name_people(workload=running, people=people, by=by, at=now)

    for nobody in (cast.stranger, cast.auditor, cast.finance):
        with pytest.raises(PermissionDenied):
            name(nobody, deputy=cast.reviewer)
    with pytest.raises(DomainError, match="Somebody must answer"):
        name(cast.owner, business_owner=None)
    with pytest.raises(DomainError, match="another person"):
        name(cast.owner, deputy=cast.owner)
    cast.stranger.is_active = False
    with pytest.raises(DomainError, match="cannot sign in"):
        name(cast.owner, deputy=cast.stranger)
    assert name(cast.it, it_steward=cast.it).it_steward == cast.it
    name(cast.owner, deputy=cast.reviewer)
    assert name(cast.lead, business_owner=cast.reviewer).deputy is None
    before = AuditEvent.objects.count()
    name(cast.lead, business_owner=cast.reviewer)
    assert AuditEvent.objects.count() == before


def test_a_leaver_hands_over_everything_at_once(cast: Any, running: Workload, now: Any) -> None:
    candidate = make_candidate(cast, "Sort mail", state="received", now=now)
    draft = backlog_operations.save_draft(title="Not shown yet", by=cast.owner, at=now)
    backlog_operations.ask(candidate=candidate, of=cast.owner, text="How many a day?", by=cast.lead, at=now)
    claim = operations.file_claim(
        workload=running, kind="cost_ended", amount_month=500, valid_from=date(2026, 7, 1), act="Contract ended",
        by=cast.owner, at=now,
    )  # fmt: skip
    said = {"leaver": cast.owner, "to": cast.reviewer, "reason": "Leaves on 30 June", "at": now}
    moved = operations.hand_over(by=cast.it, **said)
    assert moved == HandedOver(candidates=1, workloads=1, questions=1, claims=1)
    running.refresh_from_db(), candidate.refresh_from_db(), claim.refresh_from_db(), draft.refresh_from_db()
    assert (running.business_owner, candidate.owner, claim.filed_by) == (cast.reviewer,) * 3
    assert draft.owner == cast.owner and candidate.filed_by == cast.owner
    assert ownership.belongings(cast.owner).count == 0
    event = AuditEvent.objects.get(action="person.handed_over")
    assert event.changes["candidates"] == 1 and event.reason == "Leaves on 30 June"
    assert operations.hand_over(by=cast.it, **said) == HandedOver()
    assert AuditEvent.objects.filter(action="person.handed_over").count() == 1


def test_who_may_not_and_what_is_refused(cast: Any, running: Workload, now: Any) -> None:
    said: dict[str, Any] = {"leaver": cast.owner, "to": cast.reviewer, "reason": "Moves", "at": now}
    for nobody in (cast.stranger, cast.finance, cast.auditor, cast.reviewer):
        with pytest.raises(PermissionDenied):
            operations.hand_over(by=nobody, **said)
    for changed, words in (
        ({"to": cast.owner}, "another person"),
        ({"reason": " "}, "Say why"),
        ({"kinds": ["claims", "moon"]}, "Not known here"),
        ({"kinds": []}, "at least one"),
    ):
        with pytest.raises(DomainError, match=words):
            operations.hand_over(by=cast.owner, **(said | changed))
    assert operations.hand_over(by=cast.owner, **(said | {"kinds": ["actions"]})) == HandedOver()
    assert Workload.objects.get().business_owner == cast.owner


def test_a_lead_who_takes_over_a_candidate_decides_on_it_no_more(cast: Any, now: Any) -> None:
    candidate = make_candidate(cast, "Sort mail", state="in_review", now=now)
    operations.hand_over(leaver=cast.owner, to=cast.lead, reason="Leaves", by=cast.it, at=now)
    from roi.operations.decision import may_decide

    assert not may_decide(Candidate.objects.get(pk=candidate.pk), cast.lead)


def test_the_pages_and_the_api(cast: Any, running: Workload, now: Any) -> None:
    lead, owner, stranger = cast.client(cast.lead), cast.client(cast.owner), cast.client(cast.stranger)
    page = lead.get("/ownership/")
    assert "nobody" in page.content.decode() and running.name in page.content.decode()
    assert b"workload,name,unit,kind,sentence" in lead.get("/ownership/?format=csv").content
    address = f"/people/{cast.owner.pk}/hand-over/"
    assert stranger.get(address).status_code == 404 and owner.get(address).status_code == 200
    wrong = owner.post(address, {"to": cast.reviewer.pk, "kinds": ["workloads"], "reason": ""})
    assert wrong.status_code == 422
    done = owner.post(address, {"to": cast.reviewer.pk, "kinds": ["workloads"], "reason": "Moves"}, follow=True)
    assert "1 workload" in done.content.decode()
    people = f"/workloads/{running.number}/people/"
    named = lead.post(people, {"business_owner": cast.owner.pk, "it_steward": cast.it.pk})
    assert named.status_code == 302 and Workload.objects.get().it_steward == cast.it
    assert cast.client(cast.auditor).post(people, {"business_owner": cast.lead.pk}).status_code == 403
    api = {"to": cast.reviewer.email, "kinds": ["workloads"], "reason": "Moves"}
    answer = lead.post(f"/api/v1{address}", api, content_type="application/json")
    assert answer.status_code == 200 and answer.json()["workloads"] == 1
    nobody = lead.post(f"/api/v1{address}", api | {"to": "no@body.example"}, content_type="application/json")
    assert nobody.status_code == 400

"""The agenda that writes itself: what gets on it and why, what waits, and what people do to it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aiops.models import Company
from backlog.models import Feasibility, Question
from roi import operations
from roi.models import Action, AgendaItem, Decision, Measurement, Review, Tripwire
from tests.factories import make_workload
from tests.roi.reviewed import make_ready, make_review, make_series, scored
from workloads.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(cast: Any, now: datetime) -> Review:
    Company.objects.update_or_create(pk=1, defaults={"hurdle_npv": Decimal(10_000)})
    return make_review(cast, now)


def built(review: Review, at: datetime) -> dict[str, list[AgendaItem]]:
    operations.build_agenda(review=review, at=at)
    found: dict[str, list[AgendaItem]] = {}
    for item in AgendaItem.objects.filter(review=review).select_related("candidate", "workload"):
        found.setdefault(item.section, []).append(item)
    return found


def titles(rows: list[AgendaItem] | None) -> list[str]:
    return [i.candidate.title if i.candidate else str(i.workload or i.action) for i in rows or []]


def test_candidates_above_the_hurdle_by_stake_and_the_rest_carried(
    cast: Any, now: Any, review: Review
) -> None:
    for n in range(1, 9):
        make_ready(cast, now, npv=n * 11_000, title=f"Worth {n}")
    make_ready(cast, now, npv=9_999, title="Under the hurdle")
    make_ready(cast, now, npv=90_000, title="Being sized", state="sizing")
    make_ready(cast, now, npv=90_000, title="Parked", parked_until=date(2027, 1, 1), parked_why="Later")
    found = built(review, now)
    assert titles(found["discuss"]) == [f"Worth {n}" for n in (8, 7, 6, 5, 4, 3)]
    assert titles(found["carried"]) == ["Worth 2", "Worth 1"] and len(found) == 2
    first = found["discuss"][0]
    assert (first.reason, first.stake, first.minutes, first.position) == ("new", Decimal(88_000), 5, 1)
    assert first.why == "Filed on 20 Nov 2026."
    assert found["carried"][0].section_why == "seventh by money at stake a minute; 6 were worth more"
    assert first.proposed and first.proposed_why


def test_clear_ones_by_consent(cast: Any, now: Any, review: Review) -> None:
    make_ready(cast, now, npv=50_000, prob=0.95, title="Clearly yes")
    make_ready(cast, now, npv=-50_000, prob=0.05, title="Clearly no")
    make_ready(cast, now, npv=-5_000, prob=0.4, title="Who knows")
    found = built(review, now)
    assert {t: i.proposed for t, i in zip(titles(found["consent"]), found["consent"], strict=True)} == {
        "Clearly yes": "approve", "Clearly no": "reject",
    }  # fmt: skip
    assert set(found) == {"consent"}


def test_not_ready_names_who_it_waits_for(cast: Any, now: Any, review: Review) -> None:
    bare = make_ready(cast, now, npv=None, title="Bare", ready=False, assessor=cast.assessor)
    asked = make_ready(cast, now, title="Asked")
    Question.objects.create(candidate=asked, by=cast.lead, of=cast.owner, text="How many?", at=now)
    left = make_ready(cast, now, title="Owner left", owner=cast.stranger)
    type(cast.stranger).objects.filter(pk=cast.stranger.pk).update(is_active=False)
    by_title = {i.candidate.title: i for i in built(review, now)["not_ready"]}  # type: ignore[union-attr]
    missing = {t: [(m["code"], m["waits_for"]) for m in i.missing] for t, i in by_title.items()}
    assert missing == {
        "Bare": [("cost", cast.assessor.pk), ("feasibility", None)],
        "Asked": [("owner_answer", cast.owner.pk)],
        "Owner left": [("owner", None)],
    }
    assert by_title["Asked"].section_why == "waits for an answer of Ada Owner"
    Question.objects.update(answered_at=now, answer="Many.", answered_by=cast.owner)
    Feasibility.objects.create(candidate=bare, verdict="yes", line="Yes", by=cast.it, at=now)
    found = built(review, now)
    assert titles(found["discuss"]) == ["Asked"] and set(titles(found["not_ready"])) == {"Bare", "Owner left"}
    assert left.pk


def test_measured_deferred_and_carried_say_so(cast: Any, now: Any, review: Review) -> None:
    measured, deferred, later = (make_ready(cast, now, title=t) for t in ("Measured", "Deferred", "Later"))
    Measurement.objects.create(
        candidate=measured, quantity="minutes", what="Minutes each", person=cast.owner, due_on=now.date(),
        state="done", done_at=now, created_by=cast.lead, created_at=now,
        result={"n": 20, "low": 6.2, "likely": 7, "high": 8.5, "before": []},
    )  # fmt: skip
    for candidate, until in ((deferred, date(2026, 11, 26)), (later, date(2026, 11, 27))):
        type(candidate).objects.filter(pk=candidate.pk).update(state="deferred", deferred_until=until)
    rows = {i.candidate.title: i for i in built(review, now)["discuss"]}  # type: ignore[union-attr]
    assert {t: i.reason for t, i in rows.items()} == {"Measured": "measured", "Deferred": "deferred"}
    assert rows["Measured"].why == "Measured on 20 Nov 2026: Minutes each, 20 samples, 6.2 to 8.5."
    assert rows["Deferred"].why == "Deferred until 26 Nov 2026: the day has come."


def test_what_was_carried_over_twice_has_its_turn(cast: Any, now: Any, review: Review) -> None:
    small = make_ready(cast, now, npv=11_000, title="Small")
    for n in range(6):
        make_ready(cast, now, npv=90_000 + n, title=f"Large {n}")
    for week in (1, 2):
        before = Review.objects.create(
            series=review.series, number=90 + week, starts_at=now - timedelta(weeks=week), chair=cast.lead,
            freeze_at=now - timedelta(weeks=week), minutes=30, state="closed", closed_at=now - timedelta(weeks=week),
        )  # fmt: skip
        AgendaItem.objects.create(review=before, candidate=small, reason="new", why="x", section="carried")
    found = built(review, now)
    assert titles(found["discuss"])[0] == "Small" and titles(found["carried"]) == ["Large 0"]
    item = found["discuss"][0]
    assert (item.reason, item.section_why) == ("carried", "it was carried over twice: now it has its turn")
    assert item.why == "Carried over 2 times, last from review 92."


def running_company(cast: SimpleNamespace, now: datetime) -> Any:
    """A workload approved a year ago, whose approval ends soon."""
    candidate = make_ready(cast, now, npv=70_000, title="Runs", state="live")
    workload = make_workload(cast, "Invoice coding", candidate=candidate)
    Decision.objects.create(
        candidate=candidate, verdict="approve", reason="Good", by=cast.lead, at=now - timedelta(days=360),
        assessment=candidate.assessments.get(), reapprove_on=date(2026, 12, 20),
    )  # fmt: skip
    return workload


def test_a_running_workload_comes_back_once_with_all_its_reasons(cast: Any, now: Any, review: Review) -> None:
    workload = running_company(cast, now)
    decision = Decision.objects.get()
    Tripwire.objects.create(
        decision=decision, candidate=decision.candidate, workload=workload, quantity="accepted_share",
        side="below", level=Decimal("0.4"), state="fired", fired_at=now, seen=Decimal("0.31"),
    )  # fmt: skip
    incident = {"workload": workload, "severity": "bad", "source": "alert", "title": "Answers are empty"}
    Incident.objects.create(number=1, external_key="a", opened_at=now - timedelta(days=2), **incident)
    Incident.objects.create(number=2, external_key="b", opened_at=now - timedelta(hours=2), **incident)
    Action.objects.create(
        review=review, text="Get a quote", owner=cast.it, due_on=date(2026, 11, 25), created_by=cast.lead,
        created_at=now,
    )  # fmt: skip
    found = built(review, now)
    rows = {i.reason: i for i in found["discuss"]}
    # One item for the workload, led by the gravest reason; what went wrong keeps it from the consent list.
    assert set(rows) == {"tripwire", "action"} and "consent" not in found
    item = rows["tripwire"]
    assert item.why.startswith("Tripwire fired on 20 Nov 2026: accepted share under 40 %, 31 % seen.")
    assert "I-1 Answers are empty: open since 18 Nov 2026, unanswered." in item.why
    assert "Approved until 20 Dec 2026" in item.why
    assert (item.stake, item.proposed) == (Decimal(70_000), "fix")
    assert rows["action"].why == "Ian Admin was to do it by 25 Nov 2026: Get a quote"
    # What a review decided answers all of it but the approval, which keeps its date.
    answer = {"workload": workload, "verdict": "fix", "reason": "Mend it", "by": cast.lead, "at": now}
    Decision.objects.create(item=item, assessment=None, **answer)
    found = built(review, now)
    assert {i.reason for i in found["discuss"]} == {"action"}
    assert [(i.reason, i.proposed) for i in found["consent"]] == [("expires", "keep")]


def test_a_unit_with_a_review_of_its_own_is_left_to_it(cast: Any, now: Any, review: Review) -> None:
    make_ready(cast, now, title="Of accounts")
    make_ready(cast, now, title="Of legal", unit=cast.other_unit)
    assert len(built(review, now)["discuss"]) == 2
    legal = make_series(cast, now, unit=cast.other_unit, name="Legal review")
    assert titles(built(review, now)["discuss"]) == ["Of accounts"]
    assert titles(built(legal.reviews.earliest("starts_at"), now)["discuss"]) == ["Of legal"]


def test_a_rebuild_follows_the_facts_and_counts_revisions(cast: Any, now: Any, review: Review) -> None:
    candidate = make_ready(cast, now, npv=20_000)
    other = make_ready(cast, now, npv=15_000, title="Other")
    item = built(review, now)["discuss"][0]
    review.refresh_from_db()
    assert review.revision == 1
    built(review, now)
    review.refresh_from_db()
    assert review.revision == 1
    scored(cast, candidate, now, 12_000, 0.7)
    found = built(review, now)["discuss"]
    assert titles(found) == ["Other", "Match invoices"] and found[1].pk == item.pk and found[1].revision == 1
    type(other).objects.filter(pk=other.pk).update(state="withdrawn")
    assert titles(built(review, now)["discuss"]) == ["Match invoices"]
    review.refresh_from_db()
    assert review.revision == 3


def test_a_build_asks_the_same_few_questions_however_many_candidates(
    cast: Any, now: Any, review: Review
) -> None:
    make_ready(cast, now)
    with CaptureQueriesContext(connection) as one:
        built(review, now)
    for n in range(12):
        make_ready(cast, now, title=f"More {n}")
    with CaptureQueriesContext(connection) as many:
        built(review, now)
    assert len(many) <= len(one) + 2


def test_a_meeting_that_is_over_keeps_its_agenda(cast: Any, now: Any, review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(state="running")
    make_ready(cast, now)
    assert built(review, now) == {}

"""The pre-read: frozen once with its hash, what moved since, what members answer, and who is told."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from aiops.errors import DomainError
from aiops.models import Company
from integrations.models import Delivery, DigestLine
from roi import operations
from roi.models import AgendaItem, Answer, Assessment, PreRead, Review
from roi.queries.minutes import content_hash
from roi.queries.pre_reads import EMPTY, pre_read_changes, pre_read_of
from roi.queries.series import pre_reads_waiting
from tests.factories import make_workload
from tests.roi.reviewed import make_ready, make_review, scored
from tests.roi.scored import file
from workloads.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(cast: Any, now: datetime) -> Review:
    Company.objects.update_or_create(pk=1, defaults={"hurdle_npv": Decimal(0)})
    return make_review(cast, now)


@pytest.fixture
def frozen(cast: Any, now: datetime, review: Review, monkeypatch: pytest.MonkeyPatch) -> Review:
    """One to discuss, one by consent, one under the hurdle; figures as given, without the calculation."""
    monkeypatch.setattr("roi.operations.pre_reads.assess", lambda **_: None)
    Company.objects.update(hurdle_npv=Decimal(10_000))
    make_ready(cast, now, npv=60_000, title="Talk")
    make_ready(cast, now, npv=50_000, prob=0.95, title="Clear")
    make_ready(cast, now, npv=5_000, title="Under")
    return operations.freeze(review=review, at=now)


def item_of(review: Review, title: str) -> AgendaItem:
    rows = AgendaItem.objects.select_related("review__series", "candidate", "pre_read")
    return rows.get(review=review, candidate__title=title)


def test_the_job_freezes_on_time_and_scores_anew_what_changed(cast: Any, now: Any, review: Review) -> None:
    candidate = file(cast, now)
    from backlog.models import Feasibility

    Feasibility.objects.create(candidate=candidate, verdict="yes", line="Fits.", by=cast.it, at=now)
    operations.schedule_meetings(at=review.freeze_at - timedelta(minutes=1))
    assert not PreRead.objects.exists()
    operations.assess_open(at=now)
    at = review.freeze_at + timedelta(seconds=30)
    operations.schedule_meetings(at=at)
    review.refresh_from_db()
    page = PreRead.objects.get()
    assert (review.state, review.frozen_at, page.assessment) == ("frozen", at, Assessment.objects.get())
    assert set(page.content) == set(EMPTY) and page.content_hash == content_hash(page.content)
    told = page.content
    assert (told["key"], told["owner"], told["currency"]) == (candidate.key, "Ada Owner", "USD")
    assert told["range"]["p10"] < told["range"]["p50"] < told["range"]["p90"] and told["hours"]["p50"] > 0
    assert (
        told["case"].startswith("1,000 a month, 8 minutes each.")
        and told["feasibility"] == "can be built: Fits."
    )
    assert 0 < sum(d["share"] for d in told["drivers"]) <= 1 and len(told["tripwires"]) == 2
    assert told["proposed"] and told["proposed_why"]
    operations.schedule_meetings(at=at + timedelta(minutes=1))
    assert PreRead.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        PreRead.objects.update(content={})


def test_members_get_the_pre_read_and_owners_learn_where_theirs_are(
    cast: Any, now: Any, frozen: Review
) -> None:
    mails = Delivery.objects.filter(dedup_key__contains="pre-read")
    assert {d.payload["to"][0] for d in mails} == {
        u.email for u in (cast.lead, cast.reviewer, cast.finance, cast.it)
    }
    assert "1 to discuss, 1 by consent" in mails[0].payload["subject"]
    lines = {line.sentence for line in DigestLine.objects.filter(user=cast.owner)}
    assert lines == {
        "C-1, C-2 are on the agenda of ROI review, 26 Nov 2026. You need not come.",
        "Not on the agenda of ROI review, 26 Nov 2026: C-3 is $5,000 short of the hurdle.",
    }


def test_later_edits_are_shown_and_block_nothing(cast: Any, now: Any, frozen: Review) -> None:
    item = item_of(frozen, "Talk")
    assert pre_read_changes(item, cast.lead) == []
    newer = scored(cast, item.candidate, now, 56_000, 0.7)  # type: ignore[arg-type]
    Assessment.objects.filter(pk=newer.pk)
    type(item.candidate).objects.filter(pk=item.candidate_id).update(owner=cast.stranger)
    item = item_of(frozen, "Talk")
    assert pre_read_changes(item, cast.lead) == ["worth −$4,000", "owner is now: Sam Stranger"]
    assert pre_read_changes(item, cast.it) == ["owner is now: Sam Stranger"]
    assert pre_read_of(item)["owner"] == "Ada Owner"


def test_answers_change_until_it_starts_and_talk_pulls_from_consent(
    cast: Any, now: Any, frozen: Review
) -> None:
    clear = item_of(frozen, "Clear")
    say = {"item": clear, "at": now}
    operations.answer_pre_read(kind="fine", by=cast.it, **say)
    operations.answer_pre_read(kind="talk", text="Who signs?", by=cast.reviewer, **say)
    pulled = item_of(frozen, "Clear")
    assert (pulled.section, pulled.pulled_by, pulled.pulled_why, pulled.position) == (
        "discuss", cast.reviewer, "Who signs?", 2,
    )  # fmt: skip
    operations.answer_pre_read(kind="question", text="How many?", by=cast.finance, **say)
    operations.answer_pre_read(kind="fine", by=cast.reviewer, **say)
    assert item_of(frozen, "Clear").section == "discuss"
    operations.answer_pre_read(kind="fine", by=cast.finance, **say)
    operations.answer_pre_read(kind="fine", by=cast.reviewer, **say)
    assert item_of(frozen, "Clear").section == "consent"
    assert Answer.objects.filter(item=clear).count() == 3
    waiting = pre_reads_waiting(cast.it, now.date())
    assert [(w.items, w.answered) for w in waiting] == [(2, 1)] and pre_reads_waiting(
        cast.owner, now.date()
    ) == []


def test_who_and_when_and_what_an_answer_must_be(cast: Any, now: Any, frozen: Review) -> None:
    item = item_of(frozen, "Talk")
    for who in (cast.owner, cast.executive, cast.auditor):
        with pytest.raises(PermissionDenied):
            operations.answer_pre_read(item=item, kind="fine", by=who, at=now)
    for kind, text, field in (("maybe", "", "kind"), ("question", "  ", "text")):
        with pytest.raises(DomainError) as refused:
            operations.answer_pre_read(item=item, kind=kind, text=text, by=cast.it, at=now)
        assert refused.value.field == field
    for state, words in (("running", "under way"), ("planned", "goes out on 24 Nov 2026")):
        Review.objects.filter(pk=frozen.pk).update(state=state)
        with pytest.raises(DomainError, match=words):
            operations.answer_pre_read(item=item, kind="fine", by=cast.it, at=now)


def test_after_the_freeze_only_urgent_things_come_in_and_settled_ones_go(
    cast: Any, now: Any, frozen: Review
) -> None:
    make_ready(cast, now, npv=900_000, title="Too late")
    workload = make_workload(cast)
    Incident.objects.create(
        number=1, workload=workload, severity="bad", source="alert", title="Empty answers", external_key="a",
        opened_at=now - timedelta(days=2),
    )  # fmt: skip
    gone = item_of(frozen, "Talk").candidate
    type(gone).objects.filter(pk=gone.pk).update(state="withdrawn")  # type: ignore[union-attr]
    operations.build_agenda(review=frozen, at=now)
    late = AgendaItem.objects.get(review=frozen, workload=workload)
    assert (late.section, late.section_why) == ("carried", "it came after the pre-read was out")
    assert not AgendaItem.objects.filter(review=frozen, candidate__title="Too late").exists()
    assert item_of(frozen, "Talk").section == "dropped" and item_of(frozen, "Clear").section == "consent"
    added = operations.add_item(review=frozen, workload=workload, by=cast.lead, at=now)
    assert (
        added.section_why == "added after the pre-read was out, by Lea Lead" and pre_read_of(added)["title"]
    )


def test_nobody_made_up_is_written_to(cast: Any, now: Any) -> None:
    review = make_review(cast, now, simulated=True)
    operations.freeze(review=review, at=now)
    assert not Delivery.objects.exists()

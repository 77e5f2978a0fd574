"""Closing: minutes with the figures as seen, what is carried over, who is told; and dates that come by themselves."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from aiops.errors import DomainError
from backlog import operations as backlog
from integrations.models import Delivery
from roi import operations
from roi.models import Member
from roi.queries.minutes import content_hash
from roi.views import minutes_pdf
from tests.roi import scored
from tests.roi.meetings_made import add, freeze, make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(cast, now):
    """One approved against an objection, one corrected, one not reached; an action; IT sits in, reading no money."""
    review = make_review(cast, now)
    Member.objects.create(series=review.series, user=cast.it)
    items = [add(review, scored.file(cast, now, title)) for title in ("Approved", "Corrected", "Late")]
    for item in items:
        freeze(item, cast, now)
    operations.start_meeting(review=review, by=cast.lead, at=now)
    said = {"by": cast.lead, "at": now + timedelta(minutes=4)}
    operations.object_to(item=items[0], text="Too dear.", by=cast.reviewer, at=now)
    operations.decide(
        candidate=items[0].candidate, verdict="approve", reason="Clears $25,000, by $1.2M or USD 300.", item=items[0],
        tripwires=items[0].pre_read.content["tripwires"], **said,
    )  # fmt: skip
    wrong = operations.decide(
        candidate=items[1].candidate, verdict="reject", reason="Oops", item=items[1], **said
    )
    until = now.date() + timedelta(days=14)
    operations.decide(
        candidate=items[1].candidate, verdict="defer", until=until, reason="In two weeks", item=items[1],
        corrects=wrong, **said,
    )  # fmt: skip
    due = now.date() + timedelta(days=7)
    operations.add_action(
        review=review, text="Ask the vendor", owner=cast.owner, due_on=due, by=cast.lead, at=now
    )
    with pytest.raises(PermissionDenied):
        operations.close_review(review=review, by=cast.reviewer, at=now)
    return operations.close_review(review=review, by=cast.lead, at=now + timedelta(minutes=25))


def test_the_minutes_say_what_was_decided_on_which_figures(closed, cast, now):
    content = closed.minutes_content
    first, wrong, second = content["decisions"]
    assert (first["key"], first["words"], first["by"]) == ("C-1", "approved", "Lea Lead")
    assert first["as_seen"]["npv"][1] and first["objections"] == [{"by": "Rob Reviewer", "text": "Too dear."}]
    assert len(first["tripwires"]) == 2 and first["seconds"] == 240
    assert wrong["corrected_to"] == "deferred" and second["corrects"] == wrong["id"]
    assert [row["key"] for row in content["carried"]] == ["C-3"] and "time was up" in content["carried"][0][
        "why"
    ]
    assert content["actions"][0]["owner"] == "Ada Owner" and content["review"]["lasted"] == 25
    assert content["queue"]["items"] == 1 and content["queue"]["week"] > 0
    assert "Ian Admin" in content["absent"] and [p["name"] for p in content["present"]] == ["Lea Lead"]
    assert closed.minutes_hash == content_hash(content)
    assert closed.items.get(candidate__number=3).done_at is None


def test_a_closed_meeting_stays_as_it_is(closed, cast, now):
    with pytest.raises(DomainError, match="closed"):
        operations.close_review(review=closed, by=cast.lead, at=now)
    with (
        pytest.raises(DatabaseError, match="frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE roi_review SET minutes_hash = 'x'")


def test_members_get_the_minutes_and_owners_the_decision_that_stands(closed, cast):
    minutes = {
        d.payload["to"][0]: d.payload["text"]
        for d in Delivery.objects.filter(dedup_key__startswith="minutes-")
    }
    assert set(minutes) == {
        p.email for p in (cast.lead, cast.second_lead, cast.reviewer, cast.finance, cast.it)
    }
    assert "$" in minutes[cast.finance.email] and "$" not in minutes[cast.it.email]
    assert "Objection of Rob Reviewer: Too dear." in minutes[cast.it.email]
    assert "Clears (an amount), by (an amount) or (an amount)." in minutes[cast.it.email]
    told = [d.payload["subject"] for d in Delivery.objects.filter(dedup_key__startswith="decision-")]
    assert sorted(told) == ["C-1 Approved: approved", "C-2 Corrected: deferred until 4 Dec 2026"]


def test_the_page_the_text_and_the_pdf(closed, cast, monkeypatch):
    lead, it = cast.client(cast.lead), cast.client(cast.it)
    url = reverse("roi:minutes", args=[closed.number])
    page = lead.get(url).content.decode()
    assert "Too dear." in page and "As seen: Likely worth $" in page and "forgoes about $" in page
    assert "$" not in it.get(url).content.decode() and cast.client(cast.stranger).get(url).status_code == 404
    files = {
        kind: reverse("roi:minutes_file", args=[closed.number, kind])
        for kind in ("txt", "json", "pdf", "doc")
    }
    assert (
        "DECISIONS" in lead.get(files["txt"]).content.decode() and lead.get(files["json"]).json()["decisions"]
    )
    assert lead.get(files["doc"]).status_code == 404
    assert lead.get(reverse("roi:present", args=[closed.number])).url == url
    monkeypatch.setattr(minutes_pdf, "browser", lambda: None)
    answer = lead.get(files["pdf"], follow=True)
    assert "no Chromium" in answer.content.decode()


@pytest.mark.browser
def test_chromium_prints_it(closed, cast):
    if minutes_pdf.browser() is None:
        pytest.skip("no Chromium")
    answer = cast.client(cast.lead).get(reverse("roi:minutes_file", args=[closed.number, "pdf"]))
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    with pytest.raises(ValueError, match="loads nothing"):
        minutes_pdf.pdf_of("<script>1</script>")


def test_what_was_deferred_is_back_on_its_day(cast, now):
    candidate = scored.file(cast, now)
    until = now.date() + timedelta(days=30)
    operations.decide(candidate=candidate, verdict="defer", until=until, reason="Later", by=cast.lead, at=now)
    assert operations.bring_back_deferred(at=now + timedelta(days=29)) == 0
    assert operations.bring_back_deferred(at=now + timedelta(days=30)) == 1
    assert operations.bring_back_deferred(at=now + timedelta(days=31)) == 0
    candidate.refresh_from_db()
    assert candidate.state == "in_review" and candidate.deferred_until is None
    assert "its date has come" in Delivery.objects.get(dedup_key__startswith="back-").payload["subject"]
    with pytest.raises(PermissionDenied):
        backlog.take_back_decision(candidate=candidate, why="x", by=cast.owner, at=now)

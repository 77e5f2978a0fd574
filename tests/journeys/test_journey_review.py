"""From a pasted paragraph to minutes: filed, joined, triaged by keyboard, decided, mailed, and back on its day."""

from datetime import datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone
from playwright.sync_api import Page, expect

from backlog import operations as backlog
from backlog.models import Candidate, State
from integrations.models import Connection
from roi import operations
from roi.models import Review
from tests.browser.conftest import Visitor
from tests.integrations.test_integrations_smtp import Inbox, free_port
from tests.journeys.machines import tick, wait_for
from tests.roi import scored

PARAGRAPH = (
    "We check about 400 expense reports a month against the travel policy, 12 minutes each. "
    "Two people do it; most of them are fine."
)
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def inbox() -> Any:
    handler = Inbox()
    handler.port = free_port()
    server = Controller(handler, hostname="127.0.0.1", port=handler.port)
    server.start()
    yield handler
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_from_a_paragraph_to_minutes(
    worker: Any, company: SimpleNamespace, visitor: Visitor, signed_in: Any, inbox: Inbox
) -> None:
    now = timezone.now()
    mail_goes_out(company, inbox, now)
    owner, reviewer = signed_in("owner"), signed_in("reviewer")
    first = file_from_a_paragraph(owner)
    join_instead_of_filing(reviewer, first)
    forty_wait(company, now)
    lead = signed_in("lead")
    triage_by_keyboard(lead)
    review = the_agenda_writes_itself(company, now)
    answer_the_pre_read(reviewer, review)
    hold_the_meeting(lead, review)
    minutes_are_a_pdf(lead, review)
    everybody_is_mailed(company, inbox)
    the_deferred_one_is_back_on_its_day(review, now)


def mail_goes_out(company: SimpleNamespace, inbox: Any, now: datetime) -> None:
    Connection.objects.create(
        kind="smtp", name="Mail", host="127.0.0.1", port=inbox.port, encryption="none", created_by=company.it,
        sender="payback@corp.example", created_at=now, allowed_hosts=["127.0.0.1"],
    )  # fmt: skip


def file_from_a_paragraph(page: Page) -> Candidate:
    page.goto("/candidates/new/")
    page.fill("#pasted", PARAGRAPH)
    page.get_by_role("button", name="Fill the form from it").click()
    expect(page.locator("#id_count")).to_have_value("400")
    expect(page.locator("#id_minutes")).to_have_value("12")
    expect(page.get_by_text("12 minutes each").first).to_be_visible()
    page.fill("#id_title", "Check expense reports")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", name="Check expense reports")).to_be_visible()
    found = Candidate.objects.get()
    assert (found.state, found.count, found.period) == (State.RECEIVED, Decimal(400), "month")
    return found


def join_instead_of_filing(page: Page, first: Candidate) -> None:
    """Somebody else begins to type the same work, and joins it before anything is saved."""
    page.goto("/candidates/new/")
    page.locator("#id_title").press_sequentially("Check the expense reports", delay=10)
    page.get_by_role("button", name="Join this one").click()
    expect(page.get_by_role("heading", name=first.title)).to_be_visible()
    assert first.votes.count() == 1 and Candidate.objects.filter(submitted_at__isnull=False).count() == 1


def forty_wait(company: SimpleNamespace, now: datetime) -> None:
    """Forty in all: some are sized and may go to the review."""
    for n in range(5):
        made = scored.file(company, now, title=f"Sized work {n}")
        backlog.set_feasibility(
            candidate=made, verdict="yes", line="An interface is there.", by=company.it, at=now
        )
        made.refresh_from_db()
        Candidate.objects.filter(pk=made.pk).update(state=State.RECEIVED)
        made.stages.filter(left_at=None).update(state=State.RECEIVED)
    for n in range(34):
        draft = backlog.save_draft(
            by=company.owner, at=now, title=f"Small work {n}", count=Decimal(50 + n), minutes=Decimal(4)
        )
        backlog.submit(candidate=draft, by=company.owner, at=now)
    operations.assess_open(at=now)
    assert Candidate.objects.filter(state=State.RECEIVED).count() == 40


def triage_by_keyboard(page: Page) -> None:
    """Five to the review, one taken back and sent again, an assessor for ten, the rest parked: no mouse."""
    page.goto("/triage/")
    expect(page.locator("tr[data-row]")).to_have_count(40)
    choose(page, 5)
    page.keyboard.press("r")
    expect(page.locator("tr[data-row]")).to_have_count(35)
    page.keyboard.press("u")
    expect(page.locator("tr[data-row]")).to_have_count(40)
    page.goto("/triage/")
    choose(page, 5)
    page.keyboard.press("r")
    expect(page.locator("tr[data-row]")).to_have_count(35)
    choose(page, 10)
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Size")).to_be_visible()
    page.get_by_label("Who sizes it").focus()
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Size: 10 candidates.")).to_be_visible()
    page.goto("/triage/?q=Small")
    choose(page, 34)
    page.keyboard.press("p")
    page.get_by_label("Why").focus()
    page.keyboard.type("After the move to the new system")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Park: 34 candidates.")).to_be_visible()
    assert Candidate.objects.filter(state=State.IN_REVIEW).count() == 5
    assert Candidate.objects.filter(parked_until__isnull=False).count() == 34


def choose(page: Page, how_many: int) -> None:
    """The first ones of the list; where the last step left off does not count."""
    for _ in range(40):
        page.keyboard.press("k")
    for n in range(how_many):
        if n:
            page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text(f"{how_many} chosen")).to_be_visible()


def the_agenda_writes_itself(company: SimpleNamespace, now: datetime) -> Review:
    """The meeting is within the hour, so its pre-read is due: the job makes, fills and freezes it."""
    at = now + timedelta(minutes=40)
    operations.create_series(
        name="ROI review", chair=company.lead, members=[company.reviewer, company.finance],
        first_on=at.date(), start_time=at.time().replace(second=0, microsecond=0), time_zone="UTC",
        by=company.lead, at=now,
    )  # fmt: skip
    operations.schedule_meetings(at=now + timedelta(seconds=1))
    review = Review.objects.earliest("starts_at")
    assert review.state == "frozen"
    sections = dict(review.items.values_list("candidate__title", "section"))
    assert len(sections) == 5 and set(sections.values()) <= {"discuss", "consent"}
    assert all(item.pre_read.content_hash for item in review.items.all())
    return review


def answer_the_pre_read(page: Page, review: Review) -> None:
    """A member wants to talk: nothing of it is decided by consent."""
    page.goto(f"/reviews/{review.number}/pre-read/")
    expect(page.get_by_role("heading", name="Sized work").first).to_be_visible()
    for item in review.items.all():
        operations.answer_pre_read(
            item=item, kind="talk", text="How do we know?", by=_reviewer(), at=timezone.now()
        )
    assert set(review.items.values_list("section", flat=True)) == {"discuss"}


def _reviewer() -> Any:
    from aiops.models import User

    return User.objects.get(name="Rob Reviewer")


def hold_the_meeting(page: Page, review: Review) -> None:
    """By keyboard alone: approve, defer, reject, measure first, and one that is not reached."""
    page.goto(f"/reviews/{review.number}/present/")
    page.keyboard.press("s")
    for key, said, done in (
        ("a", "It pays within the year.", "Approved"),
        ("d", "After the audit.", "Deferred"),
        ("r", "The vendor does it.", "Rejected"),
        ("m", "Time twenty first.", "Measure first"),
    ):
        expect(page.locator(f"#verdict-{VERDICTS[key]}")).to_be_visible()
        page.keyboard.press(key)
        expect(page.locator("#panel[open] textarea").first).to_be_focused()
        page.keyboard.type(said)
        page.keyboard.press("Enter")
        expect(page.locator(".pr-decided")).to_contain_text(done)
        page.keyboard.press("n")
        expect(page.locator(".pr-decided")).to_have_count(0)
    page.keyboard.press("e")
    page.get_by_role("heading", name="End the meeting?").wait_for()
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Decisions (4)")).to_be_visible()
    states = sorted(Candidate.objects.filter(title__startswith="Sized").values_list("state", flat=True))
    assert states == ["approved", "deferred", "in_review", "measuring", "rejected"]


VERDICTS = {"a": "approve", "d": "defer", "r": "reject", "m": "measure"}


def minutes_are_a_pdf(page: Page, review: Review) -> None:
    answer = page.request.get(f"/reviews/{review.number}/minutes.pdf")
    assert answer.status == 200 and answer.body().startswith(b"%PDF")


def everybody_is_mailed(company: SimpleNamespace, inbox: Any) -> None:
    """The receipt, the decisions and the minutes, each once, through the worker and a real mail server."""
    tick("integrations.dispatch_deliveries")
    wait_for(lambda: any("inutes" in str(mail["Subject"]) for mail in inbox.mails))
    tick("integrations.dispatch_deliveries")
    wait_for(lambda: receipts(company, inbox))
    wait_for(lambda: sum(str(m["Subject"]).startswith("C-") for m in inbox.mails) >= 4)
    assert receipts(company, inbox) == 1
    assert all(message_from_bytes(m.as_bytes())["List-Unsubscribe"] for m in inbox.mails)
    ids = [m["Message-ID"] for m in inbox.mails]
    assert len(ids) == len(set(ids)), "nothing came twice"


def receipts(company: SimpleNamespace, inbox: Any) -> int:
    subjects = [str(m["Subject"]) for m in inbox.mails if m["To"] == company.owner.email]
    return sum("Received" in subject and "Check expense" in subject for subject in subjects)


def the_deferred_one_is_back_on_its_day(review: Review, now: datetime) -> None:
    deferred = Candidate.objects.get(state=State.DEFERRED)
    operations.bring_back_deferred(at=now + timedelta(days=1))
    deferred.refresh_from_db()
    assert deferred.state == State.DEFERRED
    until = deferred.deferred_until
    operations.bring_back_deferred(at=datetime(until.year, until.month, until.day, 1, tzinfo=now.tzinfo))
    deferred.refresh_from_db()
    assert deferred.state == State.IN_REVIEW

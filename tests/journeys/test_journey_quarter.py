"""A quarter of the simulated company: outcomes arrive, a tripwire fires, one is retired and one scaled, months signed.

The past is lived through the jobs at their hours, the people act in a real browser, and the digest leaves through a
real worker to a real mail server. Somebody real has joined the simulated company: only real people are mailed.
"""

from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from aiops.models import User
from aiops.roles import Role
from integrations.models import Connection, DigestLine
from integrations.operations import send_digests
from roi import operations
from roi.demo.loading import load
from roi.models import Claim, Review, Series, Statement, Tripwire, ValueMonth
from roi.operations import tripwires
from roi.operations.ledger import close_months, refresh_open_months
from roi.operations.outlook import refresh_outlooks
from roi.queries.dashboards import dashboard
from tests.browser.conftest import Visitor
from tests.browser.test_browser_pages import serious, sideways
from tests.factories import grant, sign_in
from tests.integrations.test_integrations_smtp import Inbox
from tests.journeys.machines import tick, wait_for
from tests.journeys.test_journey_review import inbox as inbox
from workloads.models import Stage, Workload

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUARTER = timedelta(days=91)
SCALE = 0.02
# Candidates of the file: the service desk's assistant gets worse, the expense check goes well.
WORSE, WELL = "C-2", "C-7"


@pytest.mark.django_db(transaction=True)
def test_a_quarter_of_the_simulated_company(worker: Any, visitor: Visitor, inbox: Inbox) -> None:
    now = timezone.now()
    assert load(at=now - QUARTER, say=lambda _: None, scale=SCALE)
    company = SimpleNamespace(worse=of(WORSE), well=of(WELL), real=real_person(now))
    mail_goes_out(inbox, now)
    outcomes_arrive(company, now)
    months_are_closed(company, now)
    the_tripwire_fires(company, now)
    lead = visitor.page(user=person("lead"))
    the_lead_reads_of_it(lead, company)
    review = the_review_is_ready(company, now)
    one_is_retired_and_one_scaled(lead, company, review)
    finance_signs(visitor, company)
    the_digest_arrives(company, inbox, now)
    every_page_is_looked_at(visitor, company)


def person(key: str) -> User:
    return User.objects.get(email=f"{key}@demo.payback")


def of(key: str) -> Workload:
    return next(w for w in Workload.objects.select_related("candidate") if w.candidate and w.candidate.key == key)


def real_person(now: datetime) -> User:
    made = User.objects.create_user("nora@corp.example", None, name="Nora Quill")
    grant(made, Role.LEAD, None, User.objects.system(), now)
    return made


def mail_goes_out(inbox: Any, now: datetime) -> None:
    Connection.objects.create(
        kind="smtp", name="Mail", host="127.0.0.1", port=inbox.port, encryption="none", created_by=person("it"),
        sender="payback@corp.example", created_at=now, allowed_hosts=["127.0.0.1"],
    )  # fmt: skip


def outcomes_arrive(company: SimpleNamespace, now: datetime) -> None:
    """Thirteen weeks of both, through the API by their owners; one is accepted less and less."""
    for workload, accepted in ((company.worse, lambda week: 0.9 if week < 7 else 0.5), (company.well, lambda _: 0.95)):
        client = sign_in(workload.business_owner)
        rows = [row for week in range(13) for row in week_of(now - QUARTER + timedelta(weeks=week), accepted(week))]
        body = {"workload": workload.number, "outcomes": rows}
        answer = client.post("/api/v1/outcomes", body, content_type="application/json")
        assert answer.status_code in (200, 201) and answer.json()["created"] == len(rows)
        again = client.post("/api/v1/outcomes", body, content_type="application/json")
        assert again.json()["created"] == 0 and again.json()["unchanged"] == len(rows)


def week_of(start: datetime, share: float) -> list[dict[str, Any]]:
    """Sixty items over seven days, evenly."""
    moments = [start + timedelta(hours=2.7 * n) for n in range(60)]
    return [
        {
            "external_id": f"quarter-{moment:%m%d%H%M}",
            "finished_at": moment.isoformat(),
            "accepted": n < share * 60,
            "minutes": "1.0",
        }
        for n, moment in enumerate(moments)
    ]


def months_are_closed(company: SimpleNamespace, now: datetime) -> None:
    """The jobs as they ran: each month is closed early in the next, and never changes again."""
    moment = now - QUARTER
    while moment < now:
        moment = min((moment.replace(day=1) + timedelta(days=40)).replace(day=9), now)
        refresh_open_months(at=moment)
        close_months(at=moment)
        refresh_outlooks(at=moment)
    closed = ValueMonth.objects.closed().filter(workload=company.worse)
    assert closed.filter(month__gte=(now - QUARTER).date().replace(day=1)).count() >= 2
    assert Statement.objects.filter(state="open").exists()


def the_tripwire_fires(company: SimpleNamespace, now: datetime) -> None:
    Tripwire.objects.filter(workload=company.well).update(state=Tripwire.State.ENDED)
    tripwires.watch(at=now)
    fired = Tripwire.objects.get(workload=company.worse, quantity="accepted_share")
    assert fired.state == "fired" and float(fired.seen or 1) == pytest.approx(0.5, abs=0.02)


def the_lead_reads_of_it(page: Page, company: SimpleNamespace) -> None:
    page.goto("/dashboards/")
    expect(page.get_by_role("heading", name="Portfolio")).to_be_visible()
    expect(page.get_by_text(f"{company.worse.name} is in doubt: a tripwire fired").first).to_be_visible()
    page.get_by_role("link", name=f"{company.worse.name} is in doubt").first.click()
    expect(page.get_by_role("heading", name=company.worse.name, exact=True)).to_be_visible()
    page.goto(f"/workloads/{company.worse.number}/gap/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def the_review_is_ready(company: SimpleNamespace, now: datetime) -> Review:
    """A meeting within the hour: the tripwire brought one workload by itself, the lead adds the other."""
    operations.end_series(series=Series.objects.get(ended_on=None), by=person("lead"), at=now)
    at = now + timedelta(minutes=40)
    series = operations.create_series(
        name="Quarterly look", chair=person("lead"), members=[person("finance"), company.real], first_on=at.date(),
        start_time=at.time().replace(second=0, microsecond=0), time_zone="UTC", by=person("lead"), at=now,
    )  # fmt: skip
    operations.schedule_meetings(at=now + timedelta(seconds=1))
    review = series.reviews.earliest("starts_at")
    item = review.items.get(workload=company.worse)
    assert "Tripwire fired" in item.why and item.section == "discuss"
    operations.add_item(review=review, workload=company.well, by=person("lead"), at=now)
    return review


def one_is_retired_and_one_scaled(page: Page, company: SimpleNamespace, review: Review) -> None:
    page.goto(f"/reviews/{review.number}/present/")
    page.keyboard.press("s")
    for workload, key, said, done in (
        (company.worse, "t", "Half of it is done again by hand.", "Retire"),
        (company.well, "s", "It frees what was promised: the other unit wants it.", "Scale"),
    ):
        go_to(page, workload)
        page.keyboard.press(key)
        expect(page.locator("#panel[open] textarea").first).to_be_focused()
        page.keyboard.type(said)
        page.keyboard.press("Enter")
        expect(page.locator(".pr-decided")).to_contain_text(done)
    page.keyboard.press("e")
    page.get_by_role("heading", name="End the meeting?").wait_for()
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Decisions (2)")).to_be_visible()
    company.worse.refresh_from_db()
    assert company.worse.stage == Stage.RETIRED
    assert company.well.decisions.filter(verdict="scale", review=review).exists()


def go_to(page: Page, workload: Workload) -> None:
    """To the item of this workload, by its link at the side."""
    heading = page.get_by_role("heading", name=workload.name)
    for _ in range(20):
        if heading.first.is_visible():
            return
        page.keyboard.press("n")
        page.wait_for_timeout(250)
    expect(heading.first).to_be_visible()


def finance_signs(visitor: Visitor, company: SimpleNamespace) -> None:
    """The owner files what ended, finance signs it, and the oldest month that waits."""
    owner, page = visitor.page(user=company.well.business_owner), visitor.page(user=person("finance"))
    owner.goto(f"/workloads/{company.well.number}/claims/new/")
    owner.get_by_label("Kind").select_option("cost_ended")
    for label, value in (
        ("Amount a month", "950"),
        ("From", timezone.localdate().replace(day=1).isoformat()),
        ("The act that made it cash", "The audit of samples was cancelled."),
    ):
        owner.get_by_label(label, exact=True).fill(value)
    owner.get_by_role("button", name="File").last.click()
    expect(owner.get_by_text("Filed.").first).to_be_visible()
    waiting = Claim.objects.get(state="claimed", amount_month=950)
    page.goto(f"/claims/{waiting.pk}/")
    page.get_by_role("button", name="Sign", exact=False).first.click()
    expect(page.get_by_text("signed").first).to_be_visible()
    waiting.refresh_from_db()
    assert waiting.state == "signed" and waiting.signed_by == person("finance")
    open_ones = Statement.objects.filter(state="open").exclude(unit=person("finance").home_unit)
    statement = open_ones.order_by("month").first()
    assert statement is not None
    page.goto(f"/statements/{statement.pk}/")
    page.get_by_role("button", name="Sign the statement").click()
    expect(page.get_by_text("signed").first).to_be_visible()
    statement.refresh_from_db()
    assert statement.state == "signed"


def the_digest_arrives(company: SimpleNamespace, inbox: Any, now: datetime) -> None:
    """As on the last Monday morning, with the sentences of the dashboard: mail of the future would wait for it."""
    monday = datetime.combine(now.date() - timedelta(days=now.weekday() or 7), time(4), UTC)
    operations.tell_week(at=monday)
    told = [sentence.text for sentence in dashboard("lead", company.real, monday).sentences]
    assert set(DigestLine.objects.filter(user=company.real).values_list("sentence", flat=True)) & set(told)
    send_digests(at=monday + timedelta(hours=2, minutes=1))
    tick("integrations.dispatch_deliveries")
    mail = wait_for(lambda: [m for m in inbox.mails if m["To"] == company.real.email and "week" in m["Subject"]])
    assert told[0] in body(mail[0]), body(mail[0])


def body(mail: Any) -> str:
    payload = message_from_bytes(mail.as_bytes()).get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else str(mail)


def every_page_is_looked_at(visitor: Visitor, company: SimpleNamespace) -> None:
    """Wide and light, then dark on a phone: nothing is cut off sideways, and no page complains in the console."""
    number = company.well.number
    pages = {
        "lead": ["/", "/dashboards/lead/", "/executive/", "/value/", "/value/gaps/", "/value/recommendations/",
                 f"/workloads/{number}/ledger/", f"/workloads/{number}/gap/", f"/workloads/{number}/outlook/",
                 f"/workloads/{number}/is-it-real/", f"/workloads/{number}/baseline/", "/track-record/",
                 "/ownership/"],
        "finance": ["/dashboards/finance/", "/statements/", "/claims/", f"/workloads/{number}/actual-costs/"],
        "it": ["/dashboards/it/"],
        "owner": ["/dashboards/owner/"],
    }  # fmt: skip
    for look in ({}, {"dark": True, "width": 390, "height": 844}):
        for key, addresses in pages.items():
            page = visitor.page(user=person(key), **look)
            for address in addresses:
                answer = page.goto(address)
                assert answer is not None and answer.status == 200, address
                assert sideways(page) == [], address
                assert not look or serious(page) == [], address

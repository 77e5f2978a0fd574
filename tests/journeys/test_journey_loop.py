"""The whole loop in a browser: filed, sized, decided, built, called, checked, answered, claimed and signed."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from backlog.models import Candidate
from integrations.models import Delivery
from tests.browser.conftest import Visitor
from tests.factories import PASSWORD
from tests.journeys.machines import Receiver, send_chats, tick, wait_for
from workloads.models import Call, Incident, Outcome, Workload

TITLE = "Match invoices with orders"
CALLS = 20
ESTIMATES = {
    "automation_share": ("0.5", "0.6", "0.7"),
    "cashable_share": ("0.2", "0.3", "0.5"),
    "build_cost": ("9000", "12000", "18000"),
    "run_cost": ("1000", "1500", "2500"),
    "loaded_rate": ("50", "60", "70"),
}
pytestmark = [pytest.mark.browser, pytest.mark.slow]
Signed = Callable[..., Page]


@pytest.mark.django_db(transaction=True)
def test_from_an_idea_to_signed_cash(
    worker: Any, company: SimpleNamespace, visitor: Visitor, signed_in: Signed, live_server: Any
) -> None:
    owner, assessor = visitor.page(), visitor.page()
    people = {name: signed_in(name) for name in ("lead", "it", "evaluator", "finance")}
    lead, it, evaluator, finance = people.values()

    sign_in(owner, company.owner)
    file_a_candidate(owner)
    sign_in(assessor, company.assessor)
    sharpen_the_estimates(assessor)
    send_to_review(assessor)
    see_it_on_the_board(lead)
    the_owner_cannot_decide(owner)
    approve(lead)
    the_owner_is_told(company)

    build_and_pilot(owner)
    plain = make_a_key(it)
    send_chats(f"{live_server.url}/v1/traces", plain, CALLS)
    see_the_calls(owner)
    confirm_the_go_live(owner)
    report_outcomes_twice(live_server.url, plain)
    with Receiver() as receiver:
        connect_a_webhook(it, receiver)
        make_a_suite(evaluator, "Golden set", right=40)
        run_the_suite(evaluator, "Right 100 times in 100", "good")
        make_a_suite(evaluator, "Hard cases", right=20)
        run_the_suite(evaluator, "Right 50 times in 100", "under the bar")
        wait_for(lambda: any("incident" in str(body).lower() for body in receiver.bodies))
    answer_the_incident(owner)
    check_the_cost(owner)
    send_chats(f"{live_server.url}/v1/traces", plain, 200, days_ago=2)
    check_the_drift(evaluator)
    file_a_claim(owner)
    sign_the_claim(finance)
    cash_and_capacity_stand_apart(owner, finance)


def sign_in(page: Page, user: Any) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("need")


def file_a_candidate(owner: Page) -> None:
    owner.get_by_role("link", name="File a candidate").first.click()
    owner.get_by_label("What is the work?").press_sequentially(TITLE)
    owner.fill("[name=count]", "400")
    owner.select_option("[name=period]", "month")
    owner.fill("[name=minutes]", "12")
    owner.get_by_label("Fairly sure").check()
    expect(owner.locator("#score")).to_contain_text(re.compile(r"\d hours a year"))
    expect(owner.locator("#saved")).to_contain_text("Draft saved at")
    owner.get_by_role("button", name="Submit").click()
    expect(owner.locator(".strip .is-now")).to_contain_text("received")
    expect(owner.locator("h1")).to_have_text(TITLE)
    assert Candidate.objects.count() == 1, "the draft that saved itself is the one that was submitted"


def sharpen_the_estimates(assessor: Page) -> None:
    assessor.goto("/candidates/")
    assessor.get_by_role("link", name=TITLE).click()
    assessor.get_by_role("link", name="Sharpen the estimates").click()
    for quantity, points in ESTIMATES.items():
        fill_a_row(assessor, quantity, points)
    assessor.fill("[name=loaded_rate_note]", "agreed with the unit")
    fill_a_row(assessor, "build_cost", ("20000", "12000", "18000"))
    save_all(assessor, 422)
    expect(assessor.get_by_role("alert").first).to_contain_text("low 20000 is above likely 12000")
    fill_a_row(assessor, "build_cost", ESTIMATES["build_cost"])
    expect(assessor.locator("#score")).to_contain_text("NPV in cash")
    save_all(assessor, 302)
    expect(assessor.get_by_role("rowheader", name="Build cost, once")).to_be_visible()


def fill_a_row(page: Page, quantity: str, points: tuple[str, str, str]) -> None:
    group = page.locator(f"details.group:has([name={quantity}_low])")
    if group.count() and not group.evaluate("group => group.open"):
        group.locator("summary").click()
    for name, value in zip(("low", "likely", "high"), points, strict=True):
        page.fill(f"[name={quantity}_{name}]", value)


def save_all(page: Page, status: int) -> None:
    with page.expect_response(lambda r: r.request.method == "POST" and "/estimates/" in r.url) as answer:
        page.get_by_role("button", name="Save all").click()
    assert answer.value.status == status


def send_to_review(assessor: Page) -> None:
    assessor.get_by_role("button", name="Send to review").click()
    expect(assessor.locator(".strip .is-now")).to_contain_text("in review")
    tick("roi.assess_stale")
    wait_for(lambda: Candidate.objects.get().assessments.filter(npv_p50__isnull=False).exists())


def see_it_on_the_board(lead: Page) -> None:
    lead.goto("/")
    expect(lead.locator(".row-need").first).to_contain_text(TITLE)
    lead.goto("/board/")
    row = lead.get_by_role("row").filter(has_text=TITLE)
    expect(row.locator("svg")).to_be_visible()
    expect(row).to_contain_text(re.compile(r"\$\S+ to \$\S+"))


def the_owner_cannot_decide(owner: Page) -> None:
    answer = owner.goto(f"/candidates/{Candidate.objects.get().number}/decide/")
    assert answer and answer.status == 403


def approve(lead: Page) -> None:
    lead.get_by_role("row").filter(has_text=TITLE).get_by_role("link", name="Decide").click()
    lead.get_by_label("The reason").fill("Pays back within a year, even at the low end.")
    lead.get_by_text("who builds and runs it").click()
    lead.get_by_label("Business owner").select_option(label="Ada Owner")
    lead.get_by_label("IT steward").select_option(label="Ian Admin")
    lead.get_by_label("One unit of finished work is called").fill("invoice")
    lead.get_by_role("button", name="Approve").click()
    expect(lead.locator(".messages")).to_contain_text("Its owner is told")
    expect(lead.get_by_role("heading", name="What became of it")).to_be_visible()


def the_owner_is_told(company: SimpleNamespace) -> None:
    mails = Delivery.objects.filter(kind="mail", payload__to=[company.owner.email], state="sent")
    mail = wait_for(lambda: mails.filter(payload__text__icontains="Pays back within a year").first())
    assert TITLE in mail.payload["subject"]


def here(path: str = "") -> str:
    return f"/workloads/{Workload.objects.get().number}/{path}"


def open_workload(page: Page) -> None:
    """The page with its parts: those that arrive late move what stands below them."""
    page.goto(here())
    page.wait_for_load_state("networkidle")


def build_and_pilot(owner: Page) -> None:
    for stage in ("building", "pilot"):
        open_workload(owner)
        form = owner.locator("form").filter(has=owner.locator("[name=form][value=stage]"))
        form.locator("[name=stage]").select_option(stage)
        form.get_by_role("button").click()
        owner.locator("#confirm-dialog [value=yes]").click()
        expect(owner.locator(".strip .is-now")).to_contain_text(stage)


def make_a_key(it: Page) -> str:
    it.goto(here("keys/"))
    it.get_by_label("Who will use it").fill("invoice-bot")
    it.get_by_role("button", name="Make the key").click()
    plain = it.locator("#plain-key").inner_text()
    it.goto(here("keys/"))
    assert plain.startswith("pbk_") and plain not in it.content(), "a key is shown once"
    return plain


def see_the_calls(owner: Page) -> None:
    owner.goto(here("calls/"))
    expect(owner.locator("#calls tbody tr")).to_have_count(CALLS)
    expect(owner.locator("#calls tbody tr").first).to_contain_text("gpt-4o-mini")
    expect(owner.locator("#calls tbody tr").first).to_contain_text("0.000231")
    assert Call.objects.count() == CALLS


def confirm_the_go_live(owner: Page) -> None:
    owner.goto("/")
    owner.get_by_role("link", name="Confirm:").click()
    owner.get_by_role("button", name="Confirm go-live").click()
    expect(owner.locator(".strip .is-now")).to_contain_text("live")
    assert Workload.objects.get().go_live is not None


def report_outcomes_twice(address: str, key: str) -> None:
    rows = [
        {
            "external_id": f"inv-{n}",
            "finished_at": f"{date.today()}T00:00:00Z",
            "accepted": n != 3,
            "minutes": "2.5",
        }
        for n in range(30)
    ]
    answers = [
        requests.post(
            f"{address}/api/v1/outcomes",
            json={"outcomes": rows},
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
        )
        for _ in range(2)
    ]
    assert [a.json() for a in answers] == [
        {"created": 30, "updated": 0, "unchanged": 0},
        {"created": 0, "updated": 0, "unchanged": 30},
    ]
    assert Outcome.objects.count() == 30


def cases(right: int) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["key", "input", "expected", "output"])
    lines.writerows([f"c{n}", f"2*{n}", 2 * n, 2 * n if n < right else -1] for n in range(40))
    return text.getvalue().encode()


def make_a_suite(evaluator: Page, name: str, right: int) -> None:
    evaluator.goto(here("datasets/new/"))
    evaluator.get_by_label("Name").fill(name)
    file = {"name": "cases.csv", "mimeType": "text/csv", "buffer": cases(right)}
    evaluator.set_input_files("[name=file]", [file])  # type: ignore[list-item]
    evaluator.get_by_role("button", name="Upload").click()
    expect(evaluator.locator(".messages")).to_contain_text("40 cases stored")
    evaluator.get_by_role("link", name="Make a suite of it").click()
    evaluator.get_by_label("Name").fill(name)
    evaluator.get_by_label("Quality bar").fill("90")
    evaluator.get_by_role("button", name="Make the suite").click()
    expect(evaluator.locator(".facts")).to_contain_text("approved by Eve Evaluator")


def run_the_suite(evaluator: Page, sentence: str, verdict: str) -> None:
    evaluator.get_by_role("button", name="Run now").click()
    state = evaluator.locator("#suite-state")
    expect(state).to_contain_text(sentence, timeout=30_000)
    expect(state).to_contain_text(re.compile(r"\(\d+ to \d+\)"))
    expect(state.locator(".pill").first).to_have_text(verdict)


def answer_the_incident(owner: Page) -> None:
    found = wait_for(lambda: Incident.objects.filter(state="open").first())
    owner.goto("/")
    owner.locator(".row-need").filter(has_text="Right 50 times in 100").get_by_role("link").click()
    owner.get_by_role("button", name="I take it").click()
    expect(owner.get_by_text("Taken by Ada Owner")).to_be_visible()
    owner.get_by_label("What was done").fill("The prompt names the currency again.")
    owner.get_by_role("button", name="Resolve").click()
    expect(owner.get_by_text("Resolved on")).to_be_visible()
    found.refresh_from_db()
    assert found.state == "resolved"


def check_the_cost(owner: Page) -> None:
    open_workload(owner)
    owner.get_by_label("Monthly budget for model calls").fill("50")
    owner.get_by_role("button", name="Set budget").click()
    expect(owner.get_by_text(re.compile(r"of \$50(\.00)? budget"))).to_be_visible()
    owner.get_by_text("Add a cost check").click()
    owner.get_by_role("button", name="Add", exact=True).click()
    owner.get_by_role("button", name="Run Monthly cost now").click()
    row = owner.locator("#checks tr").filter(has_text="Monthly cost")
    expect(row.locator(".pill")).to_be_visible(timeout=20_000)


def check_the_drift(evaluator: Page) -> None:
    evaluator.goto(here("drift/"))
    days = [date.today() - timedelta(days=ago) for ago in (3, 1)]
    evaluator.get_by_label("First day").fill(days[0].isoformat())
    evaluator.get_by_label("Last day").fill(days[1].isoformat())
    evaluator.get_by_role("button", name="Freeze the reference").click()
    expect(evaluator.locator("#drift-state")).to_contain_text(re.compile(r"Reference: .* 200 calls"))
    evaluator.get_by_role("button", name="Compare now").click()
    expect(evaluator.locator("#drift-state .pill")).to_be_visible(timeout=20_000)


def connect_a_webhook(it: Page, receiver: Receiver) -> None:
    it.goto("/connections/new/webhook/")
    it.fill("[name=name]", "Operations room")
    it.fill("[name=url]", f"http://{receiver.host}/payback")
    it.fill("[name=allowed_hosts]", receiver.host)
    it.get_by_role("button", name="Connect").click()
    it.goto("/connections/")
    it.get_by_role("link", name="Operations room").click()
    it.get_by_role("button", name="Test now").click()
    expect(it.locator("#steps .pill-good").last).to_be_visible()
    expect(it.locator("#steps .pill-bad")).to_have_count(0)
    assert receiver.bodies, "the sample arrived"


def file_a_claim(owner: Page) -> None:
    open_workload(owner)
    owner.get_by_role("link", name="Claim cash").click()
    owner.fill("[name=amount_month]", "900")
    owner.fill("[name=hours_month]", "16")
    owner.fill("[name=valid_from]", date.today().replace(day=1).isoformat())
    owner.fill("[name=act]", "The temp's contract ended.")
    owner.get_by_role("button", name="File the claim").click()
    expect(owner.locator(".messages")).to_contain_text("Finance signs it")


def sign_the_claim(finance: Page) -> None:
    finance.goto("/")
    need = finance.locator(".row-need").filter(has_text="Match invoices")
    need.get_by_role("link", name="Sign or send back").click()
    finance.get_by_role("button", name="Sign", exact=True).click()
    expect(finance.get_by_text("Signed", exact=True)).to_be_visible()


def cash_and_capacity_stand_apart(owner: Page, finance: Page) -> None:
    open_workload(owner)
    value = owner.locator("section", has=owner.locator("#value"))
    expect(value).to_contain_text(re.compile(r"Signed, cash to date\s*\$[1-9]"))
    expect(value).to_contain_text(re.compile(r"Capacity, to date\s*\d"))
    for page in (owner, finance):
        page.goto("/")
        expect(page.get_by_role("row").filter(has_text=TITLE)).to_contain_text(re.compile(r"\$[1-9]"))
    finance.goto("/value/")
    expect(finance.get_by_role("row").filter(has_text=TITLE)).to_contain_text("30 invoices")
    freed = finance.locator("section", has=finance.get_by_role("heading", name="Hours freed", exact=True))
    expect(freed).to_contain_text(re.compile(r"capacity \d"))

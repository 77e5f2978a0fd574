"""Coming in: pasted and corrected, with a photo, with a receipt that names the days; again after a no; IT's line."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog import operations as do
from backlog import queries
from backlog.models import Candidate, Evidence, Feasibility, Policy, ReviewDate, State
from backlog.operations import pasting
from backlog.operations.receipt import sized_by
from integrations.connectors.base import ConnectorError
from integrations.models import Connection, Delivery
from tests.backlog.conftest import ANSWERS

TYPED = ANSWERS | {"client_token": "t1", "people": "", "share": "", "systems": "SAP"}
TEXT = "We check about 400 travel claims a month, 12 minutes each, done by three clerks in SAP."


def url(name, *args):
    return reverse(f"backlog:{name}", args=args)


def page_of(answer):
    return answer.content.decode()


# pasted


def test_a_pasted_text_fills_the_form_and_stores_nothing(cast):
    client = cast.client(cast.owner)
    page = page_of(client.post(url("paste"), {"pasted": TEXT, "client_token": "t1"}))
    assert 'value="400"' in page and 'value="12"' in page and "400 travel claims a month" in page
    assert "from <q>" in page and "kept until you press" in page
    assert '{"then": "autosave"}' not in page and not Candidate.objects.exists()
    empty = page_of(client.post(url("paste"), {"pasted": "  "}))
    assert "Nothing was found" in empty
    assert client.get(url("paste")).status_code == 302
    assert cast.client(cast.executive).post(url("paste"), {"pasted": TEXT}).status_code == 403


def test_what_the_draft_says_stays_and_the_text_is_offered_beside_it(cast, now):
    do.save_draft(by=cast.owner, at=now, client_token="t1", title="Travel claims", count=350)
    page = page_of(cast.client(cast.owner).post(url("paste"), {"pasted": TEXT, "client_token": "t1"}))
    assert 'value="350' in page and "yours kept" in page and 'data-value="400"' in page
    assert Candidate.objects.get().count == 350


def test_text_of_a_mail_is_text(cast):
    page = page_of(
        cast.client(cast.owner).post(
            url("paste"), {"pasted": "<script>alert(1)</script> 400 a month {{ 7 }}"}
        )
    )
    assert "<script>alert" not in page and "&lt;script&gt;" in page


# a model is asked too


@pytest.fixture
def endpoint(cast, now):
    return Connection.objects.create(
        kind="model_endpoint",
        name="House model",
        url="https://model.example/v1",
        created_by=cast.it,
        created_at=now,
    )


def says(monkeypatch, answer):
    asked = []

    def complete(*, connection, messages, timeout):
        asked.append(messages)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(text=answer)

    monkeypatch.setattr(pasting, "complete", complete)
    return asked


def proposals(*rows):
    return json.dumps(
        {"proposals": [dict(zip(("field", "value", "words"), row, strict=True)) for row in rows]}
    )


def test_a_model_adds_what_it_can_quote_and_rules_win(cast, endpoint, monkeypatch):
    asked = says(
        monkeypatch,
        "```json\n"
        + proposals(
            ("who_does_it", "clerks of finance", "three clerks"),
            ("count", 500, "about 400 travel claims"),
            ("minutes", 3, "three minutes"),
            ("share", "half", "travel claims"),
            ("share", "lots", "travel"),
            ("people", "many", "three"),
        )
        + "\n```",
    )
    found = do.read_pasted(text=TEXT, by=cast.owner)
    assert found.of("count").value == "400" and "500" in [one.value for one in found.of("count").others]
    assert found.of("minutes").value == "12" and not found.of("minutes").others
    assert found.of("share").by == "model" and "House model" in found.notes[-1]
    system, user = (message["content"] for message in asked[0])
    fence = user.splitlines()[0]
    assert fence in system and user.count(fence) == 2 and "never an instruction" in system


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        "[]",
        proposals(("budget", 1, "400")),
        '{"proposals": 7}',
        "[" * 5000,
        ConnectorError("x", True, "y"),
    ],
)
def test_a_model_that_fails_leaves_the_rules(cast, endpoint, monkeypatch, answer):
    says(monkeypatch, answer)
    found = do.read_pasted(text=TEXT, by=cast.owner)
    assert found.of("count").value == "400" and "read by rules alone" in found.notes[-1]


def test_a_model_is_asked_only_where_one_is_switched_on_and_wanted(cast, endpoint, monkeypatch):
    asked = says(monkeypatch, proposals())
    client = cast.client(cast.owner)
    assert "Ask House model too" in page_of(client.get(url("file")))
    client.post(url("paste"), {"pasted": TEXT})
    assert not asked
    client.post(url("paste"), {"pasted": TEXT, "ask_model": "on"})
    assert len(asked) == 1
    Connection.objects.update(enabled=False)
    client.post(url("paste"), {"pasted": TEXT, "ask_model": "on"})
    assert len(asked) == 1


# a photo


def photo():
    picture = b"\xff\xd8\xff\xe1\x00\x08GPS 48\xff\xda\x00\x03\x01picture\xff\xd9"
    return SimpleUploadedFile("image.jpg", picture, "image/jpeg")


def test_a_photo_of_the_phone_is_evidence(cast):
    client = cast.client(cast.owner)
    assert 'accept="image/*" capture' in page_of(client.get(url("file")))
    client.post(url("file"), TYPED | {"then": "save", "photo": photo()})
    made = Candidate.objects.get()
    assert Evidence.objects.get().candidate == made and made.systems == "SAP"
    answer = client.post(
        url("edit", made.number),
        TYPED | {"then": "submit", "photo": SimpleUploadedFile("x.exe", b"MZ\x90", "image/jpeg")},
        follow=True,
    )
    made.refresh_from_db()
    assert (
        made.state == "received"
        and "The photo was not kept" in page_of(answer)
        and Evidence.objects.count() == 1
    )


# the receipt


def test_the_receipt_names_the_day_of_the_cost_and_the_review(cast, now, draft):
    # A Friday; five working days on is the next one.
    for unit, day in (
        (None, datetime(2026, 12, 11, 9, tzinfo=UTC)),
        (cast.unit, datetime(2026, 12, 4, 9, tzinfo=UTC)),
    ):
        do.set_review_date(unit=unit, starts_at=day, freeze_at=day - timedelta(days=2), by=cast.lead, at=now)
    answer = cast.client(cast.owner).post(url("submit", draft.number), follow=True)
    mail = Delivery.objects.get().payload
    assert "Review on 4 December; you need not come." in str(mail) and "Received" in page_of(answer)
    sentence = do.receipt_sentence(draft, now)
    assert sentence == (
        f"Received, {draft.key}. The cost is sized by Friday (27 November). Review on 4 December; you need not come."
    )
    draft.unit = cast.other_unit
    assert "Review on 11 December" in do.receipt_sentence(draft, now)


def test_the_receipt_promises_no_review_that_comes_too_early_or_not_at_all(cast, now, draft):
    assert "told when its review is" in do.receipt_sentence(draft, now)
    soon = now + timedelta(days=4)
    do.set_review_date(unit=None, starts_at=soon, freeze_at=soon, by=cast.system, at=now)
    assert "next review is on 24 November; unless it is sized before" in do.receipt_sentence(draft, now)
    do.set_review_date(unit=None, starts_at=None, freeze_at=None, by=cast.system, at=now)
    assert not ReviewDate.objects.exists()
    with pytest.raises(DomainError):
        do.set_review_date(unit=None, starts_at=now, freeze_at=soon, by=cast.system, at=now)
    with pytest.raises(PermissionDenied):
        do.set_review_date(unit=cast.unit, starts_at=soon, freeze_at=now, by=cast.owner, at=now)


@pytest.mark.parametrize(
    ("day", "days", "last"), [(20, 5, 27), (20, 1, 23), (21, 1, 23), (22, 5, 27), (23, 5, 30)]
)
def test_working_days_leave_out_the_weekend(day, days, last):
    assert sized_by(datetime(2026, 11, day).date(), days) == datetime(2026, 11, last).date()


# again


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
def test_a_no_is_handed_in_again_with_what_was_said(cast, now, in_review, state):
    if state == State.REJECTED:
        do.mark_decided(candidate=in_review, state=state, by=cast.lead, at=now + timedelta(days=2))
    else:
        do.withdraw(candidate=in_review, by=cast.owner, at=now + timedelta(days=2))
    client, n = cast.client(cast.owner), in_review.number
    page = page_of(client.get(url("edit", n)))
    assert "Submit again" in page and ANSWERS["title"] in page and 'value="400' in page
    answer = client.post(url("edit", n), TYPED | {"count": "900", "then": "submit"}, follow=True)
    in_review.refresh_from_db()
    assert in_review.state == "received" and in_review.count == 900 and "Received" in page_of(answer)
    assert in_review.estimates.get(quantity="volume").likely == 10800
    states = list(in_review.stages.values_list("state", flat=True))
    assert states[-2:] == [state, "received"] and states.count("received") == 2
    log = AuditEvent.objects.get(action="candidate.resubmitted")
    assert "description" not in log.changes
    with pytest.raises(PermissionDenied):
        do.resubmit(candidate=in_review, by=cast.lead, at=now)
    with pytest.raises(DomainError):
        do.resubmit(candidate=in_review, by=cast.owner, at=now)


# IT's line


def test_it_says_in_a_line_whether_it_can_be_built(cast, now, received):
    path = url("feasibility", received.number)
    assert "IT has not said yet" in page_of(cast.client(cast.owner).get(path))
    assert "Say so" not in page_of(cast.client(cast.owner).get(path))
    it = cast.client(cast.it)
    assert "Say so" in page_of(it.get(path))
    assert it.post(path, {"verdict": "yes", "line": " "}).status_code == 422
    said = it.post(path, {"verdict": "effort", "line": "The archive has no API yet."}, HTTP_HX_REQUEST="true")
    assert said.status_code == 200 and "with effort" in page_of(said)
    it.post(path, {"verdict": "yes", "line": "It has one now."})
    row = Feasibility.objects.get()
    assert (row.verdict, row.line, row.by) == ("yes", "It has one now.", cast.it)
    assert AuditEvent.objects.filter(action="candidate.feasibility_said").count() == 2
    assert cast.client(cast.owner).post(path, {"verdict": "yes", "line": "x"}).status_code == 403


def test_a_verdict_that_is_none_is_refused(cast, now, received, draft):
    for verdict, line in (("maybe", "x"), ("yes", "x" * 201)):
        with pytest.raises(DomainError):
            do.set_feasibility(candidate=received, verdict=verdict, line=line, by=cast.it, at=now)
    other = do.save_draft(by=cast.owner, at=now, title="Another")
    with pytest.raises(DomainError):
        do.set_feasibility(candidate=other, verdict="yes", line="x", by=cast.it, at=now)


# the lead's rules


def test_the_lead_sets_how_long_things_may_wait(cast, now):
    lead = cast.client(cast.lead)
    assert lead.get(url("intake")).status_code == 200
    good = {"waiting_days": "7", "sizing_days": "3", "largest_file_mb": "5"}
    assert lead.post(url("intake"), good).status_code == 302
    kept = Policy.load()
    assert (kept.waiting_days, kept.sizing_days, kept.largest_file_mb) == (7, 3, 5)
    assert lead.post(url("intake"), good | {"sizing_days": "0"}).status_code == 422
    assert cast.client(cast.owner).post(url("intake"), good).status_code == 403
    with pytest.raises(DomainError):
        do.set_policy(waiting_days=91, sizing_days=1, largest_file_mb=1, by=cast.lead, at=now)
    assert "Intake</a>" in page_of(lead.get("/candidates/")) and "Intake</a>" not in page_of(
        cast.client(cast.owner).get("/candidates/")
    )


def test_usual_minutes_are_the_rule_of_thumb_and_what_was_measured_here(cast, now):
    assert not queries.reference_ranges("", "business_ai")
    for n, minutes in enumerate((6, 9, 30), start=1):
        made = do.save_draft(by=cast.owner, at=now, title=f"Code invoices {n}", count=4, minutes=minutes)
        do.submit(candidate=made, by=cast.owner, at=now)
        made.estimates.filter(quantity="minutes").update(evidence="measured")
        found = queries.reference_ranges("Check supplier invoices", "business_ai")
        assert len(found) == (2 if n == 3 else 1)
    own, thumb = found
    assert (own.low, own.likely, own.high, own.n) == (6, 9, 30, 3) and thumb.n == 0
    assert [row.n for row in queries.reference_ranges("Check contracts")] == [0]

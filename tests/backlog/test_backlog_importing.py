"""Candidates from a file: columns understood, all or nothing, and an export that comes back unchanged."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aiops.models import AuditEvent
from aiops.spreadsheets import xlsx_bytes
from backlog import operations
from backlog.calc.columns import guessed, problems_of
from backlog.models import Candidate, ColumnMap, Estimate, State
from backlog.queries.sheet_rows import Unclear, read
from integrations.models import Delivery

IMPORT = "/candidates/import/"
HEAD = "Ref;Process;Department;Owner e-mail;Volume;Frequency;Minutes\n"
ROWS = (
    "P-1;Match payments;Accounts payable;;400;monthly;7,5\n"
    "P-2;Chase receipts;ap;ann.assessor@example.com;20;per day;3\n"
)


def test_columns_are_guessed_by_the_names_that_people_give_them():
    head = ["Ref", "Process", "Department", "Owner e-mail", "Volume", "Frequency", "Minutes", "Volume"]
    assert guessed(head) == {
        "external_id": "Ref", "title": "Process", "unit": "Department", "owner": "Owner e-mail",
        "count": "Volume", "period": "Frequency", "minutes": "Minutes",
    }  # fmt: skip
    assert guessed(["Beschreibung", "Titel", ""]) == {"title": "Titel", "description": "Beschreibung"}
    assert problems_of({"title": "A", "count": "A"}, ["A"]) == ["The column «A» is chosen twice."]
    wrong = problems_of({"count": "B", "colour": "A"}, ["A"])
    assert [words[:20] for words in wrong] == [
        "There is no column «",
        "There is no field «c",
        "Choose the column of",
    ]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("count", "1234.5", Decimal("1234.5")),
        ("count", 400.0, Decimal(400)),
        ("period", "Monthly", "month"),
        ("period", "a week", "week"),
        ("klass", "AI for Ops", "ai_for_ops"),
        ("title", 2024, "2024"),
        ("external_id", 17.0, "17"),
    ],
)
def test_cells_are_read_as_people_write_them(field, value, found):
    assert read(field, value) == found


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("count", "1,5", "not a number"),
        ("count", "=1+1", "holds a formula"),
        ("count", "nan", "not above 0"),
        ("count", "-3", "not above 0"),
        ("count", "1e40", "far too large"),
        ("people", "1.25", "more than 1 decimal"),
        ("count", True, "not a number"),
        ("sureness", "very", "none of measured"),
        ("title", "x" * 121, "121 characters"),
        ("title", "a\x00b", "not text"),
    ],
)
def test_cells_that_cannot_be_read_say_why(field, value, words):
    with pytest.raises(Unclear, match=words):
        read(field, value)


class Visit:
    """One person at the page of the import."""

    def __init__(self, client):
        self.client = client

    def send(self, data, name="list.csv"):
        data = data.encode() if isinstance(data, str) else data
        return self._took(self.client.post(IMPORT, {"file": SimpleUploadedFile(name, data)}))

    def go_on(self, then, end="received", **columns):
        said = self.columns | {f"column-{name}": column for name, column in columns.items()}
        return self._took(self.client.post(IMPORT, {"table": self.table, "then": then, "end": end, **said}))

    def _took(self, answer):
        self.status, self.text = answer.status_code, answer.content.decode()
        found = re.search(r'name="table" value="([^"]+)"', self.text)
        if found:
            self.table = found[1]
            chosen = re.findall(r'<select name="(column-\w+)".*?</select>', self.text, re.S)
            blocks = re.findall(r'<select name="column-\w+".*?</select>', self.text, re.S)
            values = [re.search(r'value="([^"]*)" selected', block) for block in blocks]
            self.columns = {
                name: value[1] if value else "" for name, value in zip(chosen, values, strict=True)
            }
        return self


@pytest.fixture
def visit(cast):
    return lambda person: Visit(cast.client(person))


@pytest.mark.django_db
def test_a_list_comes_in_once_and_its_columns_are_remembered(cast, now, visit):
    lead = visit(cast.lead).send(HEAD + ROWS)
    assert lead.status == 200 and lead.columns["column-owner"] == "Owner e-mail"
    lead.go_on("look", owner="", count="Volume")
    assert lead.status == 200 and "2 rows: 2 new, 0 changed, 0 as they are." in lead.text
    assert not Candidate.objects.exists()
    lead.go_on("apply")
    assert lead.status == 200 and "2 new (submitted), 0 changed" in lead.text
    first, second = Candidate.objects.order_by("number")
    assert (first.key, first.external_id, first.minutes, first.state) == (
        "C-1",
        "P-1",
        Decimal("7.5"),
        State.RECEIVED,
    )
    assert (second.unit, second.period, second.owner) == (cast.unit, "day", cast.lead)
    assert Estimate.objects.filter(candidate=second, quantity="volume").get().likely == 4400
    assert first.stages.get().held_by == "the lead"
    assert AuditEvent.objects.of(first).get().action == "candidate.imported"
    lead.go_on("apply")
    assert "0 new, 0 changed, 2 as they were" in lead.text
    assert ColumnMap.objects.get().mapping["count"] == "Volume"
    again = visit(cast.lead).send(HEAD + ROWS.replace("400;monthly", "500;monthly"))
    assert again.columns["column-owner"] == "" and "0 new, 1 changed, 1 as they are" in again.text
    again.go_on("apply")
    first.refresh_from_db()
    assert first.count == 500 and AuditEvent.objects.of(first).filter(action="candidate.edited").exists()


@pytest.mark.django_db
def test_others_candidates_and_one_receipt_each(cast, now, visit):
    rows = (
        HEAD
        + ROWS.replace(";;", ";ada.owner@example.com;")
        + "P-3;Third;ap;ada.owner@example.com;5;weekly;9\n"
    )
    lead = visit(cast.lead).send(rows)
    lead.go_on("apply", owner="Owner e-mail")
    assert "3 new" in lead.text
    mine = Candidate.objects.filter(owner=cast.owner)
    assert mine.count() == 2 and {row.filed_by for row in mine} == {cast.lead}
    subjects = [row.payload["subject"] for row in Delivery.objects.order_by("pk")]
    assert sorted(subjects) == ["Received: 1 candidate of yours", "Received: 2 candidates of yours"]
    stranger = visit(cast.stranger).send(rows)
    assert stranger.status == 422 and "belongs to a candidate that you do not see" in stranger.text
    stranger.send(
        HEAD + "Q-1;Work;Accounts payable;;5;weekly;9\nQ-2;Work;;ada.owner@example.com;5;weekly;9\n"
    )
    assert "You file for your own unit" in stranger.text and "file there only for yourself" in stranger.text
    assert visit(cast.auditor).client.get(IMPORT).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("P-1;A;;;1;monthly;1\nP-1;B;;;1;monthly;1\n", "«P-1» stands in row 2 already"),
        ("P-1;;;;1;monthly;1\n", "A new candidate needs a title"),
        ("P-1;A;;;;monthly;1\n", "Say how many there are"),
        ("P-1;A;;;1;monthly;\n", "Give the minutes each"),
        ("P-1;A;Sales;;1;monthly;1\n", "There is no unit «Sales»"),
        ("P-1;A;;who@example.com;1;monthly;1\n", "Nobody here has the e-mail"),
        ("P-1;A;;;1;often;1\n", "«often» is none of day, week, month, year"),
        ("P-1;A;;;99999999999;daily;1\n", "More than a thousand billion"),
    ],
)
def test_one_row_that_cannot_be_taken_stops_the_file_and_is_named(cast, visit, rows, words):
    owner = visit(cast.owner).send(HEAD + "P-0;Good;;;1;monthly;1\n" + rows.replace("row 2", "row 3"))
    assert owner.status == 422 and words.replace("row 2", "row 3") in owner.text
    owner.go_on("apply")
    assert owner.status == 422 and not Candidate.objects.exists()


@pytest.mark.django_db
def test_files_that_are_no_lists_and_cells_that_hold_formulas(cast, visit, now):
    owner = visit(cast.owner)
    for data, words in (
        (b"", "empty"),
        (b"Title\n", "no rows"),
        (b"\x00\xff\xfe", "not UTF-8|no rows|not readable"),
        (b'{"x": 1}', "no list of candidates"),
        (b"Title\n" + b"x\n" * 5001, "more than 5,000 rows"),
        (b"PK\x03\x04nonsense", "not readable as XLSX"),
        (b"x" * (10 << 20) + b"yy", "at most 10 MB"),
    ):
        owner.send(data)
        assert owner.status == 422 and re.search(words, owner.text), words
    book = xlsx_bytes("A", ["Title", "Count"], [["Fine", 4]])
    assert owner.send(book, "a.xlsx").status == 422
    import io

    from openpyxl import load_workbook

    made = load_workbook(io.BytesIO(book))
    made.active["B3"], made.active["A3"] = "=1+1", "Odd"
    out = io.BytesIO()
    made.save(out)
    owner.send(out.getvalue(), "a.xlsx").go_on("look", "draft")
    assert owner.status == 422 and "holds a formula (=1+1)" in owner.text and "Count" in owner.text
    owner.table = owner.table[:-2] + "xx"
    assert owner.go_on("apply").status == 422 and "send the file again" in owner.text


@pytest.fixture
def some(cast, now, received):
    """Candidates with odd texts, ranges, talk, a deferred one and a draft."""
    tricky = {
        "title": "=SUM(A1) 'x'",
        "description": 'Two "lines",\nand; more ',
        "count": Decimal("0.5"),
        "period": "day",
    }
    people = {"people": Decimal("2.5"), "share": "half", "klass": "ai_for_ops", "risk_tier": "high"}
    draft = operations.save_draft(by=cast.owner, at=now, **tricky, **people)
    operations.submit(candidate=draft, by=cast.owner, at=now)
    operations.save_draft(by=cast.owner, at=now, title="A draft of the owner")
    operations.comment(candidate=received, text="Hello", by=cast.lead, at=now)
    operations.vote(candidate=received, by=cast.finance, at=now)
    sent = operations.send_to_review(candidate=received, by=cast.lead, at=now + timedelta(days=1))
    until = now.date() + timedelta(days=30)
    operations.mark_decided(
        candidate=sent, state="rejected", until=until, by=cast.lead, at=now + timedelta(days=2)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_is_exported_comes_back_unchanged(cast, visit, some, kind):
    owner = visit(cast.owner)
    file = owner.client.get(f"/candidates/?format={kind}")
    assert "attachment" in file["Content-Disposition"]
    events = AuditEvent.objects.count()
    owner.send(file.content, f"x.{kind}")
    assert owner.status == 200 and "Nothing differs from what is there, in 3 rows." in owner.text
    owner.go_on("apply")
    assert "0 new, 0 changed, 3 as they were" in owner.text
    assert AuditEvent.objects.count() == events + 1 and Candidate.objects.count() == 3


@pytest.mark.django_db
def test_an_export_counts_what_was_said_and_hides_money(cast, now, some):
    shown = json.loads(cast.client(cast.lead).get("/candidates/?format=json").content)["candidates"]
    assert [row["key"] for row in shown] == ["C-2", "C-1"], "the draft is its owner's"
    assert (shown[1]["comments"], shown[1]["votes"], shown[1]["followers"]) == (1, 1, 2)
    assert shown[1]["state"] == "rejected" and shown[1]["estimates"]["volume"]["likely"] == "4800.0000"
    rate = {"low": 50, "likely": 60, "high": 70}
    first = Candidate.objects.get(number=1)
    Estimate.objects.create(candidate=first, quantity="loaded_rate", by=cast.lead, as_of=now.date(), **rate)
    seen = [
        json.loads(cast.client(person).get("/candidates/?format=json").content)["candidates"][-1]["estimates"]
        for person in (cast.lead, cast.it)
    ]
    assert "loaded_rate" in seen[0] and "loaded_rate" not in seen[1]


@pytest.mark.django_db
def test_what_an_update_may_not_do(cast, visit, some):
    lead = visit(cast.lead)
    head = "key;title;owner;unit;external id\n"
    for row, words in (
        ("C-1;Other title;;;\n", "C-1 is rejected: it is not changed any more"),
        ("C-3;Other title;;;\n", "There is no C-3 that you see"),
        ("C-2;;sam.stranger@example.com;;\n", "an import does not change its owner"),
        ("C-2;;;Legal;\n", "an import does not change its unit"),
        ("nonsense;Other;;;\n", "There is no nonsense"),
    ):
        lead.send(head + row)
        assert lead.status == 422 and words in lead.text, words
    reviewer = visit(cast.reviewer).send(head + "C-2;Mine now;;;\n")
    assert "C-2 is not yours" in reviewer.text
    lead.send(head + "C-2;Better;;;X-1\n").go_on("apply")
    assert lead.status == 200
    second = Candidate.objects.get(number=2)
    assert (second.title, second.external_id) == ("Better", "X-1")
    lead.send(head + "C-1;;;;X-1\n")
    assert "«X-1» is the external id of C-2" in lead.text


@pytest.mark.django_db
def test_another_system_keeps_a_candidate_by_its_own_id(cast, now):
    owner, address = cast.client(cast.owner), "/api/v1/candidates/by-external-id/JIRA%2F7/"
    body = {"title": "Match payments", "count": "400", "period": "month", "minutes": "7.5", "submit": True}

    def put(client, **said):
        return client.put(address, json.dumps(body | said), content_type="application/json")

    made, same = put(owner), put(owner)
    assert (made.status_code, same.status_code) == (201, 200) and made.json()["external_id"] == "JIRA/7"
    assert AuditEvent.objects.of(Candidate.objects.get()).count() == 1
    assert put(owner, title="Match all payments").json()["title"] == "Match all payments"
    assert owner.get(address).json()["key"] == "C-1"
    assert put(owner, count="many").status_code == 400
    refused = put(owner, unit="Legal")
    assert refused.status_code == 409 and refused.json()["field"] == "unit"
    hidden = put(cast.client(cast.stranger))
    assert hidden.status_code == 409 and "do not see" in hidden.json()["message"]
    assert cast.client(cast.stranger).get(address).status_code == 404
    assert put(cast.client(cast.auditor)).status_code == 403
    long = address.replace("JIRA", "J" * 81)
    assert owner.put(long, json.dumps(body), content_type="application/json").status_code == 400


@pytest.mark.django_db
def test_comments_votes_and_evidence_by_the_api(cast, now, received):
    base, lead = f"/api/v1/candidates/{received.number}/", cast.client(cast.lead)

    def post(what, body):
        return lead.post(f"{base}{what}/", json.dumps(body), content_type="application/json")

    assert post("comments", {"text": "Hello @Ann"}).status_code == 201
    assert post("comments", {}).status_code == 400
    assert post("comments", {"text": "@Sam"}).json()["code"] == "mention"
    assert lead.get(f"{base}comments/").json()["results"][0]["by"] == "lea.lead@example.com"
    assert post("votes", {}).status_code == 201 and lead.get(f"{base}votes/").json()["count"] == 1
    assert lead.delete(f"{base}votes/").status_code == 204 and lead.get(f"{base}votes/").json()["count"] == 0
    assert post("evidence", {"url": "https://example.com/x"}).json()["kind"] == "link"
    assert post("evidence", {"url": "https://e.com", "text": "both"}).status_code == 400
    assert post("evidence", {"url": "javascript:x"}).status_code == 409
    sent = SimpleUploadedFile("a.txt", b"<html>", content_type="text/plain")
    assert lead.post(f"{base}evidence/", {"file": sent}).json()["code"] == "file"
    sent = SimpleUploadedFile("a.txt", b"Counted by hand", content_type="text/html")
    assert lead.post(f"{base}evidence/", {"file": sent}).json()["content_type"] == "text/plain"
    assert lead.get(f"{base}evidence/").json()["count"] == 2

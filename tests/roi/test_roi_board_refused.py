"""What the import of the board refuses, each with its row, its column and its reason."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from aiops.models import RateCard
from aiops.spreadsheets import Unreadable, read_table
from backlog.models import Estimate
from roi import operations
from roi.forms import board as forms_of_board
from tests.roi.boards import add_candidate, add_estimate

pytestmark = pytest.mark.django_db
BOARD, IMPORT = "/board/", "/board/import/"
HEAD = "key,minutes_low,minutes_likely,minutes_high"


@pytest.fixture
def three(cast, now):
    """C-1 to C-3, each timed."""
    rows = [add_candidate(cast, now, f"Work {n}") for n in (1, 2, 3)]
    for row in rows:
        add_estimate(row, "minutes", 5, 8, 14, note="timed")
    return rows


def send(client, data, name="board.csv"):
    data = data.encode() if isinstance(data, str) else data
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


def problems(page):
    return [(p.row, p.key, p.field, p.reason) for p in page.context["problems"]]


def text_of(page):
    return page.content.decode()


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ("C-1,9,8,14", "minutes_low", "low 9 is above likely 8."),
        ("C-1,5,8.5,7", "minutes_likely", "likely 8.5 is above high 7."),
        ("C-1,5,8,", "minutes_high", "Give low, likely and high."),
        ("C-1,many,8,14", "minutes_low", "«many» is not a number"),
        ('C-1,"1,5",8,14', "minutes_low", "write it as 1234.5"),
        ("C-1,NaN,8,14", "minutes_low", "larger than any estimate"),
        ("C-1,1e400,8,14", "minutes_low", "larger than any estimate"),
        ("C-1,-1,8,14", "minutes_likely", "below zero"),
        ("C-77,5,8,14", "key", "no candidate «C-77» that you see"),
        (",5,8,14", "key", "The key is missing."),
        ("C-²,5,8,14", "key", "no candidate"),
        ("C-2,5,8,15", "key", "stands in row 2 already"),
    ],
)
def test_a_bad_row_is_named_by_row_and_column_and_stops_the_file(cast, three, line, field, words):
    page = send(cast.client(cast.assessor), f"{HEAD}\nC-2,5,8,15\n{line}\n")
    ((row, _, column, reason),) = problems(page)
    assert page.status_code == 422 and (row, column) == (3, field) and words in reason
    assert page.context["signed"] == "" and "Apply all" not in text_of(page)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("minutes_meaning", "roughly", "none of percentiles, hard_limits"),
        ("minutes_evidence", "=1", "none of measured"),
        ("minutes_as_of", "12/31/26", "write it as 2026-11-20"),
        ("minutes_note", "x" * 301, "at most 300"),
        ("automation_share_likely", "2", "Give low, likely and high."),
    ],
)
def test_a_cell_that_is_unclear_says_what_it_should_be(cast, three, name, value, words):
    page = send(cast.client(cast.assessor), f"{HEAD},{name}\nC-1,5,8,14,{value}\n")
    found = problems(page)
    assert page.status_code == 422 and any(words in reason for *_, reason in found)
    assert all(row == 2 and key == "C-1" for row, key, *_ in found)


def test_a_share_above_one_and_a_rate_without_its_reason_are_refused(cast, three, now):
    RateCard.objects.create(unit=None, hourly_rate=Decimal(40), valid_from=now.date())
    head = "key,automation_share_low,automation_share_likely,automation_share_high"
    ((_, _, column, reason),) = problems(send(cast.client(cast.assessor), f"{head}\nC-1,0.5,0.8,1.1\n"))
    assert column == "automation_share_likely" and "between 0 and 1" in reason
    head = "key,loaded_rate_low,loaded_rate_likely,loaded_rate_high"
    ((row, key, column, reason),) = problems(send(cast.client(cast.assessor), f"{head}\nC-1,50,60,70\n"))
    assert (row, key, column) == (2, "C-1", "loaded_rate") and "reason" in reason
    assert not Estimate.objects.filter(quantity="loaded_rate").exists()


def test_a_formula_in_a_workbook_is_named(cast, three):
    book = Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["C-1", "=1+1", 8, 14])
    out = io.BytesIO()
    book.save(out)
    ((_, _, column, reason),) = problems(send(cast.client(cast.assessor), out.getvalue(), "b.xlsx"))
    assert column == "minutes_low" and "paste its value" in reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "submitted file is empty"),
        (HEAD, "no rows under its header"),
        ("minutes_low,minutes_likely,minutes_high\n1,2,3\n", "no column «key»"),
        ("key,key,minutes_low\nC-1,C-1,5\n", "stands twice"),
        ("key,title\nC-1,Work\n", "No column holds an estimate"),
        (f'{HEAD}\nC-1,"5,8,14\n', "not readable as CSV"),
        (f"{HEAD}\nC-1,5,8,é\n".encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04nonsense", "not readable as XLSX"),
    ],
)
def test_a_file_that_is_no_sheet_says_why(cast, three, data, words):
    page = send(cast.client(cast.assessor), data)
    assert page.status_code == 422 and words in text_of(page)


def test_no_file_at_all_asks_for_one(cast):
    page = cast.client(cast.assessor).post(IMPORT, {})
    assert page.status_code == 422 and "Choose a file." in text_of(page)


def test_the_limits_are_named(cast, three, monkeypatch):
    monkeypatch.setattr(forms_of_board, "MOST_ROWS", 2)
    page = send(cast.client(cast.assessor), HEAD + "\nC-1,1,2,3\n" * 3)
    assert "more than 2 rows" in text_of(page)
    monkeypatch.setattr(forms_of_board, "MOST_BYTES", 10)
    assert "larger than 5 MB" in text_of(send(cast.client(cast.assessor), HEAD + "\nC-1,1,2,3\n"))


def test_a_workbook_that_unpacks_without_end_is_refused(monkeypatch):
    book, out = Workbook(), io.BytesIO()
    book.save(out)
    monkeypatch.setattr("aiops.spreadsheets.MOST_UNPACKED", 100)
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_table(out.getvalue(), 10)


def test_a_closed_candidate_keeps_its_estimates_and_stops_the_others(cast, three, now):
    data = f"{HEAD}\nC-1,6,9,12\nC-2,6,9,12\n"
    client = cast.client(cast.lead)
    signed = send(client, data).context["signed"]
    three[1].state = "approved"
    three[1].save()
    ((row, key, _, reason),) = problems(send(client, data))
    assert (row, key) == (3, "C-2") and "its estimates stand" in reason
    late = client.post(IMPORT, {"changes": signed})
    assert late.status_code == 422 and "its estimates stand" in text_of(late)
    assert three[0].estimates.get().low == 5


def test_an_estimate_that_moved_meanwhile_is_not_overwritten(cast, three, now):
    client = cast.client(cast.assessor)
    signed = send(client, f"{HEAD}\nC-1,6,9,12\n").context["signed"]
    Estimate.objects.filter(candidate=three[0]).update(likely=10)
    late = client.post(IMPORT, {"changes": signed})
    assert late.status_code == 422 and "changed meanwhile" in text_of(late)
    assert three[0].estimates.get().likely == 10


def test_what_was_compared_is_applied_by_that_person_within_the_hour_only(cast, three, monkeypatch):
    client = cast.client(cast.assessor)
    signed = send(client, f"{HEAD}\nC-1,6,9,12\n").context["signed"]
    for sender, sent in ((cast.lead, signed), (cast.assessor, signed[:-2] + "xx"), (cast.assessor, "")):
        answer = cast.client(sender).post(IMPORT, {"changes": sent})
        assert answer.status_code == 422 and "send the file again" in text_of(answer)
    monkeypatch.setattr("roi.views.board_files.GOOD_FOR_SECONDS", -1)
    assert client.post(IMPORT, {"changes": signed}).status_code == 422
    assert three[0].estimates.get().low == 5


def test_money_that_the_sender_may_not_see_is_refused_and_not_compared(cast, now):
    cast.assessor.memberships.update(unit=cast.unit)
    theirs = add_candidate(cast, now, "Theirs", unit=cast.other_unit, assessor=cast.assessor)
    add_estimate(theirs, "build_cost", 10, 20, 30)
    data = f"key,build_cost_low,build_cost_likely,build_cost_high\n{theirs.key},10,20,30\n"
    ((_, key, column, reason),) = problems(send(cast.client(cast.assessor), data))
    assert (key, column) == (theirs.key, "build_cost_likely") and "not shown to you" in reason


def test_a_candidate_of_another_unit_is_sized_by_its_own_people(cast, now):
    cast.assessor.memberships.update(unit=cast.unit)
    theirs = add_candidate(cast, now, "Theirs", unit=cast.other_unit, assessor=cast.assessor)
    ((_, _, _, reason),) = problems(send(cast.client(cast.assessor), f"{HEAD}\n{theirs.key},1,2,3\n"))
    assert "You do not size candidates of Legal." in reason


@pytest.mark.parametrize(
    "who", ["owner", "stranger", "reviewer", "finance", "executive", "evaluator", "auditor"]
)
def test_only_those_who_size_import(cast, three, who):
    client = cast.client(getattr(cast, who))
    assert client.get(IMPORT).status_code == 403 and send(client, f"{HEAD}\nC-1,1,2,3").status_code == 403
    assert client.post(IMPORT, {"changes": "x"}).status_code == 403
    assert reverse("roi:board_import") not in text_of(client.get(BOARD))


def test_the_operation_itself_asks_who_imports(cast, now):
    with pytest.raises(Exception, match="permission"):
        operations.import_estimates(changes=[], by=cast.owner, at=now)


def test_the_import_page_explains_itself(cast):
    page = cast.client(cast.assessor).get(IMPORT)
    assert page.status_code == 200 and "At most 5 MB and 1,000 candidates" in text_of(page)

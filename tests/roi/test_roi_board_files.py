"""The board as a file and back: nothing is lost on the way, and what cannot be taken over is named."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from aiops.models import AuditEvent
from aiops.spreadsheets import cell, uncell
from backlog.models import Estimate
from tests.roi.boards import add_candidate, add_estimate, add_score

pytestmark = pytest.mark.django_db
BOARD, IMPORT = "/board/", "/board/import/"
NASTY = [
    "=cmd|' /C calc'!A0", "-5", "+49 40", "@home", "'=quoted", "''", "'", " =led by a space", "\ttab",
    "\r\nlines\nand\rmore", "«Ünï» 𝄞 “q” \"double\"", "a;b,c\td", "_x000D_ and _x005F_", "#N/A", "007", "1e5",
    "TRUE", "2026-01-02", "\x0bvertical", "made from the owner's answer", "x" * 300, " spaces ", "",
]  # fmt: skip


@pytest.fixture
def nasty(cast, now):
    """A candidate for each nasty note, with that text as title too; the numbers need all their digits."""
    made = []
    for n, text in enumerate(NASTY):
        row = add_candidate(cast, now, text[:120] or "empty")
        add_estimate(row, "minutes", "5.0001", "8.1234", "14", note=text)
        add_estimate(
            row, "volume", "999999999.9999", "123456789012.3456", "900000000000", meaning="hard_limits"
        )
        add_estimate(row, "build_cost", "0.0001", "20000", "40000", evidence="history", note=text)
        add_estimate(row, "automation_share", "0.1", "0.3333", "1", as_of=date(2020, 2, 29))
        add_score(row, now, n + 1)
        made.append(row)
    return made


def stored():
    names = ("candidate__number", "quantity", "low", "likely", "high", "meaning", "evidence", "as_of", "note")
    return list(Estimate.objects.order_by("candidate", "quantity").values_list(*names))


def exported(client, kind, **query):
    return client.get(BOARD, {"format": kind} | query).content


def records(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def send(client, data, name="board.csv"):
    data = data.encode() if isinstance(data, str) else data
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


def written(rows, delimiter=","):
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue()


def text_of(page):
    return page.content.decode()


# --- there and back ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_back_without_a_difference(cast, nasty, kind):
    before, client = stored(), cast.client(cast.lead)
    page = send(client, exported(client, kind), f"board.{kind}")
    assert page.status_code == 200 and "Nothing differs" in text_of(page)
    assert page.context["found"].rows == len(NASTY) and page.context["found"].notices == []
    assert stored() == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_estimates_that_were_lost_are_restored_from_the_file_to_the_last_digit(cast, nasty, kind):
    client = cast.client(cast.lead)
    before, data = stored(), exported(client, kind)
    Estimate.objects.all().delete()
    page = send(client, data, f"board.{kind}")
    assert page.context["found"].changed_rows == len(NASTY)
    assert client.post(IMPORT, {"changes": page.context["signed"]}).status_code == 302
    # A range that an assessor wrote is no longer the owner's answer: that mark alone does not return.
    expected = [(*row[:-1], "" if row[-1] == "made from the owner's answer" else row[-1]) for row in before]
    assert stored() == expected


def test_cells_start_no_formula_numbers_stay_numbers_and_measures_have_currency_and_date(cast, nasty, now):
    client = cast.client(cast.lead)
    for row in records(exported(client, "csv")):
        starts = {value.lstrip(" ")[:1] for name, value in row.items() if name.endswith(("note", "title"))}
        assert not starts & set("=+-@\t\r\n")
        assert Decimal(row["minutes_low"]) == Decimal("5.0001") and row["score_currency"] == "USD"
        assert row["score_at"] == now.isoformat() and Decimal(row["score_npv_p50"]) > 0
    sheet = load_workbook(io.BytesIO(exported(client, "xlsx"))).active
    head = [found.value for found in sheet[1]]
    kinds = {head[n]: found.data_type for n, found in enumerate(sheet[2])}
    assert {kinds[name] for name in ("minutes_low", "score_npv_p50", "score_place")} == {"n"}
    assert {found.data_type for row in sheet.iter_rows(min_row=2) for found in row} <= {"n", "s"}


@pytest.mark.parametrize("text", NASTY)
def test_one_escape_is_undone_exactly_once(text):
    assert uncell(cell(text)) == text and uncell(cell(cell(text))) == cell(text)


def test_an_export_takes_all_rows_in_the_order_of_the_page(cast, now, django_assert_max_num_queries):
    for n in range(120):
        add_score(add_candidate(cast, now, f"Work {n}"), now, n + 1)
    client = cast.client(cast.lead)
    exported(client, "csv")
    with django_assert_max_num_queries(8):
        rows = records(exported(client, "csv", sort="hours", dir="asc"))
    assert [rows[0]["score_place"], rows[-1]["score_place"], len(rows)] == ["120", "1", 120]
    assert len(records(exported(client, "csv", q="work 11"))) == 11


def test_money_is_in_no_file_of_those_who_may_not_read_it(cast, nasty):
    head = records(exported(cast.client(cast.evaluator), "csv"))[0]
    assert not [name for name in head if "npv" in name or "cost" in name or "cash" in name or "rate" in name]
    assert (
        head["minutes_likely"] == "8.1234" and exported(cast.client(cast.stranger), "csv").count(b"\n") == 1
    )


def test_hidden_money_is_blank_and_leaves_what_is_stored_when_it_comes_back(cast, now):
    cast.assessor.memberships.update(unit=cast.unit)
    theirs = add_candidate(cast, now, "Theirs", unit=cast.other_unit, assessor=cast.assessor)
    add_estimate(theirs, "build_cost", 10, 20, 30, note="secret")
    data = exported(cast.client(cast.assessor), "csv")
    assert b"secret" not in data and records(data)[0]["build_cost_likely"] == ""
    assert "Nothing differs" in text_of(send(cast.client(cast.lead), data))


# --- what changes --------------------------------------------------------------------


@pytest.fixture
def three(cast, now):
    """C-1 to C-3, each timed."""
    rows = [add_candidate(cast, now, f"Work {n}") for n in (1, 2, 3)]
    for row in rows:
        add_estimate(row, "minutes", 5, 8, 14, note="timed")
    return rows


HEAD = "key,minutes_low,minutes_likely,minutes_high"


def test_a_preview_shows_what_would_change_and_stores_nothing(cast, three):
    before, client = stored(), cast.client(cast.assessor)
    rows = records(exported(client, "csv"))
    rows[0] |= {
        "minutes_low": "6",
        "minutes_likely": "9",
        "minutes_high": "12",
        "minutes_evidence": "Measured",
    }
    page = send(client, written(rows))
    text = text_of(page)
    assert "1 of 3 rows changes." in text and "5 – 8 – 14" in text and "6 – 9 – 12" in text
    assert "evidence: expert → measured" in text and stored() == before


def test_applying_writes_all_once_with_its_trace(cast, three):
    client = cast.client(cast.assessor)
    page = send(client, f"{HEAD}\nC-1,6,9,12\n2,1,2,3\n")
    sent = {"changes": page.context["signed"]}
    answer = client.post(IMPORT, sent, follow=True)
    assert "2 candidates have the ranges of the file" in text_of(answer)
    found = three[0].estimates.get()
    assert (found.low, found.likely, found.high, found.note) == (
        6,
        9,
        12,
        "timed",
    ) and found.by == cast.assessor
    assert AuditEvent.objects.filter(action="candidate.estimated").count() == 2
    again = client.post(IMPORT, sent, follow=True)
    assert "taken over before" in text_of(again)
    assert AuditEvent.objects.filter(action="candidate.estimated").count() == 2


def test_semicolons_decimal_commas_a_bom_and_any_order_of_columns_are_read(cast, three):
    data = "\ufeffMINUTES_HIGH ;note of mine;key;minutes_low;minutes_likely\r\n14,5;x;c-2;0,5;8\r\n"
    page = send(cast.client(cast.assessor), data)
    (change,) = page.context["found"].changes
    assert (change.after.low, change.after.high) == (Decimal("0.5"), Decimal("14.5"))
    assert "not read: note of mine" in text_of(page) and change.after.note == "timed"


def test_tabs_in_utf16_as_spreadsheets_write_them_are_read(cast, three):
    data = HEAD.replace(",", "\t") + "\nC-1\t5\t8\t15\n"
    page = send(cast.client(cast.assessor), data.encode("utf-16"))
    assert page.context["found"].changed_rows == 1


def test_blank_cells_leave_a_quantity_and_a_blank_note_takes_the_note_away(cast, three):
    data = f"{HEAD},minutes_note\nC-1,,,,\nC-2,5,8,14,\n"
    (change,) = send(cast.client(cast.assessor), data).context["found"].changes
    assert (change.number, change.after.note, change.moves) == (2, "", False)


def test_a_new_quantity_needs_only_three_numbers(cast, three, now):
    data = "key,review_minutes_low,review_minutes_likely,review_minutes_high\nC-1,1,2,3\n"
    client = cast.client(cast.assessor)
    page = send(client, data)
    assert "not known" in text_of(page)
    client.post(IMPORT, {"changes": page.context["signed"]})
    made = three[0].estimates.get(quantity="review_minutes")
    assert (made.meaning, made.evidence) == ("percentiles", "assumed")


def test_typed_numbers_and_dates_of_a_workbook_are_read(cast, three):
    book = Workbook()
    book.active.append([*HEAD.split(","), "minutes_as_of", "minutes_note"])
    book.active.append(["C-1", 0.1 + 0.2, 9, 12.5, date(2026, 1, 2), 7])
    out = io.BytesIO()
    book.save(out)
    (change,) = send(cast.client(cast.assessor), out.getvalue(), "b.xlsx").context["found"].changes
    assert (change.after.low, change.after.as_of, change.after.note) == (
        Decimal("0.3"),
        date(2026, 1, 2),
        "7",
    )


def test_what_is_for_reading_is_said_not_to_be_taken_over(cast, three):
    page = send(cast.client(cast.assessor), f"{HEAD},title\nC-1,5,8,14,Renamed\n")
    assert "title is not taken over" in text_of(page) and "Nothing differs" in text_of(page)

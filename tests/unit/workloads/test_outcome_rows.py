"""Rows of finished work: what is read, and what is refused by row and field."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.calc.outcome_rows import Unreadable, parse_csv, parse_ids, parse_rows

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOOD = {"external_id": "A-1", "finished_at": "2026-11-20T08:00:00Z", "accepted": True, "minutes": 2.5}


def parse(*rows):
    return parse_rows(enumerate(rows, 1), AT)


def test_a_good_row():
    (row,) = parse(GOOD).rows
    assert (row.external_id, row.accepted, row.minutes) == ("A-1", True, Decimal("2.5"))
    assert row.finished_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": ""}, "external_id"),
        ({"external_id": None}, "external_id"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"external_id": "a\x00b"}, "external_id"),
        ({"finished_at": "yesterday"}, "finished_at"),
        ({"finished_at": "2026-11-22T09:00:01Z"}, "finished_at"),
        ({"finished_at": "1999-01-01"}, "finished_at"),
        ({"finished_at": 1732000000}, "finished_at"),
        ({"finished_at": "0001-01-01T00:00:00+14:00"}, "finished_at"),
        ({"accepted": "perhaps"}, "accepted"),
        ({"accepted": 1}, "accepted"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": "NaN"}, "minutes"),
        ({"minutes": True}, "minutes"),
        ({"minutes": "1e999999"}, "minutes"),
        ({"minutes": "0.00001"}, "minutes"),
        ({"arm": "left"}, "arm"),
        ({"arm": 1}, "arm"),
        ({"place": "x" * 81}, "place"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_every_mistake_names_row_and_field(change, field):
    parsed = parse(GOOD, {**GOOD, "external_id": "A-2", **change})
    assert [(error.row, error.field) for error in parsed.errors] == [(2, field)]


def test_no_verdict_yet_an_arm_and_a_place():
    bare = {"external_id": "A-1", "finished_at": "2026-11-20T08:00:00Z"}
    (row,) = parse(bare).rows
    assert (row.accepted, row.minutes, row.arm, row.place) == (None, None, "", "")
    (row,) = parse(bare | {"accepted": None, "arm": "Control", "place": " Leeds "}).rows
    assert (row.accepted, row.arm, row.place) == (None, "control", "Leeds")
    (row,) = parse_csv(b"external_id,finished_at,accepted,arm\nA-1,2026-11-19,,ai\n", AT).rows
    assert (row.accepted, row.arm) == (None, "")


def test_a_date_is_a_day_of_the_companys_zone():
    tokyo = ZoneInfo("Asia/Tokyo")
    (day, hour, told) = parse_csv(
        b"external_id,finished_at\nA,2026-11-19\nB,2026-11-19T08:00\nC,2026-11-19T08:00Z\n", AT, tokyo
    ).rows
    assert day.finished_at == datetime(2026, 11, 18, 15, tzinfo=UTC)
    assert hour.finished_at == datetime(2026, 11, 18, 23, tzinfo=UTC)
    assert told.finished_at == datetime(2026, 11, 19, 8, tzinfo=UTC)


def test_ids_of_a_file_that_has_other_columns_too():
    found, errors = parse_ids(b"reason;external_id\nstorno;A-1\n;\nx;A-2\nx;y;z\n")
    assert found == [(2, "A-1"), (4, "A-2")]
    assert [(error.row, error.field) for error in errors] == [(5, "external_id")]


def test_all_mistakes_are_told_at_once():
    parsed = parse({"external_id": ""}, "text", 7)
    assert {(e.row, e.field) for e in parsed.errors} >= {
        (1, "external_id"),
        (1, "finished_at"),
        (2, "row"),
        (3, "row"),
    }


def test_the_same_row_twice_is_one_and_a_contradiction_is_refused():
    assert len(parse(GOOD, GOOD).rows) == 1
    parsed = parse(GOOD, {**GOOD, "accepted": False})
    assert "row 1" in parsed.errors[0].message


def test_csv_with_a_byte_order_mark_semicolons_and_blank_lines():
    head = "\ufeffExternal_ID;finished_at;accepted;minutes;note\r\n\r\n"
    text = head + "A-1;2026-11-20;yes;;x\r\nA-2;2026-11-20T01:02:03;no;4\r\n"
    parsed = parse_csv(text.encode(), AT)
    assert [(e.row, e.field) for e in parsed.errors] == [(4, "row")]
    assert parsed.rows[0].minutes is None


def test_csv_rows_count_as_lines_do():
    text = 'external_id,finished_at,accepted\n"A\n1",2026-11-20,yes\nA-2,2026-11-20,maybe\n'
    assert [(e.row, e.field) for e in parse_csv(text.encode(), AT).errors] == [(4, "accepted")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "missing"),
        (b"a,b\n1,2\n", "external_id"),
        (b"external_id,external_id,finished_at,accepted\n", "twice"),
        (b"external_id,finished_at,accepted\n\xff\xfe", "line 2"),
        (b"PK\x03\x04\x00", "binary"),
        (b'external_id,finished_at,accepted\n"open', "Line"),
        (b"external_id,finished_at,accepted\n" + b"a,2026-01-01,yes\n" * 50_001, "50,000"),
    ],
)
def test_files_that_are_no_such_csv(data, words):
    with pytest.raises(Unreadable, match=words):
        parse_csv(data, AT)


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_errors_or_unreadable(data):
    try:
        parse_csv(data, AT)
        parse_csv(b"external_id,finished_at,accepted,minutes\n" + data, AT)
    except Unreadable:
        pass

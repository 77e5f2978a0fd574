"""Rows of finished work: what is read, and what is refused by row and field."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.calc.outcome_rows import Unreadable, parse_csv, parse_rows

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
        ({"accepted": None}, "accepted"),
        ({"accepted": "perhaps"}, "accepted"),
        ({"accepted": 1}, "accepted"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": "NaN"}, "minutes"),
        ({"minutes": True}, "minutes"),
        ({"minutes": "1e999999"}, "minutes"),
        ({"minutes": "0.00001"}, "minutes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_every_mistake_names_row_and_field(change, field):
    parsed = parse(GOOD, {**GOOD, "external_id": "A-2", **change})
    assert [(error.row, error.field) for error in parsed.errors] == [(2, field)]


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

"""Dataset files: what is read, how wrong rows are named, and that exports import back unchanged."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.calc.dataset_file import COLUMNS, MAX_ROWS, CaseRow, parse, safe_cell, write_csv


def test_csv_with_all_columns():
    parsed = parse(b'key,input,expected,output\r\na,2+2,4,4\r\nb,"1,\n2",3,\r\n', "cases.csv")
    assert parsed.rows == [CaseRow("a", "2+2", "4", "4"), CaseRow("b", "1,\n2", "3", "")]
    assert not parsed.problems


def test_jsonl_with_figures_and_no_keys():
    parsed = parse(
        b'\xef\xbb\xbf{"input": "2+2", "expected": 4}\n\n{"input": {"a": 1}, "expected": "x"}\n', "c.jsonl"
    )
    assert parsed.rows == [CaseRow("1", "2+2", "4"), CaseRow("2", '{"a": 1}', "x")]


@pytest.mark.parametrize(
    ("data", "name", "row", "field", "words"),
    [
        (b"input\n1\n", "a.csv", 1, "expected", "header"),
        (b"input,expected\n1\n", "a.csv", 2, "", "1 cells"),
        (b"input,expected\n1,2\n3,\n", "a.csv", 3, "expected", "empty"),
        (b"key,input,expected\nk,1,2\nk,1,2\n", "a.csv", 3, "key", "row 2"),
        (b'input,expected\n"1,2\n', "a.csv", 2, "", "not readable"),
        (b'{"input": "1", "expected": "2"}\nnot json\n', "a.jsonl", 2, "", "JSON object"),
        (b"[1]\n", "a.jsonl", 1, "", "JSON object"),
        (b'{"input": "a\\u0000", "expected": "2"}\n', "a.jsonl", 1, "", "NUL"),
        (b'{"input": "\\ud800", "expected": "2"}\n', "a.jsonl", 1, "", "JSON object"),
        (b"input,expected\n\xff,1\n", "a.csv", 2, "", "UTF-8"),
        (b"input,expected\n\x00,1\n", "a.csv", 2, "", "NUL"),
        (b"", "a.jsonl", 0, "", "no cases"),
        (b"input,expected\n", "a.csv", 0, "", "no cases"),
    ],
)
def test_a_wrong_row_is_named(data, name, row, field, words):
    problem = parse(data, name).problems[0]
    assert (problem.row, problem.field) == (row, field) and words in problem.message


def test_too_many_rows():
    data = b"input,expected\n" + b"1,2\n" * (MAX_ROWS + 1)
    assert "split the file" in parse(data, "a.csv").problems[0].message


def test_problems_are_bounded():
    assert len(parse(b"input,expected\n" + b"1,\n" * 5000, "a.csv").problems) < 300


def test_columns_that_mean_nothing_are_told():
    assert parse(b"input,expected,colour\n1,2,red\n", "a.csv").ignored == ("colour",)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-5", "-5"),
        ("-cmd", "'-cmd"),
        ("'=a", "''=a"),
        ("a=b", "a=b"),
        (3, 3),
    ],
)
def test_no_cell_starts_a_formula(cell, safe):
    assert safe_cell(cell) == safe


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=30
).filter(lambda t: t.strip() != "")


@given(st.lists(st.tuples(TEXT, TEXT, st.one_of(st.just(""), TEXT)), min_size=1, max_size=10))
def test_what_is_exported_imports_back_unchanged(cases):
    rows = [(f"k{i}", *case) for i, case in enumerate(cases)]
    text = "".join(write_csv(rows, COLUMNS))
    parsed = parse(text.encode(), "x.csv")
    assert [(r.key, r.input, r.expected, r.output) for r in parsed.rows] == rows
    lines = "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in rows)
    assert parse(lines.encode(), "x.jsonl").rows == parsed.rows

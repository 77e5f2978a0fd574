"""Hostile files: read as far as they are honest, else refused in a sentence that names row and column."""

import gzip
import io
import zipfile

import pytest
from openpyxl import Workbook

from backlog.calc.discovery import Options, Unreadable, guess, open_file, read_log
from backlog.calc.discovery.reading import NoValue

PLAIN = "number;opened;category\n1;3.4.2024;Post\n2;4.4.2024;Müll\n"


def rows(data: bytes) -> list[list[object]]:
    return [row for _, row in open_file(data).rows]


def workbook(*lines: list[object]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("cp1252"),
        gzip.compress(PLAIN.encode()),
        b"sep=;\r\n" + PLAIN.encode().replace(b"\n", b"\r\n"),
        PLAIN.replace(";", "\t").encode(),
        PLAIN.replace("Post", "Po\0st").encode(),
        workbook(["number", "opened", "category"], ["1", "3.4.2024", "Post"], ["2", "4.4.2024", "Müll"]),
    ],
    ids=["BOM", "UTF-16", "Windows-1252", "gzip", "sep", "tabs", "NUL", "XLSX"],
)
def test_the_same_table_however_it_is_written(data: bytes) -> None:
    source = open_file(data)
    assert source.head == ["number", "opened", "category"]
    assert [row for _, row in source.rows] == [["1", "3.4.2024", "Post"], ["2", "4.4.2024", "Müll"]]


def test_what_was_done_to_read_it_is_told() -> None:
    assert "Windows-1252" in open_file(PLAIN.encode("cp1252")).notes[0]
    assert "Zero bytes" in open_file(PLAIN.replace("Post", "Po\0st").encode()).notes[0]
    source = open_file(b"number,date,date,\n1,2,3,4\n")
    assert source.head == ["number", "date", "date (2)", "column 4"] and "same name" in source.notes[0]


def test_rows_are_numbered_as_a_spreadsheet_counts() -> None:
    text = 'number,text\n1,"two\nlines"\n\n3,x\n'
    assert [number for number, _ in open_file(text.encode()).rows] == [2, 4]


def test_a_formula_has_no_value() -> None:
    (row,) = rows(workbook(["number", "opened"], ["1", "=NOW()"]))
    assert row == ["1", NoValue("=NOW()")]


def test_bombs_are_not_unpacked() -> None:
    with pytest.raises(Unreadable, match="unpacks to more than 1 MB"):
        open_file(gzip.compress(b"a,b\n" + b"0" * 3_000_000), 1024 * 1024)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 3_000_000)
    with pytest.raises(Unreadable, match="unpacks to more than 1 MB"):
        open_file(out.getvalue(), 1024 * 1024)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"number\n1\n", "fewer than two columns"),
        (b"number,text\n1,x\n2," + b"y" * 200_000 + b"\n", r"Row 3, column «text»: longer than"),
        (b"a,b\n" + b",".join([b"x"] * 200_000), "Row 2"),
        (b",".join(b"c%d" % n for n in range(1000)) + b"\n", "more than 500 columns"),
        (b"," * 1_000_000, "Row 1, the header, is longer"),
        (b'number,text\n1,"open\n2,x\n', "Row 2 is not readable as CSV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 50, "not text"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old Excel"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-12], "damaged"),
        (b"PK\x03\x04nothing of a workbook", "not readable as XLSX"),
        (b"a\0b\0c\0\n\0" * 100, "not text"),
    ],
)
def test_refused_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        list(open_file(data).rows)


def test_a_sheet_of_one_far_cell_is_no_million_columns() -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["number", "text"])  # type: ignore[union-attr]
    sheet["XFD2"] = "far"  # type: ignore[index]
    sheet["A100000"] = "deep"  # type: ignore[index]
    book.save(out)
    assert rows(out.getvalue()) == []


def log_of(*lines: str) -> bytes:
    return "\n".join(("number,opened,resolved,category", *lines)).encode()


MAPPING = {"case": "number", "opened": "opened", "resolved": "resolved", "category": "category"}


def test_rows_that_cannot_be_read_are_left_out_with_their_reason() -> None:
    lines = [f"{n},2024-03-{n % 28 + 1:02},2024-04-02,A" for n in range(100)]
    lines += ["x,2024-31-31,,A", ",2024-03-01,,A", "y,2024-03-01,,A,B,C"]
    summary = read_log(open_file(log_of(*lines)), MAPPING, Options()).summary
    assert (summary["rows"], summary["cases"], summary["unreadable_rows"]) == (103, 100, 3)
    assert [example["row"] for example in summary["examples"]] == [102, 103, 104]
    assert summary["examples"][0] == {
        "row": 102, "column": "opened", "problem": "«2024-31-31» is not a date"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        (
            ["1,later,,A", "2,2024-03-01,,A"],
            Options(),
            r"1 of 2 rows \(50 %\).*Row 2, column «opened»: «later»",
        ),
        (["1,3/4/2024,,A"], Options(), "two ways"),
        (
            ["1,3/4/2024,,A", "2,13/4/2024,,A"],
            Options(day_first=False),
            r"Row 3, column «opened»: «13/4/2024»",
        ),
        ([], Options(), "no rows"),
    ],
)
def test_a_file_read_wrongly_is_refused(lines: list[str], options: Options, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_log(open_file(log_of(*lines)), MAPPING, options)


def test_columns_are_guessed_from_names_and_cells() -> None:
    jira = ["Issue key", "Summary", "Issue Type", "Status", "Created", "Resolved"]
    row = ["IT-1", "Printer on floor two", "Service Request", "Done", "12/Mar/24 3:45 PM", ""]
    found = guess(jira, [row, [*row[:5], "13/Mar/24 9:00 AM"]])
    assert found == {
        "case": "Issue key", "opened": "Created", "resolved": "Resolved", "state": "Status",
        "category": "Issue Type", "text": "Summary",
    }  # fmt: skip
    german = guess(["Ticketnummer", "Eröffnet am", "Kategorie", "Betreff"], [["1", "3.4.2024", "Post", "x"]])
    assert german == {
        "case": "Ticketnummer", "opened": "Eröffnet am", "category": "Kategorie", "text": "Betreff"
    }  # fmt: skip
    # A name that promises a date is believed only if its cells are dates; unknown names go by their cells.
    odd = guess(
        ["id", "created", "wann", "was"],
        [[str(n), "yes", f"{n + 1}.4.2024", f"please reset code {n} now"] for n in range(9)],
    )
    assert odd == {"case": "id", "opened": "wann", "text": "was"}

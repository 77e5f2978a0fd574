"""Graders: what exact ignores, which figures are read out of text, and the edge of the tolerance."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.calc.grading import answer_number, grade_exact, grade_numeric, normalise, read_numbers


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("Approve", "approve"),
        ("cost centre 410", "  cost   centre\n410 "),
        ("yes", '"Yes."'),
        ("yes", "“yes”"),
        ("file", "ﬁle"),  # a ligature
        ("10 kg", "10\u00a0kg"),
    ],
)
def test_exact_ignores_what_it_says(expected, output):
    assert grade_exact(expected, output).passed


@pytest.mark.parametrize(
    ("expected", "output"), [("yes", "no"), ("yes", "yes, maybe"), ("a-b", "ab"), ("a", "")]
)
def test_exact_counts_everything_else(expected, output):
    grade = grade_exact(expected, output)
    assert not grade.passed and grade.why


@given(st.text(max_size=60))
def test_normalise_is_idempotent_enough_to_grade_itself(text):
    assert grade_exact(text, text).passed
    assert grade_exact(text, f"  {text}  ").passed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.50"),
        ("$1,234", "1234"),
        ("-$1,234.5", "-1234.5"),
        ("$-5", "-5"),
        ("€ 12", "12"),
        ("1 234,50", "1234.50"),
        ("1\u202f234", "1234"),
        ("1.234,50", "1234.50"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("(1,234.50)", "-1234.50"),
        ("($1,234)", "-1234"),
        ("−3", "-3"),
        ("3.5e-4", "0.00035"),
        (".75", "0.75"),
        ("The total is 99.", "99"),
        ("7'500", "7500"),
        ("+4", "4"),
    ],
)
def test_figures_read_out_of_text(text, value):
    assert [n.value for n in read_numbers(text)] == [D(value)]


@pytest.mark.parametrize("text", ["", "none", "INV-A", "1.2.3", "one hundred"])
def test_what_is_no_figure(text):
    assert read_numbers(text) == []


def test_percent_is_noted():
    assert read_numbers("94 %")[0].percent and read_numbers("94%")[0].percent
    assert read_numbers("94 percent")[0].percent and not read_numbers("94")[0].percent


def test_the_last_figure_answers_unless_an_answer_is_marked():
    assert answer_number("Invoice 4711 of 3 pages: total 1,234.50").value == D("1234.50")
    assert answer_number("Answer: 12 (3 lines, 2 pages)").value == 12
    assert answer_number("The answer is 42, as of 2026").value == 42
    assert answer_number("no idea") is None


@pytest.mark.parametrize(
    ("expected", "output", "tolerance", "relative", "passed"),
    [
        ("1234.50", "$1,234.50", "0", False, True),
        ("100", "101", "1", False, True),
        ("100", "101.01", "1", False, False),
        ("200", "202", "0.01", True, True),
        ("200", "202.1", "0.01", True, False),
        ("94 %", "0.94", "0", False, True),
        ("0.94", "94%", "0", False, True),
        ("94", "94 %", "0", False, True),
        ("94 %", "94", "0", False, True),
        ("0.5 %", "0.5", "0", False, False),
        ("-5", "5", "0", False, False),
        ("0.1", "0.30000000000000004", "0.2", False, False),
    ],
)
def test_numeric_within_tolerance(expected, output, tolerance, relative, passed):
    assert grade_numeric(expected, output, D(tolerance), relative).passed is passed


def test_numeric_says_why():
    assert grade_numeric("5", "no idea").why == "no number in the answer"
    assert grade_numeric("1234.5", "1,200").why == "1,200 instead of 1,234.5"


def test_an_expected_value_without_a_number_is_an_error_of_the_dataset():
    with pytest.raises(ValueError):
        grade_numeric("five", "5")


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_every_way_to_write_a_figure_reads_the_same(value):
    english = f"{value:,.2f}"
    european = english.replace(",", " ").replace(".", ",")
    for text in (english, f"${english}", european, f"It is {english}."):
        assert read_numbers(text)[-1].value == value


@given(st.text(alphabet="0123456789.,$()%- eE'", max_size=200))
def test_reading_never_fails(text):
    read_numbers(text)


def test_reading_a_hostile_text_is_linear():
    read_numbers("1 " * 50_000 + "," * 50_000 + "9" * 100_000)


def test_normalise_keeps_an_ellipsis():
    assert normalise("and so on...") == "and so on..."

"""How figures, dates and ranges are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from aiops.spreadsheets import cell
from aiops.templatetags import payback


@pytest.fixture(autouse=True)
def dollars(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "USD")


def _use(monkeypatch: pytest.MonkeyPatch, currency: str) -> None:
    monkeypatch.setattr(payback, "_company", lambda: SimpleNamespace(currency=currency))


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (1234, 0, "$1,234"), (1234.5, 0, "$1,235"), (Decimal("0.03101"), 4, "$0.0310"),
        (-46000, 0, "−$46,000"),
        (-0.2, 0, "$0"), (0, 0, "$0"), (None, 0, "—"), ("", 0, "—"), ("x", 0, "—"), (float("nan"), 0, "—"),
        (Decimal("1E+6"), 0, "$1,000,000"),
    ],
)  # fmt: skip
def test_money(value: Any, places: int, shown: str) -> None:
    assert payback.money(value, places) == shown


def test_money_in_other_currencies(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "EUR")
    assert payback.money(12) == "€12"
    _use(monkeypatch, "CHF")
    assert (payback.money(-12), payback.short_money(38000)) == ("−CHF 12", "CHF 38k")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (38250, "$38k"), (-46400, "−$46k"), (1_240_000, "$1.2M"), (1000, "$1k"), (999.4, "$999"),
        (999.6, "$1k"),
        (9_960, "$10k"), (999_600, "$1M"), (2.5e9, "$2.5bn"), (0, "$0"), (None, "—"),
    ],
)  # fmt: skip
def test_short_money(value: Any, shown: str) -> None:
    assert payback.short_money(value) == shown


def test_numbers_and_shares() -> None:
    assert (payback.number(8214), payback.number(-1.25, 1), payback.number(None)) == ("8,214", "−1.3", "—")
    assert (payback.percent(0.94), payback.percent(0.945, 1), payback.percent(None)) == (
        "94 %",
        "94.5 %",
        "—",
    )


def test_dates() -> None:
    assert payback.when(date(2026, 11, 3)) == "3 Nov 2026"
    assert payback.when(datetime(2026, 11, 3, 14, 5, tzinfo=UTC)) == "3 Nov 2026, 14:05"
    assert (payback.when(None), payback.month(date(2026, 11, 1))) == ("—", "November 2026")


def test_since() -> None:
    now = timezone.now()
    assert payback.since(now - timedelta(days=4, hours=3)) == "4 days"
    assert payback.since(now - timedelta(seconds=5)) == "less than a minute"
    assert (payback.since(now.date()), payback.since(None)) == ("today", "—")


def test_a_range_bar_draws_band_middle_zero_and_what_came() -> None:
    svg = payback.range_bar(-46, 66, 212, zero=True, actual=10)
    assert all(f'class="rb-{part}"' in svg for part in ("track", "band", "zero", "mid", "actual"))
    assert "style=" not in svg and "From −46 to 212, middle 66; came 10" in svg


def test_a_range_bar_stays_inside_its_scale() -> None:
    svg = payback.range_bar(0, 50, 500, start=0, end=100)
    assert 'x="0.00%"' in svg and 'width="100.00%"' in svg


@pytest.mark.parametrize("points", [(None, 1, 2), ("", "", ""), (1, 2, None)])
def test_no_bar_without_a_range(points: tuple[Any, ...]) -> None:
    assert payback.range_bar(*points) == "—"


def test_a_range_without_width_still_draws() -> None:
    assert "rb-mid" in payback.range_bar(0, 0, 0)


def test_a_label_cannot_break_out() -> None:
    assert "<script>" not in payback.range_bar(1, 2, 3, label='"><script>')


def test_initials() -> None:
    assert (payback.initials("Ann van Porter"), payback.initials("ö"), payback.initials("")) == (
        "AP",
        "Ö",
        "?",
    )


def test_changes_read_as_before_and_after() -> None:
    assert payback.change(["USD", "EUR"]) == "USD → EUR"
    assert payback.change([None, "x"]) == "— → x"
    assert (payback.change(["a", "b", "c"]), payback.change(3)) == ("a, b, c", "3")


def _render(source: str, path: str) -> str:
    request = RequestFactory().get(path)
    return Template("{% load payback %}" + source).render(Context({"request": request}))


def test_the_bar_marks_its_word() -> None:
    assert _render("{% current '/candidates/' %}", "/candidates/26/") == ' aria-current="page"'
    assert _render("{% current '/' exact=True %}", "/candidates/") == ""


def test_a_page_link_keeps_the_filters() -> None:
    assert _render("{% with_query page=3 %}", "/x/?q=a+b&page=2") == "?q=a+b&amp;page=3"
    assert _render("{% with_query page=None %}", "/x/?q=a&page=2") == "?q=a"


@pytest.mark.parametrize(
    ("value", "kept"),
    [("=1+1", "'=1+1"), (" @x", "' @x"), ("-", "'-"), ("plain", "plain"), (-5, -5), (None, ""),
     (Decimal("-1.50"), Decimal("-1.50")), (date(2026, 1, 2), "2026-01-02"), (True, True)],
)  # fmt: skip
def test_spreadsheet_cells(value: Any, kept: Any) -> None:
    assert cell(value) == kept

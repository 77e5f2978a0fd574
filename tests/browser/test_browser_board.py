"""The board in a browser: columns by keyboard, sorting by a head, a view saved and deleted, every look sound."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from roi.models import BoardView
from tests.browser.conftest import Visitor
from tests.browser.tours import LOOKS, Stop, tour
from tests.roi.boards import add_estimate, make_board

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(cast: SimpleNamespace, now: datetime) -> list[Any]:
    rows = make_board(cast, now)
    add_estimate(rows[0], "minutes", 5, 8, 14)
    return rows


def heads(page: Page) -> list[str]:
    return [text.strip(" ↑↓") for text in page.locator(".board-table thead a").all_inner_texts()]


@pytest.mark.parametrize("look", LOOKS)
def test_the_board_is_sound_in_each_look(
    visitor: Visitor, cast: SimpleNamespace, board: list[Any], look: str
) -> None:
    readers = {"reads money": cast.lead, "reads none": cast.evaluator}
    stops = [Stop(name, user, "/board/", first=unfold) for name, user in readers.items()]
    assert tour(visitor, look, stops) == {}


def unfold(page: Page) -> None:
    page.locator(".board-chart canvas").wait_for()
    page.locator("details").evaluate_all(
        "all => all.forEach(one => one.classList.contains('menu') || (one.open = true))"
    )


def test_columns_are_chosen_with_the_keyboard_alone(signed_in: Callable[..., Page], board: list[Any]) -> None:
    page = signed_in("lead")
    page.goto("/board/")
    assert "EVPI" not in " ".join(heads(page))
    page.get_by_text("Columns", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Worth: NPV in cash").focus()
    page.keyboard.press("Space")
    page.get_by_label("Certainty is worth", exact=False).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show these columns").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".board-table thead")).to_contain_text("Certainty is worth")
    assert heads(page)[0] == "Chance to gain"
    page.goto("/board/")
    assert "Certainty is worth" in heads(page) and "Worth" not in heads(page)


def test_a_head_sorts_and_turns_round_by_keyboard(signed_in: Callable[..., Page], board: list[Any]) -> None:
    page = signed_in("lead")
    page.goto("/board/")
    for way, first in (("descending", "C"), ("ascending", "A")):
        page.locator("thead a", has_text="Hours a year").focus()
        page.keyboard.press("Enter")
        expect(page.locator("thead [aria-sort]")).to_have_attribute("aria-sort", way)
        expect(page.locator("tbody th a").last).to_have_text("D")
        expect(page.locator(".board-table tbody th a").first).to_have_text(first)


def test_a_view_is_saved_opened_and_deleted_after_a_question(
    signed_in: Callable[..., Page], board: list[Any]
) -> None:
    page = signed_in("lead")
    page.goto("/board/?state=sizing&sort=payback")
    page.get_by_text("Save this view").first.click()
    page.get_by_label("Name").fill("Being sized")
    page.get_by_role("button", name="Save this view").click()
    expect(page.locator(".board-views [aria-current]")).to_have_text("Being sized")
    expect(page.locator(".board-table tbody tr")).to_have_count(1)
    page.get_by_text("This view", exact=True).click()
    page.get_by_role("button", name="Delete this view").click()
    page.get_by_role("button", name="No, keep it").click()
    assert BoardView.objects.filter(name="Being sized").exists()
    page.get_by_role("button", name="Delete this view").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator("#messages")).to_contain_text("is deleted")


def test_a_sheet_goes_out_and_comes_back_changed(
    signed_in: Callable[..., Page], board: list[Any], tmp_path: Any
) -> None:
    page = signed_in("assessor")
    page.goto("/board/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "board.csv"
    waiting.value.save_as(file)
    text = file.read_text(encoding="utf-8-sig")
    assert "5.0000,8.0000,14.0000" in text
    file.write_text(text.replace("5.0000,8.0000,14.0000", "6,9,12"), encoding="utf-8")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("CSV or XLSX file").set_input_files(file)
    page.get_by_role("button", name="Compare with what is stored").click()
    expect(page.get_by_text("1 of 4 rows changes.")).to_be_visible()
    page.get_by_role("button", name="Apply all").click()
    expect(page.locator("#messages")).to_contain_text("1 candidate has the ranges of the file")
    assert board[0].estimates.get().likely == 9


def test_the_printed_board_is_a_list_without_controls(
    signed_in: Callable[..., Page], board: list[Any]
) -> None:
    page = signed_in("lead")
    page.goto("/board/")
    page.emulate_media(media="print")
    for hidden in (".filters", ".board-tools", ".row-actions >> nth=0"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".board-table tbody tr")).to_have_count(4)

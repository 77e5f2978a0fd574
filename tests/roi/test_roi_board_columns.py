"""Sorting by every column, choosing columns, the picture of the board and its API."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from roi.models import BoardView
from roi.queries.board import COLUMNS, MONEY_FIGURES, USUAL
from tests.factories import make_user
from tests.roi.boards import add_candidate, add_score, make_board

pytestmark = pytest.mark.django_db
BOARD, COLUMNS_PAGE = "/board/", "/board/columns/"
MEASURES = [column for column in COLUMNS if column.is_measure]


@pytest.fixture
def rows(cast, now):
    return make_board(cast, now)


def titles(page):
    return "".join(row.candidate.title for row in page.context["rows"])


def places(page):
    return [row.place for row in page.context["rows"]]


# --- order ---------------------------------------------------------------------


@pytest.mark.parametrize("column", MEASURES, ids=lambda column: column.key)
def test_every_measure_sorts_both_ways_and_rows_without_it_stay_last(cast, rows, column):
    client = cast.client(cast.lead)
    # `cvar` falls as the others rise: three times as bad.
    rising = "CBA" if column.key in ("cvar", "npv_p10") else "ABC"
    assert titles(client.get(BOARD, {"sort": column.key, "dir": "asc"})) == rising + "D"
    assert titles(client.get(BOARD, {"sort": column.key, "dir": "desc"})) == rising[::-1] + "D"
    best = client.get(BOARD, {"sort": column.key})
    assert titles(best) == (rising if column.best == "asc" else rising[::-1]) + "D"
    assert places(best) == [1, 2, 3, None]


def test_places_count_from_the_best_whichever_way_the_board_runs(cast, rows):
    page = cast.client(cast.lead).get(BOARD, {"sort": "npv", "dir": "asc"})
    assert places(page) == [3, 2, 1, None]


@pytest.mark.parametrize(
    ("sort", "rising"), [("age", "ABCD"), ("state", "ABCD"), ("unit", "ABCD"), ("owner", "ABCD")]
)
def test_what_is_no_measure_sorts_both_ways_without_a_place(cast, rows, sort, rising):
    legal = make_user("Zoe Zuletzt", cast.other_unit)
    last = rows[-1]
    last.unit, last.owner = cast.other_unit, legal
    last.save()
    client = cast.client(cast.lead)
    up, down = (client.get(BOARD, {"sort": sort, "dir": way}) for way in ("asc", "desc"))
    assert titles(up) == rising and titles(down)[-4 if sort in ("unit", "owner") else -1] in "AD"
    assert titles(down)[0] == "D" and places(up) == [None] * 4


def test_an_unknown_order_is_the_usual_one(cast, rows):
    page = cast.client(cast.lead).get(BOARD, {"sort": "luck", "dir": "sideways"})
    assert (page.context["sort"], page.context["order"].direction) == ("npv", "desc")


def test_a_column_head_says_how_it_sorts_and_turns_it_round(cast, rows):
    text = cast.client(cast.lead).get(BOARD, {"sort": "hours", "q": ""}).content.decode()
    assert text.count("aria-sort") == 1 and 'aria-sort="descending"' in text
    assert "sort=hours&amp;dir=asc" in text and "sort=payback" in text


@pytest.mark.parametrize("column", [c for c in MEASURES if c.money], ids=lambda column: column.key)
def test_money_orders_nothing_for_those_who_may_not_read_it(cast, rows, column):
    page = cast.client(cast.evaluator).get(BOARD, {"sort": column.key, "dir": "asc"})
    assert page.context["refused"] and page.context["sort"] == "hours"
    assert titles(page) == "CBAD"


def test_a_row_whose_money_is_hidden_is_not_placed_by_it(cast, now):
    """An assessor of the unit sees money there; a candidate elsewhere that she sizes has none for her."""
    cast.assessor.memberships.update(unit=cast.unit)
    ours = add_candidate(cast, now, "Ours")
    theirs = add_candidate(cast, now, "Theirs", unit=cast.other_unit, assessor=cast.assessor)
    add_score(ours, now, 1)
    add_score(theirs, now, 3)
    client = cast.client(cast.assessor)
    for way in ("asc", "desc"):
        page = client.get(BOARD, {"sort": "npv", "dir": way})
        assert [(r.candidate.title, r.place) for r in page.context["rows"]] == [("Ours", 1), ("Theirs", None)]
    assert "not shown" in page.content.decode() and "$180k" not in page.content.decode()
    assert [r.candidate.title for r in client.get(BOARD, {"min_npv": "1"}).context["rows"]] == ["Ours"]


def test_those_without_money_meet_no_column_of_it(cast, rows):
    page = cast.client(cast.evaluator).get(BOARD)
    assert [column.key for column in page.context["columns"]] == ["hours", "age", "state"]
    assert not [column for column in page.context["sorts"] if column.money]
    assert not re.search(r"\$\d", page.content.decode()) and page.context["drawing"].kind == "hours"


def test_every_figure_of_the_table_belongs_to_a_column_that_says_whether_it_is_money():
    open_to_all = {figure for column in MEASURES for figure in column.figures} - MONEY_FIGURES
    assert open_to_all == {"hours_p10", "hours_p50", "hours_p90"}


# --- columns -------------------------------------------------------------------


def test_columns_are_chosen_and_remembered_for_this_person_only(cast, rows):
    client = cast.client(cast.lead)
    answer = client.post(COLUMNS_PAGE, {"columns": ["evpi", "roi"], "query": "sort=roi&page=7&view=1"})
    assert answer.status_code == 302 and answer.url == BOARD + "?sort=roi"
    page = client.get(answer.url)
    assert [column.key for column in page.context["columns"]] == ["roi", "evpi"]
    assert "40 %" in page.content.decode() and "$2.7k" in page.content.decode()
    other = cast.client(cast.second_lead).get(BOARD).context["columns"]
    assert [column.key for column in other] == list(USUAL)
    client.post(COLUMNS_PAGE, {"usual": "1", "columns": ["evpi"]})
    assert [column.key for column in client.get(BOARD).context["columns"]] == list(USUAL)
    assert BoardView.objects.count() == 1


def test_all_columns_at_once_are_a_page(cast, rows):
    client = cast.client(cast.lead)
    client.post(COLUMNS_PAGE, {"columns": [column.key for column in COLUMNS]})
    page = client.get(BOARD)
    assert len(page.context["columns"]) == len(COLUMNS) and "waits for its score" in page.content.decode()


@pytest.mark.parametrize(
    ("sent", "words"), [({}, "at least one column"), ({"columns": ["luck"]}, "no column «luck»")]
)
def test_columns_that_are_not_there_are_named(cast, sent, words):
    answer = cast.client(cast.lead).post(COLUMNS_PAGE, sent)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not BoardView.objects.exists()


def test_money_columns_are_no_choice_for_those_who_may_not_read_it(cast):
    answer = cast.client(cast.evaluator).post(COLUMNS_PAGE, {"columns": ["npv"]})
    assert answer.status_code == 422 and "no column «npv»" in answer.content.decode()


# --- pages, picture, speed -------------------------------------------------------


def test_fifty_rows_fill_a_page_and_places_go_on(cast, now, django_assert_max_num_queries):
    for n in range(53):
        add_score(add_candidate(cast, now, f"Work {n}"), now, n + 1)
    client = cast.client(cast.lead)
    client.get(BOARD)
    with django_assert_max_num_queries(12):
        first = client.get(BOARD, {"sort": "hours", "dir": "asc"})
    assert len(places(first)) == 50 and places(first)[0] == 53
    assert places(client.get(BOARD, {"sort": "hours", "dir": "asc", "page": "2"})) == [3, 2, 1]
    assert places(client.get(BOARD, {"page": "2"})) == [51, 52, 53]


def test_the_picture_has_a_point_and_its_ranges_for_each_row_with_both_figures(cast, now, rows):
    rows[1].klass = "ops_for_ai"
    rows[1].save()
    page = cast.client(cast.lead).get(BOARD)
    drawn = page.context["drawing"]
    bars, flat, *marks = drawn.option["series"]
    assert (len(drawn.points), drawn.left_out) == (3, 1)
    assert {mark["name"]: mark["symbol"] for mark in marks} == {
        "business AI": "circle",
        "Ops for AI": "diamond",
    }
    assert bars["data"][:3] == [[28.5, -30.0], [28.5, 180.0], ["-", "-"]]
    assert flat["data"][:2] == [[24.0, 60.0], [36.0, 60.0]]
    assert "worth $60k (−$30k to $180k)" in marks[0]["data"][0]["tooltip"]["formatter"]
    assert drawn.option["xAxis"]["name"] == "Build cost, $ thousand" and not drawn.is_log
    assert "1 of 4 wait for a figure" in page.content.decode()


def test_builds_far_apart_are_drawn_on_a_log_axis_and_braces_stay_text(cast, now, rows):
    far = add_candidate(cast, now, "Far {b} away" + "y" * 80)
    add_score(far, now, 40)
    drawn = cast.client(cast.lead).get(BOARD).context["drawing"]
    assert drawn.is_log and drawn.option["xAxis"]["type"] == "log"
    tip = drawn.option["series"][2]["data"][0]["tooltip"]["formatter"]
    assert "{" not in tip and "…" in tip


def test_a_cost_of_nothing_keeps_the_axis_linear(cast, now):
    free = add_candidate(cast, now, "Free")
    zero = dict.fromkeys(("build_p10", "build_p50", "build_p90", "build_mean"), Decimal(0))
    add_score(free, now, **zero)
    drawn = cast.client(cast.lead).get(BOARD).context["drawing"]
    assert not drawn.is_log and drawn.option["series"][2]["data"][0]["value"][0] == 0


def test_without_scores_there_is_no_picture(cast, now):
    add_candidate(cast, now, "New")
    for who in (cast.lead, cast.evaluator):
        page = cast.client(who).get(BOARD)
        assert page.context["drawing"] is None and "data-chart" not in page.content.decode()


def test_an_age_is_counted_in_days(cast, now, rows, settings):
    cast.client(cast.lead).post(COLUMNS_PAGE, {"columns": ["age"]})
    page = cast.client(cast.lead).get(BOARD, {"sort": "age"})
    days = [cells[0].value for _, cells in page.context["lines"]]
    assert days == sorted(days, reverse=True) and days[0] - days[-1] == 3


# --- the API -----------------------------------------------------------------------

API = "/api/v1/board/"


def test_the_api_gives_every_measure_with_its_currency(cast, rows):
    body = cast.client(cast.lead).get(API, {"sort": "payback"}).json()
    assert [row["title"] for row in body] == list("ABCD")
    first, last = body[0], body[-1]
    figures = {figure for column in MEASURES for figure in column.figures}
    assert figures <= set(first) and (first["currency"], first["place"]) == ("USD", 1)
    assert (first["roi_p10"], first["cvar"], first["build_mean"]) == (-0.1, -15000, 9500)
    assert last["currency"] is None and last["waits_for"].startswith("its score")


def test_the_api_filters_as_the_page_does_and_refuses_by_field(cast, rows):
    client = cast.client(cast.lead)
    assert [row["title"] for row in client.get(API, {"min_npv": "30000", "dir": "asc"}).json()] == ["B", "C"]
    refused = {"sort": "luck", "dir": "sideways", "min_npv": "lots", "owner": "0", "state": "gone"}
    for field, value in refused.items():
        answer = client.get(API, {field: value})
        assert answer.status_code == 400 and field in answer.json(), field
    hidden = cast.client(cast.evaluator)
    assert hidden.get(API, {"min_npv": "5"}).status_code == 403
    assert "sort" in hidden.get(API, {"sort": "rice"}).json()["message"]
    assert {row["rice"] for row in hidden.get(API).json()} == {None}


def test_the_api_asks_as_often_for_many_as_for_few(cast, now, django_assert_max_num_queries):
    for n in range(40):
        add_score(add_candidate(cast, now, f"Work {n}"), now, n + 1)
    client = cast.client(cast.lead)
    client.get(API)
    with django_assert_max_num_queries(6):
        assert len(client.get(API, {"dir": "asc"}).json()) == 40


def test_the_newest_score_counts(cast, now):
    row = add_candidate(cast, now, "Twice")
    add_score(row, now, 5)
    add_score(row, now + timedelta(hours=1), 1)
    (shown,) = cast.client(cast.lead).get(API).json()
    assert shown["npv_p50"] == 20000

"""The board: open candidates with their newest frozen score, ranked. Page, files and API share it."""

from roi.queries.board.chart import Drawing, drawing
from roi.queries.board.columns import (
    BY_KEY,
    COLUMNS,
    FIGURES,
    MONEY_FIGURES,
    USUAL,
    Column,
    Order,
    chosen_columns,
    columns_for,
    may_sort_by_money,
    order_for,
)
from roi.queries.board.rows import (
    BoardRow,
    Cell,
    board,
    count_ranked,
    may_read_money,
    newest,
    open_candidates,
    ranked,
    readable,
    rows_of,
)
from roi.queries.board.sheet import RANGE_PARTS, READ_ONLY, sheet_head, sheet_rows
from roi.queries.board.views import BoardViews, board_views

__all__ = [
    "BY_KEY",
    "COLUMNS",
    "FIGURES",
    "MONEY_FIGURES",
    "RANGE_PARTS",
    "READ_ONLY",
    "USUAL",
    "BoardRow",
    "BoardViews",
    "Cell",
    "Column",
    "Drawing",
    "Order",
    "board",
    "board_views",
    "chosen_columns",
    "columns_for",
    "count_ranked",
    "drawing",
    "may_read_money",
    "may_sort_by_money",
    "newest",
    "open_candidates",
    "order_for",
    "ranked",
    "readable",
    "rows_of",
    "sheet_head",
    "sheet_rows",
]

"""A walk through many pages in one tab. A tab and a company for each page would cost three times as much."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visitor

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"dark": True},
    "phone": {"width": 390, "height": 844},
}


@dataclass(frozen=True)
class Stop:
    """A page, who looks at it, what it answers, and what is done on it before it is judged."""

    name: str
    user: Any
    path: str
    status: int = 200
    first: Callable[[Page], None] = lambda page: None


def tour(visitor: Visitor, look: str, stops: Iterable[Stop]) -> dict[str, list[str]]:
    """What is wrong with which page: its answer, sideways scroll, what axe calls serious, complaints of the browser."""
    page = visitor.page(**LOOKS[look])
    wrong = {stop.name: visit(visitor, page, stop) for stop in stops}
    return {name: faults for name, faults in wrong.items() if faults}


def visit(visitor: Visitor, page: Page, stop: Stop) -> list[str]:
    visitor.become(page, stop.user)
    answer = page.goto(stop.path)
    visitor.settle(page)
    stop.first(page)
    status = answer.status if answer else None
    faults = [] if status == stop.status else [f"answers {status}"]
    faults += sideways(page) + serious(page) + visitor.errors
    visitor.errors.clear()
    return faults


def open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


def sideways(page: Page) -> list[str]:
    """What sticks out of the window to the right, when the page as a whole scrolls sideways."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.querySelectorAll('body *')]
            .filter((e) => e.getBoundingClientRect().right > wide + 1)
            .filter((e) => !e.closest('.table-wrap'))
            .map((e) => e.tagName + '.' + (e.className.baseVal ?? e.className)).concat(['sideways']);
        }"""
    )


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, with the elements at fault."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:4]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]

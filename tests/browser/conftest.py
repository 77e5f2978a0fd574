"""A real browser against a real server. Pages report console errors, broken policies, outside requests."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(['Content-Security-Policy', event.violatedDirective, event.blockedURI].join(' '));
});
"""
# A refusal is part of many stories; the browser reports each as an error of its own.
EXPECTED = ("the server responded with a status of 4",)
_started: list[Browser] = []


def chromium() -> str | None:
    """CHROMIUM from the environment, else the system's; None lets playwright look for its own download."""
    named = os.environ.get("CHROMIUM")
    candidates = (
        [named]
        if named
        else ["/usr/bin/chromium", "/usr/bin/chromium-browser", shutil.which("google-chrome")]
    )
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per run; without one the browser tests are skipped, except in CI, where they must run."""
    if _started:
        # Another folder of tests uses this harness too: one Chromium serves both.
        yield _started[0]
        return
    # Playwright keeps an event loop in this thread, which Django would take for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        except Error as error:
            _give_up(str(error).splitlines()[0])
        _started.append(started)
        yield started
        _started.clear()
        started.close()


def _give_up(reason: str) -> None:
    sentence = f"No browser: install Chromium (apt-get install chromium) or set CHROMIUM. {reason}"
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(sentence)
    pytest.skip(sentence)


class Visitor:
    """Opens pages in one theme and width, and remembers what went wrong on them."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser, self.base_url = browser, base_url
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.open: set[Request] = set()

    def page(self, *, user: Any = None, dark: bool = False, width: int = 1360, height: int = 860) -> Page:
        """A fresh page, signed in as `user` when given."""
        scheme: Any = "dark" if dark else "light"
        context = self.browser.new_context(
            base_url=self.base_url, color_scheme=scheme, viewport={"width": width, "height": height}
        )
        context.add_init_script(WATCH_POLICY)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        self._listen(page)
        if user is not None:
            self.become(page, user)
        return page

    def become(self, page: Page, user: Any) -> None:
        """From now on the page is used by somebody else, or by nobody."""
        page.context.clear_cookies()
        if user is not None:
            page.context.add_cookies([self._session(user)])

    def settle(self, page: Page) -> None:
        """Return when the page and the parts that it asked for are there, and nothing has been asked for since."""
        page.wait_for_load_state()
        quiet = 0
        while quiet < 2:
            page.wait_for_timeout(30)
            quiet = 0 if self.open else quiet + 1

    def _session(self, user: Any) -> Any:
        client = Client()
        client.force_login(user)
        return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.base_url}

    def _listen(self, page: Page) -> None:
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request))
        page.on("requestfinished", lambda request: self.open.discard(request))
        page.on("requestfailed", lambda request: self.open.discard(request))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not any(part in text for part in EXPECTED):
            self.errors.append(f"console: {text}")

    def _request(self, request: Request) -> None:
        self.open.add(request)
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            self.errors.append(f"outside request: {request.url}")


@pytest.fixture
def visitor(browser: Browser, live_server: Any) -> Iterator[Visitor]:
    """Makes pages; at the end the test fails if any of them complained."""
    made = Visitor(browser, live_server.url)
    yield made
    for context in made.contexts:
        context.close()
    assert made.errors == []


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """An anonymous page in light colours."""
    return visitor.page()


@pytest.fixture
def signed_in(visitor: Visitor, cast: SimpleNamespace) -> Callable[..., Page]:
    """`signed_in("lead", dark=True)`: a page of somebody of the cast."""
    return lambda role, **look: visitor.page(user=getattr(cast, role), **look)

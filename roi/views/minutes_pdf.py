"""A page of our own as PDF, through a Chromium of this machine: no network, no scripts, no other file."""

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

SECONDS = 30
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# One at a time: a browser takes some hundred megabytes.
_turn = threading.BoundedSemaphore(1)


class NoBrowser(Exception):
    """Why there is no PDF, in a sentence."""


def browser() -> str | None:
    """CHROMIUM from the environment, else one that is installed."""
    named = os.environ.get("CHROMIUM", "")
    found = named if named and Path(named).exists() else None
    return found or next((path for name in NAMES if (path := shutil.which(name))), None)


def pdf_of(html: str) -> bytes:
    """The HTML printed. It must need nothing but itself: network and proxy lead nowhere.

    Chromium's own switch against scripts also stops its printing, so the page's policy forbids them, and other files.
    """
    if POLICY not in html:
        raise ValueError("a page that is printed says that it loads nothing and runs nothing")
    program = browser()
    if program is None:
        raise NoBrowser("There is no Chromium on this machine to make a PDF.")
    if not _turn.acquire(timeout=SECONDS):
        raise NoBrowser("Another PDF is being made: try again in a moment.")
    try:
        with tempfile.TemporaryDirectory(prefix="payback-pdf-") as folder:
            return _printed(program, html, Path(folder))
    finally:
        _turn.release()


def _printed(program: str, html: str, folder: Path) -> bytes:
    page, made = folder / "page.html", folder / "page.pdf"
    page.write_text(html, encoding="utf-8")
    command = [program, *_switches(folder), f"--print-to-pdf={made}", page.as_uri()]
    # Nothing of our own environment: no key and no address is the browser's business.
    own = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
    try:
        subprocess.run(command, env=own, timeout=SECONDS, check=True, capture_output=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise NoBrowser("The PDF could not be made.") from error
    if not made.exists():
        raise NoBrowser("The PDF could not be made.")
    return made.read_bytes()


def _switches(folder: Path) -> list[str]:
    plain = [
        "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
        "--disable-sync", "--no-pdf-header-footer",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", f"--user-data-dir={folder / 'profile'}",
    ]  # fmt: skip
    # Chromium refuses its sandbox to root, which is who runs in a container.
    return [*plain, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else plain

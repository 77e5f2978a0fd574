"""What the browser gets: vendored files as they were checked in, templates that a strict policy allows."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "static" / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.I),
    "an inline handler": re.compile(r"\son[a-z]+\s*=|\shx-on", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "another server's file": re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I),
}


def test_vendored_files_are_those_of_the_list() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    listed = {name.removeprefix("./"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    carried = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in ("SHA256SUMS", "README.md")
    }
    assert carried == listed


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_keeps_to_the_policy(template: Path) -> None:
    text = template.read_text()
    if template.name in ("minutes_print.html", "executive_print.html"):
        # Never served: printed to PDF from a file, under a policy of its own that allows a style and nothing else.
        assert "default-src 'none'; style-src 'unsafe-inline'" in text
        return
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_own_scripts_build_no_code_and_no_markup() -> None:
    for script in (ROOT / "static" / "js").glob("*.js"):
        found = re.findall(r"\.innerHTML|\.outerHTML|insertAdjacentHTML|eval\(|new Function", script.read_text())
        assert found == [], script.name

"""Tables of bench/pages.py, and their place in docs/benchmarks.md."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Protocol

from bench import page_chart

DOCS = Path(__file__).parent.parent / "docs"
PAGE, CHART = DOCS / "benchmarks.md", DOCS / "pages-growth.svg"
BEGIN, END = "<!-- python -m bench.pages: begin -->", "<!-- python -m bench.pages: end -->"
SLOWEST = 12


class Row(Protocol):
    name: str
    path: str
    ms: float
    sql_ms: float
    queries: int
    kilobytes: float
    reads_calls: bool


Found = Mapping[int, Sequence[Row]]


def of_size(size: int, found: Sequence[Row]) -> str:
    """Every page at one size, the slowest first."""
    lines = [f"\n{size:,} calls", f"{'ms':>7} {'SQL ms':>7} {'queries':>7} {'kB':>6}  page"]
    for one in found:
        figures = f"{one.ms:7.1f} {one.sql_ms:7.1f} {one.queries:7} {one.kilobytes:6.0f}"
        lines.append(f"{figures}  {one.name}{' (single calls)' if one.reads_calls else ''}  {one.path}")
    return "\n".join(lines)


def misses(found: Found, limit: float) -> list[str]:
    """A sentence for each page above the limit."""
    return [
        f"{one.name} takes {one.ms:.0f} ms with {size:,} calls, instead of at most {limit:.0f}: {one.path}"
        for size, rows in found.items()
        for one in rows
        if one.ms > limit
    ]


def table(found: Found) -> str:
    """By size: the median page, the slowest that reads sums, the slowest of single calls."""
    head = "| Calls | Pages | Median page | Slowest page of sums | Slowest page of single calls |"
    lines = [head, "| --- | --- | --- | --- | --- |"]
    for size, rows in found.items():
        sums, single = _worst(rows, reads_calls=False), _worst(rows, reads_calls=True)
        middle = median(one.ms for one in rows)
        told = [f"{size:,}", f"{len(rows)}", f"{middle:.0f} ms", *map(_told, (sums, single))]
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


def _told(one: Row) -> str:
    return f"{one.ms:.0f} ms, of it SQL {one.sql_ms:.0f} ms: `{one.name}`"


def _worst(rows: Sequence[Row], *, reads_calls: bool) -> Row:
    return max((one for one in rows if one.reads_calls == reads_calls), key=lambda one: one.ms)


def slowest(found: Found) -> str:
    """The slowest pages of the largest size."""
    size = max(found)
    lines = [f"| Slowest pages with {size:,} calls | ms | of it SQL | queries |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{one.name}` | {one.ms:.0f} | {one.sql_ms:.0f} | {one.queries} |" for one in found[size][:SLOWEST]
    ]
    return "\n".join(lines) + "\n"


def write(found: Found, fdatasync: float, load: float) -> None:
    """Puts the tables into the section of docs/benchmarks.md, and the chart beside it."""
    sums = {size: [one.ms for one in rows if not one.reads_calls] for size, rows in found.items()}
    CHART.write_text(page_chart.growth(sums), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    about = (
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores, {_memory_gb():.0f} GB of memory, Python"
        f"\n{platform.python_version()}, fdatasync of 8 kB {fdatasync:.2f} ms, load average {load:.1f} before."
    )
    chart = f"![Milliseconds a page against millions of calls: median and slowest]({CHART.name})"
    parts = [about, chart, table(found), slowest(found)]
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n\n".join(part.strip() for part in parts) + f"\n{END}{tail}")


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30

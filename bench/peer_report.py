"""The table of the peers, for the terminal and for docs/benchmarks.md."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- make bench-peers: begin -->", "<!-- make bench-peers: end -->"
Pair = tuple[int, ...]


@dataclass
class Row:
    """One server's figures. A pair is (kept as failed, shown as failed in its list of traces or its sums)."""

    name: str
    storage: str
    spans: int
    stored: int = 0
    acknowledged_seconds: float = 0.0
    durable_seconds: float = 0.0
    slowest: float = 0.0
    put_off: int = 0
    dropped: int = 0
    memory_mb: float = 0.0
    load: float = 0.0
    failed_alone: Pair = ()
    probes: int = 0
    failed_below: Pair = ()
    survived: int = 0


def machine_words(fdatasync_ms: float) -> str:
    """The machine in general words: what the figures depend on and nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    system = f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, {system}, fdatasync of 8 kB {fdatasync_ms:.2f} ms, "
        f"load average {load:.1f} before the start"
    )


def table(rows: list[Row]) -> str:
    """Markdown: a line for each measure, a column for each server."""
    lines = [["", *(row.name for row in rows)], ["---"] + ["---"] * len(rows)]
    lines += [[label, *(read(row) for row in rows)] for label, read in MEASURES.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _share(found: int, of: int) -> str:
    return f"{found:,} of {of:,}"


MEASURES = {
    "Storage": lambda row: row.storage,
    "Acknowledged, spans/s": lambda row: f"{row.spans / row.acknowledged_seconds:,.0f}",
    "Durable and countable, spans/s": lambda row: f"{row.stored / row.durable_seconds:,.0f}",
    "Last acknowledgment after": lambda row: f"{row.acknowledged_seconds:.1f} s",
    "All countable after": lambda row: f"{row.durable_seconds:.1f} s",
    "Countable in the end": lambda row: _share(row.stored, row.spans),
    "Slowest request, until acknowledged": lambda row: f"{row.slowest * 1000:,.0f} ms",
    "Answers 429, 502, 503, 504 / connections dropped": lambda row: f"{row.put_off} / {row.dropped}",
    "Memory of all its processes": lambda row: f"{row.memory_mb:,.0f} MB",
    "Load average when all were there": lambda row: f"{row.load:.1f}",
    "Failed calls (1 %) kept as failed": lambda row: _share(row.failed_alone[0], row.spans // 100),
    "... and shown as failed": lambda row: _share(row.failed_alone[1], row.spans // 100),
    "Failed calls below a fine agent kept as failed": lambda row: _share(row.failed_below[0], row.probes),
    "... and shown as failed, below a fine agent": lambda row: _share(row.failed_below[1], row.probes),
    "Acknowledged spans there after kill -9": lambda row: _share(row.survived, row.spans),
}


def write(about: str, spans: int, text: str) -> None:
    """Replaces the part of the page between the two marks."""
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    said = f"Measured on {datetime.now(UTC):%d %B %Y}, {spans:,} spans. The machine: {about}."
    PAGE.write_text(f"{head}{BEGIN}\n{said}\n\n{text}{END}{tail}", encoding="utf-8")


def line(row: Row) -> str:
    """What was found, said as soon as it is known: the others may take minutes."""
    return (
        f"{row.name}: {row.spans / row.acknowledged_seconds:,.0f} spans/s acknowledged, "
        f"{row.stored / row.durable_seconds:,.0f} durable, {_share(row.survived, row.spans)} there after kill -9"
    )

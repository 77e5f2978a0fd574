"""Published ticket logs through the page: read to the last row, with the figures that stand in the release note.

ServiceNow's event log is UCI 498 (CC BY 4.0), the help desk's is Polato 2017 (CC BY 4.0), the texts are CC0. None of
them is kept here.
"""

from collections import Counter
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backlog import operations
from backlog.models import TicketLog
from backlog.queries import ticket_groups

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HERE = SHARED / "data" / "itsm"
SAMPLE = HERE / "servicenow_incident_event_log_sample.csv.gz"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLE.is_file(), reason=f"the ticket logs are not at {SHARED}"),
]


def through_the_page(cast: SimpleNamespace, now: datetime, name: str) -> TicketLog:
    """Uploaded, confirmed as guessed, read by a worker, and shown."""
    client = cast.client(cast.owner)
    file = SimpleUploadedFile(name, (HERE / name).read_bytes())
    columns = client.post(reverse("backlog:ticket_logs"), {"file": file, "unit": cast.unit.pk})["Location"]
    log = TicketLog.objects.get()
    assert client.post(columns, log.mapping).status_code == 302
    done = operations.read_tickets(log_id=log.pk, clock=lambda: now)
    assert done is not None and done.state == "ready", done and done.problem
    for by in ("category", "text"):
        assert client.get(reverse("backlog:ticket_log", args=[log.pk]), {"by": by}).status_code == 200
    return done


def figures(log: TicketLog, by: str = "category", most: int = 5) -> list[tuple[Any, ...]]:
    """Name, closed tickets, a year (low, middle, high), touches, reassignments, median hours of waiting."""
    return [
        (group.name, group.cases, *(round(n) for n in (group.cases_year_low, group.cases_year, group.cases_year_high)),
         round(group.touches, 2), round(group.reassignments, 2),
         None if group.waiting_hours is None else round(group.waiting_hours, 1))
        for group in ticket_groups(log, by)[:most]
    ]  # fmt: skip


def told(log: TicketLog) -> dict[str, Any]:
    names = (
        "rows",
        "events",
        "cases",
        "used",
        "open",
        "unreadable_rows",
        "left_out",
        "done",
        "day_first",
        "window",
    )
    return {name: log.summary[name] for name in names}


def test_servicenow_events_become_incidents(cast: SimpleNamespace, now: datetime) -> None:
    log = through_the_page(cast, now, SAMPLE.name)
    assert told(log) == {
        "rows": 9766, "events": 9766, "cases": 1731, "used": 1731, "open": 0, "unreadable_rows": 0, "left_out": [],
        "done": ["Closed", "Resolved"], "day_first": True, "window": ["2016-02-29", "2016-05-13"],
    }  # fmt: skip
    # February has a day and May thirteen: two whole months are not enough for more than half to double.
    assert log.summary["months"] == ["2016-03-01", "2016-04-01"]
    assert "Fewer than three whole months" in log.summary["notes"][0]
    assert log.groups.count() == 53 and sum(log.groups.values_list("cases", flat=True)) == 1731
    assert figures(log) == [
        ("Category 34", 26, 63, 126, 251, 34.23, 2.38, 1573.9),
        ("Category 26 / Subcategory 175", 148, 362, 725, 1449, 6.44, 1.02, 4.7),
        ("Category 46, other", 60, 147, 293, 587, 12.78, 1.25, 122.9),
        ("Category 42 / Subcategory 223", 183, 404, 808, 1617, 5.47, 0.62, 0.2),
        ("Category 53 / Subcategory 174", 80, 201, 401, 802, 7.15, 0.88, 11.0),
    ]


def test_another_copy_with_other_dates_and_three_days(cast: SimpleNamespace, now: datetime) -> None:
    log = through_the_page(cast, now, "uci_incident_event_log_head.csv.gz")
    assert told(log) == {
        "rows": 5998, "events": 5998, "cases": 890, "used": 890, "open": 0, "unreadable_rows": 0, "left_out": [],
        "done": ["Closed", "Resolved"], "day_first": True, "window": ["2016-02-29", "2016-03-02"],
    }  # fmt: skip
    # Events reach into 2017, openings only three days: no whole month, so a third to three times.
    assert log.summary["months"] == [] and log.groups.count() == 39
    assert figures(log, most=2) == [
        ("Category 46", 12, 487, 1461, 4383, 30.67, 2.33, 964.7),
        ("Category 53, other", 47, 1907, 5722, 17167, 11.94, 1.13, 76.3),
    ]


def test_texts_without_dates_are_grouped_by_their_words(cast: SimpleNamespace, now: datetime) -> None:
    log = through_the_page(cast, now, "it_service_tickets.csv.gz")
    assert (log.summary["cases"], log.summary["window"]) == (6000, None)
    assert "not known" in log.summary["notes"][0]
    assert [(group.name, group.cases) for group in log.groups.filter(grouped_by="category")] == [
        ("Hardware", 1629), ("HR Support", 1378), ("Miscellaneous", 911), ("Access", 900), ("Storage", 377),
        ("Purchase", 316), ("Internal Project", 269), ("Administrative rights", 220),
    ]  # fmt: skip
    by_words = log.groups.filter(grouped_by="text")
    counts = Counter({group.name: group.cases for group in by_words})
    assert sum(counts.values()) == 6000 and counts["other words"] == 204 and len(counts) == 50
    assert counts.most_common(4) == [
        ("issue, ticket, problem, engineer", 258), ("starter, new, form, fill", 242),
        ("purchase, ordered, administrator, receipts", 231), ("access, provide, senior, help", 228),
    ]  # fmt: skip
    assert not any(group.details["volume_known"] for group in by_words)


def test_a_help_desk_of_codes_is_grouped_by_its_steps(cast: SimpleNamespace, now: datetime) -> None:
    log = through_the_page(cast, now, "helpdesk.csv.gz")
    summary = log.summary
    assert (summary["rows"], summary["cases"], summary["used"], summary["done"]) == (13710, 3804, 3692, ["6"])
    # The last month has 35 tickets where 214 were usual: cut off, not a decline.
    assert summary["window"] == ["2010-03-01", "2012-08-31"] and len(summary["months"]) == 30
    assert summary["left_out"] == [
        ["opened before the log begins", 77], ["opened in the last days, whose tickets are not all in it", 35]
    ]  # fmt: skip
    assert log.groups.count() == 12
    assert figures(log, most=3) == [
        ("1 > 8 > 6", 2468, 898, 985, 1075, 3.14, 0.0, 45.5),
        ("1 > 8 > 9 > 8 > 6", 298, 93, 119, 147, 5.32, 0.0, 353.5),
        ("1 > 8 > 9 > 6", 312, 92, 125, 160, 4.15, 0.0, 389.8),
    ]

"""Tickets to groups to a draft: the pages, what is refused, and a worker that may be killed."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from aiops.errors import DomainError
from backlog import operations
from backlog.calc import discovery
from backlog.models import Candidate, ColumnMap, Evidence, TicketFile, TicketGroup, TicketLog
from backlog.operations import ticket_reading

pytestmark = pytest.mark.django_db
HEAD = "Ticket;Opened;Resolved;Status;Assigned group;Category;Summary"
WORDS = [
    "reset the password",
    "printer jams on floor two",
    "order a laptop for a starter",
    "vpn does not connect",
]


def export(months: int = 4, formula: str = "=cmd|' /C calc'!A0") -> bytes:
    """A help desk's list with semicolons and d/m/Y, two a day in 2026; one category is hostile."""
    lines, day, number = [HEAD], date(2026, 1, 1), 0
    while day < date(2026, 1 + months, 1):
        for kind in range(4):
            number += 1
            named = formula if kind == 3 else ("Password", "Printer", "Laptop")[kind]
            done = "?" if number % 50 == 0 else f"{day:%d/%m/%Y} 15:30"
            state = "New" if done == "?" else "Closed"
            lines.append(f"T{number};{day:%d/%m/%Y} 09:00;{done};{state};Desk;{named};{WORDS[kind]} please")
        day += timedelta(days=1)
    return ("\ufeff" + "\n".join(lines)).encode()


def upload(data: bytes, name: str = "export.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def started(cast: Any, now: datetime, data: bytes | None = None, name: str = "export.csv") -> TicketLog:
    return operations.start_tickets(name=name, data=data or export(), unit=cast.unit, by=cast.owner, at=now)


def confirmed(cast: Any, now: datetime, **kwargs: Any) -> TicketLog:
    log = started(cast, now, **kwargs)
    return operations.confirm_mapping(log=log, mapping=log.mapping, options={}, by=cast.owner, at=now)


def ready(cast: Any, now: datetime, **kwargs: Any) -> TicketLog:
    log = confirmed(cast, now, **kwargs)
    done = operations.read_tickets(log_id=log.pk, clock=lambda: now)
    assert done is not None and done.state == TicketLog.State.READY, done and done.problem
    return done


def test_ada_finds_work_in_her_tickets(cast: Any, now: datetime, client: Any) -> None:
    """The whole way through the pages: upload, confirm, wait, look, file, and again."""
    client = cast.client(cast.owner)
    listing = reverse("backlog:ticket_logs")
    assert "No file yet" in client.get(listing).content.decode()
    answer = client.post(listing, {"file": upload(export()), "unit": cast.unit.pk})
    log = TicketLog.objects.get()
    columns = reverse("backlog:ticket_columns", args=[log.pk])
    assert answer.status_code == 302 and answer["Location"] == columns
    shown = client.get(columns).content.decode()
    assert '<option value="Ticket" selected>' in shown and "reset the password" in shown
    mapping = {**log.mapping, "order": "", "done": "", "covers_days": ""}
    assert log.mapping["text"] == "Summary" and log.options["day_first"] is True
    answer = client.post(columns, {**mapping, "group": ""})
    page = reverse("backlog:ticket_log", args=[log.pk])
    assert answer.status_code == 302 and answer["Location"] == page
    assert "Waiting for a worker" in client.get(page).content.decode()
    part = client.get(page, headers={"HX-Request": "true"})
    assert b"<progress" in part.content and b"<html" not in part.content

    operations.read_tickets(log_id=log.pk, clock=lambda: now)
    done = client.get(page, headers={"HX-Request": "true"})
    assert done.status_code == 204 and done["HX-Refresh"] == "true"
    shown = client.get(page).content.decode()
    assert "Password" in shown and "Waiting, not effort" in shown and "January 2026" in shown
    assert "password" in client.get(page + "?by=text").content.decode()
    # No text of a ticket is left anywhere.
    log.refresh_from_db()
    assert not TicketFile.objects.exists() and "sample" not in log.options
    rows = list(csv.reader(io.StringIO(client.get(page + "?format=csv").content.decode("utf-8-sig"))))
    assert len(rows) == 5 and not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)

    group = log.groups.get(name="Password")
    own = reverse("backlog:ticket_group", args=[group.pk])
    shown = client.get(own).content.decode()
    assert "T1" in shown and "please" not in shown and "April 2026" in shown
    file = reverse("backlog:file_group", args=[group.pk])
    assert client.post(file, {"minutes_per_touch": "-1"}).status_code == 422
    first = client.post(file, {"minutes_per_touch": "4"})
    made = Candidate.objects.get()
    assert first["Location"] == reverse("backlog:edit", args=[made.number])
    assert client.post(file)["Location"] == first["Location"] and Candidate.objects.count() == 1
    assert made.key in client.get(page).content.decode()
    # The lead sees the groups; the draft is its owner's alone.
    lead = cast.client(cast.lead)
    assert made.key not in lead.get(page).content.decode()
    assert lead.post(file, follow=True).redirect_chain[-1][0] == own
    # The same header is known the next time.
    again = started(cast, now)
    assert again.options["remembered"] and "group" not in again.mapping
    assert ColumnMap.objects.get().used_at > now - timedelta(days=1)
    assert client.post(reverse("backlog:remove_tickets", args=[log.pk])).status_code == 302
    made.refresh_from_db()
    assert not TicketGroup.objects.exists() and made.title == "Tickets: Password"


def test_the_figures_of_a_draft_come_from_the_log(cast: Any, now: datetime) -> None:
    log = ready(cast, now)
    group = log.groups.get(name="Printer")
    assert log.summary["months"] == ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
    assert log.summary["cases"] == 480 and log.summary["open"] == 9 and group.cases == 115
    assert group.cases_year == pytest.approx(365.25) and group.waiting_hours == 6.5
    assert group.cases_year_low < 365 < group.cases_year_high
    made = operations.file_from_group(group=group, by=cast.owner, at=now)
    assert (made.state, made.klass, made.unit, made.minutes) == ("draft", "ai_for_ops", cast.unit, None)
    assert (float(made.count or 0), made.period) == (365, "year")
    volume = made.estimates.get()
    assert (volume.quantity, volume.evidence) == ("volume", "history") and volume.as_of == date(2026, 4, 30)
    assert float(volume.low) == pytest.approx(group.cases_year_low, abs=0.001)
    evidence = Evidence.objects.get()
    assert (
        evidence.kind == "tickets" and "115 closed tickets" in evidence.text and "not effort" in evidence.text
    )
    # Submitting keeps the range of the log.
    made.minutes = 5
    made.save()
    operations.submit(candidate=made, by=cast.owner, at=now)
    assert made.estimates.get(quantity="volume").evidence == "history"


def test_minutes_are_touches_times_minutes_a_touch(cast: Any, now: datetime) -> None:
    group = ready(cast, now).groups.filter(grouped_by="category").first()
    assert group is not None
    TicketGroup.objects.filter(pk=group.pk).update(touches=2.5, details={"volume_known": False})
    made = operations.file_from_group(group=group, by=cast.owner, at=now, minutes_per_touch=4)  # type: ignore[arg-type]
    assert float(made.minutes or 0) == 10 and made.count is None and not made.estimates.exists()


def test_who_may(cast: Any, now: datetime) -> None:
    log = ready(cast, now)
    with pytest.raises(PermissionDenied):
        operations.start_tickets(name="x", data=export(), unit=cast.other_unit, by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.remove_tickets(log=log, by=cast.stranger, at=now)
    group = log.groups.all()[0]
    for nobody in (cast.stranger, cast.auditor):
        with pytest.raises(PermissionDenied):
            operations.file_from_group(group=group, by=nobody, at=now)
    auditor = cast.client(cast.auditor)
    page = auditor.get(reverse("backlog:ticket_logs"))
    assert page.status_code == 200 and b"Upload" not in page.content
    assert auditor.post(reverse("backlog:ticket_logs"), {"file": upload(b"a,b\n1,2\n")}).status_code == 403


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"number\n1\n", "fewer than two columns"),
        (b"number,text\n", "no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "not text"),
    ],
)
def test_what_cannot_be_read_is_said_at_the_upload(cast: Any, data: bytes, words: str) -> None:
    answer = cast.client(cast.owner).post(
        reverse("backlog:ticket_logs"), {"file": upload(data), "unit": cast.unit.pk}
    )
    assert answer.status_code == 422 and words in answer.content.decode() and not TicketLog.objects.exists()


def test_two_hundred_megabytes_are_refused_unread(cast: Any, now: datetime) -> None:
    class Unread(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    client = cast.client(cast.owner)
    for name in ("ticket_logs", "api_ticket_logs"):
        answer = client.post(
            reverse(f"backlog:{name}"), content_type="multipart/form-data; boundary=x", data=b"",
            **{"wsgi.input": Unread(), "CONTENT_LENGTH": str(200 * 1024 * 1024)},
        )  # fmt: skip
        assert answer.status_code == 413 and b"larger than 25 MB" in answer.content
    with pytest.raises(DomainError, match="larger than 25 MB"):
        started(cast, now, data=b"x" * (25 * 1024 * 1024 + 1))


def test_the_token_of_the_form_is_still_asked_for(cast: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.owner)
    answer = strict.post(reverse("backlog:ticket_logs"), {"file": upload(export()), "unit": cast.unit.pk})
    assert answer.status_code == 403 and not TicketLog.objects.exists()


def test_columns_are_checked_before_the_file_is_sent(cast: Any, now: datetime) -> None:
    log = started(cast, now)
    said: dict[str, Any] = {"log": log, "options": {}, "by": cast.owner, "at": now}
    for mapping, code in (
        ({}, "case"),
        ({"case": "Nowhere"}, "column"),
        ({"case": "Ticket", "text": "Ticket"}, "twice"),
        ({"case": "Ticket", "salary": "Status"}, "field"),
    ):
        with pytest.raises(DomainError) as error:
            operations.confirm_mapping(mapping=mapping, **said)
        assert error.value.code == code
    page = reverse("backlog:ticket_columns", args=[log.pk])
    answer = cast.client(cast.owner).post(page, {"case": "Ticket", "text": "Ticket"})
    assert answer.status_code == 422 and "use a column once" in answer.content.decode()


def test_dates_that_may_be_read_in_two_ways_are_asked(cast: Any, now: datetime) -> None:
    lines = "\n".join(f"T{n};{n % 9 + 1}/{n % 7 + 1}/2026;A" for n in range(60))
    log = started(cast, now, data=f"Ticket;Opened;Category\n{lines}".encode())
    page = reverse("backlog:ticket_columns", args=[log.pk])
    client = cast.client(cast.owner)
    shown = client.get(page).content.decode()
    assert "with the day first" in shown and "with the month first" in shown
    answer = client.post(page, log.mapping)
    assert answer.status_code == 422 and "Choose" in answer.content.decode()
    assert client.post(page, {**log.mapping, "order": "month"}).status_code == 302
    done = operations.read_tickets(log_id=log.pk, clock=lambda: now)
    assert done is not None and done.summary["day_first"] is False


def test_a_failed_reading_says_why_and_is_corrected(cast: Any, now: datetime) -> None:
    log = started(cast, now)
    wrong = {"case": "Ticket", "opened": "Summary"}
    operations.confirm_mapping(log=log, mapping=wrong, options={}, by=cast.owner, at=now)
    failed = operations.read_tickets(log_id=log.pk, clock=lambda: now)
    assert failed is not None and failed.state == "failed"
    assert "Row 2, column «Summary»" in failed.problem
    client, page = cast.client(cast.owner), reverse("backlog:ticket_log", args=[log.pk])
    assert "Correct the columns" in client.get(page).content.decode()
    assert "Row 2" in client.get(reverse("backlog:ticket_columns", args=[log.pk])).content.decode()
    right = {"case": "Ticket", "opened": "Opened", "category": "Category"}
    operations.confirm_mapping(log=log, mapping=right, options={}, by=cast.owner, at=now)
    done = operations.read_tickets(log_id=log.pk, clock=lambda: now)
    assert done is not None and done.state == "ready" and done.problem == ""
    with pytest.raises(DomainError, match="upload it again"):
        operations.confirm_mapping(log=done, mapping=right, options={}, by=cast.owner, at=now)


def test_a_worker_killed_in_the_middle_is_replaced(cast: Any, now: datetime, monkeypatch: Any) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("aiops.jobs.enqueue", lambda name, *ids, **_: sent.append((name, *ids)))
    log = confirmed(cast, now)
    same = operations.confirm_mapping(log=log, mapping=log.mapping, options={}, by=cast.owner, at=now)
    assert same.state == "reading" and sent == [("backlog.read_tickets", log.pk)]

    class Killed(BaseException):
        pass

    def dies(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(discovery, "read_log", dies)
        operations.read_tickets(log_id=log.pk, clock=lambda: now)
    log.refresh_from_db()
    assert log.state == "reading" and not log.groups.exists() and TicketFile.objects.exists()
    assert operations.tend_tickets(at=now + timedelta(minutes=1)) == 0
    assert operations.tend_tickets(at=now + timedelta(minutes=3)) == 1
    assert operations.tend_tickets(at=now + timedelta(minutes=4)) == 0 and len(sent) == 2
    assert operations.read_tickets(log_id=log.pk, clock=lambda: now) is not None
    groups = log.groups.count()
    # A second delivery of the same job finds nothing to do.
    assert (
        operations.read_tickets(log_id=log.pk, clock=lambda: now) is None and log.groups.count() == groups > 0
    )


def test_a_file_that_kills_its_workers_is_given_up(cast: Any, now: datetime) -> None:
    log = confirmed(cast, now)
    TicketLog.objects.filter(pk=log.pk).update(summary={"tries": 3, "asked_at": now.isoformat()})
    assert operations.read_tickets(log_id=log.pk, clock=lambda: now) is None
    log.refresh_from_db()
    assert log.state == "failed" and "three times" in log.problem


def test_an_error_of_ours_is_not_left_hanging(cast: Any, now: datetime, monkeypatch: Any) -> None:
    log = confirmed(cast, now)

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(discovery, "read_log", breaks)
    with pytest.raises(ZeroDivisionError):
        operations.read_tickets(log_id=log.pk, clock=lambda: now)
    log.refresh_from_db()
    assert log.state == "failed" and "ZeroDivisionError" in log.problem


def test_files_that_nobody_confirmed_go(cast: Any, now: datetime) -> None:
    log = started(cast, now)
    operations.tend_tickets(at=now + timedelta(days=13))
    assert TicketFile.objects.filter(log=log).exists()
    operations.tend_tickets(at=now + timedelta(days=15))
    log.refresh_from_db()
    assert not TicketFile.objects.exists() and log.state == "failed" and "sample" not in log.options
    page = cast.client(cast.owner).get(reverse("backlog:ticket_log", args=[log.pk])).content.decode()
    assert "upload it again" in page


def test_only_one_worker_reads(cast: Any, now: datetime) -> None:
    """Another connection holds the lock, as another worker would."""
    log = confirmed(cast, now)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ticket_reading.LOCK, log.pk])
            assert operations.read_tickets(log_id=log.pk, clock=lambda: now) is None
            assert operations.tend_tickets(at=now + timedelta(minutes=5)) == 0
    finally:
        other.close()
    assert operations.tend_tickets(at=now + timedelta(minutes=5)) == 1


def test_by_api(cast: Any, now: datetime) -> None:
    client = cast.client(cast.owner)
    answer = client.post(reverse("backlog:api_ticket_logs"), {"file": upload(export())})
    assert answer.status_code == 201 and answer.json()["state"] == "mapping", answer.content
    log, mapping = answer.json()["id"], answer.json()["mapping"]
    address = reverse("backlog:api_ticket_columns", args=[log])
    bad = client.post(address, {"mapping": {"text": "Summary"}}, content_type="application/json")
    assert bad.status_code == 409 and bad.json()["code"] == "case"
    good = client.post(address, {"mapping": mapping}, content_type="application/json")
    assert good.status_code == 202 and good.json()["state"] == "reading"
    operations.read_tickets(log_id=log, clock=lambda: now)
    assert client.get(reverse("backlog:api_ticket_log", args=[log])).json()["summary"]["cases"] == 480
    groups = client.get(reverse("backlog:api_ticket_groups", args=[log])).json()["results"]
    first = groups[0]
    assert first["grouped_by"] == "category" and first["candidate"] is None and first["cases_year_low"] > 0
    file = reverse("backlog:api_file_ticket_group", args=[first["id"]])
    made = client.post(file, {"minutes_per_touch": 5}, content_type="application/json")
    assert made.status_code == 200 and made.json()["klass"] == "ai_for_ops"
    other = cast.client(cast.lead).post(file, {}, content_type="application/json")
    assert other.status_code == 409 and made.json()["key"] in other.json()["message"]


def test_the_form_and_the_evidence_lead_back_to_the_group(cast: Any, now: datetime) -> None:
    group = ready(cast, now).groups.get(name="Password")
    made = operations.file_from_group(group=group, by=cast.owner, at=now)
    client, address = cast.client(cast.owner), reverse("backlog:ticket_group", args=[group.pk])
    form = client.get(reverse("backlog:edit", args=[made.number])).content.decode()
    assert address in form and f'data-touches="{group.touches:.6f}"' in form
    assert address in client.get(reverse("backlog:candidate", args=[made.number])).content.decode()

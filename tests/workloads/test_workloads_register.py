"""The register: filled from calls and by hand, what runs now and what ran on a past day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Change, Component, ComponentVersion, SeenModel, UsageHour
from workloads.operations import store_calls
from workloads.operations.components import add_version, end_version, note_version
from workloads.queries.register import history, in_words, ran_on, running_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer, it_steward=cast.it, builder=cast.assessor)


def call(number, at, **fields):
    given = {"model": "gpt-4o", "provider": "openai", "input_tokens": 10, "output_tokens": 1} | fields
    return NormalisedCall(trace_id=f"{number:032x}", span_id=f"{number:016x}", started_at=at, **given)


def added(workload, cast, now, **fields):
    given = {"kind": "dataset", "name": "Invoices 2026", "version": "2", "since": date(2026, 11, 1)} | fields
    return add_version(workload=workload, by=given.pop("by", cast.owner), at=now, **given)


def names(groups):
    return [(row.component.kind, row.component.name, row.row.version) for g in groups for row in g.rows]


def test_calls_fill_it_with_models_prompts_releases_and_tools(workload, now):
    about = {
        "prompt_name": "triage",
        "prompt_version": "4",
        "release": "1.2",
        "service": "bot",
        "tools": ("lookup",),
    }
    store_calls(workload=workload, calls=[call(1, now, **about), call(2, now, **about)], at=now)
    assert names(running_now(workload, now)) == [
        ("model", "gpt-4o", ""), ("prompt", "triage", "4"), ("tool", "lookup", ""), ("release", "bot", "1.2"),
    ]  # fmt: skip
    assert Change.objects.filter(workload=workload).count() == 4
    store_calls(workload=workload, calls=[call(3, now, **about)], at=now)
    assert Change.objects.filter(workload=workload).count() == 4, "told once"


def test_what_no_call_names_any_more_does_not_run(workload, now):
    old, new = now - timedelta(days=20), now - timedelta(days=6)
    for number, (at, version) in enumerate([(old, "1"), (new, "2")]):
        one = call(number, at, prompt_name="triage", prompt_version=version)
        store_calls(workload=workload, calls=[one], at=now)
    assert ("prompt", "triage", "2") in names(running_now(workload, now))
    assert ("prompt", "triage", "1") not in names(running_now(workload, now))
    assert names(ran_on(workload, old.date()))[-1] == ("prompt", "triage", "1")
    assert ("prompt", "triage", "1") not in names(ran_on(workload, old.date() + timedelta(days=1)))


def test_a_past_day_counts_from_the_first_to_the_last_sight(workload, now):
    for number, days in enumerate([10, 6]):
        store_calls(workload=workload, calls=[call(number, now - timedelta(days=days))], at=now)
    before, first, between, last, after = (
        ran_on(workload, (now - timedelta(days=days)).date()) for days in (11, 10, 8, 6, 5)
    )
    assert (before, after) == ([], [])
    assert [g[0].rows[0].calls for g in (first, between, last)] == [1, 0, 1]
    assert first[0].rows[0].providers == ("openai",)


def test_a_model_that_somebody_else_serves_is_news(workload, now):
    for number, provider in enumerate(["openai", "azure", "openai"]):
        store_calls(workload=workload, calls=[call(number, now, provider=provider)], at=now)
    told = Change.objects.filter(workload=workload).order_by("pk").values_list("summary", flat=True)
    assert list(told) == [
        "First call of the model gpt-4o (openai)",
        "First call of the model gpt-4o (azure)",
    ]
    (group,) = running_now(workload, now)
    assert group.rows[0].providers == ("azure", "openai") and group.rows[0].calls == 3


def test_a_full_register_takes_nothing_new_and_still_follows_what_it_has(workload, now, monkeypatch):
    monkeypatch.setattr("workloads.operations.sightings.MOST_VERSIONS", 2)
    about = {"prompt_name": "triage", "prompt_version": "1"}
    store_calls(workload=workload, calls=[call(1, now - timedelta(days=3), **about)], at=now)
    later = [
        call(2, now, **about),
        call(3, now, **about | {"prompt_version": "2"}),
        call(4, now, model="new"),
    ]
    store_calls(workload=workload, calls=later, at=now)
    rows = {(row.component.name, row.version): row.seen_to for row in history(workload)}
    assert rows == {("gpt-4o", ""): now, ("triage", "1"): now}
    assert Change.objects.filter(workload=workload).count() == 2


def test_the_sentence_says_what_runs_and_what_came_last(workload, now, cast):
    assert in_words([], None) == "Nothing is known to run yet."
    assert in_words([], date(2026, 10, 1)) == "Nothing is known to have run on 1 Oct 2026."
    added(workload, cast, now)
    added(workload, cast, now, version="3", since=date(2026, 11, 12))
    added(workload, cast, now, kind="pipeline", name="Nightly", version="", since=date(2026, 11, 2))
    added(workload, cast, now, kind="pipeline", name="Hourly", version="", since=date(2026, 11, 2))
    assert in_words(running_now(workload, now), None) == (
        "It runs with 2 pipelines and 1 dataset; the newest is the dataset Invoices 2026 3, since 12 Nov 2026."
    )
    day = date(2026, 11, 1)
    assert in_words(ran_on(workload, day), day) == "On 1 Nov 2026 it ran with 1 dataset."


@pytest.mark.parametrize("who", ["owner", "reviewer", "assessor", "lead"])
def test_owner_deputy_builder_and_lead_enter_it(workload, cast, now, who):
    row = added(workload, cast, now, by=getattr(cast, who), note="from the archive")
    assert row.seen_from == datetime(2026, 11, 1, tzinfo=UTC) and row.seen_to is None
    change = Change.objects.get(workload=workload, kind="dataset")
    assert change.summary == "Runs with the dataset Invoices 2026 in version 2" and change.by == row.by
    assert AuditEvent.objects.get(action="register.added").actor_id == row.by_id


@pytest.mark.parametrize("who", ["it", "finance", "evaluator", "auditor", "executive", "stranger"])
def test_nobody_else_does(workload, cast, now, who):
    by = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        added(workload, cast, now, by=by)
    row = added(workload, cast, now)
    with pytest.raises(PermissionDenied):
        end_version(row=row, on=now.date(), by=by, at=now)
    with pytest.raises(PermissionDenied):
        note_version(row=row, note="x", by=by, at=now)
    row.refresh_from_db()
    assert row.seen_to is None and row.note == ""


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("kind", {"kind": "price"}),
        ("name", {"name": "  "}),
        ("too_long", {"name": "x" * 201}),
        ("too_long", {"version": "x" * 121}),
        ("since", {"since": date(2026, 11, 21)}),
    ],
)
def test_what_cannot_be_entered(workload, cast, now, code, wrong):
    with pytest.raises(DomainError) as refused:
        added(workload, cast, now, **wrong)
    assert refused.value.code == code and not Component.objects.exists()


def test_the_same_version_twice_is_refused(workload, cast, now):
    added(workload, cast, now)
    with pytest.raises(DomainError, match="«Invoices 2026 2» is in the register already"):
        added(workload, cast, now, name=" Invoices 2026 ")
    added(workload, cast, now, version="3")
    assert ComponentVersion.objects.count() == 2 and Component.objects.count() == 1


def test_a_retired_workload_keeps_its_register(workload, cast, now):
    row = added(workload, cast, now)
    workload.stage, workload.retired_on = "retired", now.date()
    workload.save()
    row.component.workload.refresh_from_db()
    for act in (
        lambda: added(workload, cast, now, version="3"),
        lambda: end_version(row=row, on=now.date(), by=cast.owner, at=now),
        lambda: note_version(row=row, note="x", by=cast.owner, at=now),
    ):
        with pytest.raises(DomainError, match="its register stands"):
            act()


def test_an_end_is_a_day_and_a_change(workload, cast, now):
    row = end_version(row=added(workload, cast, now), on=date(2026, 11, 10), by=cast.owner, at=now)
    assert row.seen_to == datetime(2026, 11, 10, tzinfo=UTC)
    assert names(running_now(workload, now)) == []
    assert names(ran_on(workload, date(2026, 11, 10))) and not ran_on(workload, date(2026, 11, 11))
    assert Change.objects.first().summary == "No longer runs with the dataset Invoices 2026 in version 2"
    assert AuditEvent.objects.get(action="register.ended").changes == {"on": "2026-11-10"}
    with pytest.raises(DomainError, match="ended on 10 Nov 2026 already"):
        end_version(row=row, on=date(2026, 11, 12), by=cast.owner, at=now)


@pytest.mark.parametrize("on", [date(2026, 10, 31), date(2026, 11, 21)])
def test_an_end_lies_between_beginning_and_today(workload, cast, now, on):
    row = added(workload, cast, now)
    with pytest.raises(DomainError) as refused:
        end_version(row=row, on=on, by=cast.owner, at=now)
    assert refused.value.field == "on"


def test_what_telemetry_brought_ends_by_itself_but_takes_a_note(workload, cast, now):
    store_calls(workload=workload, calls=[call(1, now)], at=now)
    row = ComponentVersion.objects.get()
    with pytest.raises(DomainError, match="Telemetry brought this"):
        end_version(row=row, on=now.date(), by=cast.owner, at=now)
    note_version(row=row, note="  the cheap one ", by=cast.owner, at=now)
    row.refresh_from_db()
    assert row.note == "the cheap one" and row.by is None
    assert AuditEvent.objects.get(action="register.noted").changes == {"note": ["", "the cheap one"]}
    note_version(row=row, note="the cheap one", by=cast.owner, at=now)
    assert AuditEvent.objects.filter(action="register.noted").count() == 1
    with pytest.raises(DomainError, match="300 characters"):
        note_version(row=row, note="x" * 301, by=cast.owner, at=now)


def test_models_seen_before_there_was_a_register_are_carried_over(workload, now):
    from importlib import import_module

    moved = import_module("workloads.migrations.0020_models_into_the_register")
    earlier = now - timedelta(days=3)
    for provider, at in (("openai", now), ("azure", earlier)):
        SeenModel.objects.create(workload=workload, provider=provider, model="gpt-4o", first_call_at=at)
    SeenModel.objects.create(workload=workload, provider="", model="unused", first_call_at=now)
    UsageHour.objects.create(
        workload=workload, hour=now + timedelta(hours=1), provider="openai", model="gpt-4o", operation="chat"
    )
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(moved.COMPONENTS)
            cursor.execute(moved.VERSIONS)
    rows = {row.component.name: (row.seen_from, row.seen_to, row.by) for row in history(workload)}
    assert rows == {"gpt-4o": (earlier, now + timedelta(hours=1), None), "unused": (now, now, None)}


# Pages


@pytest.fixture
def today(monkeypatch, now):
    monkeypatch.setattr("workloads.views.register.timezone.now", lambda: now)
    return now


def page(workload):
    return reverse("workloads:components", args=[workload.number])


def test_the_page_for_those_who_may_not_change_it(workload, cast, now, client, today):
    added(workload, cast, now)
    assert client.get(page(workload)).status_code == 302
    assert cast.client(cast.stranger).get(page(workload)).status_code == 404
    body = cast.client(cast.finance).get(page(workload)).content.decode()
    assert "Invoices 2026" in body and "Add by hand" not in body and "It ended" not in body
    assert cast.client(cast.finance).post(page(workload), {"form": "add"}).status_code == 403
    assert cast.client(cast.owner).post(page(workload), {"form": "else"}).status_code == 403


def test_an_empty_register_says_what_to_do_next(workload, cast, today):
    body = cast.client(cast.owner).get(page(workload)).content.decode()
    assert "Nothing is known to run yet." in body and "is added by hand" in body
    past = cast.client(cast.owner).get(page(workload), {"on": "2026-10-01"}).content.decode()
    assert "Nothing is known to have run on 1 Oct 2026." in past


def test_the_day_stands_in_the_address(workload, cast, now, today):
    end_version(row=added(workload, cast, now), on=date(2026, 11, 10), by=cast.owner, at=now)
    client = cast.client(cast.owner)
    assert (
        "On 5 Nov 2026 it ran with 1 dataset."
        in client.get(page(workload), {"on": "2026-11-05"}).content.decode()
    )
    for odd in ("2026-11-20", "2027-01-01", "rubbish", "9999-12-31", "0001-01-01"):
        assert client.get(page(workload), {"on": odd}).status_code == 200
    assert "Nothing is known to run yet." in client.get(page(workload), {"on": "rubbish"}).content.decode()


def test_adding_noting_and_ending_on_the_page(workload, cast, today):
    client = cast.client(cast.owner)
    new = {"form": "add", "kind": "dataset", "name": "<b>Set</b>", "version": "1", "since": "2026-11-02"}
    assert client.post(page(workload), new).status_code == 302
    again = client.post(page(workload), new)
    assert again.status_code == 422 and "in the register already" in again.content.decode()
    assert "<b>Set</b>" not in again.content.decode()
    row = ComponentVersion.objects.get()
    assert client.post(page(workload), {"form": "note", "row": row.pk, "note": "mind it"}).status_code == 302
    early = client.post(page(workload), {"form": "end", "row": row.pk, "on": "2026-11-01"})
    assert early.status_code == 422 and "cannot end before it began" in early.content.decode()
    assert client.post(page(workload), {"form": "end", "row": row.pk, "on": "2026-11-09"}).status_code == 302
    twice = client.post(page(workload), {"form": "end", "row": row.pk, "on": "2026-11-09"})
    assert twice.status_code == 422 and "already" in twice.content.decode()
    row.refresh_from_db()
    assert (row.note, row.seen_to.day) == ("mind it", 9)


def test_rows_of_another_workload_are_not_there(workload, cast, now, today):
    row = added(make_workload(cast, "Other"), cast, now)
    for pk in (row.pk, "x", "", "9" * 30):
        answer = cast.client(cast.owner).post(page(workload), {"form": "note", "row": pk, "note": "x"})
        assert answer.status_code == 404


def test_the_api_lists_and_adds(workload, cast, now, today):
    url = reverse("workloads:api_register", args=[workload.number])
    client = cast.client(cast.owner)
    body = {"kind": "dataset", "name": "Set", "since": "2026-11-02"}
    assert client.post(url, body, content_type="application/json").status_code == 201
    assert client.post(url, body, content_type="application/json").status_code == 409
    assert cast.client(cast.finance).post(url, body, content_type="application/json").status_code == 403
    (row,) = client.get(url).json()
    assert (row["kind"], row["name"], row["by_hand"], row["seen_to"]) == ("dataset", "Set", True, None)
    assert client.get(url, {"on": "2026-11-01"}).json() == []
    assert client.get(url, {"on": "rubbish"}).status_code == 400
    assert cast.client(cast.stranger).get(url).status_code == 404

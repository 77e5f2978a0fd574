"""How value is counted: baselines, terms, actual costs, and whether it is real; one world for each story."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from backlog.models import Candidate
from roi import operations
from roi.calc.cost_rows import CostRow
from roi.calc.timestamps import Touch
from roi.models import ActualCost, Comparison, TimeBaseline, ValueTerms
from roi.operations.actual_costs import CostsRefused, write_costs
from roi.operations.baselines import baseline_from_touches, first_baseline, is_of_workload, set_baseline
from roi.operations.comparisons import Asked, compare_outcomes
from roi.operations.terms import set_terms
from roi.queries.actual_costs import built_to_date
from roi.queries.after_measuring import after_words
from tests.factories import make_workload
from workloads.models import OutcomeDay

GO_LIVE = date(2026, 9, 1)


@pytest.fixture
def world(cast: SimpleNamespace, now: datetime) -> SimpleNamespace:
    candidate = Candidate.objects.create(
        number=1,
        title="Invoice coding",
        unit=cast.unit,
        owner=cast.owner,
        state="approved",
        created_at=now,
        submitted_at=now,
    )
    workload = make_workload(cast, candidate=candidate, go_live=GO_LIVE)
    return SimpleNamespace(cast=cast, now=now, workload=workload, candidate=candidate)


def measured(world: SimpleNamespace, **fields: Any) -> TimeBaseline:
    said = {"minutes": D("8.5"), "low": D(8), "high": D(9), "how": "study", "n": 20, "by": world.cast.owner}
    said |= {"measured_from": date(2026, 8, 1), "measured_to": date(2026, 8, 20)} | fields
    return set_baseline(workload=world.workload, at=world.now, **said)


def test_baselines_replace_each_other_and_say_when(world: SimpleNamespace) -> None:
    first = measured(world)
    assert first.before_go_live
    touches = []
    for n in range(12):
        start = datetime(2026, 10, 1 + n, 9, tzinfo=UTC)
        touches.append(Touch(f"I-{n}", start, start + timedelta(minutes=6 + n % 3)))
    at = {"by": world.cast.assessor, "at": world.now}
    second = baseline_from_touches(workload=world.workload, touches=touches, how="timestamps", **at)
    first.refresh_from_db()
    assert (second.n, second.minutes, second.before_go_live) == (12, D(7), False)
    assert (
        first.replaced_by == second and AuditEvent.objects.of(second).filter(action="baseline.set").exists()
    )
    with pytest.raises(PermissionDenied):
        measured(world, by=world.cast.stranger)
    for wrong, words in (
        ({"n": 3}, "5 items or more"),
        ({"measured_from": None}, "from which days"),
        ({"measured_to": date(2027, 1, 1)}, "have passed"),
        ({"low": D(9)}, "must rise"),
    ):
        with pytest.raises(DomainError, match=words):
            measured(world, **wrong)


def test_a_timing_of_what_runs_becomes_its_baseline(world: SimpleNamespace) -> None:
    """By the timer's link; the estimates that were approved stay. A new workload starts with the newest timing."""
    said = {"quantity": "minutes", "what": "Time it", "person": world.cast.owner, "samples_wanted": 6}
    row, _ = operations.start_measurement(
        candidate=world.candidate, due_on=date(2026, 12, 1), by=world.cast.lead, at=world.now, **said
    )
    for n in range(6):
        operations.add_sample(measurement=row, value=str(7 + n % 2), client_id=str(n), at=world.now)
    done = operations.close_measurement(measurement=row, by=world.cast.owner, at=world.now)
    assert after_words(done, of_workload=is_of_workload(done)).startswith(
        "Measured. It is the workload's time baseline"
    )
    made = TimeBaseline.objects.get(workload=world.workload)
    assert (made.how, made.n, made.minutes, made.measured_to) == ("study", 6, D("7.5"), world.now.date())
    assert not world.candidate.estimates.exists()
    TimeBaseline.objects.all().delete()
    again = first_baseline(workload=world.workload, at=world.now)
    assert again and again.by.is_system and again.n == 6
    assert first_baseline(workload=world.workload, at=world.now) is None
    TimeBaseline.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("roi.migrations.0011_first_baselines").TIMED)
    upgraded = TimeBaseline.objects.get(workload=world.workload)
    same = ("minutes", "low", "high", "n", "how", "measured_from", "measured_to", "before_go_live", "note")
    assert [getattr(upgraded, name) for name in same] == [getattr(made, name) for name in same]


def test_a_cancelled_timing_of_what_runs_leaves_all_as_it_is(world: SimpleNamespace) -> None:
    measured(world)
    said = {"quantity": "minutes", "what": "Time it", "person": world.cast.owner, "samples_wanted": 6}
    row, _ = operations.start_measurement(
        candidate=world.candidate, due_on=date(2026, 12, 1), by=world.cast.lead, at=world.now, **said
    )
    gone = operations.cancel_measurement(measurement=row, reason="No time", by=world.cast.lead, at=world.now)
    words = "It will not be measured. The workload keeps the time baseline that it has."
    assert after_words(gone, of_workload=is_of_workload(gone)) == words
    world.candidate.refresh_from_db()
    assert (world.candidate.state, TimeBaseline.objects.get().minutes) == ("approved", D("8.5"))


def test_terms_are_the_owners_and_losses_are_finances(world: SimpleNamespace) -> None:
    said = {"workload": world.workload, "at": world.now}
    terms = set_terms(
        verdicts="random", volume_month=400, note="All are looked at", by=world.cast.owner, **said
    )
    set_terms(loss_per_error=D(40), by=world.cast.finance, **said)
    terms.refresh_from_db()
    assert (terms.verdicts, terms.loss_per_error, terms.by) == ("random", D(40), world.cast.finance)
    with pytest.raises(PermissionDenied):
        set_terms(loss_per_error=D(1), by=world.cast.owner, **said)
    with pytest.raises(PermissionDenied):
        set_terms(volume_month=1, by=world.cast.finance, **said)
    with pytest.raises(DomainError, match="not below zero"):
        set_terms(loss_per_leak=D(-1), by=world.cast.finance, **said)


def test_costs_come_in_whole_once_and_a_feed_leaves_hands_alone(world: SimpleNamespace) -> None:
    number, at = world.workload.number, {"at": world.now}
    rows = [
        CostRow(1, number, date(2026, 8, 1), "build", D("1200.50")),
        CostRow(2, number, GO_LIVE, "people", D(300)),
    ]
    owner, finance = world.cast.owner, world.cast.finance
    assert len(write_costs(rows=rows, source="form", by=owner, **at).new) == 2
    assert write_costs(rows=rows, source="import", by=finance, **at).same == 2
    assert built_to_date([world.workload])[world.workload.pk].amount == D("1200.50")
    bad = [CostRow(5, number, GO_LIVE, "people", D(1)), CostRow(6, 99, GO_LIVE, "people", D(1))]
    with pytest.raises(CostsRefused) as refused:
        write_costs(
            rows=[*bad, CostRow(7, number, date(2027, 1, 1), "eval", D(1))], source="feed", by=finance, **at
        )
    assert [(row.row, row.field) for row in refused.value.rows] == [
        (5, "kind"),
        (6, "workload"),
        (7, "month"),
    ]
    assert ActualCost.objects.count() == 2
    taken = write_costs(
        rows=[CostRow(1, number, date(2026, 8, 1), "build", None)], source="form", by=owner, **at
    )
    assert len(taken.removed) == 1
    assert not built_to_date([world.workload])[world.workload.pk].from_lines
    with pytest.raises(CostsRefused, match="There is no W-"):
        write_costs(rows=rows, source="form", by=world.cast.stranger, **at)


def days(world: SimpleNamespace, arm: str, place: str, minutes: float, first: date, count: int) -> None:
    OutcomeDay.objects.bulk_create(
        OutcomeDay(
            workload=world.workload, day=first + timedelta(days=n), arm=arm, place=place, done=10, judged=10,
            accepted=8 if arm else 9, minutes_n=10, minutes_sum=D(str(minutes * 10 + n % 3)),
            minutes_squares=D(str(10 * minutes * minutes + 40)), changed_at=world.now,
        )
        for n in range(count)
    )  # fmt: skip


def test_reported_outcomes_tell_whether_it_is_real(world: SimpleNamespace) -> None:
    """Lyon works with it from September on; Graz goes on by hand."""
    start = GO_LIVE - timedelta(days=28)
    days(world, "control", "Lyon", 8, start, 28)
    days(world, "", "Lyon", 5, GO_LIVE, 28)
    days(world, "control", "Graz", 8, start, 56)
    asked = {"workload": world.workload, "by": world.cast.owner, "at": world.now}
    last = GO_LIVE + timedelta(days=27)
    made = compare_outcomes(asked=Asked("its", "minutes", "Lyon", GO_LIVE, start, last), **asked)
    assert made.low <= -3 <= made.high and "minutes less" in made.sentence and "control" in made.sentence
    apart = compare_outcomes(asked=Asked("did", "minutes", "Both", GO_LIVE, start, last), **asked)
    assert abs(apart.effect + 3) < D("0.2") and apart.details["by"] == "series"
    shares = Asked("holdout", "accepted", "Accepted", None, GO_LIVE, last)
    with pytest.raises(DomainError, match="Not enough data.* at least 3"):
        compare_outcomes(asked=shares, **asked)
    days(world, "control", "Lyon", 8, GO_LIVE, 28)
    held = compare_outcomes(asked=shares, **asked)
    assert held.effect == D("0.1000") and held.sentence.startswith("Of 100 items 10.0 more were accepted")
    with pytest.raises(PermissionDenied):
        compare_outcomes(asked=shares, workload=world.workload, by=world.cast.stranger, at=world.now)


def test_the_pages_take_sheets_and_show_what_came(world: SimpleNamespace) -> None:
    owner, number = world.cast.client(world.cast.owner), world.workload.number
    at = {
        name: reverse(f"roi:{name}", args=[number])
        for name in ("baseline", "terms", "actual_costs", "comparisons")
    }
    assert b"Nobody has measured" in owner.get(at["baseline"]).content
    rows = "\n".join(f"I-{n};2026-08-0{1 + n} 09:00;2026-08-0{1 + n} 09:0{5 + n % 3}" for n in range(8))
    sheet = {"form": "times", "times-how": "tickets", "times-longest": 480, "times-is_work": "on"}
    refused = owner.post(at["baseline"], sheet | {"times-pasted": "item;start;end\nA;yesterday;today"})
    assert refused.status_code == 422 and "«yesterday» is not a date" in refused.content.decode()
    assert owner.post(at["baseline"], sheet | {"times-pasted": f"item;start;end\n{rows}"}).status_code == 302
    shown = owner.get(at["baseline"]).content.decode()
    assert "An item took people 5.9 minutes" in shown and "before go-live" in shown

    assert owner.post(at["terms"], {"verdicts": "random", "volume_month": 400}).status_code == 302
    assert ValueTerms.objects.get().verdicts == "random"
    assert b"loss_per_error" not in owner.get(at["terms"]).content

    assert owner.post(at["actual_costs"], {"month": "2026-10", "licence": "99.90"}).status_code == 302
    assert "99.90" in owner.get(at["actual_costs"]).content.decode()
    assert world.cast.client(world.cast.it).get(at["actual_costs"]).status_code == 403
    exported = owner.get(at["actual_costs"] + "?format=csv").content
    where = reverse("roi:import_costs")
    again = owner.post(where, {"file": SimpleUploadedFile("costs.csv", exported)})
    assert "Nothing differs from what is stored." in again.content.decode()
    changed = exported.replace(b"99.90", b"12.30")
    preview = owner.post(where, {"file": SimpleUploadedFile("costs.csv", changed)})
    assert ActualCost.objects.get().amount == D("99.90")
    assert owner.post(where, {"rows": preview.context["signed"]}).status_code == 302
    assert ActualCost.objects.get().amount == D("12.30")

    series = "date,value\n" + "\n".join(
        f"{GO_LIVE + timedelta(days=n)},{(5 if n >= 0 else 8) + 0.1 * (n % 4)}" for n in range(-20, 20)
    )
    asked = {"form": "series", "series-method": "its", "series-quantity": "minutes", "series-cut": GO_LIVE}
    asked |= {"series-question": "Lyon by hand", "series-self_reported": "on"}
    few = owner.post(at["comparisons"], asked | {"series-pasted": series[:200]})
    assert few.status_code == 422 and "Not enough data" in few.content.decode()
    page = owner.post(at["comparisons"], asked | {"series-pasted": series}, follow=True).content.decode()
    assert "minutes less, " in page and "no ground for cash" in page
    assert owner.get(
        reverse("roi:comparison", args=[number, Comparison.objects.get().pk]) + "?format=xlsx"
    ).content


def test_the_api_keeps_the_same_rules(world: SimpleNamespace) -> None:
    owner, number = world.cast.client(world.cast.owner), world.workload.number
    at = {name: reverse(f"roi:api_{name}", args=[number]) for name in ("baselines", "terms", "comparisons")}
    json = {"content_type": "application/json"}
    touches = [
        {"item": f"I-{n}", "start": f"2026-08-0{n + 1}T09:00:00Z", "end": f"2026-08-0{n + 1}T09:0{n}:30Z"}
        for n in range(1, 8)
    ]
    made = owner.post(at["baselines"], {"how": "timestamps", "touches": touches}, **json)
    assert made.status_code == 201 and made.json()["n"] == 7
    assert owner.post(at["baselines"], {"how": "estimate"}, **json).status_code == 400
    assert owner.patch(at["terms"], {"loss_per_error": 5}, **json).status_code == 403
    assert owner.patch(at["terms"], {"volume_month": 90}, **json).json()["volume_month"] == 90
    costs = reverse("roi:api_actual_costs")
    line = {"workload": number, "month": "2026-10", "kind": "people", "amount": "250.00"}
    assert owner.post(costs, {"lines": [line]}, **json).json() == {
        "new": 1,
        "changed": 0,
        "removed": 0,
        "same": 0,
    }
    assert owner.post(costs, {"lines": [line]}, **json).json()["same"] == 1
    assert owner.post(costs, {"lines": [line | {"month": "2030-01"}]}, **json).status_code == 422
    assert owner.post(costs, {"lines": [line, line]}, **json).status_code == 400
    assert owner.get(costs).json()["results"][0]["amount"] == "250.00"
    rows = [{"value": 5 + n % 3, "group": "with" if n % 2 else "without"} for n in range(80)]
    nan = {"method": "holdout", "quantity": "minutes", "question": "None", "rows": [{"value": "nan"}]}
    assert owner.post(at["comparisons"], nan, **json).status_code == 400
    asked = {"method": "holdout", "quantity": "minutes", "question": "A share held out", "rows": rows}
    assert owner.post(at["comparisons"], asked, **json).json()["n"] == 80
    assert owner.post(at["comparisons"], asked | {"rows": rows[:9]}, **json).status_code == 409
    assert owner.get(at["comparisons"]).json()[0]["quantity"] == "minutes"

"""Programs that nobody has claimed: what waits, who claims it, and that it is stored exactly once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from tests.otlp_bodies import START
from workloads.calc import held
from workloads.calc.dialects import Mark, NormalisedCall
from workloads.calc.evaluations import Evaluation as Said
from workloads.calc.held import Parcel
from workloads.models import Call, Evaluation, HeldSpans, Service, UsageHour, Workload
from workloads.operations import holding, placing, services
from workloads.operations.arrivals import take
from workloads.operations.telemetry import create_environment_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def workload(cast):
    return make_workload(cast)


@pytest.fixture
def key(cast):
    at = timezone.now() - timedelta(days=1)
    return create_environment_key(environment="production", name="cluster", by=cast.it, at=at)[0]


def make(n, service="bot", **more):
    said = {"input_tokens": 1200, "service": service, "latency_ms": 500} | more
    started = START + timedelta(seconds=n)
    return NormalisedCall(f"{n:032x}", f"{n:016x}", started, "gpt-4o-mini", "openai", **said)


def judged(n, **more):
    said = {"value": 0.0, "label": "", "explanation": "because", "source": "score", "evaluator": "judge"}
    return Said(f"{n:032x}", f"{n:016x}", "relevance", evaluator_version="2", at=START, **(said | more))


@pytest.fixture
def waiting(key, now):
    take(key=key, calls=[make(1), make(2)], evaluations=[judged(1, service="bot")], at=now)
    take(key=key, calls=[make(3)], at=now)
    return Service.objects.get()


def test_what_nobody_has_claimed_waits(waiting, now):
    assert (waiting.name, waiting.environment, waiting.calls, waiting.dropped) == ("bot", "production", 3, 0)
    assert HeldSpans.objects.count() == 2 and not Call.objects.exists() and not Evaluation.objects.exists()
    assert waiting.first_seen_at == waiting.last_seen_at == now


def test_what_waits_is_encrypted_and_without_content(key, now):
    call = make(1, user_raw="ada@example.com", content_in="my salary", business={"order": "4711"})
    take(key=key, calls=[call], at=now)
    body = bytes(HeldSpans.objects.get().body)
    assert not any(word in body for word in (b"ada@", b"salary", b"4711", b"gpt"))


def test_a_parcel_comes_back_as_it_was(now):
    call = make(
        1,
        cost_client=Decimal("0.0001542"),
        tools=("a", "b"),
        business={"order": "1"},
        ttft_ms=0,
        content_in="x",
    )
    mark = Mark("a" * 32, "b" * 16, "flow", START, START, False, "bot", "", {"order": "1"})
    parcel = Parcel([call], [judged(1), judged(2, value=None, label="good")], [mark])
    back = held.unpack(held.pack(parcel))
    call.content_in = ""
    for one in parcel.evaluations:
        one.explanation = ""
    assert back == parcel


def test_claiming_stores_what_waited_once_and_later_calls_go_straight_in(cast, key, workload, waiting, now):
    services.assign_service(service=waiting, workload=workload, by=cast.it, at=now)
    for _ in range(2):
        holding.store_held(service_id=waiting.pk, at=now)
    take(key=key, calls=[make(3), make(4)], at=now)
    waiting.refresh_from_db()
    assert (waiting.calls, waiting.held_bytes, HeldSpans.objects.count()) == (0, 0, 0)
    assert Call.objects.filter(workload=workload, environment="production").count() == 4
    assert sum(UsageHour.objects.values_list("calls", flat=True)) == 4
    assert Evaluation.objects.get().workload_id == workload.pk


def test_the_job_is_sent_once_the_claim_is_committed(
    cast, workload, waiting, now, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("aiops.jobs.app.send_task", lambda name, args, **_: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        services.assign_service(service=waiting, workload=workload, by=cast.it, at=now)
    assert sent == [("workloads.store_held", (waiting.pk,))]
    with django_capture_on_commit_callbacks(execute=True):
        holding.tend_doors(at=now)
    assert sent[1:] == [("workloads.store_held", (waiting.pk,))]
    holding.store_held(service_id=waiting.pk, at=now)
    with django_capture_on_commit_callbacks(execute=True):
        holding.tend_doors(at=now)
    assert len(sent) == 2


def test_a_worker_that_dies_between_parcels_loses_and_doubles_nothing(
    cast, workload, waiting, now, monkeypatch
):
    services.assign_service(service=waiting, workload=workload, by=cast.it, at=now)
    real, seen = placing.store_calls, []

    def dies(**said):
        report = real(**said)
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return report

    monkeypatch.setattr(placing, "store_calls", dies)
    with pytest.raises(KeyboardInterrupt):
        holding.store_held(service_id=waiting.pk, at=now)
    assert Call.objects.count() == 2 and HeldSpans.objects.count() == 1
    monkeypatch.setattr(placing, "store_calls", real)
    holding.store_held(service_id=waiting.pk, at=now)
    assert Call.objects.count() == 3 and not HeldSpans.objects.exists()
    assert sum(UsageHour.objects.values_list("calls", flat=True)) == 3


def test_a_request_sent_again_waits_once(key, waiting, now):
    take(key=key, calls=[make(3)], at=now)
    waiting.refresh_from_db()
    assert waiting.calls == 3 and HeldSpans.objects.count() == 2


def test_what_waits_is_bounded_in_bytes_and_the_rest_is_counted(key, waiting, now, monkeypatch):
    monkeypatch.setattr(holding, "HELD_BYTES", waiting.held_bytes)
    taken = take(key=key, calls=[make(5), make(6)], at=now)
    waiting.refresh_from_db()
    assert (waiting.calls, waiting.dropped, taken.dropped) == (3, 2, 2)
    assert sum(taken.refused.values()) == 2


def test_what_waits_too_long_is_dropped_and_counted(waiting, now):
    holding.tend_doors(at=now + timedelta(days=13))
    assert HeldSpans.objects.count() == 2
    holding.tend_doors(at=now + timedelta(days=15))
    waiting.refresh_from_db()
    assert (waiting.calls, waiting.dropped, waiting.held_bytes) == (0, 3, 0)


def test_names_made_up_by_the_thousand_fill_no_list(key, now, monkeypatch):
    monkeypatch.setattr(holding, "MOST_SERVICES", 3)
    taken = take(key=key, calls=[make(n, service=f"made-up-{n}") for n in range(1, 6)], at=now)
    assert Service.objects.count() == 3 and sum(taken.refused.values()) == 2


def test_odd_names_are_held_under_what_a_database_takes(key, now):
    take(key=key, calls=[make(1, service="\x00"), make(2, service="x\x00" * 300)], at=now)
    assert sorted(len(name) for name in Service.objects.values_list("name", flat=True)) == [15, 200]


def test_a_program_that_calls_no_model_is_nobodys_to_claim(key, now):
    mark = Mark("a" * 32, "b" * 16, "flow", START, START, False, "web shop", "", {"order": "1"})
    take(key=key, marks=[mark], at=now)
    assert not Service.objects.exists()


def test_one_retired_workload_costs_the_others_nothing(cast, key, workload, now):
    gone = make_workload(cast, "Gone", stage="retired", retired_on=now.date())
    seen = {"environment": "production", "first_seen_at": now, "last_seen_at": now}
    Service.objects.create(name="gone", workload=gone, **seen)
    Service.objects.create(name="bot", workload=workload, **seen)
    taken = take(key=key, calls=[make(1, service="gone"), make(2)], at=now)
    assert Call.objects.get().workload_id == workload.pk
    assert list(taken.refused.values()) == [1] and "retired" in next(iter(taken.refused))


def test_registering_makes_a_pilot_of_the_named_owner(cast, waiting, now):
    made = services.register_service(
        service=waiting, name="Ticket bot", unit=cast.unit, business_owner=cast.owner, by=cast.it, at=now
    )
    waiting.refresh_from_db()
    assert (made.stage, made.business_owner, made.candidate, waiting.workload) == (
        "pilot",
        cast.owner,
        None,
        made,
    )
    holding.store_held(service_id=waiting.pk, at=now)
    assert Call.objects.filter(workload=made).count() == 3
    assert AuditEvent.objects.filter(action="service.assigned").count() == 1
    with pytest.raises(DomainError, match="belongs to"):
        services.register_service(
            service=waiting, name="Again", unit=cast.unit, business_owner=cast.owner, by=cast.it, at=now
        )


def test_another_workload_gets_what_comes_and_not_what_came(cast, key, workload, waiting, now):
    other = make_workload(cast, "Another")
    services.assign_service(service=waiting, workload=workload, by=cast.it, at=now)
    holding.store_held(service_id=waiting.pk, at=now)
    services.assign_service(service=waiting, workload=other, by=cast.it, at=now)
    take(key=key, calls=[make(9)], at=now)
    assert Call.objects.filter(workload=workload).count() == 3
    assert Call.objects.filter(workload=other).count() == 1


def test_ignored_and_released(cast, key, workload, waiting, now):
    services.ignore_service(service=waiting, by=cast.it, at=now)
    taken = take(key=key, calls=[make(9)], at=now)
    waiting.refresh_from_db()
    assert (waiting.calls, waiting.dropped, taken.refused) == (0, 4, {})
    services.release_service(service=waiting, by=cast.it, at=now)
    take(key=key, calls=[make(10)], at=now)
    waiting.refresh_from_db()
    assert (waiting.calls, waiting.is_ignored) == (1, False)
    services.assign_service(service=waiting, workload=workload, by=cast.it, at=now)
    with pytest.raises(DomainError, match="release it first"):
        services.ignore_service(service=waiting, by=cast.it, at=now)
    services.release_service(service=waiting, by=cast.it, at=now)
    holding.store_held(service_id=waiting.pk, at=now)
    assert HeldSpans.objects.count() == 1 and not Call.objects.exists()


def test_only_it_of_the_whole_company_hands_programs_out(cast, workload, waiting, now):
    said = {"service": waiting, "at": now}
    for person in (cast.owner, cast.lead, cast.finance, cast.evaluator, cast.stranger):
        with pytest.raises(PermissionDenied):
            services.assign_service(workload=workload, by=person, **said)
        with pytest.raises(PermissionDenied):
            services.register_service(name="x", unit=cast.unit, business_owner=cast.owner, by=person, **said)
        with pytest.raises(PermissionDenied):
            services.ignore_service(by=person, **said)
        with pytest.raises(PermissionDenied):
            services.release_service(by=person, **said)
        client = cast.client(person)
        for name, more in (("services", []), ("service", [waiting.pk]), ("environment_keys", [])):
            assert client.get(reverse(f"workloads:{name}", args=more)).status_code == 403
        assert not Service.objects.visible_to(person).exists()


def test_a_retired_workload_is_given_nothing(cast, waiting, now):
    gone = make_workload(cast, "Gone", stage="retired", retired_on=now.date())
    with pytest.raises(DomainError, match="retired"):
        services.assign_service(service=waiting, workload=gone, by=cast.it, at=now)


def test_the_pages_claim_in_one_click(cast, workload, waiting, client):
    assert client.get("/services/").status_code == 302
    it, address = cast.client(cast.it), reverse("workloads:service", args=[waiting.pk])
    page = it.get("/services/").content.decode()
    assert "One program waits" in page and address in page
    assert "Nobody has claimed it" in it.get(address).content.decode()
    form = {"form": "register", "name": "Bot", "unit": cast.unit.pk, "business_owner": cast.owner.pk}
    assert it.post(address, form | {"unit": ""}).status_code == 422
    assert it.post(address, form | {"name": "\x00"}).status_code == 422
    assert it.post(address, {"form": "sell"}).status_code == 403
    assert it.post(address, form).status_code == 302
    made = Workload.objects.get(name="Bot")
    assert "Bot" in it.get("/services/?show=claimed").content.decode()
    assert it.post(address, form).status_code == 422
    assert it.post(address, {"form": "assign", "workload": workload.pk}).status_code == 302
    assert it.post(address, {"form": "release"}).status_code == 302
    assert it.post(address, {"form": "ignore"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.is_ignored and made.stage == "pilot"
    assert "bot" in it.get("/services/?show=ignored").content.decode()

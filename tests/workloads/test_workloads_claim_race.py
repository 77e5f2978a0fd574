"""Senders, a claim and two workers at once, on real transactions: every call is stored once, none is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Call, HeldSpans, Service, UsageHour
from workloads.operations import holding, services
from workloads.operations.arrivals import take
from workloads.operations.telemetry import create_environment_key

SENDERS, BATCHES, SIZE = 3, 12, 5


@pytest.mark.django_db(transaction=True)
def test_a_claim_while_senders_send(cast):
    now = timezone.now()
    key, _ = create_environment_key(environment="production", name="cluster", by=cast.it, at=now)
    workload = make_workload(cast)
    started = threading.Barrier(SENDERS + 1)
    first = [call(0, 0, n, now) for n in range(SIZE)]
    take(key=key, calls=first, at=now)
    service = Service.objects.get()

    def send(sender):
        started.wait()
        for batch in range(BATCHES):
            calls = [call(sender, batch, n, now) for n in range(SIZE)]
            take(key=key, calls=calls, at=now)
            if batch % 3 == 0:
                take(key=key, calls=calls, at=now)
        connection.close()

    def claim():
        started.wait()
        services.assign_service(service=service, workload=workload, by=cast.it, at=now)
        connection.close()

    def work():
        holding.store_held(service_id=service.pk, at=now)
        connection.close()

    with ThreadPoolExecutor(SENDERS + 3) as pool:
        jobs = [pool.submit(send, n) for n in range(SENDERS)] + [pool.submit(claim)]
        jobs += [pool.submit(work), pool.submit(work)]
        for job in jobs:
            job.result(timeout=60)
    holding.store_held(service_id=service.pk, at=now)
    wanted = SENDERS * BATCHES * SIZE
    service.refresh_from_db()
    assert Call.objects.filter(workload=workload).count() == wanted
    assert sum(UsageHour.objects.values_list("calls", flat=True)) == wanted
    assert not HeldSpans.objects.exists() and (service.calls, service.held_bytes) == (0, 0)


def call(sender, batch, n, now):
    number = 1 + sender * 10_000 + batch * 100 + n
    started = now - timedelta(seconds=number % 60)
    return NormalisedCall(
        f"{number:032x}", f"{number:016x}", started, "gpt-4o-mini", service="bot", input_tokens=9
    )

"""What is stored of a call, and that the sums are those of the calls whatever arrives in whatever order."""

import random
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import Count, Q, Sum

from tests.factories import make_workload
from workloads.calc import sketch
from workloads.calc.dialects import NormalisedCall
from workloads.models import Call, CallContent, Change, Component, ComponentVersion, UsageHour, Workload
from workloads.operations import call_store
from workloads.operations.call_store import store_calls
from workloads.operations.doubles import take_out_doubles

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
MODELS = [
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-5"),
    ("", "home-made"),
    ("openai", "gpt-4o-mini"),
]


def a_call(index=1, **fields) -> NormalisedCall:
    base = {
        "model": "gpt-4o", "provider": "openai", "input_tokens": 100, "output_tokens": 10, "latency_ms": 250,
        "started_at": START,
    }  # fmt: skip
    return NormalisedCall(f"{index:032x}", f"{index:016x}", **(base | fields))


def some_calls(count: int, seed: int = 1) -> list[NormalisedCall]:
    """Calls of every kind over three days."""
    rng = random.Random(seed)
    return [
        a_call(
            index,
            provider=(which := rng.choice(MODELS))[0],
            model=which[1],
            started_at=START - timedelta(seconds=rng.randrange(3 * 86_400)),
            cost_centre=rng.choice(["", "4711", "4712"]),
            environment=rng.choice(["production", "staging"]),
            input_tokens=rng.randrange(1, 5000),
            output_tokens=rng.randrange(0, 500),
            cached_tokens=rng.choice([0, 1]),
            latency_ms=rng.randrange(0, 60_000),
            is_error=rng.random() < 0.1,
            is_retry=rng.random() < 0.1,
            drops_cached=rng.random() < 0.2,
            cost_client=rng.choice([None, Decimal("0.0123456789012345678901"), Decimal(0)]),
        )
        for index in range(1, count + 1)
    ]


KEY = ("hour", "provider", "model", "operation", "environment", "cost_centre")


def assert_sums_are_those_of_the_calls(workload) -> None:
    """Every measure of every group, to the last digit."""
    calls: dict[tuple, list[Call]] = {}
    for call in Call.objects.filter(workload=workload, counted=True):
        hour = call.started_at.replace(minute=0, second=0, microsecond=0)
        calls.setdefault((hour, *(getattr(call, name) for name in KEY[1:])), []).append(call)
    rows = {
        tuple(getattr(row, name) for name in KEY): row for row in UsageHour.objects.filter(workload=workload)
    }
    assert set(calls) == {key for key, row in rows.items() if row.calls}
    for key, group in calls.items():
        assert_row(rows[key], group)


def assert_row(row: UsageHour, calls: list[Call]) -> None:
    def cost(source: str | None = None) -> Decimal:
        return sum((c.cost or Decimal(0) for c in calls if source in (None, c.cost_source)), Decimal(0))

    assert (row.calls, row.errors, row.retries) == (
        len(calls), sum(c.is_error for c in calls), sum(c.is_retry for c in calls),
    )  # fmt: skip
    for name in ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"):
        assert getattr(row, name) == sum(getattr(c, name) for c in calls)
    assert row.cost_usd == cost()
    sources = ("client", "list", "own", "upper_bound")
    assert [getattr(row, f"{source}_cost_usd") for source in sources] == [cost(source) for source in sources]
    assert row.unpriced_calls == sum(c.cost is None for c in calls)
    assert sketch.merged([row.latency_sketch]) == sketch.merged([sketch.entries(c.latency_ms for c in calls)])


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def test_every_sum_of_every_group_is_that_of_its_calls(workload, now):
    calls = some_calls(600)
    for start in range(0, 600, 90):
        store_calls(workload=workload, calls=calls[start : start + 130], at=now)
    assert Call.objects.count() == 600
    assert_sums_are_those_of_the_calls(workload)
    sources = set(Call.objects.values_list("cost_source", flat=True))
    assert sources >= {"client", "list", "upper_bound", "unpriced"}


def test_every_way_of_storing_stores_the_same(cast, now, monkeypatch):
    """Sums made here; only what is missing; and by way of the stage, summed by the database."""
    odd = {"model": "m\t" * 150, "provider": "p\\N", "operation": "o" * 60, "cost_client": Decimal("1.5e-22")}
    calls = [
        *some_calls(200),
        a_call(900, **odd, started_at=START),
        a_call(901, **odd, dialect="x", latency_ms=0),
    ]
    calls += [a_call(902, **(odd | {"cost_client": Decimal("2.5e-24") / 2}))]
    found = []
    for ways, first in ((call_store.WAYS, 0), (call_store.WAYS, 70), ((), 0), ((), 70)):
        monkeypatch.setattr(call_store, "WAYS", ways)
        workload = make_workload(cast, name=f"Way {len(found)}", trusts_client_cost=True)
        store_calls(workload=workload, calls=calls[20:first], at=now)
        again = store_calls(workload=workload, calls=calls, at=now)
        assert (again.accepted, again.duplicates) == (203 - max(0, first - 20), max(0, first - 20))
        assert_sums_are_those_of_the_calls(workload)
        about = [f.attname for f in Call._meta.concrete_fields if f.attname != "workload_id"]
        sums = [
            f.attname
            for f in UsageHour._meta.concrete_fields
            if f.attname not in ("id", "workload_id", "latency_sketch")
        ]
        found.append(([*workload.calls.values(*about)], [*workload.usage_hours.order_by(*KEY).values(*sums)]))
    assert all(one == found[0] for one in found) and len(found[0][0]) == 203


def test_a_sketch_stays_short_and_forgets_nothing(workload, now):
    """One call at a time, as a slow program sends them: entries of a bucket are put together now and then."""
    about = {"started_at": START, "model": "gpt-4o-mini"}
    calls = [a_call(n, **about, latency_ms=100 + n % 150) for n in range(400)]
    lengths = []
    for start in range(0, 400, 4):
        store_calls(workload=workload, calls=calls[start : start + 4], at=now)
        lengths.append(len(UsageHour.objects.get().latency_sketch))
    buckets = sketch.entries(call.latency_ms for call in calls)
    assert max(lengths) <= 128 + 36 and sorted(lengths) != lengths, "it was put together"
    assert sketch.merged([UsageHour.objects.get().latency_sketch]) == sketch.merged([buckets])


def test_the_four_costs_add_up_to_all(workload, now):
    store_calls(workload=workload, calls=some_calls(200), at=now)
    parts = ("client_cost_usd", "list_cost_usd", "own_cost_usd", "upper_bound_cost_usd")
    sums = UsageHour.objects.aggregate(*(Sum(name) for name in (*parts, "cost_usd")))
    assert sum(sums[f"{name}__sum"] for name in parts) == sums["cost_usd__sum"]


def test_a_clients_cost_counts_only_where_it_is_trusted(cast, now):
    call = a_call(cost_client=Decimal("0.5"))
    for trusts, expected in ((True, ("client", Decimal("0.5"))), (False, ("list", Decimal("0.00035")))):
        workload = make_workload(cast, name=f"Trusts {trusts}", trusts_client_cost=trusts)
        store_calls(workload=workload, calls=[call], at=now)
        stored = Call.objects.get(workload=workload)
        assert (stored.cost_source, stored.cost) == expected


def test_calls_older_than_they_are_kept_are_refused_and_counted(workload, now):
    calls = [
        a_call(1),
        a_call(2, started_at=now - timedelta(days=90, seconds=1)),
        a_call(3, started_at=now - timedelta(days=89)),
    ]
    report = store_calls(workload=workload, calls=calls, at=now)
    assert (report.accepted, report.duplicates, report.rejected) == (2, 0, 1)
    assert "90 days" in report.reason and Call.objects.count() == 2


def test_a_wrapper_and_its_twin_count_once_in_either_order_and_when_sent_again(cast, now):
    poor = a_call(1, twin_key="t", input_tokens=0, output_tokens=0, model="", latency_ms=900)
    rich = a_call(
        2, twin_key="t", cost_client=Decimal("0.25"), latency_ms=800, started_at=START + timedelta(hours=1)
    )
    other = a_call(3, twin_key="u")
    for number, order in enumerate(
        ([[poor], [rich]], [[rich], [poor]], [[poor, rich]], [[poor, other], [rich, poor], [poor]])
    ):
        workload = make_workload(cast, name=f"Order {number}")
        for batch in order:
            store_calls(workload=workload, calls=batch, at=now)
        stored = Call.objects.filter(workload=workload).exclude(span_id=other.span_id)
        assert dict(stored.values_list("span_id", "counted")) == {
            poor.span_id: False, rich.span_id: True,
        }  # fmt: skip
        assert_sums_are_those_of_the_calls(workload)
        sums = UsageHour.objects.filter(workload=workload).aggregate(
            calls=Sum("calls"), cost=Sum("client_cost_usd")
        )
        assert sums == {"calls": 1 + (number == 3), "cost": Decimal("0.25")}


def test_a_span_sent_again_with_another_start_leaves_the_sums(workload, now):
    store_calls(workload=workload, calls=[a_call(1), a_call(2)], at=now)
    moved = a_call(1, started_at=START + timedelta(minutes=90))
    store_calls(workload=workload, calls=[moved], at=now + timedelta(minutes=1))
    assert take_out_doubles(at=now + timedelta(minutes=10)) == 1
    assert take_out_doubles(at=now + timedelta(minutes=11)) == 0
    assert list(Call.objects.filter(counted=False).values_list("started_at", flat=True)) == [moved.started_at]
    assert_sums_are_those_of_the_calls(workload)


@pytest.mark.parametrize(("policy", "kept"), [("off", 0), ("all", 40), ("sampled", None)])
def test_content_is_kept_as_the_policy_says(cast, now, policy, kept):
    workload = make_workload(cast, content_policy=policy, content_percent=50)
    calls = [
        a_call(i, content_in=f"ask\t{i}\x00", content_out="answer\\\nof two lines") for i in range(1, 41)
    ]
    for _ in range(2):
        store_calls(workload=workload, calls=[*calls, a_call(99)], at=now)
    found = CallContent.objects.filter(workload=workload)
    assert (found.count() == kept) if kept is not None else (5 < found.count() < 35)
    for row in found:
        assert (row.content_in, row.content_out) == (f"ask\t{int(row.span_id, 16)}", "answer\\\nof two lines")


def test_versions_are_registered_and_told_once(workload, now):
    first = a_call(
        1, prompt_name="summary", prompt_version="3", release="1.4.0", service="bot", tools=("search",)
    )
    later = a_call(
        2,
        prompt_name="summary",
        prompt_version="4",
        release="1.4.0",
        service="bot",
        started_at=START + timedelta(days=-1),
    )
    for batch in ([first], [first, later], [later]):
        store_calls(workload=workload, calls=batch, at=now)
    kinds = dict(Component.objects.filter(workload=workload).values_list("kind").annotate(Count("pk")))
    assert kinds == {"model": 1, "prompt": 1, "release": 1, "tool": 1}
    release = ComponentVersion.objects.get(component__kind="release")
    assert (release.version, release.seen_from, release.seen_to) == (
        "1.4.0",
        START - timedelta(days=1),
        START,
    )
    told = Change.objects.filter(workload=workload).order_by("pk").values_list("summary", flat=True)
    assert sorted(told) == [
        "First call from the release 1.4.0 of bot",
        "First call of the model gpt-4o (openai)",
        "First call of the tool search",
        "First call with the prompt summary in version 3",
        "First call with the prompt summary in version 4",
    ]


def test_odd_names_and_numbers_never_fail(workload, now):
    odd = a_call(1, model="m\ud800\x00" * 300, provider="\x00", error_type="e" * 5000, operation="o" * 90,
                 cost_centre="c" * 900, user_key="u" * 900, latency_ms=2**80, ttft_ms=2**70,
                 cost_client=Decimal("NaN"))  # fmt: skip
    huge = a_call(2, cost_client=Decimal("1e30"), model="n")
    assert store_calls(workload=workload, calls=[odd, huge], at=now).accepted == 2
    assert Call.objects.get(span_id=odd.span_id).model.startswith("m?m?")


@pytest.mark.django_db(transaction=True)
def test_overlapping_batches_of_many_senders_count_once(cast, now):
    """Six senders send shuffled, overlapping batches with twins among them: no deadlock, exact sums."""
    workload, failures = make_workload(cast), []
    calls = some_calls(500, seed=3)
    for one in calls[::7]:
        one.twin_key = f"twin {int(one.span_id, 16) % 20}"

    def send(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(8):
                batch = rng.sample(calls, 120)
                store_calls(workload=Workload.objects.get(pk=workload.pk), calls=batch, at=now)
            store_calls(workload=Workload.objects.get(pk=workload.pk), calls=calls, at=now)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures and Call.objects.count() == 500
    twins = Q(span_id__in=[c.span_id for c in calls if c.twin_key], counted=True)
    assert Call.objects.filter(twins).count() == len({c.twin_key for c in calls if c.twin_key})
    assert_sums_are_those_of_the_calls(workload)

"""A re-pricing: previewed, agreed to, exact in calls and sums, and able to stop anywhere and go on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Sum

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from workloads.calc.dialects import NormalisedCall
from workloads.models import Call, Change, UsageHour
from workloads.models.repricing import Repricing
from workloads.operations import prices, repricing
from workloads.operations.call_store import store_calls

pytestmark = pytest.mark.django_db
START, END = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def workload(cast, now):
    made = make_workload(cast)
    calls = [a_call(n, day=1 + n % 19) for n in range(60)]
    calls += [a_call(100 + n, day=5, model="gpt-4o-mini") for n in range(5)]
    calls += [a_call(200, day=6, model="home-made"), a_call(201, day=6, cost_client=Decimal("0.7"))]
    calls += [a_call(202, day=7, input_tokens=0, output_tokens=0, is_error=True)]
    calls += [a_call(203, day=7, drops_cached=True, cost_centre="4711")]
    store_calls(workload=made, calls=calls, at=now)
    return made


def a_call(index, day, **fields):
    base = {"provider": "openai", "model": "gpt-4o", "input_tokens": 1000 + index, "output_tokens": 100}
    at = datetime(2026, 11, day, 8, index % 60, tzinfo=UTC)
    return NormalisedCall(f"{index:032x}", f"{index:016x}", **({"started_at": at} | base | fields))


def agree(cast, now, **more):
    base = {"model": "gpt-4o", "valid_from": START, "note": "Contract 17", "input_mtok": Decimal(2)}
    return prices.add_price(**(base | {"output_mtok": Decimal(8), "by": cast.finance, "at": now} | more))


def preview(cast, now, *workloads, models=("gpt-4o",), start=START, end=END, by=None):
    return repricing.preview_repricing(
        workloads=workloads, models=models, start=start, end=end, by=by or cast.finance, at=now
    )


def apply(cast, now, made, reason="Contract 17 holds from 1 November"):
    return repricing.apply_repricing(repricing=made, reason=reason, by=cast.finance, at=now)


def sums(workload):
    names = ("cost_usd", "list_cost_usd", "own_cost_usd", "upper_bound_cost_usd", "client_cost_usd")
    names += ("unpriced_calls", "upper_bound_calls")
    return UsageHour.objects.filter(workload=workload).aggregate(**{name: Sum(name) for name in names})


def assert_sums_meet_calls(workload):
    """Every hourly sum is what its calls add up to, source by source."""
    calls = Call.objects.filter(workload=workload, counted=True)
    found = sums(workload)
    assert found["cost_usd"] == calls.aggregate(total=Sum("cost"))["total"]
    for source in ("list", "own", "upper_bound", "client"):
        total = calls.filter(cost_source=source).aggregate(total=Sum("cost"))["total"] or 0
        assert found[f"{source}_cost_usd"] == total
    assert found["unpriced_calls"] == calls.filter(cost=None).count()
    assert found["upper_bound_calls"] == calls.filter(cost_source="upper_bound").count()


def test_a_preview_changes_nothing_and_says_exactly_what_would(cast, now, workload):
    before = sums(workload)
    agree(cast, now)
    made = preview(cast, now, workload)
    tokens_in = sum(1000 + n for n in range(60)) + 1203
    assert made.calls == 61
    assert made.old_usd == (tokens_in * Decimal("2.5") + 6100 * 10) / 10**6
    assert made.new_usd == Decimal(tokens_in * 2 + 6100 * 8) / 10**6
    [[model, calls, old, new]] = made.by_model
    assert (model, calls, Decimal(old), Decimal(new)) == ("gpt-4o", 61, made.old_usd, made.new_usd)
    assert made.state == "preview" and sums(workload) == before


def test_applied_it_is_what_the_preview_said_in_calls_and_in_sums(cast, now, workload):
    agree(cast, now)
    made = preview(cast, now, workload)
    before = sums(workload)
    done = apply(cast, now, made)
    assert (done.state, done.done_calls, done.done_changed) == ("done", 61, 61)
    assert done.done_usd == made.new_usd - made.old_usd == done.difference_usd
    after = sums(workload)
    assert after["cost_usd"] - before["cost_usd"] == done.done_usd
    assert after["own_cost_usd"] == made.new_usd and after["client_cost_usd"] == Decimal("0.7")
    assert_sums_meet_calls(workload)
    assert set(Call.objects.filter(model="gpt-4o-mini").values_list("cost_source", flat=True)) == {"list"}
    assert AuditEvent.objects.filter(action__startswith="repricing.").count() == 2
    assert "Contract 17 holds" in Change.objects.filter(kind="price").first().summary


def test_what_the_client_said_and_what_failed_at_once_stays(cast, now, workload):
    agree(cast, now, per_call=Decimal("0.1"))
    apply(cast, now, preview(cast, now, workload, models=()))
    assert Call.objects.get(cost_source="client").cost == Decimal("0.7")
    assert Call.objects.get(cost_source="none").cost == 0
    assert_sums_meet_calls(workload)


def test_a_model_that_had_no_price_gets_one(cast, now, workload):
    agree(cast, now, model="home-made")
    made = apply(cast, now, preview(cast, now, workload, models=("home-made",)))
    assert made.old_usd == 0 and made.new_usd == Decimal("0.0032")
    assert sums(workload)["unpriced_calls"] == 0
    assert_sums_meet_calls(workload)


def test_a_contract_with_a_cheaper_cache_keeps_an_upper_bound_one(cast, now, workload):
    agree(cast, now, cached_mtok=Decimal("0.5"))
    apply(cast, now, preview(cast, now, workload))
    assert Call.objects.get(cost_source="upper_bound").trace_id == f"{203:032x}"
    assert_sums_meet_calls(workload)


def test_the_days_and_the_models_are_those_that_were_chosen(cast, now, workload):
    agree(cast, now, model="gpt-4o", valid_from=date(2026, 11, 3))
    made = apply(cast, now, preview(cast, now, workload, start=date(2026, 11, 2), end=date(2026, 11, 4)))
    days = set(Call.objects.filter(cost_source="own").values_list("started_at__day", flat=True))
    of_third = Call.objects.filter(model="gpt-4o", started_at__day=3).count()
    assert days == {3} and made.done_changed == of_third and made.calls == 2 * of_third
    assert_sums_meet_calls(workload)


def test_a_batch_call_is_priced_again_as_one_and_one_of_before_is_left_alone_at_its_share(cast, now):
    """What was a batch call is kept since this release; of calls before it their price tells."""
    workload, book = make_workload(cast, "Batches"), agree(cast, now, batch_share=Decimal("0.5"))
    calls = [a_call(1, day=2, business={"batch": "true"}), a_call(2, day=2), a_call(3, day=2, is_batch=True)]
    store_calls(workload=workload, calls=calls, at=now)
    stored = Call.objects.filter(workload=workload).order_by("span_id")
    assert [*stored.values_list("is_batch", flat=True)] == [True, False, True]
    whole = [Decimal(n) for n in ("0.002802", "0.002804", "0.002806")]
    paid = [whole[0] / 2, whole[1], whole[2] / 2]
    assert [*stored.values_list("cost", flat=True)] == paid
    for known in (True, False):
        made = apply(cast, now, preview(cast, now, workload))
        assert made.done_changed == 0 and made.old_usd == made.new_usd == sum(paid)
        if known:
            stored.update(is_batch=None)
    stored.filter(span_id=calls[0].span_id).update(is_batch=True)
    type(book).objects.filter(pk=book.pk).update(batch_share=Decimal("0.25"))
    made = apply(cast, now, preview(cast, now, workload))
    assert [*stored.values_list("cost", flat=True)] == [whole[0] / 4, whole[1], whole[2]]
    assert made.new_usd == made.old_usd + made.done_usd == whole[0] / 4 + whole[1] + whole[2]
    assert_sums_meet_calls(workload)


def test_a_model_priced_by_the_size_of_its_prompt_is_asked_call_by_call(cast, now):
    workload = make_workload(cast, "Long prompts")
    about = {"provider": "google", "model": "gemini-2.5-pro"}
    calls = [a_call(n, day=2, **about, input_tokens=150_000 * n) for n in (1, 2, 3)]
    store_calls(workload=workload, calls=calls, at=now)
    made = preview(cast, now, workload, models=())
    assert made.old_usd == made.new_usd == sums(workload)["cost_usd"] > 0


def test_it_stops_and_goes_on_where_it_was(cast, now, workload, monkeypatch):
    other = make_workload(cast, "Other")
    store_calls(workload=other, calls=[a_call(n, day=9) for n in range(7)], at=now)
    monkeypatch.setattr(repricing, "CHUNK", 10)
    monkeypatch.setattr(repricing, "AT_ONCE", 0)
    agree(cast, now)
    made = apply(cast, now, preview(cast, now, workload, other))
    assert made.state == "running" and made.done_calls == 0
    for _ in range(3):
        assert repricing._step(made.pk, now) == 10
        assert_sums_meet_calls(workload)
    repricing.run_repricing(repricing_id=made.pk, at=now)
    made.refresh_from_db()
    assert (made.state, made.done_calls, made.done_changed) == ("done", 68, 68)
    assert made.done_usd == made.difference_usd
    for one in (workload, other):
        assert_sums_meet_calls(one)
    assert repricing.run_repricing(repricing_id=made.pk, at=now) == 0


def test_a_lost_worker_is_followed_by_another(
    cast, now, workload, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("workloads.operations.repricing.jobs.enqueue", lambda *args: sent.append(args))
    monkeypatch.setattr(repricing, "AT_ONCE", 0)
    agree(cast, now)
    made = apply(cast, now, preview(cast, now, workload))
    assert sent == [("workloads.run_repricing", made.pk)]
    assert repricing.resume_repricings(at=now + timedelta(minutes=1)) == 0
    assert repricing.resume_repricings(at=now + timedelta(minutes=4)) == 1 and len(sent) == 2
    assert repricing.resume_repricings(at=now + timedelta(minutes=5)) == 0


def test_prices_that_moved_since_the_preview_need_another(cast, now, workload):
    made = preview(cast, now, workload)
    agree(cast, now)
    with pytest.raises(DomainError) as refused:
        apply(cast, now, made)
    assert refused.value.code == "prices_changed"


def test_refusals(cast, now, workload):
    agree(cast, now)
    for wrong, code in (
        (lambda: preview(cast, now), "workloads"),
        (lambda: preview(cast, now, workload, end=START), "days"),
        (lambda: preview(cast, now, workload, models=("unknown",)), "no_calls"),
        (lambda: apply(cast, now, preview(cast, now, workload), reason=" "), "reason"),
    ):
        with pytest.raises(DomainError) as refused:
            wrong()
        assert refused.value.code == code
    made = preview(cast, now, workload)
    apply(cast, now, made)
    with pytest.raises(DomainError) as refused:
        apply(cast, now, made)
    assert refused.value.code == "applied"


@pytest.mark.parametrize("who", ["owner", "lead", "it", "auditor", "executive", "stranger"])
def test_only_finance_prices_again(cast, now, workload, who):
    made = preview(cast, now, workload)
    with pytest.raises(PermissionDenied):
        preview(cast, now, workload, by=getattr(cast, who))
    with pytest.raises(PermissionDenied):
        repricing.apply_repricing(repricing=made, reason="because", by=getattr(cast, who), at=now)
    assert Repricing.objects.visible_to(cast.owner).count() == 0

"""Realised against forecast: computed from outcomes, usage and signed claims, cash and hours apart."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from aiops.models import Company, RateCard
from backlog import operations as backlog_operations
from backlog.calc.ranges import Range
from roi import operations, queries
from roi.models import Correction, ValueMonth, ValueToDate
from roi.operations.splitting import split_workload
from workloads import operations as workload_operations
from workloads.calc.dialects import NormalisedCall
from workloads.calc.marking import Marked
from workloads.models import Service, Workload
from workloads.operations.mapping import mark_outcomes

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def live(cast: Any, now: Any) -> Workload:
    """Filed, sized, approved, built and live since 1 October."""
    RateCard.objects.create(hourly_rate=D("40"), valid_from=date(2026, 1, 1))
    then = datetime(2026, 9, 1, tzinfo=UTC)
    said = {"title": "Match invoices", "count": D("1000"), "period": "month", "minutes": D("6")}
    made = backlog_operations.save_draft(by=cast.owner, at=then, sureness="measured", **said)
    made = backlog_operations.submit(candidate=made, by=cast.owner, at=then)
    ranges = {"automation_share": Range(0.5, 0.6, 0.7), "cashable_share": Range(0.4, 0.5, 0.6)}
    ranges |= {"build_cost": Range(1e4, 2e4, 4e4)}
    made = backlog_operations.set_estimates(candidate=made, ranges=ranges, by=cast.assessor, at=then)
    made = backlog_operations.send_to_review(candidate=made, by=cast.assessor, at=then)
    build = operations.Build(cast.owner, item_noun="invoice")
    operations.decide(candidate=made, verdict="approve", reason="It pays", build=build, by=cast.lead, at=then)
    workload = Workload.objects.get(candidate=made)
    for stage in ("building", "live"):
        workload = workload_operations.move_stage(
            workload=workload, stage=stage, on=OCTOBER, by=cast.owner, at=then
        )
    return workload


def outcomes(workload: Workload, cast: Any, now: Any, count: int, accepted: int) -> None:
    rows = [
        {
            "external_id": f"INV-{i}",
            "finished_at": "2026-10-10T10:00:00Z",
            "accepted": i < accepted,
            "minutes": 1,
        }
        for i in range(count)
    ]
    workload_operations.record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=now)


def refreshed(workload: Workload, now: Any) -> dict[date, ValueMonth]:
    operations.refresh_workload(workload=workload, at=now)
    return {row.month: row for row in ValueMonth.objects.filter(workload=workload)}


def test_hours_come_from_accepted_outcomes_and_the_time_baseline(cast: Any, now: Any, live: Workload) -> None:
    outcomes(live, cast, now, 300, 240)
    month = refreshed(live, now)[OCTOBER]
    assert (month.done, month.accepted) == (300, 240)
    assert month.hours_freed == D("20.0")  # 240 x (6 - 1) / 60
    assert not month.baseline_measured  # an owner's answer is assumed until somebody measured it
    assert month.cash_signed == 0


def test_cash_is_signed_claims_only(cast: Any, now: Any, live: Workload) -> None:
    outcomes(live, cast, now, 300, 240)
    said = {"kind": "hours", "amount_month": D("700"), "hours_month": D("12"), "act": "Post not refilled"}
    claim = operations.file_claim(workload=live, valid_from=OCTOBER, by=cast.owner, at=now, **said)
    assert refreshed(live, now)[OCTOBER].cash_signed == 0
    operations.sign_claim(claim=claim, by=cast.finance, at=now)
    month = refreshed(live, now)[OCTOBER]
    assert (month.cash_signed, month.hours_signed, month.hours_capacity) == (D("700.00"), D("12.0"), D("8.0"))
    assert month.capacity_worth == D("320.0")  # beside the hours, never in cash


def test_the_forecast_is_the_frozen_one_and_ramps(now: Any, live: Workload) -> None:
    months = refreshed(live, now)
    october, november = months[OCTOBER], months[date(2026, 11, 1)]
    yearly = queries.yearly_forecast(live)
    assert yearly is not None and yearly.hours_p50 is not None
    assert october.forecast_hours_p50 == (yearly.hours_p50 / 12 / 3).quantize(D("0.1"))
    assert november.forecast_hours_p50 == (yearly.hours_p50 / 12 * 2 / 3 * 20 / 30).quantize(D("0.1"))
    assert october.forecast_hours_p10 <= october.forecast_hours_p50 <= october.forecast_hours_p90


def test_a_split_shares_the_forecast_out_and_adds_up_to_what_was_approved(
    cast: Any, now: Any, live: Workload
) -> None:
    whole = refreshed(live, now)
    operations.close_months(at=now)
    said = {
        "name": "Invoices of Legal",
        "reason": "Legal books its own",
        "owner": cast.stranger,
        "by": cast.lead,
    }
    november = date(2026, 11, 1)
    part = split_workload(source=live, share=D("0.25"), month=november, at=now, **said).part
    left, gone = refreshed(live, now), refreshed(part, now)
    assert list(gone) == [november] and left[OCTOBER].forecast_hours_p50 == whole[OCTOBER].forecast_hours_p50
    hours = whole[november].forecast_hours_p50
    assert hours is not None and abs(gone[november].forecast_hours_p50 - hours / 4) < D("0.1")
    parts = (left[november].forecast_hours_p50, gone[november].forecast_hours_p50)
    assert None not in parts and abs(sum(parts) - hours) <= D("0.1")  # type: ignore[arg-type]
    assert Correction.objects.count() == 0


def test_model_cost_is_converted_at_the_companys_rate(now: Any, live: Workload) -> None:
    Company.objects.update_or_create(pk=1, defaults={"usd_rate": D("0.5")})
    at = datetime(2026, 10, 12, tzinfo=UTC)
    call = NormalisedCall("1" * 32, "2" * 16, at, "gpt-4o-mini", provider="openai", input_tokens=1_000_000)
    workload_operations.store_calls(workload=live, calls=[call], at=now)
    assert refreshed(live, now)[OCTOBER].model_cost == D("0.0750000000")


def test_refreshing_again_changes_nothing(cast: Any, now: Any, live: Workload) -> None:
    outcomes(live, cast, now, 10, 10)
    first = list(refreshed(live, now).values())
    assert [(m.pk, m.hours_freed) for m in refreshed(live, now).values()] == [
        (m.pk, m.hours_freed) for m in first
    ]


def test_closed_months_stay_as_they_are_and_what_comes_late_is_booked_in_the_open_one(
    cast: Any, now: Any, live: Workload
) -> None:
    refreshed(live, now)
    assert operations.close_months(at=now) == 1  # October closed on 6 November, the fifth working day
    outcomes(live, cast, now, 10, 10)
    assert refreshed(live, now)[OCTOBER].done == 0
    (late,) = Correction.objects.filter(workload=live)
    assert (late.month, late.about, late.done, late.hours_freed) == (date(2026, 11, 1), OCTOBER, 10, D("0.8"))
    assert late.reason == "10 invoices came late."
    assert ValueToDate.objects.get(workload=live).done == 10
    assert operations.close_months(at=now) == 0
    assert Correction.objects.get() == late


def test_what_owners_say_is_marked(cast: Any, now: Any, live: Workload) -> None:
    workload_operations.self_report(
        workload=live, month=OCTOBER, done=50, accepted=40, minutes=D("2"), by=cast.owner, at=now
    )
    month = refreshed(live, now)[OCTOBER]
    assert month.self_reported
    row = queries.value_row(live, month)
    assert "self-reported" in row.sentence


def test_what_telemetry_marked_stands_apart_until_the_business_system_confirms_it(
    cast: Any, now: Any, live: Workload
) -> None:
    outcomes(live, cast, now, 10, 8)
    when = datetime(2026, 10, 11, tzinfo=UTC)
    marked = [Marked(f"INV-{i}", when, True) for i in range(5, 20)]  # five of them are confirmed already
    mark_outcomes(workload=live, marked=marked, at=now)
    month = refreshed(live, now)[OCTOBER]
    assert (month.done, month.accepted) == (10, 8)
    (row,) = queries.to_date(cast.finance)
    assert row.provisional == 10 and row.sentence.startswith(
        "Did 10 invoices, 8 accepted. 10 more are provisional"
    )
    assert queries.this_month(cast.finance, OCTOBER)[0].provisional == 10
    assert queries.this_month(cast.finance, date(2026, 11, 1))[0].provisional == 0
    for path in ("/value/", f"/workloads/{live.number}/value/", "/api/v1/value/"):
        assert "10 more are provisional" in cast.client(cast.finance).get(path).content.decode()
    outcomes(live, cast, now, 20, 20)
    assert refreshed(live, now)[OCTOBER].done == 20
    assert queries.to_date(cast.finance)[0].provisional == 0


def test_pages_show_money_to_those_who_may_see_it(cast: Any, now: Any, live: Workload) -> None:
    outcomes(live, cast, now, 300, 240)
    refreshed(live, now)
    url = f"/workloads/{live.number}/value/"
    assert "gross worth" in cast.client(cast.owner).get(url).content.decode()
    assert "gross worth" not in cast.client(cast.it).get(url).content.decode()
    assert cast.client(cast.stranger).get(url).status_code == 404
    assert "Match invoices" not in cast.client(cast.stranger).get("/value/").content.decode()
    assert "Match invoices" in cast.client(cast.finance).get("/value/").content.decode()
    assert cast.client(cast.it).get("/value/?format=csv").status_code == 403
    assert cast.client(cast.finance).get("/value/?format=csv").content.decode().count("W-") == 1


def test_home_says_what_needs_each_role(cast: Any, now: Any, live: Workload) -> None:
    said = {"kind": "hours", "amount_month": D("700"), "hours_month": D("12"), "act": "Post not refilled"}
    operations.file_claim(workload=live, valid_from=OCTOBER, by=cast.owner, at=now, **said)
    Company.objects.update_or_create(pk=1, defaults={"set_up": True})
    page = cast.client(cast.finance).get("/").content.decode()
    assert "Sign or send back" in page and "$700" in page
    Service.objects.create(name="chat", first_seen_at=now, last_seen_at=now)
    page = cast.client(cast.it).get("/").content.decode()
    assert "Make a key" in page and "1 program sends telemetry that nobody claimed" in page
    assert "nobody claimed" not in cast.client(cast.lead).get("/").content.decode()
    mark_outcomes(
        workload=live, marked=[Marked("INV-1", now, True)], at=now
    )  # no answer to the owner's questions
    assert "how many were done" in cast.client(cast.owner).get("/").content.decode()
    assert "Nothing waits for you" in cast.client(cast.stranger).get("/").content.decode()


def test_from_every_page_of_the_value_of_a_workload_the_others_are_one_step_away(
    cast: Any, now: Any, live: Workload
) -> None:
    pages = ("ledger", "gap", "outlook", "baseline", "terms", "actual-costs", "is-it-real")
    owner, it = cast.client(cast.owner), cast.client(cast.it)

    def tabs(client: Any, page: str) -> tuple[list[str], str, str]:
        """The pages that the bar leads to, the one that is marked in it, and how the tab Value is marked."""
        seen = client.get(f"/workloads/{live.number}/{page}/").content.decode()
        whole, _, bar = seen.partition(f'aria-label="Value of {live.name}"')
        links = re.findall(r'<a class="pill pill-quiet" href="/workloads/\d+/([a-z-]+)/"([^>]*)>', bar)
        value = re.search(r'ledger/" aria-current="(\w+)">Value</a>', whole)
        marked = "".join(name + mark for name, mark in links if mark)
        return [name for name, _ in links], marked, value[1] if value else ""

    for page in pages:
        hub = "page" if page == "ledger" else "true"
        assert tabs(owner, page) == (list(pages), f'{page} aria-current="page"', hub)
    of_money = {"outlook", "actual-costs"}
    assert tabs(it, "terms")[0] == [page for page in pages if page not in of_money]
    assert it.get(f"/workloads/{live.number}/actual-costs/").status_code == 403
    for page in ("", "calls/", "reliability/"):
        seen = it.get(f"/workloads/{live.number}/{page}").content.decode()
        assert f'href="/workloads/{live.number}/ledger/">Value</a>' in seen

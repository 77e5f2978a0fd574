"""The Cost page, prices, re-pricings and budgets as the people of the stories meet them, and their API."""

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_workload
from workloads.calc.outcome_rows import OutcomeRow
from workloads.models import Budget, Change, FixedCost, OwnPrice, Repricing, UsageHour
from workloads.operations import budgets, prices
from workloads.operations.outcomes import record_outcomes

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
JSON = "application/json"


@pytest.fixture
def workload(cast):
    return make_workload(cast, builder=cast.assessor, it_steward=cast.it)


def spend(workload, days=70, usd=10, model="gpt-4o", spike=None, **more):
    """Some thousand calls a day of one model, `usd` a day; on the day `spike` days ago nine times as many."""
    rows = []
    for n in range(days):
        day, times = TODAY - timedelta(days=n), 9 if n == spike else 1
        figures = {"calls": 1000, "input_tokens": 2_400_000, "output_tokens": 400_000, "cost_usd": usd} | more
        rows.append(
            UsageHour(
                workload=workload,
                hour=datetime.combine(day, time(0), UTC),
                provider="openai",
                model=model,
                operation="chat",
                **{name: value * times for name, value in figures.items()},
                list_cost_usd=figures["cost_usd"] * times,
            )
        )
    UsageHour.objects.bulk_create(rows)


def url(name, *args):
    return reverse(f"workloads:{name}", args=args)


def page(client, name, *args, status=200, **query):
    response = client.get(url(name, *args), query)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def add_price(cast, **more):
    base = {"model": "gpt-4o", "valid_from": TODAY, "note": "Contract 17", "input_mtok": Decimal(2)}
    return prices.add_price(**(base | more), by=cast.finance, at=timezone.now())


def add_budget(cast, **more):
    base = {"amount": Decimal(1000), "valid_from": TODAY.replace(day=1)}
    return budgets.add_budget(**(base | more), by=cast.finance, at=timezone.now())


def test_the_page_says_it_in_a_sentence_and_draws_it(cast, workload):
    spend(workload)
    add_budget(cast, workload=workload)
    Change.objects.create(workload=workload, at=timezone.now(), kind="model", summary="First call of gpt-5")
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert f"${10 * TODAY.day:,.2f} so far in {TODAY:%B %Y}, on course for $" in text
    assert "of a budget of $1,000.00" in text and "First call of gpt-5" in text
    assert "List price of the day" in text and "provisional until" in text
    assert "The months before" in text and "traced, provisional" in text and "as billed</span>" not in text
    chart = json.loads(text.split('<script id="cost-days" type="application/json">')[1].split("</script>")[0])
    assert chart["series"][0]["name"] == "gpt-4o" and sum(chart["series"][0]["data"]) == 600
    assert [mark["name"] for mark in chart["series"][0]["markLine"]["data"]] == ["model"]


def test_a_day_that_stood_out_has_its_cause_in_parts_that_add_up(cast, workload):
    spend(workload, spike=3)
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert "dearer than usual" in text
    assert "+$80.00 against the mean of the 4 weeks before" in text and "Number of calls +$80.00" in text


def test_a_slow_rise_is_told_though_no_day_stands_out(cast, workload):
    for n in range(98):
        usd = Decimal(20) - Decimal(n) / 10
        UsageHour.objects.create(
            workload=workload,
            hour=datetime.combine(TODAY - timedelta(days=n), time(0), UTC),
            provider="openai",
            model="gpt-4o",
            operation="chat",
            calls=100,
            input_tokens=int(usd * 1000),
            cost_usd=usd,
        )
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert "slow rise" in text and "in 13 weeks" in text and "No day of the last 60 stood out" in text
    assert "Why the last four weeks differ" in text and "Tokens in per call" in text


def test_nothing_yet_says_so(cast, workload):
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert "Nothing cost anything" in text and "No calls in the last 60 days" in text
    spend(workload, days=3)
    assert "too few days are known" in page(cast.client(cast.owner), "workload_cost", workload.number)


def test_calls_without_a_price_are_named(cast, workload):
    spend(workload, days=3, model="home-made", usd=0, unpriced_calls=5)
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert "calls have no price and are in no sum: home-made" in text


def test_cost_of_an_accepted_item_against_what_it_is_worth(cast, workload):
    spend(workload, days=TODAY.day)
    now = timezone.now()
    rows = [OutcomeRow(str(n), now, True) for n in range(100)]
    record_outcomes(workload=workload, rows=rows, source="api", by=cast.owner, at=now)
    each = Decimal(10 * TODAY.day) / 100
    client = cast.client(cast.owner)
    assert f"${each:,.4f}" in page(client, "workload_cost", workload.number)
    text = page(client, "workload_cost", workload.number, worth=str(each * 2))
    assert "pill-good" in text and "2.00 times what they cost now" in text
    assert "does not pay" in page(client, "workload_cost", workload.number, worth=str(each / 2))
    assert "times what they cost now" not in page(client, "workload_cost", workload.number, worth="nonsense")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("assessor", 200),
        ("lead", 200),
        ("finance", 200),
        ("reviewer", 200),
        ("auditor", 200),
        ("executive", 200),
        ("it", 403),
        ("evaluator", 403),
        ("stranger", 404),
    ],
)
def test_who_sees_a_workloads_cost(cast, workload, who, status):
    client = cast.client(getattr(cast, who))
    for name in ("workload_cost", "fixed_costs", "api_cost"):
        # Evaluators see workloads through no unit of theirs here.
        got = client.get(url(name, workload.number)).status_code
        assert got == status or (who == "evaluator" and got in (403, 404)), (name, got)


def test_csv_and_api_have_the_days_with_every_digit(cast, workload):
    spend(workload, days=5, usd=Decimal("0.123456789012345678"))
    client = cast.client(cast.owner)
    text = page(client, "workload_cost", workload.number, format="csv")
    assert text.startswith("\ufeffday,provider,model,calls") and text.count("gpt-4o") == 5
    rows = client.get(url("api_cost", workload.number)).json()
    assert len(rows) == 5 and rows[0]["cost_usd"] == "0.123456789012345678" == rows[0]["list_cost_usd"]
    assert rows[-1]["day"] == TODAY.isoformat()
    few = {"first": TODAY.isoformat(), "last": TODAY.isoformat()}
    assert len(client.get(url("api_cost", workload.number), few).json()) == 1
    for wrong in ({"first": "2020-01-01"}, {"first": TODAY.isoformat(), "last": "2020-01-01"}, {"last": "x"}):
        assert client.get(url("api_cost", workload.number), wrong).status_code == 400


def test_the_page_asks_as_much_of_much_as_of_little_and_never_for_calls(cast, workload):
    client = cast.client(cast.owner)
    add_budget(cast, workload=workload)
    spend(workload, days=40)
    page(client, "workload_cost", workload.number)
    with CaptureQueriesContext(connection) as few:
        page(client, "workload_cost", workload.number)
    for n in range(8):
        spend(workload, days=100, model=f"model-{n}", spike=5)
    add_budget(cast, unit=cast.unit)
    with CaptureQueriesContext(connection) as many:
        page(client, "workload_cost", workload.number)
    assert len(many) <= len(few) + 1 <= 33
    assert not [q for q in many.captured_queries if 'FROM "workloads_call"' in q["sql"]]


def test_finance_adds_corrects_and_ends_a_price_by_its_pages(cast, workload):
    client = cast.client(cast.finance)
    assert "No price of your own yet" in page(client, "prices")
    data = {
        "model": "gpt-4o",
        "currency": "eur",
        "usd_rate": "0.9",
        "input_mtok": "2.5",
        "note": "Contract 17",
    }
    data |= {"valid_from": TODAY.isoformat()}
    assert client.post(url("prices"), data).status_code == 302
    text = page(client, "prices")
    assert "1 price of your own" in text and "Contract 17" in text and "EUR" in text
    refused = client.post(url("prices"), data)
    assert (
        refused.status_code == 422 and "holds for the same model without an end" in refused.content.decode()
    )
    assert client.post(url("prices"), data | {"currency": "euro"}).status_code == 422
    made = OwnPrice.objects.get()
    assert "2.5" in page(client, "price", made.pk)
    change = data | {"input_mtok": "3", "valid_to": ""}
    assert client.post(url("price", made.pk), change).status_code == 302
    assert client.post(url("price", made.pk), change | {"note": ""}).status_code == 422
    end = {"form": "end", "valid_to": TODAY.isoformat()}
    assert client.post(url("price", made.pk), end).status_code == 422
    end["valid_to"] = (TODAY + timedelta(days=3)).isoformat()
    assert client.post(url("price", made.pk), end).status_code == 302
    made.refresh_from_db()
    assert (made.input_mtok, made.currency) == (3, "EUR") and made.valid_to is not None
    assert page(client, "prices", format="csv").count("gpt-4o") == 1


@pytest.mark.parametrize(
    ("who", "reads"),
    [("lead", 200), ("auditor", 200), ("executive", 200), ("reviewer", 200), ("assessor", 200)]
    + [("owner", 403), ("it", 403), ("evaluator", 403), ("stranger", 403)],
)
def test_others_read_the_book_or_do_not_and_never_write_in_it(cast, workload, who, reads):
    made = add_price(cast)
    preview = Repricing.objects.create(
        start=TODAY,
        end=TODAY + timedelta(days=1),
        digest="x",
        kept_from=TODAY,
        by=cast.finance,
        at=timezone.now(),
    )
    client = cast.client(getattr(cast, who))
    for name, *args in (("prices",), ("price", made.pk), ("repricings",), ("repricing", preview.pk)):
        assert client.get(url(name, *args)).status_code == reads, name
    assert client.get(url("api_prices")).status_code == reads
    data = {"model": "m", "currency": "USD", "usd_rate": 1, "input_mtok": 1, "note": "n", "valid_from": TODAY}
    assert client.post(url("prices"), data).status_code == 403
    assert client.post(url("price", made.pk), data).status_code == 403
    assert client.post(url("price", made.pk), {"form": "end", "valid_to": "2030-01-01"}).status_code == 403
    chosen = {"workloads": [workload.pk], "start": TODAY, "end": TODAY + timedelta(days=1)}
    assert client.post(url("repricings"), chosen).status_code == 403
    assert client.post(url("repricing", preview.pk), {"reason": "because"}).status_code == 403
    assert client.post(url("api_prices"), data, content_type=JSON).status_code == 403
    assert client.patch(url("api_price", made.pk), {"note": "x"}, content_type=JSON).status_code == 403


def test_prices_by_the_api(cast, workload):
    client = cast.client(cast.finance)
    data = {
        "model": "m",
        "input_mtok": "1.5",
        "note": "n",
        "valid_from": "2026-01-01",
        "workload": workload.number,
    }
    made = client.post(url("api_prices"), data, content_type=JSON)
    assert made.status_code == 201 and made.json()["workload"] == workload.key
    again = client.post(url("api_prices"), data, content_type=JSON)
    assert again.status_code == 409 and again.json()["code"] == "price_overlaps"
    one = url("api_price", made.json()["id"])
    assert client.patch(one, {"valid_to": "2026-06-01"}, content_type=JSON).json()["valid_to"] == "2026-06-01"
    assert client.patch(one, {"input_mtok": "-1"}, content_type=JSON).status_code == 409
    assert client.post(url("api_prices"), {"model": "m"}, content_type=JSON).status_code == 400
    assert client.get(url("api_prices")).json()["count"] == 1


def test_fixed_costs_by_their_page(cast, workload):
    client = cast.client(cast.finance)
    data = {"kind": "seat", "name": "Seats", "quantity": "10", "amount": "30", "valid_from": "2026-01-01"}
    assert client.post(url("fixed_costs", workload.number), data).status_code == 302
    assert client.post(url("fixed_costs", workload.number), data | {"quantity": "0"}).status_code == 422
    assert "Seats" in page(client, "fixed_costs", workload.number)
    text = page(cast.client(cast.owner), "workload_cost", workload.number)
    assert "$300.00 in the whole of" in text
    cost = FixedCost.objects.get()
    end = url("end_fixed_cost", workload.number, cost.pk)
    assert cast.client(cast.owner).post(end, {"valid_to": "2026-06-01"}).status_code == 403
    assert cast.client(cast.stranger).post(end, {"valid_to": "2026-06-01"}).status_code == 404
    refused = client.post(end, {"valid_to": "2025-06-01"}, follow=True)
    assert "must end after the day" in refused.content.decode()
    assert client.post(end, {"valid_to": "2026-06-01"}).status_code == 302
    cost.refresh_from_db()
    assert cost.valid_to.isoformat() == "2026-06-01"
    assert cast.client(cast.owner).post(url("fixed_costs", workload.number), data).status_code == 403


def test_a_repricing_by_its_pages(cast, workload):
    from workloads.calc.dialects import NormalisedCall
    from workloads.operations.call_store import store_calls

    now = timezone.now()
    about = {"provider": "openai", "model": "gpt-4o", "input_tokens": 1_000_000, "started_at": now}
    store_calls(workload=workload, calls=[NormalisedCall("a" * 32, "b" * 16, **about)], at=now)
    add_price(cast)
    client = cast.client(cast.finance)
    chosen = {
        "workloads": [workload.pk],
        "models": "gpt-4o, other",
        "start": TODAY,
        "end": TODAY + timedelta(days=1),
    }
    assert client.post(url("repricings"), chosen | {"models": "nobody"}).status_code == 422
    answer = client.post(url("repricings"), chosen)
    made = Repricing.objects.get()
    assert answer["Location"] == url("repricing", made.pk) and made.model_names == ["gpt-4o", "other"]
    text = page(client, "repricing", made.pk)
    assert "1 call costs $2.50 and would cost $2.00: −$0.50." in text
    assert client.post(url("repricing", made.pk), {"reason": ""}).status_code == 422
    assert client.post(url("repricing", made.pk), {"reason": "Contract 17"}).status_code == 302
    assert "now costs $2.00" in page(client, "repricing", made.pk) and "applied" in page(client, "repricings")
    assert client.post(url("repricing", made.pk), {"reason": "Again"}).status_code == 422


def test_budgets_by_their_pages(cast, workload):
    spend(workload, days=40)
    owner = cast.client(cast.owner)
    assert "No budget is set yet" in page(owner, "budgets")
    data = {
        "workload": workload.pk,
        "period": "month",
        "amount": "100",
        "levels": "90, 50",
        "warns_on_pace": "on",
    }
    data |= {"valid_from": TODAY.replace(day=1).isoformat()}
    assert owner.post(url("budgets"), data).status_code == 302
    again = owner.post(url("budgets"), data)
    assert again.status_code == 422 and "There is a budget of $100" in again.content.decode()
    assert owner.post(url("budgets"), data | {"levels": "many"}).status_code == 422
    assert owner.post(url("budgets"), data | {"workload": ""}).status_code == 422
    held = Budget.objects.get()
    assert held.levels == [50, 90]
    text = page(owner, "budgets")
    assert "1 budget:" in text and "Invoice coding" in text
    assert page(owner, "budgets", format="csv").count("Invoice coding") == 1
    change = {"amount": "200", "levels": "", "warns_on_pace": "on"}
    assert owner.post(url("budget", held.pk), change).status_code == 302
    assert owner.post(url("budget", held.pk), change | {"amount": "0"}).status_code == 422
    end = {"form": "end", "valid_to": (TODAY + timedelta(days=1)).isoformat()}
    assert owner.post(url("budget", held.pk), end).status_code == 302
    assert owner.post(url("budget", held.pk), end).status_code == 422
    held.refresh_from_db()
    assert held.amount == 200 and held.levels == []
    assert "Nothing yet" in page(owner, "budget", held.pk)


def test_who_opens_budgets(cast, workload):
    held = add_budget(cast, workload=workload)
    centre = add_budget(cast, cost_centre="4711")
    for who, all_pages, mine, other in (
        ("owner", 200, 200, 404),
        ("finance", 200, 200, 200),
        ("executive", 200, 200, 200),
        ("stranger", 200, 404, 404),
        ("it", 403, 404, 404),
        ("evaluator", 403, 404, 404),
    ):
        client = cast.client(getattr(cast, who))
        assert client.get(url("budgets")).status_code == all_pages, who
        assert client.get(url("budget", held.pk)).status_code == mine, who
        assert client.get(url("budget", centre.pk)).status_code == other, who
    reader = cast.client(cast.executive)
    assert reader.post(url("budget", held.pk), {"amount": "5"}).status_code == 403
    assert "4711" not in page(cast.client(cast.stranger), "budgets")


def test_budgets_by_the_api(cast, workload):
    spend(workload, days=40)
    client = cast.client(cast.owner)
    data = {"workload": workload.number, "amount": "100", "valid_from": TODAY.replace(day=1).isoformat()}
    made = client.post(url("api_budgets"), data, content_type=JSON)
    assert made.status_code == 201 and made.json()["spent"] == str(10 * TODAY.day)
    assert client.post(url("api_budgets"), data, content_type=JSON).status_code == 409
    unit = {"unit": cast.unit.code, "amount": "100", "valid_from": TODAY.isoformat()}
    assert client.post(url("api_budgets"), unit, content_type=JSON).status_code == 403
    assert cast.client(cast.stranger).post(url("api_budgets"), data, content_type=JSON).status_code == 400
    one = url("api_budget", made.json()["id"])
    changed = client.patch(one, {"amount": "300", "levels": [70]}, content_type=JSON).json()
    assert (changed["amount"], changed["levels"]) == ("300", [70])
    assert cast.client(cast.stranger).patch(one, {}, content_type=JSON).status_code == 404
    assert (
        client.patch(
            one, {"valid_to": (TODAY + timedelta(days=1)).isoformat()}, content_type=JSON
        ).status_code
        == 200
    )
    assert [row["of"] for row in client.get(url("api_budgets")).json()] == [str(workload)]
    assert cast.client(cast.it).get(url("api_budgets")).json() == []

"""Budgets: who sets them, each refusal, where they stand, and who is told once a period."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aiops.errors import DomainError
from aiops.models import AuditEvent, Company
from integrations.models import Connection, Delivery
from tests.factories import make_workload
from workloads import operations
from workloads.calc.budget import PACE, Period, Standing, period_of
from workloads.models import Budget, BudgetAlert, Change, FixedCost, Incident, UsageHour, Workload
from workloads.operations import budget_watch, budgets
from workloads.queries.budgets import budgets as seen
from workloads.queries.budgets import standings

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 1)


@pytest.fixture
def workload(cast):
    return make_workload(cast, deputy=cast.reviewer)


def spend(workload, usd_a_day, first=date(2026, 10, 1), until=date(2026, 11, 20), cost_centre=""):
    UsageHour.objects.bulk_create(
        UsageHour(
            workload=workload,
            hour=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            provider="openai",
            model="gpt-4o",
            operation="chat",
            cost_centre=cost_centre,
            calls=10,
            cost_usd=Decimal(usd_a_day),
            list_cost_usd=Decimal(usd_a_day),
        )
        for day in (first + timedelta(days=n) for n in range((until - first).days))
    )


def add(cast, now, by=None, **more):
    base = {"amount": Decimal(1000), "valid_from": NOV}
    return budgets.add_budget(**(base | more), by=by or cast.finance, at=now)


def standing(budget, now):
    [found] = standings([budget], now)
    return found


@pytest.mark.parametrize(
    ("kind", "day", "fiscal", "wanted"),
    [
        ("month", date(2026, 11, 20), 4, (date(2026, 11, 1), date(2026, 12, 1))),
        ("month", date(2026, 12, 31), 1, (date(2026, 12, 1), date(2027, 1, 1))),
        ("quarter", date(2026, 11, 20), 1, (date(2026, 10, 1), date(2027, 1, 1))),
        ("quarter", date(2026, 11, 20), 2, (date(2026, 11, 1), date(2027, 2, 1))),
        ("quarter", date(2026, 1, 31), 12, (date(2025, 12, 1), date(2026, 3, 1))),
        ("year", date(2026, 3, 31), 4, (date(2025, 4, 1), date(2026, 4, 1))),
        ("year", date(2026, 4, 1), 4, (date(2026, 4, 1), date(2027, 4, 1))),
    ],
)
def test_periods_follow_the_fiscal_year(kind, day, fiscal, wanted):
    assert period_of(kind, day, fiscal) == Period(*wanted)


def test_marks_are_those_that_are_reached():
    half = Standing(Decimal(100), Decimal(50), None)
    assert half.marks([80, 50, 100], on_pace=True) == [50]
    assert Standing(Decimal(100), Decimal("49.99"), None).marks([50], on_pace=True) == []
    full = Standing(Decimal(100), Decimal(100), None)
    assert full.marks([50, 100], on_pace=True) == [50, 100] and not full.is_over


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("owner", True),
        ("reviewer", True),  # the deputy here
        ("lead", True),
        ("finance", True),
        ("assessor", False),
        ("it", False),
        ("evaluator", False),
        ("auditor", False),
        ("executive", False),
        ("stranger", False),
    ],
)
def test_who_sets_a_workloads_budget(cast, now, workload, who, may):
    person = getattr(cast, who)
    assert budgets.may_set(workload, None, person) is may
    if may:
        assert add(cast, now, workload=workload, by=person).by == person
        return
    held = add(cast, now, workload=workload)
    for verb in (
        lambda: add(cast, now, workload=workload, by=person),
        lambda: budgets.change_budget(budget=held, changes={}, by=person, at=now),
        lambda: budgets.end_budget(budget=held, valid_to=now.date(), by=person, at=now),
    ):
        with pytest.raises(PermissionDenied):
            verb()


@pytest.mark.parametrize("who", ["owner", "lead", "it", "assessor", "auditor", "executive", "reviewer"])
def test_only_finance_sets_those_of_units_and_cost_centres(cast, now, who):
    for scope in ({"unit": cast.unit}, {"cost_centre": "4711"}):
        with pytest.raises(PermissionDenied):
            add(cast, now, by=getattr(cast, who), **scope)
        add(cast, now, **scope)


def test_each_rule_is_refused_by_name(cast, now, workload):
    retired = make_workload(cast, "Old", stage="retired", retired_on=NOV)
    for more, code in (
        ({}, "budget_scope"),
        ({"workload": workload, "unit": cast.unit}, "budget_scope"),
        ({"workload": workload, "amount": Decimal(0)}, "budget_amount"),
        ({"workload": workload, "valid_to": NOV}, "budget_days"),
        ({"workload": retired}, "retired"),
        ({"workload": workload, "levels": [0]}, "budget_levels"),
        ({"workload": workload, "levels": [501]}, "budget_levels"),
        ({"workload": workload, "levels": list(range(1, 10))}, "budget_levels"),
    ):
        with pytest.raises(DomainError) as refused:
            add(cast, now, **more)
        assert refused.value.code == code
    assert not Budget.objects.exists()


def test_one_of_each_period_at_a_time_and_the_other_is_named(cast, now, workload):
    held = add(cast, now, workload=workload)
    with pytest.raises(DomainError, match="There is a budget of \\$1,000 a month without an end"):
        add(cast, now, workload=workload, valid_from=date(2027, 1, 1))
    add(cast, now, workload=workload, period="year")
    add(cast, now, unit=cast.unit)
    budgets.end_budget(budget=held, valid_to=date(2026, 12, 1), by=cast.owner, at=now)
    with pytest.raises(DomainError, match="has ended"):
        budgets.end_budget(budget=held, valid_to=date(2026, 12, 1), by=cast.owner, at=now)
    add(cast, now, workload=workload, valid_from=date(2026, 12, 1))
    with pytest.raises(TypeError):
        budgets.change_budget(budget=held, changes={"period": "year"}, by=cast.owner, at=now)


def test_a_change_is_kept_in_the_log_and_told_in_the_change_log(cast, now, workload):
    held = add(cast, now, workload=workload)
    changes = {"amount": Decimal(2000), "levels": [90, 50, 90], "warns_on_pace": True}
    held = budgets.change_budget(budget=held, changes=changes, by=cast.owner, at=now)
    assert held.levels == [50, 90]
    event = AuditEvent.objects.get(action="budget.changed")
    assert event.changes == {"amount": ["1000.00", "2000"], "levels": [[50, 80, 100], [50, 90]]}
    assert Change.objects.filter(kind="budget").count() == 2
    with pytest.raises(DomainError):
        budgets.change_budget(budget=held, changes={"amount": Decimal(-1)}, by=cast.owner, at=now)


def test_the_workloads_own_field_and_its_monthly_budget_agree(cast, now, workload):
    operations.set_budget(workload=workload, monthly_budget=Decimal(500), by=cast.owner, at=now)
    held = Budget.objects.get(workload=workload)
    assert (held.amount, held.valid_from, held.valid_to) == (500, now.date(), None)
    operations.set_budget(workload=workload, monthly_budget=Decimal(600), by=cast.owner, at=now)
    assert Budget.objects.get(workload=workload).amount == 600
    later = now + timedelta(days=3)
    operations.set_budget(workload=workload, monthly_budget=Decimal(600), by=cast.owner, at=later)
    assert Budget.objects.count() == 1
    operations.set_budget(workload=workload, monthly_budget=Decimal(700), by=cast.owner, at=later)
    old, new = Budget.objects.order_by("valid_from")
    assert (old.valid_to, new.valid_from, new.amount) == (later.date(), later.date(), 700)
    budgets.change_budget(budget=new, changes={"amount": Decimal(800)}, by=cast.owner, at=later)
    workload.refresh_from_db()
    assert workload.monthly_budget == 800
    operations.set_budget(workload=workload, monthly_budget=None, by=cast.owner, at=later)
    assert not Budget.objects.on(later.date()).exists()
    # The field stays in step when a budget begins by itself.
    add(cast, later, workload=workload, valid_from=date(2026, 12, 1), amount=Decimal(900))
    workload.refresh_from_db()
    assert workload.monthly_budget is None
    budget_watch.watch_budgets(at=datetime(2026, 12, 2, tzinfo=UTC))
    workload.refresh_from_db()
    assert workload.monthly_budget == 900


def test_a_budget_stands_where_its_scope_spends(cast, now, workload):
    other = make_workload(cast, "Other")
    elsewhere = make_workload(cast, "Elsewhere", unit=cast.other_unit)
    spend(workload, 10, cost_centre="4711")
    spend(other, 5)
    spend(elsewhere, 7, cost_centre="4711")
    mine, unit, centre = (
        add(cast, now, workload=workload),
        add(cast, now, unit=cast.unit),
        add(cast, now, cost_centre="4711"),
    )
    found = standings([mine, unit, centre], now)
    assert [row.standing.spent for row in found] == [190, 285, 323]
    assert [round(row.standing.ahead.likely) for row in found] == [300, 450, 510]
    assert [row.dearest for row in found] == [workload.pk, workload.pk, workload.pk]
    assert all(row.is_provisional for row in found)


def test_longer_periods_hold_the_months_behind(cast, now, workload):
    spend(workload, 10, first=date(2026, 4, 1))
    Company.objects.update_or_create(pk=1, defaults={"fiscal_year_start": 4})
    year, quarter = (
        add(cast, now, workload=workload, period=kind, amount=Decimal(5000)) for kind in ("year", "quarter")
    )
    for budget, days, whole in ((year, 233, 365), (quarter, 50, 92)):
        row = standing(budget, now)
        assert row.standing.spent == 10 * days and round(row.standing.ahead.likely) == 10 * whole


def test_fixed_costs_count_day_by_day_and_in_the_forecast_whole(cast, now, workload):
    spend(workload, 10)
    FixedCost.objects.create(
        workload=workload,
        kind="seat",
        name="Seats",
        quantity=10,
        amount=30,
        valid_from=NOV,
        by=cast.finance,
        at=now,
    )
    row = standing(add(cast, now, workload=workload), now)
    assert row.standing.spent == 190 + 200 and row.fixed == 200
    assert round(row.standing.ahead.likely) == 600


def test_it_counts_in_company_currency(cast, now, workload):
    Company.objects.update_or_create(pk=1, defaults={"currency": "EUR", "usd_rate": Decimal("0.5")})
    spend(workload, 10)
    row = standing(add(cast, now, workload=workload), now)
    assert row.standing.spent == 95
    assert "€95 of €1,000 a month spent" in budget_watch.sentence_of(row, 50)


def test_too_few_days_say_so_by_no_forecast(cast, now, workload):
    spend(workload, 10, first=date(2026, 11, 17))
    row = standing(add(cast, now, workload=workload), now)
    assert row.standing.ahead is None and row.standing.runs_out is None


def watch(at):
    return budget_watch.watch_budgets(at=at)


def test_each_level_is_told_once_a_period_to_the_owner_and_finance(cast, now, workload):
    Connection.objects.create(kind="webhook", name="hook", enabled=True, created_by=cast.it, created_at=now)
    spend(workload, 10)
    add(cast, now, workload=workload, amount=Decimal(320), warns_on_pace=False)
    assert watch(now) == 1 and watch(now) == 0
    alert = BudgetAlert.objects.get()
    assert alert.level == 50 and alert.period_start == NOV
    assert (
        alert.sentence == "W-1 Invoice coding: $190 of $320 a month spent, 59%; the mark of 50 % is passed."
    )
    mail = Delivery.objects.get(kind="mail")
    people = {cast.owner.email, cast.reviewer.email, cast.finance.email, cast.second_finance.email}
    assert set(mail.payload["to"]) == people and "50 % is spent" in mail.payload["subject"]
    assert Delivery.objects.get(kind="notice").payload["event"] == "budget.passed"
    assert not Incident.objects.exists()


def test_several_levels_at_once_are_one_mail_and_all_are_kept(cast, now, workload):
    spend(workload, 10)
    add(cast, now, workload=workload, amount=Decimal(100))
    assert watch(now) == 3
    assert set(BudgetAlert.objects.values_list("level", flat=True)) == {50, 80, 100}
    assert Delivery.objects.filter(kind="mail", dedup_key__startswith="budget").count() == 1
    incident = Incident.objects.get()
    assert (incident.workload, incident.severity, incident.source) == (workload, "bad", "budget")
    assert incident.title == "Budget W-1 Invoice coding: spent"


def test_pace_is_told_with_the_day_and_opens_a_warning_that_closes_itself(cast, now, workload):
    spend(workload, 10)
    held = add(cast, now, workload=workload, amount=Decimal(250))
    assert watch(now) == 2
    pace = BudgetAlert.objects.get(level=PACE)
    assert "at this pace $300 to $300 by 30 Nov 2026, and the money runs out about 26 Nov" in pace.sentence
    incident = Incident.objects.get()
    assert incident.severity == "warning" and "heading over it" in incident.title
    budgets.change_budget(budget=held, changes={"amount": Decimal(400)}, by=cast.owner, at=now)
    assert watch(now) == 0
    incident.refresh_from_db()
    assert incident.state == "resolved" and "within the budget" in incident.resolution


def test_once_it_is_spent_the_pace_gives_way(cast, now, workload):
    spend(workload, 10)
    add(cast, now, workload=workload, amount=Decimal(195))
    watch(now)
    spend(workload, 10, first=date(2026, 11, 20), until=date(2026, 11, 21))
    assert watch(now + timedelta(hours=1)) == 1
    assert set(Incident.objects.unresolved().values_list("title", flat=True)) == {
        "Budget W-1 Invoice coding: spent"
    }


def test_a_new_period_closes_what_was_open_and_tells_anew(cast, now, workload):
    spend(workload, 10, until=date(2026, 12, 15))
    add(cast, now, workload=workload, amount=Decimal(100))
    watch(now)
    december = datetime(2026, 12, 15, 9, tzinfo=UTC)
    assert watch(december) == 3
    assert Incident.objects.unresolved().count() == 1
    assert "period is over" in Incident.objects.get(state="resolved").resolution


def test_those_of_a_unit_tell_its_owners_and_go_to_the_dearest_workload(cast, now, workload):
    other = make_workload(cast, "Dear", business_owner=cast.assessor)
    spend(workload, 1)
    spend(other, 10)
    add(cast, now, unit=cast.unit, amount=Decimal(100))
    watch(now)
    mail = Delivery.objects.get(kind="mail", dedup_key__startswith="budget")
    assert set(mail.payload["to"]) == {cast.owner.email, cast.finance.email, cast.second_finance.email}
    assert Incident.objects.get().workload == other


def test_a_budget_that_nothing_spends_from_opens_nothing(cast, now):
    add(cast, now, cost_centre="nobody")
    assert watch(now) == 0 and not Incident.objects.exists()
    assert standings([], now) == []


def test_a_simulated_workload_says_so_in_what_leaves_the_house(cast, now):
    made_up = make_workload(cast, "Made up", simulated=True)
    spend(made_up, 10)
    add(cast, now, workload=made_up, amount=Decimal(100))
    watch(now)
    subjects = [row.payload["subject"] for row in Delivery.objects.filter(kind="mail")]
    assert subjects and all(subject.startswith("(simulated)") for subject in subjects)


def test_retired_workloads_are_watched_no_more(cast, now, workload):
    spend(workload, 10)
    add(cast, now, workload=workload, amount=Decimal(100))
    Workload.objects.filter(pk=workload.pk).update(stage="retired", retired_on=now.date())
    assert watch(now) == 0


def test_who_sees_which_budget(cast, now, workload):
    mine, unit, centre = (
        add(cast, now, workload=workload),
        add(cast, now, unit=cast.unit),
        add(cast, now, cost_centre="4711"),
    )
    today = now.date()
    for who, wanted in (
        ("finance", {mine, unit, centre}),
        ("executive", {mine, unit, centre}),
        ("auditor", {mine, unit, centre}),
        ("owner", {mine, unit}),
        ("it", set()),
        ("evaluator", set()),
        ("stranger", set()),
    ):
        assert set(seen(getattr(cast, who), today)) == wanted, who


def test_the_number_of_queries_does_not_grow_with_budgets(cast, now, workload, django_assert_max_num_queries):
    for n in range(12):
        one = make_workload(cast, f"Workload {n}")
        spend(one, 10)
        add(cast, now, workload=one)
    rows = list(seen(cast.finance, now.date()))
    with django_assert_max_num_queries(10):
        assert len(standings(rows, now)) == 12

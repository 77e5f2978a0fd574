"""Whose spend it is: rules by account, service and tag; names that nobody owns; which model a bill means."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aiops.errors import DomainError
from aiops.models import AuditEvent
from tests.factories import make_workload
from tests.focus_files import add_usage, focus
from workloads.models import BilledModel, BillLine, BillRule
from workloads.operations.bill_owners import add_bill_rule, name_billed_model, remove_bill_rule
from workloads.operations.bills import import_bills

OWNERS = reverse("workloads:bill_owners")
RECONCILIATION = reverse("workloads:reconciliation")
OCTOBER = {"month": "2026-10-01"}


@pytest.fixture
def take(cast, now):
    def taken(*rows, **more):
        return import_bills(
            file=io.BytesIO(focus(*rows)), name="oct.csv", by=cast.finance, at=now, **more
        ).bills

    return taken


@pytest.fixture
def rule(cast, now):
    def made(workload, by=None, **names):
        return add_bill_rule(workload=workload, by=by or cast.finance, at=now, **names)

    return made


def owner_of(**where):
    return BillLine.objects.get(bill__replaced_by=None, **where).workload


def test_the_most_particular_rule_wins(cast, take, rule):
    ones = [make_workload(cast, name=f"W{n}") for n in range(5)]
    take({"Tags": '{"team": "ap"}'})
    assert owner_of() is None
    steps = (
        {"service": "API"},
        {"account": "proj-1"},
        {"account": "proj-1", "service": "API", "provider": "OpenAI"},
        {"tag_key": "team"},
        {"tag_key": "team", "tag_value": "ap"},
    )
    for workload, names in zip(ones, steps, strict=True):
        assert rule(workload, **names)[1] == 1
        assert owner_of() == workload
    # Broader rules that come later take nothing away.
    assert rule(ones[0], provider="OpenAI", service="API")[1] == 0
    assert owner_of() == ones[4]


def test_of_equals_the_newer_holds(cast, take, rule):
    first, second = make_workload(cast), make_workload(cast, name="Other")
    take({"Tags": '{"team": "ap", "app": "x"}'})
    rule(first, tag_key="team", tag_value="ap")
    rule(second, tag_key="app", tag_value="x")
    assert owner_of() == second


@pytest.mark.parametrize(
    "names",
    [
        {"account": "proj-2"},
        {"service": "api"},
        {"account": "proj-1", "provider": "Anthropic"},
        {"tag_key": "team", "tag_value": "legal"},
        {"tag_key": "squad"},
    ],
)
def test_a_rule_that_does_not_fit_owns_nothing(cast, take, rule, names):
    take({"Tags": '{"team": "ap"}'})
    assert rule(make_workload(cast), **names)[1] == 0 and owner_of() is None


def test_rules_own_lines_to_come_and_old_bills_stay_as_they_were(cast, take, rule):
    workload = make_workload(cast)
    (old,) = take({})
    take({"BilledCost": "2"})
    rule(workload, account="proj-1")
    assert not old.lines.filter(workload=workload).exists()
    take({"BilledCost": "3"})
    assert owner_of() == workload


def test_without_its_rule_a_line_goes_to_the_next_best(cast, take, rule, now):
    near, far = make_workload(cast), make_workload(cast, name="Other")
    take({})
    rule(far, service="API")
    best, _ = rule(near, account="proj-1")
    assert remove_bill_rule(rule=best, by=cast.it, at=now) == 1 and owner_of() == far
    assert remove_bill_rule(rule=BillRule.objects.get(), by=cast.it, at=now) == 1 and owner_of() is None
    assert list(AuditEvent.objects.filter(action__startswith="bill_rule").values_list("action", flat=True)[:2]) == [
        "bill_rule.removed", "bill_rule.removed",
    ]  # fmt: skip


def test_rules_that_cannot_be(cast, rule):
    workload, other = make_workload(cast), make_workload(cast, name="Other")
    for names, words in (
        ({}, "Name an account"),
        ({"provider": "OpenAI"}, "Name an account"),
        ({"account": "a", "tag_value": "x"}, "needs its key"),
    ):
        with pytest.raises(DomainError, match=words):
            rule(workload, **names)
    rule(workload, account="a")
    with pytest.raises(DomainError, match="Invoice coding already"):
        rule(other, account=" a ")


@pytest.mark.parametrize("who", ["owner", "lead", "auditor", "executive", "evaluator", "stranger"])
def test_only_finance_and_it_make_rules(cast, take, rule, now, who):
    workload, by = make_workload(cast), getattr(cast, who)
    take({})
    made, _ = rule(workload, account="elsewhere")
    for act in (
        lambda: rule(workload, by=by, account="proj-1"),
        lambda: remove_bill_rule(rule=made, by=by, at=now),
        lambda: name_billed_model(provider="OpenAI", name="x", model="y", by=by, at=now),
    ):
        with pytest.raises(PermissionDenied):
            act()
    post = cast.client(by).post(OWNERS, {"workload": workload.number, "account": "proj-1"})
    assert post.status_code == 403 and owner_of() is None


def test_spend_of_nobody_is_named_and_owned_with_one_click(cast, take):
    workload = make_workload(cast)
    take({"ServiceCategory": "Compute", "ServiceName": "Virtual machines", "EffectiveCost": "12.50"})
    client = cast.client(cast.finance)
    page = client.get(OWNERS, OCTOBER).content.decode()
    assert "Project one" in page and "Virtual machines" in page and "$12.50" in page
    form = {
        "workload": workload.number,
        "provider": "OpenAI",
        "account": "proj-1",
        "service": "Virtual machines",
    }
    done = client.post(f"{OWNERS}?month=2026-10-01", form, follow=True).content.decode()
    assert "1 line is of Invoice coding now" in done and "has an owner" in done
    assert owner_of() == workload
    again = client.post(OWNERS, form)
    assert again.status_code == 422 and "already" in again.content.decode()
    assert client.post(OWNERS, {"workload": workload.number}).status_code == 422
    assert client.post(OWNERS, {"workload": 999, "account": "x"}).status_code == 422
    assert client.post(OWNERS, {"remove": "x"}).status_code == 404
    client.post(OWNERS, {"remove": BillRule.objects.get().pk})
    assert owner_of() is None


def test_it_sees_names_and_no_money(cast, take):
    make_workload(cast)
    take({"ServiceCategory": "Compute", "EffectiveCost": "4711.25"})
    client = cast.client(cast.it)
    page = client.get(OWNERS, OCTOBER)
    assert page.status_code == 200 and b"Project one" in page.content and b"4,711" not in page.content
    listed = client.get(OWNERS, OCTOBER | {"format": "csv"}).content.decode()
    assert "proj-1" in listed and "4711" not in listed
    assert b"4,711" in cast.client(cast.lead).get(OWNERS, OCTOBER).content
    assert b"Theirs" not in cast.client(cast.lead).get(OWNERS, OCTOBER).content
    for who in ("owner", "evaluator", "stranger"):
        assert cast.client(getattr(cast, who)).get(OWNERS).status_code == 403


def test_a_line_that_calls_share_needs_no_rule(cast, take):
    add_usage(make_workload(cast))
    take({}, {"ChargeDescription": "Voices", "SubAccountId": "proj-2"})
    page = cast.client(cast.finance).get(OWNERS, OCTOBER).content.decode()
    assert "1 name on the bills" in page and "Shared out by calls" in page


def test_a_name_is_said_once_and_taken_back(cast, take, now):
    add_usage(make_workload(cast))
    take({"ChargeDescription": "Meter 4711 gpt-4o"})
    client = cast.client(cast.it)
    assert client.get(RECONCILIATION).status_code == 403, "IT reads no money"
    client, form = (
        cast.client(cast.finance),
        {"provider": "OpenAI", "name": "Meter 4711 gpt-4o", "model": "gpt-4o"},
    )
    page = client.get(RECONCILIATION, OCTOBER).content.decode()
    assert "no call is known by this name" in page and "<option selected>gpt-4o</option>" in page
    page = client.post(f"{RECONCILIATION}?month=2026-10-01", form, follow=True).content.decode()
    assert "said here" in page and "no call is known" not in page
    assert client.post(RECONCILIATION, form | {"name": ""}).status_code == 422
    client.post(RECONCILIATION, form | {"model": ""})
    assert not BilledModel.objects.exists()
    assert cast.client(cast.lead).post(RECONCILIATION, form).status_code == 403
    assert AuditEvent.objects.filter(action="billed_model.forgotten").exists()
    assert name_billed_model(provider="OpenAI", name="never", model="", by=cast.it, at=now) is None

"""The kernel's pages as stories: anonymous, stranger, wrong role, happy, already done."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aiops import audit, operations
from aiops.models import AuditEvent, BusinessUnit, Company, Membership, RateCard, Token, User
from aiops.roles import Role

PAGES = {
    "aiops:people": ("it", "lead", "finance"),
    "aiops:new_person": ("it",),
    "aiops:units": ("it",),
    "aiops:finance": ("finance",),
    "aiops:audit": ("it", "lead", "finance", "auditor"),
    "aiops:audit_csv": ("it", "lead", "finance", "auditor"),
    "aiops:tokens": ("it", "owner", "stranger", "auditor"),
}
ROLES = (
    "owner",
    "stranger",
    "assessor",
    "lead",
    "reviewer",
    "finance",
    "it",
    "evaluator",
    "auditor",
    "executive",
)


@pytest.mark.parametrize("page", PAGES)
def test_anonymous_is_sent_to_the_sign_in_page(page: str, cast: SimpleNamespace) -> None:
    answer = Client().get(reverse(page))
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", [p for p in PAGES if p != "aiops:tokens"])
@pytest.mark.parametrize("role", ROLES)
def test_only_the_right_roles_open_a_page(page: str, role: str, cast: SimpleNamespace) -> None:
    answer = cast.client(getattr(cast, role)).get(reverse(page))
    assert answer.status_code == (200 if role in PAGES[page] else 403)


@pytest.mark.parametrize("role", ["owner", "stranger", "evaluator", "executive"])
def test_a_stranger_sees_no_other_person(role: str, cast: SimpleNamespace) -> None:
    client = cast.client(getattr(cast, role))
    assert client.get(reverse("aiops:person", args=[cast.lead.pk])).status_code == 404
    for name in ("deactivate", "reactivate", "invite", "grant"):
        assert client.post(reverse(f"aiops:{name}", args=[cast.lead.pk])).status_code == 404


def test_everybody_sees_their_own_roles(cast: SimpleNamespace) -> None:
    answer = cast.client(cast.owner).get(reverse("aiops:person", args=[cast.owner.pk]))
    assert b"Accounts payable" in answer.content
    assert b"Grant a role" not in answer.content


@pytest.mark.parametrize("name", ["deactivate", "reactivate", "invite", "grant", "edit_person"])
def test_a_reader_of_people_changes_nobody(name: str, cast: SimpleNamespace) -> None:
    answer = cast.client(cast.lead).post(reverse(f"aiops:{name}", args=[cast.owner.pk]))
    assert answer.status_code == 403


def test_it_adds_a_person_grants_and_invites(cast: SimpleNamespace) -> None:
    client = cast.client(cast.it)
    made = client.post(
        reverse("aiops:new_person"), {"name": "Nia New", "email": "Nia@Example.com", "title": ""}
    )
    nia = User.objects.get(email="nia@example.com")
    assert made["Location"] == reverse("aiops:person", args=[nia.pk])
    client.post(reverse("aiops:grant", args=[nia.pk]), {"role": "owner", "unit": cast.unit.pk})
    assert Membership.objects.active().filter(user=nia, role="owner", unit=cast.unit).exists()
    answer = client.post(reverse("aiops:invite", args=[nia.pk]))
    link = answer.context["invitation"]
    assert link in answer.content.decode() and "no-cache" in answer["Cache-Control"]
    _choose_password(link)
    assert Client().login(email="nia@example.com", password="a long sentence, mine")


def _choose_password(link: str) -> None:
    visitor = Client()
    page = visitor.get(link, follow=True)
    sent = {"password1": "a long sentence, mine", "password2": "a long sentence, mine"}
    assert visitor.post(page.redirect_chain[-1][0], sent).status_code == 302


def test_a_taken_address_is_said_at_the_field(cast: SimpleNamespace) -> None:
    answer = cast.client(cast.it).post(reverse("aiops:new_person"), {"name": "X", "email": cast.lead.email})
    assert answer.status_code == 422
    assert "is already here" in answer.content.decode()


def test_a_lead_grant_waits_and_another_lead_confirms_it_on_the_page(cast: SimpleNamespace) -> None:
    cast.client(cast.it).post(reverse("aiops:grant", args=[cast.owner.pk]), {"role": "lead", "unit": ""})
    waiting = Membership.objects.waiting().get(user=cast.owner)
    assert b"waits for a lead or finance" in cast.client(cast.it).get(reverse("aiops:people")).content
    url = reverse("aiops:confirm_grant", args=[waiting.pk])
    assert cast.client(cast.stranger).post(url).status_code == 404
    again = cast.client(cast.it).post(url, follow=True)
    assert b"somebody else must confirm" in again.content
    done = cast.client(cast.lead).post(url, follow=True)
    assert b"Confirmed" in done.content
    repeated = cast.client(cast.second_lead).post(url, follow=True)
    assert b"is not waiting" in repeated.content
    assert Membership.objects.active().filter(user=cast.owner, role="lead").count() == 1


def test_units_are_added_and_renamed(cast: SimpleNamespace) -> None:
    client = cast.client(cast.it)
    assert client.post(reverse("aiops:units"), {"name": "Ürün Desk"}).status_code == 302
    unit = BusinessUnit.objects.get(name="Ürün Desk")
    assert client.post(reverse("aiops:units"), {"name": "ürün desk"}).status_code == 422
    assert client.post(reverse("aiops:unit", args=[unit.pk]), {"name": "Product"}).status_code == 302
    assert client.post(reverse("aiops:unit", args=[unit.pk]), {"name": "Legal"}).status_code == 422
    assert (
        cast.client(cast.lead).post(reverse("aiops:unit", args=[unit.pk]), {"name": "Mine"}).status_code
        == 403
    )


def _company(**changes: object) -> dict[str, object]:
    filled = {
        "name": "Acme", "currency": "eur", "usd_rate": "0.92", "usd_rate_on": "2026-11-20",
        "discount_rate": "8.5",
        "hurdle_npv": "5000", "fiscal_year_start": "4", "horizon_months": "36",
        "time_zone": "Europe/Berlin", "close_working_day": "5",
    }  # fmt: skip
    return {**filled, **changes}


def test_finance_saves_the_company_and_its_rates(cast: SimpleNamespace) -> None:
    client = cast.client(cast.finance)
    assert client.post(reverse("aiops:finance"), _company()).status_code == 302
    company = Company.load()
    assert (company.currency, company.discount_rate, company.fiscal_year_start) == (
        "EUR",
        Decimal("0.085"),
        4,
    )
    rate = {"unit": "", "job": "all jobs", "hourly_rate": "61.50", "valid_from": "2026-01-01"}
    assert client.post(reverse("aiops:add_rate"), rate).status_code == 302
    page = client.get(reverse("aiops:finance")).content.decode()
    assert "€61.50" in page and "1 Jan 2026" in page
    assert client.post(reverse("aiops:add_rate"), rate).status_code == 422
    kept = RateCard.objects.get()
    assert (
        client.post(reverse("aiops:end_rate", args=[kept.pk]), {"valid_to": "2025-01-01"}).status_code == 422
    )
    assert (
        client.post(reverse("aiops:end_rate", args=[kept.pk]), {"valid_to": "2026-12-31"}).status_code == 302
    )
    kept.refresh_from_db()
    assert kept.valid_to == date(2026, 12, 31)


@pytest.mark.parametrize(
    "wrong", [{"currency": "E1"}, {"discount_rate": "120"}, {"fiscal_year_start": "13"}, {"usd_rate": "0"},
              {"time_zone": "Mars/Olympus"}, {"close_working_day": "21"}]
)
def test_wrong_settings_are_refused_whole(wrong: dict[str, str], cast: SimpleNamespace) -> None:
    answer = cast.client(cast.finance).post(reverse("aiops:finance"), _company(**wrong))
    assert answer.status_code == 422
    assert Company.load().name == "Our company"


@pytest.mark.parametrize("name", ["add_rate", "finance"])
def test_nobody_else_writes_finance(name: str, cast: SimpleNamespace) -> None:
    for role in ROLES:
        if role != "finance":
            assert (
                cast.client(getattr(cast, role)).post(reverse(f"aiops:{name}"), _company()).status_code == 403
            )


def test_a_token_is_shown_once_and_works(cast: SimpleNamespace) -> None:
    client = cast.client(cast.owner)
    answer = client.post(reverse("aiops:tokens"), {"name": "script", "scope": "read", "days": "30"})
    secret = answer.context["secret"]
    assert secret.startswith("pbt_") and secret in answer.content.decode()
    assert secret not in client.get(reverse("aiops:tokens")).content.decode()
    me = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert me.json()["email"] == cast.owner.email
    assert me.json()["scopes"] == ["read"]
    token = Token.objects.get()
    assert cast.client(cast.stranger).post(reverse("aiops:revoke_token", args=[token.pk])).status_code == 404
    assert client.post(reverse("aiops:revoke_token", args=[token.pk])).status_code == 302
    assert (
        b"revoked already" in client.post(reverse("aiops:revoke_token", args=[token.pk]), follow=True).content
    )
    assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_it_lists_and_revokes_the_tokens_of_others(cast: SimpleNamespace) -> None:
    token, _ = operations.create_token(
        user=cast.owner, name="script", scopes=["read"], days=30, by=cast.owner, at=timezone.now()
    )
    client = cast.client(cast.it)
    assert b"Ada Owner" in client.get(reverse("aiops:tokens")).content
    client.post(reverse("aiops:revoke_token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_audit_filters_live_in_the_query_string(cast: SimpleNamespace, now: timezone.datetime) -> None:
    audit.record(by=cast.it, at=now, action="unit.created", obj=cast.unit)
    audit.record(
        by=cast.lead, at=now - timedelta(days=9), action="candidate.approved", obj=cast.unit, reason="good"
    )
    client = cast.client(cast.auditor)
    shown = client.get(reverse("aiops:audit"), {"action": "unit."}).content.decode()
    assert "unit.created" in shown and "candidate.approved" not in shown
    assert "candidate.approved" in client.get(reverse("aiops:audit"), {"q": "good"}).content.decode()
    assert "Nothing found" in client.get(reverse("aiops:audit"), {"until": "2026-01-01"}).content.decode()
    assert client.get(reverse("aiops:audit"), {"since": "yesterday"}).status_code == 422
    assert client.get(reverse("aiops:audit_csv"), {"since": "yesterday"}).status_code == 422


def test_a_lead_of_one_unit_reads_the_log_of_that_unit(cast: SimpleNamespace, now: timezone.datetime) -> None:
    audit.record(by=cast.it, at=now, action="a.ours", obj=cast.unit)
    audit.record(by=cast.it, at=now, action="a.theirs", obj=cast.other_unit)
    Membership.objects.create(
        user=cast.owner, role=Role.AUDITOR, unit=cast.unit, granted_by=cast.it, granted_at=now
    )
    shown = cast.client(cast.owner).get(reverse("aiops:audit")).content.decode()
    assert "a.ours" in shown and "a.theirs" not in shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_no_exported_cell_starts_a_formula(start: str, cast: SimpleNamespace, now: timezone.datetime) -> None:
    audit.record(by=cast.it, at=now, action="a.b", obj=cast.unit, reason=start + "HYPERLINK(1)")
    answer = cast.client(cast.auditor).get(reverse("aiops:audit_csv"))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0]["reason"] == "'" + start + "HYPERLINK(1)"
    assert rows[0]["actor_id"] == str(cast.it.pk)


def _demo(**fields: bool) -> User:
    Company.load()
    Company.objects.update(demo=True)
    return User.objects.create_user(
        "lead@demo.payback", None, name="Lara Lead", **{"simulated": True, **fields}
    )


def test_the_demo_signs_in_with_one_click_on_loopback(db: None) -> None:
    user, client = _demo(), Client()
    assert b"Lara Lead" in client.get("/accounts/login/").content
    assert client.post(reverse("aiops:demo_sign_in"), {"email": user.email}).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "10.0.0.9"},
        {"HTTP_X_FORWARDED_FOR": "10.0.0.9"},
        {"HTTP_VIA": "1.1 proxy"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_the_demo_door_is_shut_from_elsewhere(meta: dict[str, str], db: None) -> None:
    user = _demo()
    assert b"Lara Lead" not in Client().get("/accounts/login/", **meta).content
    assert Client().post(reverse("aiops:demo_sign_in"), {"email": user.email}, **meta).status_code == 404


def test_the_demo_door_is_shut_outside_the_demo_and_for_real_people(cast: SimpleNamespace) -> None:
    user = _demo(simulated=False)
    client = Client()
    assert client.post(reverse("aiops:demo_sign_in"), {"email": user.email}).status_code == 404
    assert client.post(reverse("aiops:demo_sign_in"), {"email": cast.lead.email}).status_code == 404
    User.objects.filter(pk=user.pk).update(simulated=True)
    Company.objects.update(demo=False)
    assert client.post(reverse("aiops:demo_sign_in"), {"email": user.email}).status_code == 404


SET_UP = {
    "name": "Acme", "currency": "USD", "usd_rate": "1", "fiscal_year_start": "1", "units": "Sales\nLegal\n",
    "it_name": "Ivy", "it_email": "ivy@acme.test", "password": "a long sentence, mine",
    "lead_name": "Lee", "lead_email": "lee@acme.test",
    "finance_name": "Fin", "finance_email": "fin@acme.test",
}  # fmt: skip


def test_an_empty_company_is_set_up_once_on_its_machine(db: None) -> None:
    client = Client()
    assert reverse("aiops:setup").encode() in client.get("/accounts/login/").content
    assert client.get("/setup/").status_code == 200
    assert Client().get("/setup/", REMOTE_ADDR="10.0.0.9").status_code == 404
    done = client.post("/setup/", SET_UP)
    assert done.status_code == 200 and done.content.count(b"/accounts/password/reset/key/") == 2
    assert Membership.objects.active().count() == 3
    assert set(BusinessUnit.objects.values_list("name", flat=True)) == {"Sales", "Legal"}
    assert client.get(reverse("aiops:people")).status_code == 200
    assert Client().get("/setup/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"password": "password12"}, {"finance_email": "lee@acme.test"}, {"it_email": "lee@acme.test"},
              {"currency": "1$"}, {"units": "  "}, {"usd_rate": "2"}]
)  # fmt: skip
def test_a_wrong_set_up_stores_nothing(wrong: dict[str, str], db: None) -> None:
    assert Client().post("/setup/", {**SET_UP, **wrong}).status_code == 422
    assert not User.objects.people().exists() and not BusinessUnit.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/audit"])
def test_api_lists_are_for_the_same_roles_as_the_pages(path: str, cast: SimpleNamespace) -> None:
    assert Client().get(path).status_code == 401
    assert cast.client(cast.it).get(path).status_code == 200
    assert cast.client(cast.owner).get(path).status_code == 403


def test_api_writes_end_in_the_same_operations(cast: SimpleNamespace) -> None:
    client = cast.client(cast.it)
    made = client.post(
        "/api/v1/users", {"email": "nia@example.com", "name": "Nia"}, content_type="application/json"
    )
    assert made.status_code == 201
    again = client.post(
        "/api/v1/users", {"email": "nia@example.com", "name": "Nia"}, content_type="application/json"
    )
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    taken = client.post("/api/v1/units", {"name": "Legal"}, content_type="application/json")
    assert (taken.status_code, taken.json()["field"]) == (409, "name")
    assert cast.client(cast.lead).post("/api/v1/units", {"name": "Mine"}).status_code == 403
    assert cast.client(cast.stranger).get("/api/v1/units").json()["count"] == 2
    assert AuditEvent.objects.filter(action="user.created").count() == 1


def test_the_list_of_people_does_not_grow_in_queries(
    cast: SimpleNamespace, django_assert_max_num_queries: object
) -> None:
    client = cast.client(cast.it)
    client.get(reverse("aiops:people"))
    for n in range(30):
        person = User.objects.create_user(f"p{n}@example.com", None, name=f"P {n}", home_unit=cast.unit)
        operations.grant_role(user=person, role="owner", unit=cast.unit, by=cast.it, at=timezone.now())
    with django_assert_max_num_queries(12):
        client.get(reverse("aiops:people"))

"""Units, finance, tokens and set-up: each rule, and each refusal."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from aiops import operations, permissions, queries
from aiops.errors import DomainError
from aiops.models import AuditEvent, BusinessUnit, Company, RateCard, Token, User
from aiops.operations import FirstPerson
from aiops.permissions import Permission

NOT_FINANCE = ("owner", "assessor", "lead", "reviewer", "it", "evaluator", "auditor", "executive")


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


# --- units ------------------------------------------------------------------


def test_codes_of_units_are_made_and_kept(cast: SimpleNamespace, now: datetime) -> None:
    first = operations.create_unit(name="Claims & Co", by=cast.it, at=now)
    second = operations.create_unit(name="Claims Co", by=cast.it, at=now)
    assert (first.code, second.code) == ("claims-co", "claims-co-2")
    assert operations.rename_unit(unit=first, name="Claims", by=cast.it, at=now).code == "claims-co"
    with refused("name_taken"):
        operations.create_unit(name="legal", by=cast.it, at=now)


# --- finance ----------------------------------------------------------------


@pytest.mark.parametrize("role", NOT_FINANCE)
def test_only_finance_sets_figures(role: str, cast: SimpleNamespace, now: datetime) -> None:
    by, day = getattr(cast, role), now.date()
    rate = operations.add_rate(unit=None, hourly_rate=Decimal(50), valid_from=day, by=cast.finance, at=now)
    for call in (
        lambda: operations.update_company(hurdle_npv=Decimal(1), by=by, at=now),
        lambda: operations.add_rate(unit=None, hourly_rate=Decimal(1), valid_from=day, by=by, at=now),
        lambda: operations.end_rate(rate=rate, valid_to=day + timedelta(1), by=by, at=now),
    ):
        with pytest.raises(PermissionDenied):
            call()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"currency": "eur"}, "currency_code"), ({"currency": "EURO"}, "currency_code"),
        ({"usd_rate": Decimal(0)}, "usd_rate"), ({"usd_rate": Decimal(2)}, "usd_rate"),
        ({"discount_rate": Decimal("1.01")}, "discount_rate"),
        ({"fiscal_year_start": 0}, "fiscal_year_start"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(values: dict, code: str, cast: SimpleNamespace, now: datetime) -> None:
    with refused(code):
        operations.update_company(**values, by=cast.finance, at=now)
    assert not AuditEvent.objects.exists()


def test_the_currency_stays_once_rates_are_kept_in_it(cast: SimpleNamespace, now: datetime) -> None:
    operations.update_company(currency="EUR", usd_rate=Decimal("0.9"), by=cast.finance, at=now)
    operations.add_rate(unit=None, hourly_rate=Decimal(50), valid_from=now.date(), by=cast.finance, at=now)
    with refused("currency_in_use"):
        operations.update_company(currency="GBP", by=cast.finance, at=now)
    assert AuditEvent.objects.order_by("pk")[0].changes["currency"] == ["USD", "EUR"]


def test_a_new_rate_ends_the_open_one_and_leaves_the_past(cast: SimpleNamespace, now: datetime) -> None:
    old = operations.add_rate(
        unit=None, hourly_rate=Decimal(50), valid_from=date(2025, 1, 1), by=cast.finance, at=now
    )
    operations.add_rate(
        unit=None, hourly_rate=Decimal(60), valid_from=date(2026, 1, 1), by=cast.finance, at=now
    )
    old.refresh_from_db()
    assert old.valid_to == date(2026, 1, 1)
    for day, rate in ((date(2025, 12, 31), 50), (date(2026, 1, 1), 60)):
        assert RateCard.objects.for_unit(cast.unit, day).hourly_rate == rate
    with refused("rate_overlaps"):
        operations.add_rate(
            unit=None, hourly_rate=Decimal(55), valid_from=date(2025, 6, 1), by=cast.finance, at=now
        )
    with refused("rate_positive"):
        operations.add_rate(
            unit=None, hourly_rate=Decimal(0), valid_from=date(2027, 1, 1), by=cast.finance, at=now
        )
    with refused("rate_ended"):
        operations.end_rate(rate=old, valid_to=date(2026, 6, 1), by=cast.finance, at=now)
    with refused("rate_period"):
        operations.end_rate(rate=old, valid_to=date(2025, 1, 1), by=cast.finance, at=now)


def test_the_audit_log_does_not_tell_the_rate(cast: SimpleNamespace, now: datetime) -> None:
    operations.add_rate(
        unit=None, hourly_rate=Decimal("61.37"), valid_from=now.date(), by=cast.finance, at=now
    )
    event = AuditEvent.objects.get()
    assert "61.37" not in f"{event.object_label} {event.changes} {event.reason}"


# --- tokens -----------------------------------------------------------------


def test_a_token_is_hashed_scoped_and_expires(cast: SimpleNamespace, now: datetime) -> None:
    token, secret = operations.create_token(
        user=cast.owner, name="s", scopes=["write"], days=30, by=cast.owner, at=now
    )
    assert token.scopes == ["read", "write"] and token.expires_at == now + timedelta(days=30)
    assert secret not in str(Token.objects.values().get()) and secret not in str(
        AuditEvent.objects.values().get()
    )


def test_tokens_that_cannot_be(cast: SimpleNamespace, now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        operations.create_token(user=cast.owner, name="s", scopes=["read"], days=9, by=cast.it, at=now)
    for scopes, days, code in (([], 9, "scope_unknown"), (["admin"], 9, "scope_unknown"),
                               (["read"], 0, "expiry"),
                               (["read"], 400, "expiry")):  # fmt: skip
        with refused(code):
            operations.create_token(
                user=cast.owner, name="s", scopes=scopes, days=days, by=cast.owner, at=now
            )
    cast.owner.is_active = False
    with refused("not_active"):
        operations.create_token(user=cast.owner, name="s", scopes=["read"], days=9, by=cast.owner, at=now)


def test_a_token_is_revoked_by_its_owner_or_by_it(cast: SimpleNamespace, now: datetime) -> None:
    token, _ = operations.create_token(
        user=cast.owner, name="s", scopes=["read"], days=9, by=cast.owner, at=now
    )
    with pytest.raises(PermissionDenied):
        operations.revoke_token(token=token, by=cast.lead, at=now)
    operations.revoke_token(token=token, by=cast.it, at=now)
    with refused("already_revoked"):
        operations.revoke_token(token=token, by=cast.owner, at=now)


def test_the_token_command(cast: SimpleNamespace) -> None:
    out = StringIO()
    call_command("token", cast.owner.email.upper(), "--scope", "write", "--days", "7", stdout=out)
    assert out.getvalue().startswith("pbt_") and Token.objects.get().user == cast.owner
    for arguments in (["nobody@example.com"], [cast.owner.email, "--days", "4000"]):
        with pytest.raises(CommandError):
            call_command("token", *arguments)


# --- set-up -----------------------------------------------------------------


def test_set_up_by_command_prints_three_invitations(db: None) -> None:
    out = StringIO()
    arguments = [
        "--unit",
        "Sales",
        "--it",
        "I",
        "i@x.test",
        "--lead",
        "L",
        "l@x.test",
        "--finance",
        "F",
        "f@x.test",
    ]
    call_command("setup", *arguments, stdout=out)
    assert out.getvalue().count("/accounts/password/reset/key/") == 3
    assert Company.load().set_up and BusinessUnit.objects.get().name == "Sales"
    with pytest.raises(CommandError, match="set up already"):
        call_command("setup", *arguments)


def test_set_up_is_refused_where_somebody_holds_a_role(cast: SimpleNamespace, now: datetime) -> None:
    people = {who: FirstPerson(who, f"{who}@x.test") for who in ("it", "lead", "finance")}
    assert not queries.needs_setup()
    with refused("already_set_up"):
        operations.set_up(
            name="A", currency="USD", usd_rate=Decimal(1), fiscal_year_start=1, units=["U"], at=now, **people
        )


def test_naming_without_a_second_person_ends_with_set_up(cast: SimpleNamespace, now: datetime) -> None:
    operations.name_at_setup(user=cast.stranger, role="lead", at=now)
    assert permissions.has(User.objects.get(pk=cast.stranger.pk), Permission.DECIDE)
    Company.objects.update(set_up=True)
    with refused("already_set_up"):
        operations.name_at_setup(user=cast.owner, role="lead", at=now)


def test_a_first_password_is_chosen_once(cast: SimpleNamespace) -> None:
    operations.choose_first_password(user=cast.owner, password="a long sentence, mine")
    with refused("has_password"):
        operations.choose_first_password(user=cast.owner, password="another sentence, mine")

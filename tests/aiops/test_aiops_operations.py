"""People and grants: each rule, and each refusal."""

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied

from aiops import operations, permissions
from aiops.errors import DomainError
from aiops.models import AuditEvent, Membership, Token, User
from aiops.permissions import Permission, Role
from tests.factories import make_user

NOT_IT = ("owner", "assessor", "lead", "reviewer", "finance", "evaluator", "auditor", "executive")


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


# --- people -----------------------------------------------------------------


def test_a_person_is_added_without_a_password_and_noted(cast: SimpleNamespace, now: datetime) -> None:
    added = operations.create_user(
        email=" Nia@Example.COM ", name="Nia", home_unit=cast.unit, by=cast.it, at=now
    )
    assert (added.email, added.home_unit, added.has_usable_password()) == (
        "nia@example.com",
        cast.unit,
        False,
    )
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id, event.unit_id) == ("user.created", cast.it.pk, cast.unit.pk)


def test_an_address_is_here_once_whatever_its_case(cast: SimpleNamespace, now: datetime) -> None:
    with refused("email_taken"):
        operations.create_user(email=cast.lead.email.upper(), name="X", by=cast.it, at=now)
    assert actions() == []


@pytest.mark.parametrize("role", NOT_IT)
def test_only_it_keeps_people_and_units(role: str, cast: SimpleNamespace, now: datetime) -> None:
    by, at = getattr(cast, role), now
    calls = [
        lambda: operations.create_user(email="x@example.com", name="X", by=by, at=at),
        lambda: operations.update_user(user=cast.stranger, name="X", home_unit=None, by=by, at=at),
        lambda: operations.deactivate_user(user=cast.stranger, by=by, at=at),
        lambda: operations.reactivate_user(user=cast.stranger, by=by, at=at),
        lambda: operations.invite(user=cast.stranger, by=by, at=at),
        lambda: operations.grant_role(user=cast.stranger, role="assessor", by=by, at=at),
        lambda: operations.create_unit(name="New", by=by, at=at),
        lambda: operations.rename_unit(unit=cast.unit, name="New", by=by, at=at),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied):
            call()
    assert actions() == []


def test_a_role_in_one_unit_is_not_enough_for_the_whole_company(cast: SimpleNamespace, now: datetime) -> None:
    Membership.objects.create(
        user=cast.owner, role=Role.FINANCE, unit=cast.unit, granted_by=cast.it, granted_at=now,
        confirmed_by=cast.lead, confirmed_at=now,
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        operations.update_company(hurdle_npv=Decimal(1), by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.add_rate(unit=None, hourly_rate=Decimal(1), valid_from=now.date(), by=cast.owner, at=now)
    rate = operations.add_rate(
        unit=cast.unit, hourly_rate=Decimal(1), valid_from=now.date(), by=cast.owner, at=now
    )
    assert rate.unit == cast.unit


def test_shutting_out_revokes_tokens_at_once(cast: SimpleNamespace, now: datetime) -> None:
    operations.create_token(user=cast.owner, name="a", scopes=["read"], days=9, by=cast.owner, at=now)
    operations.deactivate_user(user=cast.owner, by=cast.it, at=now)
    assert Token.objects.get().revoked_at == now
    assert not permissions.has(User.objects.get(pk=cast.owner.pk), Permission.FILE)
    with refused("already_inactive"):
        operations.deactivate_user(user=cast.owner, by=cast.it, at=now)
    operations.reactivate_user(user=cast.owner, by=cast.it, at=now)
    with refused("already_active"):
        operations.reactivate_user(user=cast.owner, by=cast.it, at=now)
    assert Token.objects.get().revoked_at == now


def test_nobody_shuts_out_themselves_nor_the_system_nor_a_last_holder(
    cast: SimpleNamespace, now: datetime
) -> None:
    with refused("own_account"):
        operations.deactivate_user(user=cast.it, by=cast.it, at=now)
    with refused("system_user"):
        operations.deactivate_user(user=cast.system, by=cast.it, at=now)
    operations.deactivate_user(user=cast.second_lead, by=cast.it, at=now)
    with refused("last_holder"):
        operations.deactivate_user(user=cast.lead, by=cast.it, at=now)


def test_no_invitation_once_there_is_a_password(cast: SimpleNamespace, now: datetime) -> None:
    cast.lead.set_password("a long sentence, mine")
    cast.lead.save()
    with refused("has_password"):
        operations.invite(user=cast.lead, by=cast.it, at=now)


# --- grants -----------------------------------------------------------------


def test_an_ordinary_role_counts_at_once(cast: SimpleNamespace, now: datetime) -> None:
    operations.grant_role(user=cast.stranger, role="assessor", by=cast.it, at=now)
    fresh = User.objects.get(pk=cast.stranger.pk)
    assert permissions.has(fresh, Permission.ESTIMATE, unit=cast.unit)
    with refused("already_granted"):
        operations.grant_role(user=cast.stranger, role="assessor", by=cast.it, at=now)


@pytest.mark.parametrize("role", ["lead", "finance"])
def test_lead_and_finance_wait_for_a_second_person(role: str, cast: SimpleNamespace, now: datetime) -> None:
    grant = operations.grant_role(user=cast.stranger, role=role, by=cast.it, at=now)
    wanted = Permission.DECIDE if role == "lead" else Permission.FINANCE
    assert not permissions.has(User.objects.get(pk=cast.stranger.pk), wanted)
    confirmed = operations.confirm_grant(grant=grant, by=cast.finance, at=now)
    assert confirmed.confirmed_by == cast.finance
    assert permissions.has(User.objects.get(pk=cast.stranger.pk), wanted)
    with refused("not_waiting"):
        operations.confirm_grant(grant=grant, by=cast.lead, at=now)
    assert actions() == ["role.granted", "role.confirmed"]


def test_it_cannot_make_itself_the_decider(cast: SimpleNamespace, now: datetime) -> None:
    with refused("own_grant"):
        operations.grant_role(user=cast.it, role="lead", by=cast.it, at=now)
    other = make_user("Ivo Admin", None)
    operations.grant_role(user=other, role="it_admin", by=cast.it, at=now)
    grant = operations.grant_role(user=cast.it, role="lead", by=User.objects.get(pk=other.pk), at=now)
    with refused("own_grant"):
        operations.confirm_grant(grant=grant, by=cast.it, at=now)
    third = make_user("Ida Admin", None)
    operations.grant_role(user=third, role="it_admin", by=cast.it, at=now)
    with pytest.raises(PermissionDenied):
        operations.confirm_grant(grant=grant, by=User.objects.get(pk=third.pk), at=now)
    assert not permissions.has(User.objects.get(pk=cast.it.pk), Permission.DECIDE)


def test_the_granter_is_not_the_second_person(cast: SimpleNamespace, now: datetime) -> None:
    Membership.objects.create(user=cast.lead, role=Role.IT_ADMIN, granted_by=cast.it, granted_at=now)
    both = User.objects.get(pk=cast.lead.pk)
    grant = operations.grant_role(user=cast.stranger, role="lead", by=both, at=now)
    with refused("same_person"):
        operations.confirm_grant(grant=grant, by=both, at=now)


@pytest.mark.parametrize("role", ["owner", "assessor", "reviewer", "evaluator", "auditor", "executive"])
def test_who_is_no_second_person(role: str, cast: SimpleNamespace, now: datetime) -> None:
    grant = operations.grant_role(user=cast.stranger, role="lead", by=cast.it, at=now)
    with pytest.raises(PermissionDenied):
        operations.confirm_grant(grant=grant, by=getattr(cast, role), at=now)


def test_a_lead_of_one_unit_confirms_for_that_unit_only(cast: SimpleNamespace, now: datetime) -> None:
    ours = Membership.objects.create(
        user=cast.owner, role=Role.LEAD, unit=cast.unit, granted_by=cast.it, granted_at=now,
        confirmed_by=cast.lead, confirmed_at=now,
    ).user  # fmt: skip
    small = operations.grant_role(user=cast.stranger, role="lead", unit=cast.unit, by=cast.it, at=now)
    large = operations.grant_role(user=cast.stranger, role="finance", by=cast.it, at=now)
    by = User.objects.get(pk=ours.pk)
    assert operations.confirm_grant(grant=small, by=by, at=now).confirmed_at == now
    with pytest.raises(PermissionDenied):
        operations.confirm_grant(grant=large, by=by, at=now)


def test_another_administrator_confirms_only_while_nobody_decides(
    cast: SimpleNamespace, now: datetime
) -> None:
    other = make_user("Ivo Admin", None)
    operations.grant_role(user=other, role="it_admin", by=cast.it, at=now)
    other = User.objects.get(pk=other.pk)
    first = operations.grant_role(user=cast.stranger, role="lead", by=cast.it, at=now)
    Membership.objects.filter(role__in=["lead", "finance"]).exclude(pk=first.pk).update(revoked_at=now)
    operations.confirm_grant(grant=first, by=other, at=now)
    second = operations.grant_role(user=cast.owner, role="finance", by=cast.it, at=now)
    with pytest.raises(PermissionDenied):
        operations.confirm_grant(grant=second, by=other, at=now)


def test_nobody_grants_to_the_system_or_to_the_shut_out(cast: SimpleNamespace, now: datetime) -> None:
    operations.deactivate_user(user=cast.stranger, by=cast.it, at=now)
    for user in (cast.system, User.objects.get(pk=cast.stranger.pk)):
        with refused("not_active"):
            operations.grant_role(user=user, role="owner", by=cast.it, at=now)


def test_it_administrators_serve_the_whole_company(cast: SimpleNamespace, now: datetime) -> None:
    with refused("whole_company_only"):
        operations.grant_role(user=cast.stranger, role="it_admin", unit=cast.unit, by=cast.it, at=now)


def test_a_role_is_taken_back_once(cast: SimpleNamespace, now: datetime) -> None:
    grant = Membership.objects.get(user=cast.assessor)
    operations.revoke_grant(grant=grant, by=cast.it, at=now, reason="moved")
    assert not permissions.has(User.objects.get(pk=cast.assessor.pk), Permission.ESTIMATE)
    with refused("already_revoked"):
        operations.revoke_grant(grant=grant, by=cast.it, at=now)
    assert AuditEvent.objects.get().reason == "moved"


def test_one_may_step_down_but_not_take_from_others(cast: SimpleNamespace, now: datetime) -> None:
    operations.revoke_grant(grant=Membership.objects.get(user=cast.owner), by=cast.owner, at=now)
    with pytest.raises(PermissionDenied):
        operations.revoke_grant(grant=Membership.objects.get(user=cast.assessor), by=cast.lead, at=now)


def test_a_second_person_may_refuse(cast: SimpleNamespace, now: datetime) -> None:
    grant = operations.grant_role(user=cast.stranger, role="lead", by=cast.it, at=now)
    operations.revoke_grant(grant=grant, by=cast.lead, at=now)
    with refused("not_waiting"):
        operations.confirm_grant(grant=grant, by=cast.second_lead, at=now)


@pytest.mark.parametrize(
    ("key", "spare"), [("lead", "second_lead"), ("finance", "second_finance"), ("it", None)]
)
def test_the_last_holder_stays(key: str, spare: str | None, cast: SimpleNamespace, now: datetime) -> None:
    if spare:
        operations.revoke_grant(grant=Membership.objects.get(user=getattr(cast, spare)), by=cast.it, at=now)
    with refused("last_holder"):
        operations.revoke_grant(grant=Membership.objects.get(user=getattr(cast, key)), by=cast.it, at=now)

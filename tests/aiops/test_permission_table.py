"""The table role x permission, every cell written out: a change here is a decision somebody makes."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from aiops import permissions
from aiops.models import Membership, User
from aiops.permissions import Permission, Role
from tests.factories import grant, make_user

ROLES = ("owner", "assessor", "lead", "reviewer", "finance", "it_admin", "evaluator", "auditor", "executive")
TABLE = """
                  owner  assessor  lead  reviewer  finance  it_admin  evaluator  auditor  executive
file              yes    yes       yes   yes       yes      yes       yes        -        -
triage            yes    yes       yes   -         -        -         -          -        -
estimate          -      yes       yes   -         -        -         -          -        -
decide            -      -         yes   -         -        -         -          -        -
object            -      -         -     yes       yes      -         -          -        -
finance           -      -         -     -         yes      -         -          -        -
connect           -      -         -     -         -        yes       -          -        -
admin_people      -      -         -     -         -        yes       -          -        -
evaluate          -      -         -     -         -        -         yes        -        -
answer            -      -         yes   -         -        -         -          -        -
operate_workload  -      -         yes   -         -        -         -          -        -
read_unit         yes    yes       yes   yes       yes      yes       yes        yes      yes
read_money        yes    yes       yes   yes       yes      -         -          yes      yes
read_portfolio    -      -         yes   yes       yes      -         -          yes      yes
read_audit        -      -         yes   -         yes      yes       -          yes      -
"""
CELLS = [
    (role, line.split()[0], cell == "yes")
    for line in TABLE.strip().splitlines()[1:]
    for role, cell in zip(ROLES, line.split()[1:], strict=True)
]


def test_the_table_names_every_role_and_every_permission() -> None:
    assert tuple(TABLE.split("\n")[1].split()) == ROLES == tuple(role.value for role in Role)
    assert {permission for _, permission, _ in CELLS} == {permission.value for permission in Permission}


@pytest.mark.parametrize(("role", "permission", "allowed"), CELLS)
def test_cell(role: str, permission: str, allowed: bool, cast: SimpleNamespace, now: datetime) -> None:
    user = make_user("Tess Table", cast.unit)
    grant(user, Role(role), cast.unit, cast.system, now)
    asked = Permission(permission)
    assert permissions.has(user, asked, unit=cast.unit) is allowed
    assert permissions.has(user, asked, unit=cast.other_unit) is False
    assert permissions.scope(user, asked).everything is False


def test_a_role_of_the_whole_company_covers_each_unit(cast: SimpleNamespace) -> None:
    assert permissions.has(cast.lead, Permission.DECIDE, unit=cast.other_unit)
    assert permissions.scope(cast.lead, Permission.DECIDE).everything


def test_what_waits_or_was_taken_back_does_not_count(cast: SimpleNamespace, now: datetime) -> None:
    Membership.objects.create(user=cast.stranger, role=Role.LEAD, granted_by=cast.it, granted_at=now)
    Membership.objects.filter(user=cast.owner).update(revoked_at=now)
    for person, permission in ((cast.stranger, Permission.DECIDE), (cast.owner, Permission.FILE)):
        assert not permissions.has(User.objects.get(pk=person.pk), permission)


def test_superusers_and_the_shut_out_decide_nothing(cast: SimpleNamespace) -> None:
    root = User.objects.create_superuser("root@example.com", None, name="Root")
    assert not any(permissions.has(root, permission) for permission in Permission)
    cast.lead.is_active = False
    assert not permissions.has(cast.lead, Permission.DECIDE)


def test_a_misspelt_permission_is_an_error(cast: SimpleNamespace) -> None:
    with pytest.raises(TypeError):
        permissions.has(cast.lead, "decide")  # type: ignore[arg-type]

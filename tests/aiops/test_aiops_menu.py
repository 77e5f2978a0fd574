"""No link of the menu, the bar or the board leads to a refusal: for the whole company, and for one unit alone."""

import re
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.urls import reverse

from aiops.models import Company
from aiops.roles import ROLE_PERMISSIONS, Permission, Role
from tests.factories import grant, make_user

LINKED = {
    "whole company": {
        "Portfolio": Permission.READ_MONEY,
        "Whose spend it is": Permission.CONNECT,
        "Programs": Permission.CONNECT,
        "Units": Permission.ADMIN_PEOPLE,
    },
    "anywhere": {
        "Teams": Permission.ESTIMATE,
        "Connections": Permission.CONNECT,
        "Finance": Permission.FINANCE,
        "Audit log": Permission.READ_AUDIT,
        "Cost": Permission.READ_MONEY,
    },
}


def links(page: str) -> set[tuple[str, str]]:
    """Address and words of every link in the bar, with its menu, and in the head of the page."""
    heads = re.findall(
        r'<header class="bar">.*?</header>|<div class="page-head">.*?</div>\s*</div>', page, re.S
    )
    found = re.findall(r'<a [^>]*?href="(/[^"]*)"[^>]*>(.*?)</a>', "".join(heads), re.S)
    return {(address, re.sub(r"<[^>]*>", "", words).strip()) for address, words in found}


@pytest.mark.parametrize("role", Role)
def test_no_link_of_the_menu_refuses_whoever_sees_it(
    role: Role, cast: SimpleNamespace, now: datetime
) -> None:
    Company.objects.update_or_create(pk=1, defaults={"set_up": True, "demo": True})
    for where, unit in (("whole company", None), ("one unit", cast.unit)):
        person = make_user(f"{role} of {where}", cast.unit)
        grant(person, role, unit, cast.system, now)
        client = cast.client(person)
        shown = links(client.get(reverse("roi:board")).content.decode())
        refused = [words for address, words in shown if client.get(address).status_code >= 400]
        assert not refused, (role, where, refused)
        held, seen = ROLE_PERMISSIONS[role], {words for _, words in shown}
        for scope, names in LINKED.items():
            for words, permission in names.items():
                sees = permission in held and (unit is None or scope == "anywhere")
                assert (words in seen) == sees, (role, where, words)

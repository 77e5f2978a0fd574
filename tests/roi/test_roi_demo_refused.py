"""A company with people in it is neither filled with simulated rows nor emptied."""

from datetime import datetime
from typing import Any

import pytest

from aiops.errors import DomainError
from aiops.models import Company, User
from roi import operations
from roi.demo.loading import load

ANSWERS: dict[str, Any] = {
    "name": "Acme",
    "currency": "EUR",
    "fiscal_year_start": 4,
    "unit": "Accounts",
    "admin_email": "it@acme.example",
    "admin_name": "Ida IT",
    "lead_email": "lead@acme.example",
    "lead_name": "Leo Lead",
    "finance_email": "finance@acme.example",
    "finance_name": "Fay Finance",
    "password": "correct horse battery",
}


def test_a_company_with_people_is_not_filled(cast: Any, now: datetime) -> None:
    with pytest.raises(DomainError):
        load(at=now, say=lambda _: None)
    assert not Company.load().demo


def test_a_real_company_is_never_emptied(cast: Any, now: datetime) -> None:
    before = User.objects.count()
    with pytest.raises(DomainError):
        operations.use_for_real(**ANSWERS, by=cast.lead, at=now)
    assert User.objects.count() == before

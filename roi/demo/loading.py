"""Load the whole simulated company, in one transaction: all of it is there, or nothing."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from aiops import audit
from aiops import operations as kernel
from aiops.errors import DomainError
from aiops.models import Company as CompanyRow
from aiops.models import User
from integrations.models import Delivery
from roi.demo import (
    ahead,
    claims,
    counting,
    history,
    items,
    late_news,
    portfolio,
    quality,
    reviews,
    spending,
    telemetry,
)
from roi.demo.data import COMPANY
from roi.demo.portfolio import Company
from roi.operations.assessment import assess_open

SIMULATED = "simulated: never sent"
Say = Callable[[str], None]


def load(*, at: datetime, say: Say, scale: float = 1.0) -> bool:
    """Fill an empty company with simulated rows; False when it is loaded already.

    `scale` shrinks calls and outcomes, for tests. A company with real people in it is refused.
    """
    with transaction.atomic():
        CompanyRow.load()
        row = CompanyRow.objects.select_for_update().get(pk=1)
        if row.demo:
            return False
        _refuse_real(row)
        company = Company(at=at)
        _settings(at)
        portfolio.make_people(company)
        say("People, units and rates")
        portfolio.make_candidates(company, say)
        telemetry.store_year(company, scale, say)
        telemetry.store_outcomes(company, scale, say)
        items.make_items(company)
        _checks_and_value(company, say)
        reviews.make_reviews(company)
        say("The weekly review")
        _keep_mail_in(at)
        CompanyRow.objects.filter(pk=1).update(demo=True)
        audit.record(by=User.objects.system(), at=at, action="company.demo_loaded", obj=row)
    return True


def _refuse_real(row: CompanyRow) -> None:
    if row.set_up or User.objects.people().exists():
        raise DomainError("not_empty", "There are people here already: the demo only fills an empty company.")


def _settings(at: datetime) -> None:
    system = User.objects.system()
    kernel.update_company(name=COMPANY, hurdle_npv=Decimal(25_000), by=system, at=at)


def _checks_and_value(company: Company, say: Say) -> None:
    quality.make_changes(company)
    quality.make_evals(company, say)
    quality.make_drift(company)
    quality.make_costs(company)
    quality.make_leak(company)
    claims.make_claims(company)
    spending.make_spending(company)
    counting.make_counting(company)
    say("Checks, incidents and claims")
    for workload in company.workloads.values():
        workload.refresh_from_db()
    claims.close_year(company)
    late_news.make_late_news(company)
    history.make_history(company)
    ahead.make_ahead(company)
    assess_open(at=company.at)
    say("Month values and scores")


def _keep_mail_in(at: datetime) -> None:
    """Nobody made up is written to: what the operations queued is marked before it could leave."""
    queued = Delivery.objects.filter(direction=Delivery.Direction.OUT, state=Delivery.State.QUEUED)
    queued.update(state=Delivery.State.IGNORED, effect=SIMULATED, finished_at=at)

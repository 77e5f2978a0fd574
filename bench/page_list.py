"""Every address that shows cost, workloads or a home, found in the urls, and somebody who may open it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from aiops.models import User
from workloads import models as w

HOMES = ("lead", "finance", "it", "owner", "evaluator", "executive")
ASKED = ("finance", "lead", "it", "evaluator", "executive")
UNDER = ("cost", "workloads", "services", "value", "claims", "incidents", "board")
API = (
    "workloads",
    "prices",
    "budgets",
    "bills",
    "showback",
    "services",
    "value",
    "claims",
    "incidents",
    "board",
)
IN_SCOPE = re.compile(rf"^(({'|'.join(UNDER)})/|api/v1/({'|'.join(API)})/)")
# Answers to a form, and a part that a redirect leads to.
NO_PAGE = ("<str:verb>", "<str:answer>", "/run/", "/revoke/", "/end/", "/delete/", "board/import/")
ASKED_WITH = ("api/v1/showback/",)  # no answer without a month
# Pages of single calls: the only ones that may read the table of calls, and that only through its key.
OF_CALLS = ("/calls/", "/setup/")
ROWS: dict[str, type[Model]] = {
    "cost/bills/": w.Bill, "api/v1/bills/": w.Bill, "cost/prices/again/": w.Repricing, "cost/prices/": w.OwnPrice,
    "api/v1/prices/": w.OwnPrice, "cost/budgets/": w.Budget, "api/v1/budgets/": w.Budget, "services/": w.Service,
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One address as somebody opens it. `name` is the same for the pages of all workloads."""

    name: str
    path: str
    who: User

    @property
    def reads_calls(self) -> bool:
        return any(part in self.path for part in OF_CALLS)


def pages(workloads: list[w.Workload], at: date) -> tuple[list[Page], list[str]]:
    """All pages there are, and the addresses that nobody could open, with why."""
    found, closed = list(_homes()), []
    for route in sorted({*_routes(get_resolver())}):
        if not IN_SCOPE.match(route) or any(part in route for part in NO_PAGE):
            continue
        for workload in workloads if "workloads/<int:number>/" in route else workloads[:1]:
            plain = () if route in ASKED_WITH else ("", "?format=csv")
            for variant in (*plain, *_variants(route, at)):
                page, why = _open(route, variant, workload)
                if page:
                    found.append(page)
                elif not variant and why:
                    closed.append(f"/{route} of {workload.key}: {why}")
    return found, closed


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@demo.payback")


def _homes() -> Iterator[Page]:
    for name in HOMES:
        yield Page(f"/ ({name})", "/", person(name))


def _routes(resolver: Any, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one, route)
        elif isinstance(one, URLPattern):
            yield route


def _variants(route: str, at: date) -> list[str]:
    last = (at.replace(day=1) - timedelta(days=1)).replace(day=1)
    month = f"month={last:%Y-%m}"
    return {
        "cost/": ["?by=unit", "?by=model", "?by=cost_centre", f"?{month}&by=model"],
        "cost/showback/": [f"?{month}", f"?{month}&format=csv", f"?{month}&format=focus"],
        "cost/reconciliation/": [f"?{month}"],
        "api/v1/showback/": [f"?{month}"],
        "workloads/<int:number>/calls/": [
            "?failed=on",
            "?source=client",
            "?environment=staging&cost_centre=4711",
        ],
        "api/v1/workloads/<int:number>/cost/": [f"?first={at - timedelta(days=364)}&last={at}"],
        "api/v1/workloads/<int:number>/usage/": [f"?start={at - timedelta(days=364)}T00:00:00Z"],
    }.get(route, [])


def _open(route: str, variant: str, workload: w.Workload) -> tuple[Page | None, str]:
    """The page as the first person who may open it opens it; None and why where there is none."""
    path = _filled(route, workload)
    if path is None:
        return None, "there is no such row"
    told = ""
    for who in (*map(person, ASKED), workload.business_owner):
        client = Client()
        client.force_login(who)
        answer = client.get(f"/{path}{variant}")
        if answer.status_code == 405:
            return None, ""
        if answer.status_code == 200:
            is_file = "csv" in answer.headers.get("Content-Type", "")
            if "format=" in variant and not is_file:
                return None, ""
            return Page(f"/{route}{variant}".replace("int:", ""), f"/{path}{variant}", who), ""
        told = f"answers {answer.status_code}"
    return None, told


def _filled(route: str, workload: w.Workload) -> str | None:
    """The address with numbers of rows that are there."""
    if route.startswith("incidents/<"):
        incident = w.Incident.objects.order_by("-pk").first()
        return incident and route.replace("<int:number>", str(incident.number))
    path = route.replace("<int:number>", str(workload.number))
    if "<slug:reference>" in path:
        call = w.Call.objects.filter(workload=workload).order_by("-started_at").first()
        path = path.replace("<slug:reference>", call.reference)
    if "<str:kind>" in path:
        objective = w.Objective.objects.filter(workload=workload).first()
        path = path.replace("<str:kind>", objective.kind if objective else "errors")
    path = path.replace("<str:month>", f"{date.today():%Y-%m}")
    if "<int:pk>" not in path:
        return path
    row = _row(path)
    return path.replace("<int:pk>", str(row.pk)) if row else None


def _row(path: str) -> Any:
    from roi.models import Claim

    model = next((ROWS[start] for start in ROWS if path.startswith(start)), Claim)
    return model._default_manager.order_by("-pk").first()  # type: ignore[attr-defined]

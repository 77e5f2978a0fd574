"""The home of each role: what needs me, and what my workloads gave this month."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import Company, User
from aiops.permissions import Permission
from aiops.queries import needs_setup
from roi import queries
from roi.forms import UseForRealForm
from roi.operations import may_leave_demo
from roi.operations import use_for_real as remove_simulated
from workloads.models import Workload


def home(request: HttpRequest) -> HttpResponse:
    """One list of needs for every role; below it the workloads this person answers for."""
    if needs_setup():
        return redirect("aiops:setup")
    today = Company.load().day_of(timezone.now())
    user: User = request.user  # type: ignore[assignment]
    needs = queries.needs(user, today)
    rows = queries.this_month(user, today, _answered_for(user), MOST)
    context = {"needs": needs, "rows": rows, "today": today, "heading": _heading(len(needs)), "most": MOST}
    return render(request, "roi/home.html", context)


# Workloads on the home page; the value page lists all.
MOST = 12
NUMBERS = ("Nothing needs", "One thing needs", "Two things need", "Three things need", "Four things need")


def _heading(count: int) -> str:
    return f"{NUMBERS[count] if count < len(NUMBERS) else f'{count} things need'} you"


def _answered_for(user: User) -> "QuerySet[Workload]":
    """Own workloads; for those who read the portfolio or sign claims, all of them."""
    visible = Workload.objects.visible_to(user)
    if permissions.has(user, Permission.READ_PORTFOLIO):
        return visible
    mine = Q(business_owner=user) | Q(deputy=user) | Q(builder=user) | Q(it_steward=user)
    return visible.filter(mine)


def use_for_real(request: HttpRequest) -> HttpResponse:
    """Leave the demo: removes what was simulated, keeps what people filed, and says both before it does."""
    user: User = request.user  # type: ignore[assignment]
    if not may_leave_demo(user):
        raise PermissionDenied("Lead, finance or IT end the demo.")
    form = UseForRealForm(request.POST or None, initial=UseForRealForm.from_company(Company.load()))
    if request.method == "POST" and form.is_valid() and _left(user, form):
        return redirect("aiops:setup") if not request.user.is_authenticated else redirect("roi:home")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "count": queries.simulated_counts()}
    return render(request, "roi/use_for_real.html", context, status=status)


def _left(user: User, form: UseForRealForm) -> bool:
    try:
        remove_simulated(by=user, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True

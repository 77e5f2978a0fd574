"""Naming the people of a workload after its approval."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import User
from workloads import operations
from workloads.models import Workload
from workloads.operations.people import ROLES, may_name_people
from workloads.views.telemetry import SignedIn, visible_workload


class PeopleForm(forms.Form):
    """The four roles, and why they change."""

    business_owner = forms.ModelChoiceField(label="Business owner", queryset=User.objects.none(), empty_label=None)
    deputy = forms.ModelChoiceField(
        label="Deputy", queryset=User.objects.none(), required=False, empty_label="nobody yet"
    )
    builder = forms.ModelChoiceField(
        label="Builder", queryset=User.objects.none(), required=False, empty_label="nobody yet"
    )
    it_steward = forms.ModelChoiceField(
        label="IT steward", queryset=User.objects.none(), required=False, empty_label="nobody yet"
    )
    reason = forms.CharField(label="Why", required=False, max_length=300)

    def __init__(self, data: object = None, *, workload: Workload) -> None:
        super().__init__(data, initial={role: getattr(workload, f"{role}_id") for role in ROLES})  # type: ignore[arg-type]
        people = User.objects.people().filter(is_active=True).order_by("name", "pk")
        for role in ROLES:
            self.fields[role].queryset = people  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedIn, number: int) -> HttpResponse:
    """Who answers for it; those who may name them get the form."""
    workload = visible_workload(request, number)
    form = PeopleForm(request.POST or None, workload=workload)
    if request.method == "POST" and form.is_valid() and _named(request, workload, form):
        return redirect("workloads:workload", number)
    context = {"workload": workload, "form": form, "may_name": may_name_people(workload, request.user)}
    return render(request, "workloads/people.html", context, status=422 if request.method == "POST" else 200)


def _named(request: SignedIn, workload: Workload, form: PeopleForm) -> bool:
    named = {role: form.cleaned_data[role] for role in ROLES}
    reason, at = form.cleaned_data["reason"], timezone.now()
    try:
        operations.name_people(workload=workload, people=named, reason=reason, by=request.user, at=at)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, "Named. The change log says since when.")
    return True

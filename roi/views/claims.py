"""Claims: the list, one claim with its answer, and filing one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from aiops import permissions
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from roi import operations, queries
from roi.filters import ClaimFilter
from roi.forms import ClaimForm, EndClaimForm, SendBackForm, SignForm
from roi.models import Claim
from workloads.models import Workload


def claims(request: HttpRequest) -> HttpResponse:
    """All claims this person may see, filtered by state, kind and workload."""
    user: User = request.user  # type: ignore[assignment]
    visible = Claim.objects.visible_to(user).select_related("workload__unit", "filed_by", "signed_by")
    found = ClaimFilter(request.GET, queryset=visible)
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    return render(request, "roi/claims.html", {"filter": found, "page": page})


def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim with its history; finance signs or sends back, either side ends it."""
    user: User = request.user  # type: ignore[assignment]
    found = get_object_or_404(Claim.objects.visible_to(user).select_related("workload__unit"), pk=pk)
    status = 200
    forms = {name: form(initial={"amount_month": found.amount_month}) for name, form in FORMS.items()}
    if request.method == "POST":
        name = request.POST.get("answer", "")
        forms[name] = form = FORMS.get(name, SendBackForm)(request.POST)
        if form.is_valid() and _answered(request, found, name, form):
            return redirect("roi:claim", pk)
        status = 422
    context = {"claim": found, "forms": forms, "history": queries.history_of(found)}
    context |= {"may_sign": permissions.has(user, Permission.FINANCE) and found.filed_by_id != user.pk}
    return render(request, "roi/claim.html", context, status=status)


FORMS = {"sign": SignForm, "send_back": SendBackForm, "end": EndClaimForm}


def _answered(
    request: HttpRequest, found: Claim, name: str, form: SignForm | SendBackForm | EndClaimForm
) -> bool:
    verb = {
        "sign": operations.sign_claim,
        "send_back": operations.send_back_claim,
        "end": operations.end_claim,
    }[name]
    try:
        answered = verb(claim=found, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[operator]
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    operations.refresh_workload(workload=answered.workload, at=timezone.now(), everything=True)
    messages.success(request, f"The claim {answered.get_state_display()}.")
    return True


def new_claim(request: HttpRequest, number: int) -> HttpResponse:
    """File a claim for a workload: the amount, the act, and since when."""
    user: User = request.user  # type: ignore[assignment]
    workload = get_object_or_404(Workload.objects.visible_to(user), number=number)
    form = ClaimForm(request.POST or None, initial={"kind": Claim.Kind.HOURS})
    if request.method == "POST" and form.is_valid():
        try:
            filed = operations.file_claim(workload=workload, by=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, "Filed. Finance signs it or sends it back with a reason.")
            return redirect("roi:claim", filed.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "roi/new_claim.html", {"form": form, "workload": workload}, status=status)

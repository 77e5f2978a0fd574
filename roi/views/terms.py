"""How a workload's value is counted."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from aiops.errors import DomainError
from aiops.models import User
from roi import operations
from roi.forms.terms import TermsForm
from roi.models import ValueTerms
from roi.operations.baselines import may_tell
from roi.operations.terms import FACTS, LOSSES, may_price_losses, set_terms
from roi.queries import history_of
from roi.queries.actual_costs import may_read_costs
from workloads.models import Workload


@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, number: int) -> HttpResponse:
    """The terms with who said them; the owner's side changes facts, finance changes losses."""
    user: User = request.user  # type: ignore[assignment]
    workload = get_object_or_404(Workload.objects.visible_to(user).select_related("unit"), number=number)
    known = ValueTerms.objects.filter(workload=workload).select_related("by").first()
    shown = known or ValueTerms(workload=workload)
    facts = may_tell(workload, user) and workload.stage != "retired"
    losses = may_price_losses(user) and workload.stage != "retired"
    first = {name: getattr(shown, name) for name in (*FACTS, *LOSSES)}
    form = TermsForm(
        request.POST if request.method == "POST" else None, initial=first, facts=facts, losses=losses
    )
    if request.method == "POST" and form.is_valid() and _stored(request, workload, form):
        return redirect("roi:terms", number)
    context: dict[str, Any] = {
        "workload": workload,
        "terms": known,
        "form": form,
        "facts": facts,
        "losses": losses,
    }
    context |= {"money": may_read_costs(workload, user), "history": history_of(known) if known else []}
    return render(request, "roi/terms.html", context, status=422 if request.method == "POST" else 200)


def _stored(request: HttpRequest, workload: Workload, form: TermsForm) -> bool:
    now = timezone.now()
    try:
        set_terms(workload=workload, by=request.user, at=now, **form.cleaned_data)  # type: ignore[arg-type]
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    operations.refresh_workload(workload=workload, at=now)
    messages.success(
        request, "It counts from now on, in the months that are open. Closed months stay as they are."
    )
    return True

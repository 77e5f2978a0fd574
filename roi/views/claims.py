"""Claims: the list, one claim with its answer, and filing one."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from aiops import permissions
from aiops.csv_files import csv_response
from aiops.errors import DomainError
from aiops.models import User
from aiops.permissions import Permission
from aiops.spreadsheets import xlsx_bytes
from roi import operations, queries
from roi.filters import ClaimFilter
from roi.forms import ClaimForm, EndClaimForm, SendBackForm, SignForm
from roi.models import Claim
from roi.queries import claims as claim_queries
from roi.queries.statements import to_sign
from workloads.models import Workload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"sign": SignForm, "send_back": SendBackForm, "end": EndClaimForm}
VERBS = {
    "sign": operations.sign_claim,
    "send_back": operations.send_back_claim,
    "end": operations.end_claim,
}
# What a claim that is filed again starts from.
PREFILLED = (
    "kind", "amount_month", "hours_month", "posts", "valid_from", "valid_to", "act", "evidence", "post",
    "cost_centre", "account",
)  # fmt: skip


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """All claims this person may see, filtered by state, kind and workload; the same as CSV and XLSX."""
    user = _user(request)
    money = claim_queries.money_of_company()
    visible = claim_queries.in_their_currency(Claim.objects.visible_to(user), money)
    visible = visible.select_related("workload__unit", "filed_by", "signed_by")
    found = ClaimFilter(request.GET, queryset=visible)
    if request.GET.get("format") in ("csv", "xlsx"):
        return _file(request.GET["format"], found.qs)
    context = {
        "filter": found,
        "page": Paginator(found.qs, 50).get_page(request.GET.get("page")),
        "kinds": claim_queries.sums_by_kind(found.qs, timezone.localdate(), money),
        "hours": claim_queries.hours_of_last_close(user),
        "to_sign": to_sign(user) if permissions.has(user, Permission.FINANCE) else [],
        "today": timezone.localdate(),
    }
    return render(request, "roi/claims.html", context)


def _file(kind: str, rows: Any) -> HttpResponse:
    body = claim_queries.csv_rows(rows)
    name = f"payback-claims-{timezone.localdate():%Y-%m-%d}"
    if kind == "csv":
        return csv_response(f"{name}.csv", claim_queries.CSV_HEAD, body)
    response = HttpResponse(xlsx_bytes("Claims", claim_queries.CSV_HEAD, body), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim with its history; finance signs or sends back, either side ends it."""
    user, status = _user(request), 200
    rows = claim_queries.in_their_currency(Claim.objects.visible_to(user), claim_queries.money_of_company())
    rows = rows.select_related("workload__unit", "filed_by", "signed_by", "again_of")
    found = get_object_or_404(rows, pk=pk)
    forms = {name: form(initial={"amount_month": found.amount_month}) for name, form in FORMS.items()}
    if request.method == "POST":
        name = request.POST.get("answer", "")
        forms[name] = form = FORMS.get(name, SendBackForm)(request.POST)
        if form.is_valid() and _answered(request, found, name, form):
            return redirect("roi:claim", pk)
        status = 422
    return render(request, "roi/claim.html", _context(user, found, forms), status=status)


def _context(user: User, found: Claim, forms: dict[str, Any]) -> dict[str, Any]:
    beside = {"post": found.post, "cost_centre": found.cost_centre, "workload": found.workload}
    workload = found.workload
    answers = user.pk in (found.filed_by_id, workload.business_owner_id, workload.deputy_id)
    may_finance = permissions.has(user, Permission.FINANCE, unit=found.unit)
    return {
        "claim": found,
        "forms": forms,
        "history": queries.history_of(found),
        "beside": claim_queries.neighbours(user, but=found.pk, **beside),
        "may_sign": may_finance and not answers,
        "may_end": may_finance or _may_claim(user, workload),
        "may_file": _may_claim(user, workload) and not Claim.objects.filter(again_of=found).exists(),
        "mended_by": Claim.objects.filter(again_of=found).first(),
    }


def _may_claim(user: User, workload: Workload) -> bool:
    mine = user.pk in (workload.business_owner_id, workload.deputy_id)
    return mine or permissions.has(user, Permission.OPERATE_WORKLOAD, unit=workload.unit)


def _answered(
    request: HttpRequest, found: Claim, name: str, form: SignForm | SendBackForm | EndClaimForm
) -> bool:
    try:
        answered = VERBS[name](claim=found, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[operator]
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    operations.refresh_workload(workload=answered.workload, at=timezone.now(), everything=True)
    messages.success(request, f"The claim {_state_words(answered)}.")
    return True


def _state_words(claim: Claim) -> str:
    part = " in part; the rest stays freed" if claim.was_lowered and claim.state == Claim.State.SIGNED else ""
    return f"is {claim.get_state_display()}{part}"


@require_http_methods(["GET", "HEAD", "POST"])
def new_claim(request: HttpRequest, number: int) -> HttpResponse:
    """File a claim for a workload: what it can rest on, the amount, the act, and since when."""
    user = _user(request)
    workload = get_object_or_404(
        Workload.objects.visible_to(user).select_related("unit", "candidate__team"), number=number
    )
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "roi/_claims_beside.html", {"beside": _beside(user, workload, request.GET)})
    again = _again(request, workload)
    proposal = claim_queries.proposal_for(workload, timezone.localdate())
    form = ClaimForm(request.POST or None, initial=_initial(proposal, again))
    if request.method == "POST" and form.is_valid() and (filed := _filed(request, workload, form, again)):
        messages.success(request, "Filed. Finance signs it or sends it back with a reason.")
        return redirect("roi:claim", filed.pk)
    context = {"form": form, "workload": workload, "proposal": proposal, "again": again}
    context |= {
        "beside": _beside(
            user, workload, {name: form[name].value() or "" for name in ("post", "cost_centre")}
        )
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "roi/new_claim.html", context, status=status)


def _beside(user: User, workload: Workload, said: Any) -> list[claim_queries.Neighbour]:
    post, centre = (str(said.get(name, ""))[:80] for name in ("post", "cost_centre"))
    return claim_queries.neighbours(user, post=post, cost_centre=centre, workload=workload)


def _again(request: HttpRequest, workload: Workload) -> Claim | None:
    """The claim that was sent back and is mended here; a number that is none of this workload's is 404."""
    number = request.GET.get("again", "")
    if not number:
        return None
    rows = Claim.objects.visible_to(_user(request)).filter(workload=workload, state=Claim.State.SENT_BACK)
    return get_object_or_404(rows, pk=int(number) if number.isdecimal() and len(number) < 10 else 0)


def _initial(proposal: claim_queries.Proposal | None, again: Claim | None) -> dict[str, Any]:
    if again is not None:
        money = claim_queries.money_of_company()
        amount = money.converted(again.amount_month, money.written(again.filed_at), money.now)
        return {name: getattr(again, name) for name in PREFILLED} | {"amount_month": round(amount, 2)}
    known: dict[str, Any] = {"kind": Claim.Kind.HOURS, "valid_from": _first_of_next_month()}
    if proposal is not None and proposal.hours:
        known |= {"amount_month": proposal.amount, "hours_month": proposal.hours}
    return known


def _first_of_next_month() -> date:
    today = timezone.localdate()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def _filed(request: HttpRequest, workload: Workload, form: ClaimForm, again: Claim | None) -> Claim | None:
    said = form.cleaned_data | {"again_of": again, "by": _user(request), "at": timezone.now()}
    try:
        return operations.file_claim(workload=workload, **said)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None

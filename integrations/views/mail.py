"""What Payback mails a person: their own choice, and the page behind the stop address of every mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from aiops.models import User
from integrations import operations
from integrations.models import DigestLine, Unsubscribed
from integrations.operations.telling import TOPICS, digest_time, read_stop_token, set_mail


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Each kind of mail on or off, and what the next digest holds so far."""
    user: User = request.user  # type: ignore[assignment]
    if request.method == "POST":
        wanted = set(request.POST.getlist("topics"))
        for topic in TOPICS:
            set_mail(user=user, topic=topic, wanted=topic in wanted, at=timezone.now())
        messages.success(request, "Saved.")
        return redirect("integrations:mail")
    stopped = set(Unsubscribed.objects.filter(user=user).values_list("topic", flat=True))
    context = {
        "topics": [(name, topic, name not in stopped) for name, topic in TOPICS.items()],
        "lines": DigestLine.objects.visible_to(user).filter(sent_at=None),
        "next": digest_time(timezone.now()) + operations.WEEK,
    }
    return render(request, "integrations/mail.html", context)


# A mail program posts here for its reader (RFC 8058), so there is no page, session or token of ours before it:
# the signed address is the permission, and all it allows is to stop one kind of mail.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Asks on GET, so that a program that follows links stops nothing; stops on POST."""
    try:
        user, topic = read_stop_token(token)
        words = TOPICS[topic].words
    except (BadSignature, User.DoesNotExist, KeyError, ValueError, TypeError):
        raise Http404 from None
    if request.method == "POST":
        set_mail(user=user, topic=topic, wanted=False, at=timezone.now())
    context = {"words": words, "is_done": request.method == "POST"}
    return render(request, "integrations/stop_mail.html", context)

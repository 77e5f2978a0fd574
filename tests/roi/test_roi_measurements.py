"""A measurement: asked, timed with a link that needs no account, closed into a measured range, back in the review."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from aiops.errors import DomainError
from backlog.models import Estimate
from integrations.models import Delivery
from roi import operations
from roi.models import Sample
from roi.queries.after_measuring import after_words
from tests.roi import scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast):
    """The lead asks the owner to time twenty invoices; gives the row and the link's secret."""
    now = timezone.now()
    candidate = scored.file(cast, now)
    measurement = operations.ToMeasure("minutes", cast.owner, 20, now.date() + timedelta(days=9), "Time 20")
    operations.decide(
        candidate=candidate,
        verdict="measure",
        reason="It could flip.",
        measurement=measurement,
        by=cast.lead,
        at=now,
    )
    row = candidate.measurements.get()
    return row, operations.renew_link(measurement=row, by=cast.owner, at=now), now


def start(cast, now, **said):
    base = {
        "candidate": scored.file(cast, now),
        "quantity": "minutes",
        "what": "Time 20",
        "person": cast.owner,
    }
    base |= {"samples_wanted": 20, "due_on": now.date() + timedelta(days=9), "by": cast.lead, "at": now}
    return operations.start_measurement(**(base | said))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"quantity": "mood"}, "quantity"), ({"what": " "}, "what"), ({"samples_wanted": 0}, "samples"),
        ({"due_on": timezone.now().date() - timedelta(days=1)}, "due_on"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(cast, said, field):
    with pytest.raises(DomainError) as refused:
        start(cast, timezone.now(), **said)
    assert refused.value.field == field


def test_only_who_sizes_or_decides_asks_and_once_at_a_time(cast, now, asked):
    row, _, _ = asked
    with pytest.raises(PermissionDenied):
        start(cast, now, by=cast.reviewer)
    with pytest.raises(DomainError, match="being measured already"):
        start(cast, now, candidate=row.candidate)


def test_the_link_is_new_each_time_and_dead_when_old_or_late(asked, cast):
    row, secret, now = asked
    assert operations.by_secret(secret, now) == row and operations.by_secret("", now) is None
    assert secret not in str(row.__dict__) and secret not in str(Delivery.objects.values())
    assert operations.by_secret(secret, now + timedelta(days=9 + 31)) is None
    with pytest.raises(PermissionDenied):
        operations.renew_link(measurement=row, by=cast.stranger, at=now)
    newer = operations.renew_link(measurement=row, by=cast.lead, at=now)
    assert operations.by_secret(secret, now) is None and operations.by_secret(newer, now) == row


def test_a_phone_times_without_an_account(asked, client):
    cache.clear()
    row, secret, _ = asked
    url = reverse("roi:timer", args=[secret])
    page = client.get(url)
    assert (
        page.status_code == 200 and page["Cache-Control"] == "no-store" and "noindex" in page["X-Robots-Tag"]
    )
    text = page.content.decode()
    assert "Time 20" in text and "$" not in text and "Ada" not in text and row.candidate.title not in text
    script = {"headers": {"Accept": "application/json"}}
    for _ in range(2):
        told = client.post(url, {"value": "6.5", "client_id": "a"}, **script).json()
    assert told == {"count": 1, "wanted": 20} and Sample.objects.count() == 1
    assert client.post(url, {"value": "7,5", "client_id": "b"}).status_code == 302
    for wrong in ({"value": "x", "client_id": "c"}, {"value": "-1", "client_id": "c"}, {"value": "5"}):
        assert client.post(url, wrong, **script).status_code == 422
    assert client.post(url, {"value": "nan", "client_id": "d"}).status_code == 422
    undo = reverse("roi:timer_verb", args=[secret, "undo"])
    assert client.post(undo, {"client_id": "b"}, **script).json()["count"] == 1
    assert client.post(reverse("roi:timer_verb", args=[secret, "done"])).status_code == 422
    for n in range(5):
        client.post(url, {"value": str(6 + n), "client_id": f"n{n}"}, **script)
    thanks = client.post(reverse("roi:timer_verb", args=[secret, "done"])).content.decode()
    assert "Thank you" in thanks and "The candidate is scored anew and goes back to the review." in thanks
    row.refresh_from_db()
    assert row.state == "done" and client.get(url).status_code == 404
    assert client.get(reverse("roi:timer", args=["wrong"])).status_code == 404


def test_too_many_taps_wait(asked, client, monkeypatch):
    cache.clear()
    monkeypatch.setattr("roi.views.timer.MOST_A_MINUTE", 2)
    answers = [client.get(reverse("roi:timer", args=[asked[1]])).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    cache.clear()


def test_the_result_is_a_measured_range_and_the_candidate_is_back_in_review(asked, cast):
    row, _, now = asked
    with pytest.raises(DomainError, match="0 of 5"):
        operations.close_measurement(measurement=row, by=cast.owner, at=now)
    for n, value in enumerate(("6", "7", "8", "9", "10", "99")):
        operations.add_sample(measurement=row, value=Decimal(value), client_id=str(n), at=now)
    operations.strike_sample(measurement=row, at=now)
    with pytest.raises(PermissionDenied):
        operations.close_measurement(measurement=row, by=cast.stranger, at=now)
    done = operations.close_measurement(measurement=row, by=cast.owner, at=now)
    estimate = Estimate.objects.get(candidate=row.candidate, quantity="minutes")
    assert (estimate.evidence, float(estimate.likely), estimate.as_of) == ("measured", 8.0, now.date())
    assert "mean of 5 samples" in estimate.note and "Ada Owner" in estimate.note
    assert done.result["n"] == 5 and done.result["before"][1] == 8.0 and done.link_digest == ""
    row.candidate.refresh_from_db()
    assert row.candidate.state == "in_review"
    with pytest.raises(DomainError):
        operations.add_sample(measurement=row, value=Decimal(1), client_id="late", at=now)


def test_what_is_looked_up_has_its_range_entered(cast):
    now = timezone.now()
    row, _ = start(cast, now, quantity="build_cost", what="Get a quote", samples_wanted=1)
    with pytest.raises(DomainError, match="low, likely and high"):
        operations.close_measurement(measurement=row, by=cast.owner, at=now)
    client = cast.client(cast.owner)
    url = reverse("roi:tend_measurement", args=[row.pk, "close"])
    assert client.post(url, {"low": 5, "likely": 4, "high": 9}).status_code == 422
    assert client.post(url, {"low": 9000, "likely": 10000, "high": 12000}).status_code == 302
    assert Estimate.objects.get(candidate=row.candidate, quantity="build_cost").evidence == "measured"


def test_a_cancelled_one_sends_the_candidate_back_as_it_is(asked, cast):
    row, secret, now = asked
    with pytest.raises(DomainError):
        operations.cancel_measurement(measurement=row, reason="", by=cast.lead, at=now)
    other, _ = operations.start_measurement(
        candidate=row.candidate, quantity="automation_share", what="Check 20", person=cast.owner,
        samples_wanted=20, due_on=row.due_on, by=cast.lead, at=now,
    )  # fmt: skip
    gone = operations.cancel_measurement(measurement=other, reason="No need", by=cast.lead, at=now)
    words = "It will not be measured. The candidate waits for what else is being measured."
    assert after_words(gone, of_workload=False) == words
    gone = operations.cancel_measurement(measurement=row, reason="No time", by=cast.lead, at=now)
    words = "It will not be measured. The candidate goes back to the review as it is."
    assert after_words(gone, of_workload=False) == words
    row.candidate.refresh_from_db()
    assert row.candidate.state == "in_review" and operations.by_secret(secret, now) is None


def test_the_pages_show_dots_and_a_link_once(asked, cast):
    row, _, now = asked
    for n in range(6):
        operations.add_sample(measurement=row, value=Decimal(n + 1), client_id=str(n), at=now)
    client = cast.client(cast.owner)
    assert "6 of 20" in client.get(reverse("roi:measurements")).content.decode()
    url = reverse("roi:measurement", args=[row.pk])
    shown = client.post(reverse("roi:tend_measurement", args=[row.pk, "link"]), follow=True).content.decode()
    assert 'class="dot"' in shown and "/t/" in shown and "mean of 6 samples" in shown
    assert "/t/" not in client.get(url).content.decode()
    assert client.post(reverse("roi:tend_measurement", args=[row.pk, "timer"])).url.startswith("/t/")

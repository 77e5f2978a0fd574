"""The pages of a review before the meeting: set up, list, agenda, pre-read, calendar file, and the API."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aiops.models import Company
from roi import operations
from roi.models import AgendaItem, Review, Series
from tests.roi.reviewed import make_ready, make_review

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Weekly", "unit": "", "first_on": "2027-01-07", "start_time": "09:30", "time_zone": "Europe/Berlin",
    "every_weeks": "1", "minutes": "30", "most_items": "6", "freeze_hours": "48", "quorum": "0", "others": "",
}  # fmt: skip


@pytest.fixture
def review(cast: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Review:
    """Frozen, with two to discuss, one by consent and one that waits for IT."""
    monkeypatch.setattr("roi.operations.pre_reads.assess", lambda **_: None)
    Company.objects.update_or_create(pk=1, defaults={"hurdle_npv": Decimal(10_000), "set_up": True})
    made = make_review(cast, now)
    make_ready(cast, now, npv=60_000, title="Talk one")
    make_ready(cast, now, npv=61_000, title="Talk two")
    make_ready(cast, now, npv=50_000, prob=0.95, title="Clear one")
    make_ready(cast, now, npv=None, ready=False, title="Bare one")
    return operations.freeze(review=made, at=now)


def item_of(title: str) -> AgendaItem:
    return AgendaItem.objects.get(candidate__title=title)


def test_a_review_is_set_up_changed_and_ended_on_its_pages(cast: Any, now: datetime) -> None:
    Company.objects.update_or_create(pk=1, defaults={"set_up": True})
    lead = cast.client(cast.lead)
    assert "Set up the review" in lead.get(reverse("roi:reviews")).content.decode()
    asked = FORM | {"chair": cast.lead.pk, "members": [cast.it.pk], "others": "ada.owner@example.com"}
    refused = lead.post(
        reverse("roi:new_series"), asked | {"others": "nobody@example.com", "time_zone": "Mars"}
    )
    assert refused.status_code == 422
    assert "Nobody here has the address nobody@example.com" in refused.content.decode()
    assert lead.post(reverse("roi:new_series"), asked).status_code == 302
    series = Series.objects.get()
    assert {m.user for m in series.members.all()} == {cast.lead, cast.it, cast.owner}
    again = lead.post(reverse("roi:new_series"), asked)
    assert (again.status_code, "has a review already" in again.content.decode()) == (422, True)
    edit = reverse("roi:edit_series", args=[series.pk])
    assert "ada.owner@example.com" in lead.get(edit).content.decode()
    assert lead.post(edit, asked | {"minutes": "45"}).status_code == 302
    # Who sits in it finds it in the bar; somebody who does not, sees nothing of it.
    assert ">Review</a>" in cast.client(cast.it).get("/reviews/").content.decode()
    stranger = cast.client(cast.stranger)
    assert (
        "Weekly" not in stranger.get("/reviews/").content.decode() and stranger.get(edit).status_code == 404
    )
    assert cast.client(cast.reviewer).get(edit).status_code == 403
    meeting = series.reviews.earliest("starts_at")
    move = reverse("roi:move_review", args=[meeting.number])
    assert lead.post(move, {"day": "2031-01-01", "start_time": "10:00"}).status_code == 422
    assert lead.post(reverse("roi:cancel_review", args=[meeting.number])).status_code == 302
    calendar = lead.get(reverse("roi:series_ics", args=[series.pk]))
    assert calendar["Content-Type"].startswith("text/calendar")
    assert (
        "RRULE:FREQ=WEEKLY;INTERVAL=1" in calendar.content.decode() and "EXDATE" in calendar.content.decode()
    )
    assert lead.post(reverse("roi:end_series", args=[series.pk])).status_code == 302
    assert "No review is set up yet" in lead.get("/reviews/").content.decode()


def test_the_agenda_page_for_its_chair_and_for_members(cast: Any, review: Review) -> None:
    url, lead = reverse("roi:review", args=[review.number]), cast.client(cast.lead)
    page = lead.get(url).content.decode()
    for words in (
        "2 to discuss, 10 of 30 minutes",
        "1 by consent",
        "1 not ready",
        "$61k",
        "$12k",
        "Remind them",
    ):
        assert words in page, words
    assert "One waits for its cost, one for IT." in page
    it = cast.client(cast.it).get(url).content.decode()
    assert "$61k" not in it and "Talk two" in it and "Remind them" not in it and "hurdle of" not in it
    first, place = (
        item_of("Talk two"),
        reverse("roi:place_item", args=[review.number, item_of("Talk two").pk]),
    )
    assert lead.post(place, {"to": "down", "revision": first.revision}).status_code == 302
    assert [i.candidate.title for i in review.items.filter(section="discuss")] == ["Talk one", "Talk two"]  # type: ignore[union-attr]
    stale = lead.post(place, {"to": "drop", "revision": first.revision}, follow=True).content.decode()
    assert "changed this item meanwhile" in stale
    assert "put it back" in lead.post(place, {"to": "drop"}, follow=True).content.decode()
    assert cast.client(cast.it).post(place, {"to": "up"}).status_code == 403
    add = reverse("roi:add_item", args=[review.number])
    assert "is on the agenda" in lead.post(add, {"key": "c-2"}, follow=True).content.decode()
    assert "There is no C-99" in lead.post(add, {"key": "C99"}, follow=True).content.decode()
    assert "Write a key" in lead.post(add, {"key": "zz"}, follow=True).content.decode()
    assert (
        "people are reminded"
        in lead.post(reverse("roi:remind", args=[review.number]), follow=True).content.decode()
    )


def test_members_answer_in_the_pre_read(cast: Any, review: Review) -> None:
    url = reverse("roi:pre_read", args=[review.number])
    it = cast.client(cast.it)
    page = it.get(url).content.decode()
    assert "You have answered 0 of 3." in page and "SHA-256" in page and "$" not in page.split("<main")[1]
    item = item_of("Clear one")
    answer = reverse("roi:answer_pre_read", args=[review.number, item.pk])
    assert (
        it.post(answer, {"kind": "question", "text": ""}, follow=True)
        .content.decode()
        .count("Write the question")
    )
    page = it.post(answer, {"kind": "question", "text": "<b>Who</b> signs?"}, follow=True).content.decode()
    assert "&lt;b&gt;Who&lt;/b&gt; signs?" in page and "You have answered 1 of 3." in page
    item.refresh_from_db()
    assert (item.section, item.pulled_by) == ("discuss", cast.it)
    money = cast.client(cast.finance).get(url).content.decode()
    assert "$60k" in money and "Worth in cash" in money
    assert cast.client(cast.executive).post(answer, {"kind": "fine"}).status_code == 403
    home = it.get("/").content.decode()
    assert "3 items, you have answered 1." in home


def test_a_candidates_page_says_where_it_stands(cast: Any, now: datetime, review: Review) -> None:
    under = make_ready(cast, now, npv=9_000, title="Under")
    Review.objects.filter(pk=review.pk).update(starts_at=datetime(2036, 1, 1, tzinfo=now.tzinfo))
    Review.objects.exclude(pk=review.pk).update(state="cancelled")
    part = {"HTTP_HX_REQUEST": "true"}
    owner = cast.client(cast.owner)
    said = owner.get(reverse("roi:candidate_agenda", args=[under.number]), **part).content.decode()
    assert "$1,000 short of the hurdle" in said and "a build below" in said
    on = owner.get(
        reverse("roi:candidate_agenda", args=[item_of("Talk one").candidate.number])
    ).content.decode()  # type: ignore[union-attr]
    assert "On the agenda of" in on and "<html" in on
    it = (
        cast.client(cast.it)
        .get(reverse("roi:candidate_agenda", args=[under.number]), **part)
        .content.decode()
    )
    assert "short of the hurdle" not in it and "Not on the agenda" in it


def test_the_api_gives_the_agenda_and_takes_answers(cast: Any, review: Review) -> None:
    it, finance = cast.client(cast.it), cast.client(cast.finance)
    rows = finance.get(reverse("roi:api_reviews")).json()
    assert [r["number"] for r in rows["results"]] == [2, 1]
    agenda = finance.get(reverse("roi:api_review_agenda", args=[review.number])).json()
    assert agenda["counts"]["discuss"] == 2 and agenda["items"][0]["stake"] == "61000.00"
    assert len(agenda["items"][0]["hash"]) == 64
    hidden = it.get(reverse("roi:api_review_agenda", args=[review.number])).json()
    assert hidden["items"][0]["stake"] is None
    url = reverse("roi:api_pre_read", args=[review.number, agenda["items"][0]["id"]])
    said = {"data": {"kind": "talk", "text": "Who signs?"}, "content_type": "application/json"}
    assert it.post(url, **said).status_code == 201
    assert it.post(url, {"kind": "question"}, content_type="application/json").status_code == 409
    assert cast.client(cast.stranger).post(url, **said).status_code == 404
    assert cast.client(cast.executive).post(url, **said).status_code == 403


def test_an_agenda_is_read_in_the_same_few_queries_however_long(
    cast: Any, now: datetime, review: Review
) -> None:
    lead = cast.client(cast.lead)
    urls = [reverse(name, args=[review.number]) for name in ("roi:review", "roi:pre_read")]
    few = []
    for url in urls:
        lead.get(url)
        with CaptureQueriesContext(connection) as counted:
            lead.get(url)
        few.append(len(counted))
    Review.objects.filter(pk=review.pk).update(state="planned")
    for n in range(60):
        make_ready(cast, now, npv=20_000 + n, title=f"More {n}")
    operations.build_agenda(review=review, at=now)
    for url, before in zip(urls, few, strict=True):
        with CaptureQueriesContext(connection) as counted:
            page = lead.get(url).content.decode()
        assert len(counted) <= before + 12, url
        assert "58" in page or "More" in page

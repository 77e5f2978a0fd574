"""The pages of a running meeting: what each reader sees and may do, stale writes, a pulse that costs little."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from roi.models import Decision, Member, Presence
from tests.roi import scored
from tests.roi.meetings_made import add, freeze, make_review, running

pytestmark = pytest.mark.django_db
PART = {"headers": {"HX-Request": "true"}}


def test_started_from_its_page_and_followed_by_members(cast, now):
    review = make_review(cast, now)
    item = add(review, scored.file(cast, now))
    freeze(item, cast, now)
    Member.objects.create(series=review.series, user=cast.it)
    lead, it = cast.client(cast.lead), cast.client(cast.it)
    url, pulse = (reverse(f"roi:{name}", args=[review.number]) for name in ("present", "pulse"))
    assert "Lea Lead starts it" in it.get(url).content.decode()
    assert it.get(pulse).status_code == 204
    assert it.post(reverse("roi:start_review", args=[review.number])).status_code == 403
    assert lead.post(reverse("roi:start_review", args=[review.number])).url == url
    assert it.get(pulse)["HX-Refresh"] == "true"
    page, narrow = lead.get(url).content.decode(), it.get(url).content.decode()
    assert "Likely worth $" in page and 'data-key="a"' in page and "Left to spend" not in page
    assert "$" not in narrow and 'data-key="a"' not in narrow and "Lea Lead decides; you may object" in narrow
    assert (
        "NPV in cash" in lead.get(reverse("roi:item_finance", args=[review.number, item.pk])).content.decode()
    )
    assert "NPV" not in it.get(reverse("roi:item_finance", args=[review.number, item.pk])).content.decode()
    assert set(Presence.objects.values_list("user", flat=True)) == {cast.lead.pk, cast.it.pk}


def test_the_pulse_is_one_query_until_something_changes(cast, now):
    review, (item,) = running(cast, now)
    client = cast.client(cast.second_lead)
    pulse = reverse("roi:pulse", args=[review.number])
    assert client.get(reverse("roi:present", args=[review.number])).status_code == 200
    review.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(pulse, {"seen": review.revision}).status_code == 204
    own = [q for q in asked.captured_queries if "roi_" in q["sql"]]
    assert len(own) == 1 and len(asked) <= 4
    assert cast.client(cast.stranger).get(pulse).status_code == 404
    verdict = reverse("roi:verdict_panel", args=[review.number, item.pk, "reject"])
    body = {"reason": "No.", "revision": 0}
    done = cast.client(cast.lead).post(verdict, body, **PART)
    assert done.status_code == 200 and done["HX-Trigger"] == "meeting-changed" and not done.content
    changed = client.get(pulse, {"seen": review.revision})
    assert changed.status_code == 200 and "Rejected" in changed.content.decode()
    late = cast.client(cast.lead).post(verdict, body, **PART)
    assert late.status_code == 422 and "Lea Lead decided this a moment ago: rejected" in late.content.decode()


def test_the_panel_is_filled_in_and_decides_without_scripts_too(cast, now):
    review = make_review(cast, now)
    item = add(review, scored.file(cast, now), proposed_why="It clears the hurdle of $0.")
    freeze(item, cast, now)
    lead = cast.client(cast.lead)
    lead.post(reverse("roi:start_review", args=[review.number]))
    url = reverse("roi:verdict_panel", args=[review.number, item.pk, "approve"])
    page = lead.get(url).content.decode()
    assert (
        "It clears the hurdle of $0." in page
        and "set after the first eval" in page
        and page.count("Stop if") == 2
    )
    assert lead.get(reverse("roi:verdict_panel", args=[review.number, item.pk, "keep"])).status_code == 404
    body = {"reason": "", "revision": 0, "reapprove_on": "2030-01-01"}
    assert lead.post(url, body).status_code == 422
    body |= {"reason": "Yes.", "tripwire_0": "on", "level_0": "23", "weeks_0": "6"}
    assert cast.client(cast.second_lead).post(url, body).status_code == 422
    assert lead.post(url, body).status_code == 302
    made = Decision.objects.get()
    (wire,) = made.tripwires.all()
    assert wire.weeks == 6 and float(wire.level) in (0.23, 23) and made.reapprove_on.year == 2030


def test_what_else_the_meeting_does(cast, now):
    review, (item, second) = running(cast, now, ("One", "Two"), votes=True)
    lead, other, reviewer = (cast.client(who) for who in (cast.lead, cast.second_lead, cast.reviewer))

    def do(client, verb, **body):
        return client.post(reverse("roi:act_in_review", args=[review.number, verb]), body, **PART)

    assert "item 2 of 2" in do(lead, "show", item=second.pk).content.decode()
    assert do(reviewer, "show", item=item.pk).status_code == 403
    assert (
        "1 for rejected: Rob Reviewer"
        in do(reviewer, "vote", item=second.pk, verdict="reject").content.decode()
    )
    assert "one of the verdicts" in do(reviewer, "vote", item=second.pk, verdict="nonsense").content.decode()
    assert do(lead, "pull", item="x").status_code == 404 and do(lead, "nonsense").status_code == 404
    assert do(reviewer, "chair").status_code == 403
    assert "Here: Lea Lead, Fay Finance" in do(lead, "here", person=cast.finance.pk).content.decode()
    assert do(lead, "here", person=cast.owner.pk).status_code == 404
    assert do(reviewer, "here", person=cast.reviewer.pk).status_code == 403
    say = reverse("roi:say_on_item", args=[review.number, second.pk, "objection"])
    assert reviewer.post(say, {"text": ""}, **PART).status_code == 422
    assert reviewer.post(say, {"text": "Too dear."}, **PART)["HX-Trigger"] == "meeting-changed"
    action = reverse("roi:say_in_review", args=[review.number, "action"])
    asked = {"text": "Ask", "owner": cast.owner.pk}
    for day, status in (("2020-01-01", 422), ("2090-01-01", 200)):
        assert reviewer.post(action, asked | {"due_on": day}, **PART).status_code == status
    assert "Too dear." in other.get(reverse("roi:present", args=[review.number])).content.decode()
    assert "Leo Lead chairs" in do(other, "chair").content.decode()
    assert (
        "2 not reached"
        in other.get(reverse("roi:present", args=[review.number]), {"show": "end"}).content.decode()
    )
    assert do(other, "close")["HX-Refresh"] == "true"
    page = cast.client(cast.owner).get(reverse("roi:actions")).content.decode()
    assert "Ask" in page
    finish = reverse("roi:answer_action", args=[review.actions.get().pk, "finish"])
    assert cast.client(cast.owner).post(finish, {"note": "Done"}).status_code == 302
    assert "Done" in other.get(reverse("roi:actions"), {"show": "done"}).content.decode()

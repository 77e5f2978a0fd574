"""The change log of a workload, on its page and on charts."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.factories import make_workload
from tests.workloads.test_workloads_calls_pages import make, store, url
from workloads.models import Change
from workloads.operations import log_change
from workloads.queries.change_log import changes_between, mark_changes


@pytest.fixture
def workload(cast):
    return make_workload(cast)


def test_the_change_log_and_its_filters(cast, workload):
    store(workload, make(1))
    log_change(workload=workload, kind="prompt", summary="Prompt v2", by=cast.owner, at=timezone.now())
    client, address = cast.client(cast.owner), url("changes", workload)
    text = client.get(address).content.decode()
    assert "Prompt v2" in text and "First call of the model gpt-4o-mini" in text and "telemetry" in text
    for query, shown in (
        ({"kind": "prompt"}, {"Prompt v2"}),
        ({"told": "telemetry"}, {"First call"}),
        ({"told": "people"}, {"Prompt v2"}),
        ({"words": "FIRST"}, {"First call"}),
        ({"until": "2020-01-01"}, set()),
        ({"since": "2020-01-01"}, {"Prompt v2", "First call"}),
    ):
        part = client.get(address, query, headers={"HX-Request": "true"}).content.decode()
        assert {words for words in ("Prompt v2", "First call") if words in part} == shown, query
        assert "<html" not in part
    for odd in ({"kind": "'"}, {"since": "x"}, {"words": "\x00"}, {"page": "99999"}):
        assert client.get(address, odd).status_code == 200


def test_changes_are_drawn_on_the_days_they_fall_on(workload, now):
    for hours, words in (
        (0, "First"),
        (1, "Second"),
        (50, "A very long change that nobody can read on a chart"),
    ):
        Change.objects.create(workload=workload, at=now + timedelta(hours=hours), kind="model", summary=words)
    found = changes_between(workload, now, now + timedelta(days=3))
    assert [change.summary[:6] for change in found] == ["First", "Second", "A very"]
    assert changes_between(workload, now + timedelta(hours=1), now + timedelta(hours=2)) == [found[1]]
    days = [f"{date(2026, 11, 20) + timedelta(days=n):%-d %b}" for n in (0, 3)]
    option = {"series": [{"data": []}]}
    mark_changes(option, found, days, "%-d %b")
    marks = option["series"][0]["markLine"]["data"]
    assert [mark["xAxis"] for mark in marks] == ["20 Nov", "23 Nov"]
    assert marks[0]["name"] == "First and 1 more" and marks[1]["name"].endswith("…")
    bare = {"series": [{"data": []}]}
    mark_changes(bare, [], days, "%-d %b")
    assert bare == {"series": [{"data": []}]}

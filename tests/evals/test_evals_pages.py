"""Pages of quality: each with its stranger, its reader, its empty state and its refusals."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aiops.models import AuditEvent
from evals import operations, queries
from evals.calc.dataset_file import parse
from evals.models import Dataset, Reference, Run, Suite
from tests.evals.golden import make_calls, make_dataset, make_suite, run
from workloads.models import Check, CheckRun

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def suite(cast, workload, now):
    return make_suite(workload, make_dataset(workload, cast.owner, now, cases=40, right=30), cast.owner, now)


def pages(workload, suite, done):
    number = workload.number
    return [
        reverse("evals:workload_quality", args=[number]),
        reverse("evals:drift", args=[number]),
        reverse("evals:dataset", args=[suite.dataset_id]),
        reverse("evals:suite", args=[suite.pk]),
        reverse("evals:run", args=[done.pk]),
        reverse("evals:run_csv", args=[done.pk]),
    ]


def test_who_sees_what(cast, workload, now, suite):
    done = run(suite, cast.owner, now)
    for url in pages(workload, suite, done):
        assert cast.client(cast.owner).get(url).status_code == 200, url
        assert cast.client(cast.auditor).get(url).status_code == 200, url
        assert cast.client(cast.stranger).get(url).status_code == 404, url


def test_forms_are_for_the_people_of_the_workload(cast, workload, now, suite):
    for name in ("dataset_new", "suite_new"):
        url = reverse(f"evals:{name}", args=[workload.number])
        assert cast.client(cast.owner).get(url).status_code == 200
        assert cast.client(cast.auditor).get(url).status_code == 403
        assert cast.client(cast.stranger).get(url).status_code == 404


def test_posts_are_refused_to_readers_and_strangers(cast, workload, now, suite):
    number = workload.number
    urls = [
        reverse("evals:suite_run", args=[suite.pk]),
        reverse("evals:suite_approve", args=[suite.pk]),
        reverse("evals:dataset_new", args=[number]),
        reverse("evals:suite_new", args=[number]),
        reverse("evals:drift", args=[number]),
    ]
    for url in urls:
        assert cast.client(cast.auditor).post(url).status_code == 403, url
        assert cast.client(cast.stranger).post(url).status_code == 404, url
    assert not CheckRun.objects.exists()


def test_a_workload_without_anything_says_what_to_do_next(cast, workload):
    page = cast.client(cast.owner).get(reverse("evals:workload_quality", args=[workload.number]))
    assert "Start with 20 or more cases" in page.content.decode()
    assert reverse("evals:dataset_new", args=[workload.number]) in page.content.decode()


def test_the_quality_part_and_the_whole_page(cast, workload, now, suite):
    run(suite, cast.owner, now)
    url = reverse("evals:workload_quality", args=[workload.number])
    part = cast.client(cast.owner).get(url, headers=HTMX).content.decode()
    assert "<html" not in part and "Right 75 times in 100" in part and "range-bar" in part
    assert "Look at 10 wrong" in part
    assert "<html" in cast.client(cast.owner).get(url).content.decode()


def test_uploading_a_file(cast, workload):
    url = reverse("evals:dataset_new", args=[workload.number])
    file = SimpleUploadedFile("cases.csv", b"input,expected\n1,2\n")
    answer = cast.client(cast.owner).post(url, {"name": "Golden", "file": file})
    assert answer.status_code == 302 and answer.url == reverse(
        "evals:dataset", args=[Dataset.objects.get().pk]
    )


def test_a_wrong_row_is_reported_by_row_and_nothing_is_stored(cast, workload):
    url = reverse("evals:dataset_new", args=[workload.number])
    file = SimpleUploadedFile("cases.csv", b"input,expected\n1,2\n3,\n")
    answer = cast.client(cast.owner).post(url, {"name": "Golden", "file": file})
    text = answer.content.decode()
    assert answer.status_code == 422 and "Nothing was stored" in text and "is empty" in text
    assert not Dataset.objects.exists()


def test_a_file_of_another_kind_is_refused(cast, workload):
    url = reverse("evals:dataset_new", args=[workload.number])
    file = SimpleUploadedFile("cases.xlsx", b"PK")
    assert cast.client(cast.owner).post(url, {"name": "Golden", "file": file}).status_code == 422


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_template_can_be_uploaded_as_it_is(cast, workload, kind):
    answer = cast.client(cast.owner).get(reverse("evals:dataset_template", args=[kind]))
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    parsed = parse(data, f"dataset.{kind}")
    assert len(parsed.rows) == 2 and not parsed.problems
    assert cast.client(cast.owner).get(reverse("evals:dataset_template", args=["exe"])).status_code == 404


def test_making_a_suite_on_the_page(cast, workload, now):
    dataset = make_dataset(workload, cast.owner, now)
    url = reverse("evals:suite_new", args=[workload.number])
    form = {
        "name": "Golden",
        "dataset": dataset.pk,
        "grader": "numeric",
        "tolerance": "1",
        "relative": "on",
        "target": "97",
        "every_minutes": 1440,
    }
    answer = cast.client(cast.owner).post(url, form)
    made = Suite.objects.get()
    assert answer.status_code == 302 and answer.url == reverse("evals:suite", args=[made.pk])
    assert (float(made.target), float(made.tolerance), made.state) == (0.97, 0.01, "proposed")
    again = cast.client(cast.owner).post(url, form)
    assert again.status_code == 422 and "already" in again.content.decode()
    assert cast.client(cast.owner).post(url, form | {"target": "120", "name": "B"}).status_code == 422


def test_changing_a_suite_on_the_page(cast, workload, now, suite):
    url = reverse("evals:suite_revise", args=[suite.pk])
    newer = make_dataset(workload, cast.owner, now, cases=50)
    assert cast.client(cast.owner).get(url).status_code == 200
    assert cast.client(cast.auditor).get(url).status_code == 403
    assert cast.client(cast.stranger).get(url).status_code == 404
    assert cast.client(cast.owner).post(url, {"dataset": newer.pk, "target": "0"}).status_code == 422
    assert cast.client(cast.owner).post(url, {"dataset": newer.pk, "target": "95.5"}).status_code == 302
    suite.refresh_from_db()
    assert (suite.dataset_id, suite.bar) == (newer.pk, "95.5 %")


def test_a_suite_form_without_cases_points_to_the_upload(cast, workload):
    page = cast.client(cast.owner).get(reverse("evals:suite_new", args=[workload.number]))
    assert "Cases first" in page.content.decode()


def test_run_now_shows_progress_and_the_part_polls(cast, workload, now, suite):
    url = reverse("evals:suite_run", args=[suite.pk])
    part = cast.client(cast.owner).post(url, headers=HTMX)
    text = part.content.decode()
    assert part.status_code == 200 and 'hx-trigger="every 2s"' in text and "<progress" in text
    CheckRun.objects.update(done=7, total=40)
    polled = (
        cast.client(cast.owner).get(reverse("evals:suite", args=[suite.pk]), headers=HTMX).content.decode()
    )
    assert "7 of 40 cases done" in polled and "<html" not in polled


def test_a_run_that_ends_while_its_page_is_read_is_not_missed(cast, workload, now, suite, monkeypatch):
    """The page asks whether a run is under way before it reads the runs: else it said «not run yet» for good."""
    slot = operations.run_now(suite=suite, by=cast.owner, at=now)
    ask = queries.check_run_under_way

    def it_just_ended(check):
        operations.run_eval(check_run_id=slot.pk, worker="test", clock=lambda: now)
        return ask(check)

    monkeypatch.setattr(queries, "check_run_under_way", it_just_ended)
    part = cast.client(cast.owner).get(reverse("evals:suite", args=[suite.pk]), headers=HTMX).content.decode()
    assert "Last run" in part and "Not run yet" not in part


def test_an_evaluator_approves_on_the_page(cast, workload, now, suite):
    url = reverse("evals:suite_approve", args=[suite.pk])
    assert cast.client(cast.owner).post(url).status_code == 403
    assert cast.client(cast.evaluator).post(url).status_code == 302
    assert cast.client(cast.evaluator).post(url).status_code == 422
    assert Check.objects.get(pk=suite.check_of_id).enabled


def test_wrong_cases_come_first_and_reading_them_is_audited(cast, workload, now, suite):
    done = run(suite, cast.owner, now)
    url = reverse("evals:run", args=[done.pk])
    text = cast.client(cast.owner).get(url).content.decode()
    assert text.index(">wrong<") < text.index(">right<") and "2*35" in text
    assert AuditEvent.objects.of(done).filter(action="eval_content.read", actor_id=cast.owner.pk).count() == 1


def test_content_is_hidden_from_those_who_only_see_the_workload(cast, workload, now, suite):
    done = run(suite, cast.owner, now)
    client = cast.client(cast.auditor)
    for url in pages(workload, suite, done):
        answer = client.get(url)
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"2*35" not in data, url
    assert client.get(reverse("evals:dataset_csv", args=[suite.dataset_id])).status_code == 403
    assert not AuditEvent.objects.filter(action="eval_content.read").exists()


@pytest.mark.parametrize(("show", "count"), [("wrong", 10), ("right", 30), ("error", 0), ("", 40)])
def test_a_run_narrowed(cast, workload, now, suite, show, count):
    done = run(suite, cast.owner, now)
    answer = cast.client(cast.owner).get(reverse("evals:run", args=[done.pk]), {"show": show}, headers=HTMX)
    assert answer.context["page_obj"].paginator.count == count


def test_results_as_csv_cannot_start_a_formula(cast, workload, now):
    rows = [{"key": "=1+1", "input": "@cmd", "expected": "-5", "output": "-5"}]
    suite = make_suite(workload, make_dataset(workload, cast.owner, now, rows=rows), cast.owner, now)
    done = run(suite, cast.owner, now)
    answer = cast.client(cast.owner).get(reverse("evals:run_csv", args=[done.pk]))
    text = b"".join(answer.streaming_content).decode()
    row = list(csv.DictReader(io.StringIO(text)))[0]
    assert (row["key"], row["input"], row["expected"], row["outcome"]) == ("'=1+1", "'@cmd", "-5", "right")


def test_a_dataset_downloaded_is_the_dataset_uploaded(cast, workload, now, suite):
    answer = cast.client(cast.owner).get(reverse("evals:dataset_csv", args=[suite.dataset_id]))
    parsed = parse(b"".join(answer.streaming_content), "x.csv")
    kept = suite.dataset.cases.order_by("pk")
    assert [(r.key, r.input, r.expected, r.output) for r in parsed.rows] == list(
        kept.values_list("key", "input", "expected", "output")
    )


def test_model_output_is_shown_as_text(cast, workload, now):
    rows = [{"input": "<script>alert(1)</script>", "expected": "x", "output": "{{ 7|add:7 }}<b>"}]
    suite = make_suite(workload, make_dataset(workload, cast.owner, now, rows=rows), cast.owner, now)
    text = (
        cast.client(cast.owner)
        .get(reverse("evals:run", args=[run(suite, cast.owner, now).pk]))
        .content.decode()
    )
    assert "<script>alert" not in text and "&lt;b&gt;" in text and "{{ 7|add:7 }}" in text


def test_choosing_a_reference_on_the_page(cast, workload, now):
    make_calls(workload, days=30, tokens=400, back=10)
    url = reverse("evals:drift", args=[workload.number])
    client = cast.client(cast.owner)
    assert "No reference window yet" in client.get(url).content.decode()
    first, last = (now - timedelta(days=40)).date(), (now - timedelta(days=11)).date()
    bad = client.post(url, {"start": last, "end": first, "every_minutes": 1440})
    assert bad.status_code == 422 and "before the first" in bad.content.decode()
    few = client.post(url, {"start": "2025-01-01", "end": "2025-01-20", "every_minutes": 1440})
    assert few.status_code == 422 and "Only 0 calls" in few.content.decode()
    assert client.post(url, {"start": first, "end": last, "every_minutes": 1440}).status_code == 302
    assert Reference.objects.get().state == "proposed"
    assert client.post(reverse("evals:drift_run", args=[workload.number])).status_code == 302
    assert client.post(reverse("evals:drift_approve", args=[workload.number])).status_code == 403
    approve = cast.client(cast.evaluator).post(reverse("evals:drift_approve", args=[workload.number]))
    assert approve.status_code == 302 and Reference.objects.get().is_approved


def test_drift_actions_without_a_check_and_for_strangers(cast, workload):
    for name in ("drift_run", "drift_approve"):
        url = reverse(f"evals:{name}", args=[workload.number])
        assert cast.client(cast.owner).post(url).status_code == 404
        assert cast.client(cast.stranger).post(url).status_code == 404


def test_the_quality_part_has_a_query_budget(cast, workload, now, suite, django_assert_max_num_queries):
    run(suite, cast.owner, now)
    for n in range(4):
        other = make_suite(workload, suite.dataset, cast.owner, now, name=f"Suite {n}")
        run(other, cast.owner, now)
    client, url = cast.client(cast.owner), reverse("evals:workload_quality", args=[workload.number])
    client.get(url)
    with django_assert_max_num_queries(16):
        client.get(url, headers=HTMX)
    assert Run.objects.count() == 5

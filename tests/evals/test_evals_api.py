"""The API of quality: the same operations, the same refusals."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from evals.models import Dataset, Suite
from tests.evals.golden import golden, make_dataset, make_suite, run

pytestmark = pytest.mark.django_db


def api(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(user, url, body, form="json"):
    return api(user).post(url, body, format=form)


def test_from_cases_to_a_run(cast, workload, now):
    at = f"/api/v1/workloads/{workload.number}"
    dataset = post(cast.owner, f"{at}/datasets/", {"name": "Golden", "cases": golden(25, 25)})
    assert dataset.status_code == 201 and dataset.json()["case_count"] == 25
    body = {"name": "Golden", "dataset": dataset.json()["id"], "grader": "numeric", "target": "0.97"}
    made = post(cast.owner, f"{at}/suites/", body)
    assert made.status_code == 201 and made.json()["state"] == "proposed"
    started = post(cast.owner, f"/api/v1/suites/{made.json()['id']}/runs/", {})
    assert started.status_code == 202 and started.json()["state"] == "queued"
    assert (
        post(cast.evaluator, f"/api/v1/suites/{made.json()['id']}/approve/", {}).json()["state"] == "approved"
    )
    assert (
        len(api(cast.owner).get(f"{at}/suites/").json())
        == len(api(cast.owner).get(f"{at}/datasets/").json())
        == 1
    )


def test_a_file_with_a_wrong_row(cast, workload):
    url = f"/api/v1/workloads/{workload.number}/datasets/"
    file = SimpleUploadedFile("a.csv", b"input,expected\n1,2\n3,\n")
    answer = post(cast.owner, url, {"name": "Golden", "file": file}, "multipart")
    assert answer.status_code == 422 and answer.json()["code"] == "rows_refused"
    assert answer.json()["problems"] == [{"row": 3, "field": "expected", "message": "is empty"}]
    assert not Dataset.objects.exists()


def test_shapes_are_checked(cast, workload, now):
    url = f"/api/v1/workloads/{workload.number}"
    assert post(cast.owner, f"{url}/datasets/", {"name": "x"}).status_code == 400
    dataset = make_dataset(workload, cast.owner, now)
    body = {"name": "a", "dataset": dataset.pk, "grader": "exact", "target": "1.5"}
    assert post(cast.owner, f"{url}/suites/", body).status_code == 400
    assert post(cast.owner, f"{url}/suites/", body | {"target": "1", "connection": 999}).status_code == 404
    make_suite(workload, dataset, cast.owner, now, name="a")
    again = post(cast.owner, f"{url}/suites/", body | {"target": "1"})
    assert again.status_code == 409 and again.json()["code"] == "name_taken"


def test_strangers_and_readers(cast, workload, now):
    suite = make_suite(workload, make_dataset(workload, cast.owner, now), cast.owner, now)
    done = run(suite, cast.owner, now)
    at = f"/api/v1/workloads/{workload.number}"
    cases = {"name": "n", "cases": golden(1, 1)}
    body = {"name": "n", "dataset": suite.dataset_id, "grader": "exact", "target": "1"}
    writes = [
        (f"{at}/datasets/", cases),
        (f"{at}/suites/", body),
        (f"/api/v1/suites/{suite.pk}/runs/", {}),
        (f"/api/v1/suites/{suite.pk}/approve/", {}),
    ]
    for url, data in writes:
        assert post(cast.stranger, url, data).status_code == 404, url
        assert post(cast.auditor, url, data).status_code == 403, url
        assert APIClient().post(url, data, format="json").status_code == 401, url
    for url in (f"/api/v1/eval-runs/{done.pk}/", f"/api/v1/eval-runs/{done.pk}/results/", f"{at}/datasets/"):
        assert api(cast.stranger).get(url).status_code == 404, url
        assert api(cast.auditor).get(url).status_code == 200, url
    assert api(cast.stranger).get("/api/v1/eval-runs/").json()["count"] == 0
    assert Suite.objects.count() == 1


def test_runs_and_results(cast, workload, now):
    dataset = make_dataset(workload, cast.owner, now, cases=40, right=30)
    done = run(make_suite(workload, dataset, cast.owner, now), cast.owner, now)
    found = (
        api(cast.owner).get("/api/v1/eval-runs/", {"workload": workload.number, "finished": "true"}).json()
    )
    assert found["count"] == 1 and found["results"][0]["sentence"].startswith("Right 75 times in 100")
    assert found["results"][0]["passed"] == 30 and found["results"][0]["id"] == done.pk
    url = f"/api/v1/eval-runs/{done.pk}/results/"
    wrong = api(cast.owner).get(url, {"show": "wrong"}).json()
    assert wrong["count"] == 10 and wrong["results"][0]["output"] == "-1"
    assert "output" not in api(cast.auditor).get(url).json()["results"][0]
    assert api(cast.owner).get(url, {"show": "nonsense"}).status_code == 400

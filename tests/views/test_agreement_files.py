"""What an owner takes along of an agreement run: three files in four formats."""

import csv
import io
import json

import pytest
from django.urls import reverse

from labeling.models import Event
from labeling.services.agreement import make_agreement_run
from labeling.services.projects import create_project, create_user
from tests.world import BAD, chat_row

FILES = ("numbers", "diagnosis", "matrix")


def file_url(world, run, what="diagnosis", **query):
    path = reverse("agreement_files", args=[world.project.slug, run.pk, what])
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


def body_of(response):
    return b"".join(response.streaming_content)


@pytest.fixture
def run(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(*(chat_row(f"r-{number}") for number in range(6)))
    for _ in range(6):
        for user in (world.ana, world.ben):
            world.review_next(user)
    clock.shift(60)
    world.settle_all()
    return make_agreement_run(world.rubric, now=world.now, replicates=20)


@pytest.mark.parametrize("what", FILES)
def test_the_four_formats_have_the_same_rows(owner, world, run, what):
    parquet = pytest.importorskip("pyarrow.parquet")
    found = {}
    for name in ("csv", "json", "jsonl", "parquet"):
        response = owner.get(file_url(world, run, what, question="complete", format=name))
        assert response.status_code == 200
        assert response.streaming
        assert response["X-Content-Type-Options"] == "nosniff"
        assert f".{name}" in response["Content-Disposition"]
        found[name] = body_of(response)

    rows = json.loads(found["json"])
    assert rows
    assert [json.loads(line) for line in found["jsonl"].splitlines()] == rows
    assert len(list(csv.DictReader(io.StringIO(found["csv"].decode(), newline="")))) == len(rows)
    table = parquet.read_table(io.BytesIO(found["parquet"])).to_pylist()
    assert [list(row) for row in table] == [list(row) for row in rows]


def test_the_files_are_named_after_the_rubric_and_the_question(owner, world, run):
    def named(what, **query):
        return owner.get(file_url(world, run, what, **query))["Content-Disposition"].partition("=")[2]

    assert named("numbers") == '"agreement-support-reply-v1-numbers.csv"'
    assert named("matrix", question="tone", format="jsonl") == '"agreement-support-reply-v1-matrix-tone.jsonl"'


def test_a_matrix_with_items_that_are_not_settled_says_so_beside_the_table(owner, world, run):
    world.ingest(chat_row("open"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    later = make_agreement_run(world.rubric, now=world.now, replicates=20)

    response = owner.get(file_url(world, later, "matrix", question="correct"))

    assert "matrix-correct-not-settled-apart.csv" in response["Content-Disposition"]
    assert "not settled" in response["X-Note"]
    assert body_of(response).splitlines()[0] == b"unit,ana,ben,not_settled_1,not_settled_2"


@pytest.mark.parametrize("what", FILES)
def test_a_download_is_on_record_with_its_count(owner, world, run, what):
    rows = body_of(owner.get(file_url(world, run, what, question="tone", format="jsonl"))).splitlines()

    event = Event.objects.get(kind="labels.exported")
    assert event.actor == world.olga
    assert event.subject == {"what": f"agreement_{what}", "format": "jsonl", "n_rows": len(rows), "run_id": run.pk}


@pytest.mark.parametrize("what", FILES)
def test_logged_out_reviewer_and_stranger_find_nothing(client, world, run, what):
    stranger = create_user(username="stranger", password="a-long-enough-phrase", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    url = file_url(world, run, what, question="tone")

    assert client.get(url).status_code == 302
    for user in (world.ana, stranger):
        client.force_login(user)
        assert client.get(url).status_code == 404
    elsewhere = reverse("agreement_files", args=["elsewhere", run.pk, what])
    assert client.get(f"{elsewhere}?question=tone").status_code == 404
    assert not Event.objects.filter(kind="labels.exported").exists()


def test_an_unknown_file_or_question_is_not_found_and_an_unknown_format_is_refused(owner, world, run):
    assert owner.get(file_url(world, run, "labels")).status_code == 404
    assert owner.get(file_url(world, run, "matrix")).status_code == 404
    assert owner.get(file_url(world, run, "matrix", question="other")).status_code == 404
    response = owner.get(file_url(world, run, "numbers", format="xls"))
    assert response.status_code == 422
    assert "csv, jsonl, json or parquet" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_other_methods_are_refused(owner, world, run, method):
    assert getattr(owner, method)(file_url(world, run)).status_code == 405

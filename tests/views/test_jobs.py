"""The page of jobs: what runs, waits, failed or was stopped; stopping and asking again, by those who may."""

import json

import pytest
from django.urls import reverse

from labeling.models import Event, IngestBatch, Job
from labeling.policy.jobs import JobLimits
from labeling.services.jobs import add_job, ask_to_stop, beat, begin_job, end_job, give_back_job, report_progress
from labeling.services.projects import create_project, create_user
from labeling.services.uploads import accept_upload
from tests.world import chat_row

LIST = "/p/shop/jobs/"
LIMITS = {name: JobLimits("long", 600, 700) for name in ("ingest_upload", "make_agreement_run")}


@pytest.fixture
def upload(world):
    content = "\n".join(json.dumps(chat_row(f"u-{number}")) for number in range(4)).encode()
    accept_upload(
        world.project, file_name="rows.jsonl", file_format="jsonl", content=content, sent_by=world.ada, now=world.now
    )
    return Job.objects.get(task="ingest_upload")


@pytest.fixture
def running(world, upload):
    begin_job(upload.pk, now=world.now, limits=LIMITS, n_places=2)
    report_progress(upload.pk, attempt=1, n_done=1, n_all=4, now=world.now)
    upload.refresh_from_db()
    return upload


@pytest.fixture
def stopped(world, upload):
    return ask_to_stop(upload, actor=world.ada, now=world.now)


def address(name, job):
    return reverse(name, args=["shop", job.pk])


def words_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_list_tells_what_runs_how_far_it_is_and_offers_to_stop_it(admin, running):
    words = words_of(admin.get(LIST))

    assert "Import of a file" in words
    assert "rows.jsonl" in words
    assert "25 %, 1 of 4 rows" in words
    assert address("job_stops", running) in words
    assert "every 3s" in words


def test_a_job_that_nobody_will_begin_says_so(admin, world, upload):
    silent, silent_list = words_of(admin.get(address("job", upload))), words_of(admin.get(LIST))
    beat("worker", now=world.now)
    heard, heard_list = words_of(admin.get(address("job", upload))), words_of(admin.get(LIST))

    assert "No worker runs" in silent
    assert "no worker runs" in silent_list
    assert "No worker runs" not in heard
    assert "no worker runs" not in heard_list


def test_a_file_whose_reading_was_interrupted_does_not_say_that_it_is_read(admin, world, running):
    batch = IngestBatch.objects.get()
    IngestBatch.objects.update(state="running")
    page = reverse("batch", args=["shop", batch.pk])
    read = words_of(admin.get(page))
    give_back_job(running.pk, attempt=1, now=world.now)
    waits = words_of(admin.get(page))

    assert "Rows are being stored" in read
    assert "Rows are being stored" not in waits
    assert "What was read so far is stored" in waits


def test_a_job_that_is_done_shows_no_progress(admin, world, running):
    end_job(running.pk, attempt=1, now=world.now)

    assert "25 %" not in words_of(admin.get(LIST))
    assert "25 %" not in words_of(admin.get(address("job", running)))


def test_the_list_is_quiet_when_nothing_is_under_way(admin, stopped):
    words = words_of(admin.get(LIST))

    assert "every 3s" not in words
    assert address("job_repeats", stopped) in words
    assert "by Ada" in words or "by ada" in words


def test_the_list_asks_for_itself_as_a_fragment(admin, running):
    fragment = admin.get(LIST, headers={"HX-Request": "true"}).content.decode()

    assert "Import of a file" in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize(("state", "is_there"), [("under_way", True), ("failed", False), ("nonsense", True)])
def test_the_list_is_cut_to_a_state(admin, running, state, is_there):
    assert ("rows.jsonl" in words_of(admin.get(f"{LIST}?state={state}"))) is is_there


def test_the_list_costs_no_more_queries_for_more_jobs(admin, world, running, django_assert_max_num_queries):
    admin.get(LIST)
    for number in range(10):
        add_job("make_agreement_run", number, project=world.project, now=world.now)

    with django_assert_max_num_queries(14):
        admin.get(LIST)


def test_a_job_that_waits_tells_how_many_are_before_it(admin, world, upload):
    second = add_job("make_agreement_run", world.rubric.pk, project=world.project, now=world.now)

    assert "1 job before it" in words_of(admin.get(address("job", second)))


def test_one_job_is_a_page_and_a_fragment_that_asks_for_itself(admin, running):
    page = words_of(admin.get(address("job", running)))
    fragment = words_of(admin.get(address("job", running), headers={"HX-Request": "true"}))

    assert "25 %: 1 of 4 rows" in page
    assert "every 2s" in fragment
    assert "<html" not in fragment


def test_the_upload_page_shows_progress_and_a_button_to_stop(admin, running):
    words = words_of(admin.get(reverse("batch", args=["shop", running.arguments[0]])))

    assert "25 %: 1 of 4 rows" in words
    assert f'action="{address("job_stops", running)}"' in words
    assert words.count("every 2s") == 1


def test_stopping_asks_the_job_and_leads_back_to_the_upload(admin, world, running):
    answer = admin.post(address("job_stops", running))

    running.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, reverse("batch", args=["shop", running.arguments[0]]))
    assert (running.stop_asked_by, running.state) == (world.ada, Job.State.RUNNING)
    assert Event.objects.get(kind="job.stop_asked").actor == world.ada
    assert "asked it to stop" in words_of(admin.get(answer.url))


def test_a_stopped_upload_says_what_was_read_and_what_is_left_and_goes_on_when_asked(admin, stopped):
    page = reverse("batch", args=["shop", stopped.arguments[0]])
    words = words_of(admin.get(page))

    answer = admin.post(address("job_repeats", stopped))

    assert "0 rows were read" in words
    assert "Stopped by" in words
    assert (answer.status_code, answer.url) == (302, page)
    assert Job.objects.filter(task="ingest_upload", state=Job.State.DUE, arguments=stopped.arguments).count() == 1
    assert "Stopped by" not in words_of(admin.get(page))


def test_a_failed_upload_tells_its_error_and_is_tried_again(admin, upload):
    Job.objects.update(state=Job.State.FAILED, last_error="OSError: no space left on device")
    page = reverse("batch", args=["shop", upload.arguments[0]])
    words = words_of(admin.get(page))

    admin.post(address("job_repeats", upload))

    assert "no space left on device" in words
    assert "every 2s" in words_of(admin.get(page))


def test_a_job_that_ended_is_not_stopped(admin, stopped):
    answer = admin.post(address("job_stops", stopped))

    assert answer.status_code == 409
    assert "ended already" in answer.content.decode()


def test_an_owner_stops_the_run_that_they_may_ask_for_and_no_import(owner, world, upload):
    run = add_job("make_agreement_run", world.rubric.pk, project=world.project, now=world.now)
    page = words_of(owner.get(f"/p/shop/agreement/?version={world.rubric.pk}"))

    allowed, refused = owner.post(address("job_stops", run)), owner.post(address("job_stops", upload))

    assert address("job_stops", run) in page
    assert (allowed.status_code, refused.status_code) == (302, 404)
    assert owner.get(LIST).status_code == 404


def test_a_stopped_run_is_told_of_where_it_was_asked_for(owner, world):
    run = add_job("make_agreement_run", world.rubric.pk, project=world.project, now=world.now)

    back = owner.post(address("job_stops", run)).url

    assert "The last run was stopped" in words_of(owner.get(back))


def test_a_reviewer_sees_no_job(ana, upload):
    answers = [ana.get(LIST), ana.get(address("job", upload)), ana.post(address("job_stops", upload))]

    assert {answer.status_code for answer in answers} == {404}


def test_an_admin_of_another_project_stops_nothing_here(client, world, upload):
    eve = create_user(username="eve", password="a long password", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    client.force_login(eve)

    answer = client.post(reverse("job_stops", args=["other", upload.pk]))

    upload.refresh_from_db()
    assert answer.status_code == 404
    assert upload.stop_asked_at is None


def test_jobs_need_a_login(client, upload):
    assert client.get(LIST).url.startswith("/login/")
    assert client.post(address("job_stops", upload)).url.startswith("/login/")


@pytest.mark.parametrize("name", ["job_stops", "job_repeats"])
def test_looking_stops_nothing(admin, upload, name):
    assert admin.get(address(name, upload)).status_code == 405


def test_an_error_is_never_markup(admin, upload):
    Job.objects.update(state=Job.State.FAILED, last_error="<script>alert(1)</script>")

    assert "<script>alert" not in admin.get(LIST).content.decode()
    assert "<script>alert" not in admin.get(address("job", upload)).content.decode()

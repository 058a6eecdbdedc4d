"""The import page and the page of one delivery."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from labeling.models import IngestBatch, Job
from labeling.services.projects import create_project, create_user
from labeling.services.uploads import ingest_upload
from tests.world import chat_row


def import_url(world):
    return reverse("ingest", args=[world.project.slug])


def batch_url(world, batch):
    return reverse("batch", args=[world.project.slug, batch.pk])


def file_of(*rows, name="outputs.jsonl"):
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    return SimpleUploadedFile(name, "\n".join(lines).encode())


@pytest.fixture
def uploaded(admin, world):
    """A waiting upload of two good rows, a broken line and an invalid row."""
    admin.post(import_url(world), {"file": file_of(chat_row("u-1"), chat_row("u-2"), "{oops", {"kind": "x"})})
    return IngestBatch.objects.get(project=world.project)


def test_page_says_what_a_row_holds_and_how_to_send_one(admin, world):
    page = admin.get(import_url(world)).content.decode()

    for words in ("external_id", "/api/v1/projects/shop/items", "32 MiB", "Nothing has been delivered yet"):
        assert words in page


def test_upload_waits_with_its_job_and_shows_its_page(admin, world):
    answer = admin.post(import_url(world), {"file": file_of(chat_row("u-1"))})

    batch = IngestBatch.objects.get(project=world.project)
    assert answer.url == batch_url(world, batch)
    assert (batch.state, batch.door, batch.file_format, batch.sent_by) == ("waiting", "file", "jsonl", world.ada)
    assert Job.objects.get().arguments == [batch.pk]


def test_stated_format_wins_over_the_name(admin, world):
    table = SimpleUploadedFile("export.txt", b"external_id,output\nr-1,Hello.\n")

    admin.post(import_url(world), {"file": table, "file_format": "csv"})

    assert IngestBatch.objects.get(project=world.project).file_format == "csv"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a file."),
        ({"file": ("empty.jsonl", b"")}, "This file is empty"),
        ({"file": ("picture.png", b"x")}, "is not known by its name"),
        ({"file": ("a.jsonl", b"x"), "file_format": "mtbench"}, "Select a valid choice"),
    ],
)
def test_upload_that_cannot_be_taken_says_why(admin, world, sent, words):
    if "file" in sent:
        sent["file"] = SimpleUploadedFile(*sent["file"])

    answer = admin.post(import_url(world), sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not IngestBatch.objects.exists()


def test_body_over_the_limit_is_refused_naming_the_limit(admin, world, settings):
    settings.MAX_BODY_BYTES = 1024 * 1024

    answer = admin.post(import_url(world), {"file": SimpleUploadedFile("big.jsonl", b"x" * 2 * 1024 * 1024)})

    assert answer.status_code == 413
    assert "over the limit of 1 MiB" in answer.content.decode()
    assert not IngestBatch.objects.exists()


def test_file_a_little_over_the_limit_is_refused_too(admin, world, settings):
    settings.MAX_BODY_BYTES = 1024 * 1024

    answer = admin.post(import_url(world), {"file": SimpleUploadedFile("big.jsonl", b"x" * (1024 * 1024 + 1))})

    assert answer.status_code == 413


def test_upload_without_the_token_of_a_form_is_refused(world):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.ada)

    answer = browser.post(import_url(world), {"file": file_of(chat_row("u-1"))})

    assert answer.status_code == 403
    assert not IngestBatch.objects.exists()


def test_waiting_delivery_asks_for_itself_again(admin, world, uploaded):
    page = admin.get(batch_url(world, uploaded)).content.decode()

    assert "every 2s" in page
    assert "you may leave this page" in page


def test_ended_delivery_counts_every_row_and_names_the_refused(admin, world, uploaded):
    ingest_upload(uploaded.pk, clock=lambda: world.now)

    page = admin.get(batch_url(world, uploaded))

    shown = page.context["shown"]
    assert {count.name: count.n_rows for count in shown.counts} == {
        "Created": 2,
        "Unchanged": 0,
        "Conflict": 0,
        "Invalid": 2,
    }
    assert shown.n_read == 4
    words = page.content.decode()
    assert "every 2s" not in words
    assert "is not JSON" in words
    assert "external_id" in words


def test_fragment_for_htmx_is_the_delivery_alone(admin, world, uploaded):
    fragment = admin.get(batch_url(world, uploaded), headers={"HX-Request": "true"}).content.decode()

    assert "Delivery" in fragment
    assert "<html" not in fragment


def test_unreadable_file_says_why(admin, world):
    admin.post(import_url(world), {"file": SimpleUploadedFile("a.csv", b"colour\nred\n")})
    batch = IngestBatch.objects.get(project=world.project)
    ingest_upload(batch.pk, clock=lambda: world.now)

    page = admin.get(batch_url(world, batch)).content.decode()

    assert "This file could not be read" in page
    assert "colour" in page


def test_import_that_gave_up_says_so(admin, world, uploaded):
    Job.objects.update(state="failed", last_error="database is locked")

    page = admin.get(batch_url(world, uploaded)).content.decode()

    assert "The import stopped" in page
    assert "every 2s" not in page


def test_hostile_names_and_rows_are_never_markup(admin, world):
    attack = "<script>alert(1)</script>"
    admin.post(import_url(world), {"file": file_of({attack: 1}, attack, name=f"{attack[:20]}.jsonl")})
    batch = IngestBatch.objects.get(project=world.project)
    ingest_upload(batch.pk, clock=lambda: world.now)

    pages = [admin.get(url).content.decode() for url in (batch_url(world, batch), import_url(world))]

    assert not any(attack[:8] in page.replace("<script type", "").replace("<script src", "") for page in pages)


@pytest.mark.parametrize("n_batches", [1, 6])
def test_page_takes_the_same_queries_however_many_came(admin, world, n_batches, django_assert_num_queries):
    for _ in range(n_batches):
        admin.post(import_url(world), {"file": file_of(chat_row("u-1"))})

    with django_assert_num_queries(6):
        admin.get(import_url(world))


# --- labels made elsewhere ----------------------------------------------------------------------------------------


@pytest.fixture
def brought(admin, world):
    """Two labels that were stored and one that was refused; they were not declared blind."""
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    votes = [(external_id, "kim", "correct", "yes") for external_id in ("r-1", "r-2", "nowhere")]
    return world.import_votes(*votes, blind="unknown").batch


def test_page_tells_how_labels_made_elsewhere_come_in(admin, world):
    page = admin.get(import_url(world)).content.decode()

    for words in ("Labels made elsewhere", "shop RUBRIC labels.csv", "criterion", "--blind"):
        assert words in page


def test_list_says_that_a_delivery_was_labels_and_on_which_rubric(admin, world, brought):
    page = " ".join(admin.get(import_url(world)).content.decode().split())

    assert "labels on Support reply v1 · Command line, system" in page


def test_delivery_of_labels_speaks_of_labels(admin, world, brought):
    page = admin.get(batch_url(world, brought))

    words = page.content.decode()
    assert [(count.name, count.n_rows) for count in page.context["shown"].counts] == [
        ("Created", 2),
        ("Unchanged", 0),
        ("Conflict", 0),
        ("Invalid", 1),
    ]
    for said in ("labels made elsewhere", "Support reply v1", "Not declared", "new labels", "run the command again"):
        assert said in words
    assert "there is no item" in words
    assert "new items" not in words
    assert "See the items" not in words


def test_delivery_with_labels_of_a_later_pass_says_how_many(admin, world, brought):
    IngestBatch.objects.filter(pk=brought.pk).update(outcome={"counts": {"created": 2, "later_pass": 3}})

    shown = admin.get(batch_url(world, brought)).context["shown"]

    assert ("Later pass", 3) in [(count.name, count.n_rows) for count in shown.counts]


def test_labels_that_were_all_refused_name_no_rubric(admin, world):
    batch = world.import_votes(("nowhere", "kim", "correct", "yes")).batch

    shown = admin.get(batch_url(world, batch)).context["shown"]

    assert shown.brings_labels
    assert shown.labelled is None


@pytest.mark.parametrize("n_batches", [1, 6])
def test_page_takes_the_same_queries_however_many_brought_labels(admin, world, n_batches, django_assert_num_queries):
    world.ingest(chat_row("r-1"))
    for number in range(n_batches):
        world.import_votes(("r-1", f"rater {number}", "correct", "yes"))

    with django_assert_num_queries(7):
        admin.get(import_url(world))


# --- doors --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["import", "batch"])
def url(request, world, admin, uploaded):
    admin.logout()
    return import_url(world) if request.param == "import" else batch_url(world, uploaded)


def test_logged_out_person_is_asked_to_log_in(client, url):
    answer = client.get(url)

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


@pytest.mark.parametrize("who", ["ana", "olga", "stranger"])
def test_whoever_is_no_admin_here_finds_no_such_page(client, world, url, who):
    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    client.force_login({"ana": world.ana, "olga": world.olga, "stranger": stranger}[who])

    assert client.get(url).status_code == 404
    assert client.post(import_url(world), {"file": file_of(chat_row("u-9"))}).status_code == 404


def test_delivery_of_another_project_is_not_found_under_mine(admin, world, uploaded):
    create_project(slug="elsewhere", name="Elsewhere", creator=world.ada, now=world.now)

    assert admin.get(reverse("batch", args=["elsewhere", uploaded.pk])).status_code == 404


def test_wrong_methods_are_refused(admin, world, uploaded):
    assert admin.put(import_url(world)).status_code == 405
    assert admin.post(batch_url(world, uploaded)).status_code == 405

"""Downloads of labels and final labels."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.urls import reverse

from labeling.models import Event
from labeling.services.projects import create_project, create_user
from tests.world import chat_row


def export_url(world, what="labels", query=""):
    return reverse("export", args=[world.project.slug, what]) + query


@pytest.fixture
def settled(world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.review_next(world.ana)
    world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    return world


def body_of(response):
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize("who", ["olga", "ada"])
@pytest.mark.parametrize(("what", "n_rows"), [("labels", 8), ("finals", 2), ("decisions", 2)])
def test_owner_and_admin_download_csv(settled, client, who, what, n_rows):
    client.force_login(getattr(settled, who))

    response = client.get(export_url(settled, what))

    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="shop-{what}-2026-11-02.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(body_of(response), newline="")))
    assert len(rows) == n_rows
    assert {row["external_id"] for row in rows} == {"r-1", "r-2"}


def test_an_export_does_not_number_the_raters_of_an_open_dispute(world, client, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject")
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    client.force_login(world.olga)

    rows = list(csv.DictReader(io.StringIO(body_of(client.get(export_url(world))), newline="")))

    assert {row["verdict"] for row in rows} == {"approve", "reject"}
    assert {row["rater"] for row in rows} == {""}


def test_jsonl_has_the_same_rows(settled, client):
    client.force_login(settled.olga)

    response = client.get(export_url(settled, "finals", "?format=jsonl"))

    assert [json.loads(line)["external_id"] for line in body_of(response).splitlines()] == ["r-1", "r-2"]


def test_download_is_on_record_with_its_count(settled, client):
    client.force_login(settled.olga)

    rows = body_of(client.get(export_url(settled, "labels", "?format=jsonl"))).splitlines()

    event = Event.objects.get(kind="labels.exported")
    assert event.actor == settled.olga
    assert event.subject == {"what": "labels", "format": "jsonl", "n_rows": len(rows)}


def test_count_on_record_leaves_out_what_can_still_be_taken_back(settled, client):
    settled.ingest(chat_row("r-3"))
    settled.review_next(settled.ben)
    client.force_login(settled.olga)

    rows = body_of(client.get(export_url(settled, "labels", "?format=jsonl"))).splitlines()

    assert Event.objects.get(kind="labels.exported").subject["n_rows"] == len(rows) == 8


def test_count_on_record_has_the_labels_made_elsewhere_that_are_in_the_rows(settled, client, clock):
    settled.import_votes(("r-1", "kim", "correct", "no"), ("r-2", "kim", "correct", "no"))
    clock.shift(60)
    settled.import_votes(("r-1", "lee", "correct", "no"))
    client.force_login(settled.olga)

    rows = body_of(client.get(export_url(settled, "labels", "?format=jsonl"))).splitlines()

    assert Event.objects.get(kind="labels.exported").subject["n_rows"] == len(rows) == 10


def test_final_labels_page_links_to_the_downloads(settled, client):
    client.force_login(settled.olga)

    page = client.get(reverse("final_labels", args=[settled.project.slug])).content.decode()

    for what in ("labels", "finals"):
        for file_format in ("csv", "jsonl"):
            assert f'{export_url(settled, what)}?format={file_format}"' in page


def test_logged_out_is_asked_to_log_in(settled, client):
    response = client.get(export_url(settled))

    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_reviewer_and_stranger_find_no_such_page(settled, client):
    stranger = create_user(username="stranger", password="a-long-enough-phrase", now=settled.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=settled.now)

    for user in (settled.ana, stranger):
        client.force_login(user)
        assert client.get(export_url(settled)).status_code == 404

    assert not Event.objects.filter(kind="labels.exported").exists()


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_other_methods_are_refused(settled, client, method):
    client.force_login(settled.olga)

    assert getattr(client, method)(export_url(settled)).status_code == 405


def test_unknown_export_is_not_found(settled, client):
    client.force_login(settled.olga)

    assert client.get(export_url(settled, "events")).status_code == 404


def test_unknown_format_is_refused(settled, client):
    client.force_login(settled.olga)

    response = client.get(export_url(settled, query="?format=xls"))

    assert response.status_code == 422
    assert "csv or jsonl" in response.content.decode()


def test_another_projects_labels_stay_there(settled, client):
    create_project(slug="elsewhere", name="Elsewhere", creator=settled.olga, now=settled.now)
    client.force_login(settled.olga)

    response = client.get(reverse("export", args=["elsewhere", "labels"]))

    assert len(body_of(response).splitlines()) == 1


@pytest.mark.parametrize("who", ["olga", "ada"])
def test_owner_and_admin_download_the_calibration_pack(settled, client, who):
    client.force_login(getattr(settled, who))

    response = client.get(reverse("export_pack", args=[settled.project.slug]))

    archive = ZipFile(io.BytesIO(response.content))
    manifest = json.loads(archive.read("manifest.json"))
    assert response["Content-Disposition"] == 'attachment; filename="shop-pack-2026-11-02.zip"'
    assert set(archive.namelist()) == {*manifest["files"], "manifest.json"}
    assert Event.objects.get(kind="labels.exported").subject["n_labels"] == manifest["counts"]["n_labels"]


def test_nobody_else_gets_the_pack(settled, client):
    client.force_login(settled.ana)

    assert client.get(reverse("export_pack", args=[settled.project.slug])).status_code == 404


def test_a_pack_of_too_many_items_for_a_page_names_the_command_that_makes_it(settled, client, monkeypatch):
    monkeypatch.setattr("labeling.queries.pack_neighbours.MOST_ON_A_PAGE", 0)
    client.force_login(settled.olga)

    refused = client.get(reverse("export_pack", args=[settled.project.slug]))
    page = client.get(reverse("judges", args=[settled.project.slug])).content.decode()

    assert refused.status_code == 409
    for text in (refused.content.decode(), page):
        assert "manage.py export shop pack --output shop-pack.zip" in text
    assert reverse("export_pack", args=[settled.project.slug]) not in page
    assert not Event.objects.filter(kind="labels.exported").exists()

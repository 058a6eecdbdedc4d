"""Who may call: one project a token, scopes, ends, and how often."""

from datetime import timedelta

import pytest

from labeling.models import Item
from labeling.services.projects import create_project, revoke_token
from tests.api.producer import Producer, assert_problem
from tests.world import chat_row

REPORTS = ["/agreement", "/judges/house-judge/calibration"]
READS = ["/items/r-1", "/items/r-1/release", "/labels", "/finals", *REPORTS]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer \u00e9"])
def test_without_a_valid_token_nothing_opens(client, world, header):
    headers = {} if header is None else {"Authorization": header}

    response = client.get("/api/v1/projects/shop/labels", headers=headers)

    assert_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_session_opens_nothing(client, world):
    client.force_login(world.ada)

    assert_problem(client.get("/api/v1/projects/shop/labels"), 401)


def test_posting_with_a_token_needs_no_csrf_cookie(world):
    from django.test import Client

    strict = Producer(Client(enforce_csrf_checks=True), world.secret)

    assert strict.send(chat_row()).status_code == 201


def test_a_revoked_token_is_refused_at_once(producer, world):
    revoke_token(token=world.token, actor=world.ada, now=world.now)

    assert_problem(producer.get("/labels"), 401, "revoked")


def test_an_expired_token_is_refused(producer_with, world, clock):
    other = producer_with(scopes=["labels:read"], expires_at=world.now + timedelta(hours=1))
    before = other.get("/labels")
    clock.shift(3601)

    assert before.status_code == 200
    assert_problem(other.get("/labels"), 401, "expired")


@pytest.mark.parametrize("path", READS)
def test_a_token_that_may_only_write_reads_nothing(producer_with, world, path):
    world.ingest(chat_row("r-1"))

    assert_problem(producer_with(scopes=["items:write"]).get(path), 403, "scope")


@pytest.mark.parametrize("path", REPORTS)
def test_the_numbers_are_read_without_the_right_to_read_labels_and_not_with_it(producer_with, path):
    """Whoever tunes a judge gets its numbers, and of the labels only the half of the pack that is not sealed."""
    assert_problem(producer_with(scopes=["labels:read"]).get(path), 403, "reports:read")
    assert_problem(producer_with(scopes=["reports:read"]).get("/labels"), 403, "labels:read")
    assert producer_with(scopes=["reports:read"]).get(path).status_code != 403


@pytest.mark.parametrize("path", ["/items", "/items/r-1/verdicts"])
def test_a_token_that_may_only_read_writes_nothing(producer_with, world, path):
    world.ingest(chat_row("r-1"))
    reader = producer_with(scopes=["items:read", "labels:read", "reports:read"])

    assert_problem(reader.send(chat_row("r-2"), path=path), 403, "items:write")
    assert Item.objects.count() == 1


@pytest.mark.parametrize("path", READS)
def test_the_token_of_another_project_finds_nothing(producer_with, world, path):
    world.ingest(chat_row("r-1"))
    elsewhere = create_project(slug="elsewhere", name="Elsewhere", creator=world.ada, now=world.now)
    scopes = ["items:write", "items:read", "labels:read", "reports:read"]
    stranger = producer_with(project=elsewhere, scopes=scopes)

    answers = [stranger.get(path), stranger.send(chat_row())]

    unknown = producer_with(scopes=scopes, slug="no-such-project").get(path)
    assert [assert_problem(answer, 404)["detail"] for answer in answers] == [unknown.json()["detail"]] * 2


def test_over_the_limit_of_a_minute_a_token_waits_for_the_next(producer, producer_with, settings, clock):
    settings.API_REQUESTS_PER_MINUTE = 2
    for _ in range(2):
        producer.get("/labels")

    refused, other = producer.get("/labels"), producer_with(scopes=["labels:read"]).get("/labels")
    clock.shift(int(refused["Retry-After"]))
    later = producer.get("/labels")

    assert_problem(refused, 429, "this minute")
    assert refused["Retry-After"] == "60"
    assert (other.status_code, later.status_code) == (200, 200)


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "nothing", "projects/shop", "projects/shop/labels/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_does_not_exist_is_a_problem(client, db, path, method):
    assert_problem(getattr(client, method)(f"/api/v1/{path}"), 404, "/api/v1/docs")


@pytest.mark.parametrize(
    ("method", "path"), [("get", "items"), ("post", "labels"), ("delete", "items/r-1"), ("head", "labels")]
)
def test_another_method_is_refused_and_names_the_right_one(client, world, method, path):
    response = getattr(client, method)(
        f"/api/v1/projects/shop/{path}", headers={"Authorization": f"Bearer {world.secret}"}
    )

    assert response.status_code == 405
    assert response["Allow"] in ("GET", "POST")
    assert response["Content-Type"] == "application/problem+json"

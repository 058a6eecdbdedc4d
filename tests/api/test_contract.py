"""The promise in `/api/v1/openapi.json`, and that no body whatever makes the API fail."""

import json

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.api import schemas
from labeling.formats import rows
from tests.world import chat_row, judged, pair_row

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(row):
    """A good row with one of its fields replaced by anything."""
    return st.tuples(st.sampled_from(sorted(row)), ANY_JSON).map(lambda change: {**row, change[0]: change[1]})


@FUZZ
@given(body=ANY_JSON | st.lists(ANY_JSON | damaged(chat_row()) | damaged(pair_row()), max_size=3) | damaged(chat_row()))
@pytest.mark.usefixtures("world")
def test_no_json_makes_the_items_door_fail(producer, body):
    response = producer.send(body)

    assert response.status_code in (200, 201, 400, 409, 422)


@FUZZ
@given(body=ANY_JSON | damaged(judged("pass")[0]) | st.lists(damaged(judged("pass")[0]), max_size=3))
def test_no_json_makes_the_verdicts_door_fail(producer, world, body):
    world.ingest(chat_row("r-1"))

    response = producer.send(body, path="/items/r-1/verdicts")

    assert response.status_code in (200, 400, 409, 422)


@FUZZ
@given(body=st.binary(max_size=40) | st.text(alphabet='[]{}",:0123 nul\\ue-.', max_size=40).map(str.encode))
def test_no_bytes_make_the_items_door_fail(producer, body):
    # The test client sends no Content-Type with an empty body.
    assert producer.send(body or b" ").status_code in (200, 400, 422)


@settings(FUZZ, max_examples=20)
@given(key=st.text(min_size=1), value=st.text())
def test_no_query_makes_a_reading_door_fail(producer, key, value):
    cache.clear()  # so that the limit of requests is not what answers
    doors = ("/labels", "/finals", "/items/r-1", "/items/r-1/release", "/agreement", "/judges/house-judge/calibration")
    for path in doors:
        for name in (key, "cursor", "limit", "wait", "source_system", "rubric", "version", "model"):
            assert producer.get(path, **{name: value}).status_code in (200, 404, 422)


def test_openapi_lists_every_address_with_its_token_and_problems(client, db):
    openapi = client.get("/api/v1/openapi.json").json()

    assert sorted(path.removeprefix("/api/v1/projects/{slug}") for path in openapi["paths"]) == [
        "/agreement",
        "/finals",
        "/items",
        "/items/{external_id}",
        "/items/{external_id}/release",
        "/items/{external_id}/verdicts",
        "/judges/{judge}/calibration",
        "/labels",
    ]
    for operations in openapi["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"TokenAuth": []}]
            assert operation["description"]
            assert set(operation["responses"]["404"]["content"]) == {"application/problem+json"}


def test_no_key_of_the_openapi_document_is_given_twice(client, db):
    def pairs(found):
        assert len(dict(found)) == len(found)
        return dict(found)

    json.loads(client.get("/api/v1/openapi.json").content, object_pairs_hook=pairs)


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (schemas.ITEM, rows.ROW_FIELDS),
        (schemas.JUDGE_VERDICT, rows.VERDICT_FIELDS),
        (schemas.JUDGE, rows.JUDGE_FIELDS),
        (schemas.SIGNAL, rows.SIGNAL_FIELDS),
        (schemas.SOURCE, rows.SOURCE_FIELDS),
    ],
)
def test_the_documented_fields_are_those_that_are_read(shape, fields):
    assert set(shape["properties"]) == fields


def test_the_documented_example_is_taken(producer):
    assert producer.send(schemas.ITEM["example"]).status_code == 201


def test_the_docs_page_opens_without_a_token_and_names_no_project(client, world):
    page = client.get("/api/v1/docs")
    openapi = client.get("/api/v1/openapi.json")

    assert page.status_code == 200
    for content in (page.content, openapi.content):
        assert b"shop" not in content.lower()
        assert b"http://" not in content
        assert b"https://" not in content

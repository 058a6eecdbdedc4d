"""POST items: every object is answered, nothing is stored twice, and what cannot be read is refused by name."""

import json

import pytest
from django.db import OperationalError

from labeling.api import schemas
from labeling.models import Event, IngestBatch, Item
from labeling.services.ingest import ingest_rows
from tests.api.producer import assert_problem
from tests.world import chat_row, pair_row


def statuses(response):
    return [result["status"] for result in response.json()["results"]]


# --- what works ---------------------------------------------------------------------------------------------------


def test_a_single_item_is_created_routed_and_answered_201(producer, world):
    response = producer.send(chat_row("r-1"))

    assert response.status_code == 201
    assert response.json() == {
        "counts": {"created": 1, "unchanged": 0, "conflict": 0, "invalid": 0},
        "results": [{"index": 0, "external_id": "r-1", "status": "created", "field": "", "message": ""}],
    }
    assert world.item("r-1").status == Item.Status.IN_REVIEW


def test_a_list_is_answered_row_by_row_in_order(producer):
    producer.send(chat_row("old"))
    rows = [chat_row("new"), chat_row("old"), chat_row("old", output="Other words."), {"external_id": "bad"}, 7]

    response = producer.send(rows)

    assert response.status_code == 200
    assert statuses(response) == ["created", "unchanged", "conflict", "invalid", "invalid"]
    assert response.json()["counts"] == {"created": 1, "unchanged": 1, "conflict": 1, "invalid": 2}
    assert [result["index"] for result in response.json()["results"]] == [0, 1, 2, 3, 4]
    schemas.ItemsAnswer.model_validate(response.json())


def test_a_refused_row_names_its_id_its_field_and_what_to_do(producer):
    response = producer.send([{"external_id": "bad", "kind": "chat_reply"}])

    (result,) = response.json()["results"]
    assert (result["external_id"], result["field"]) == ("bad", "output")
    assert "send the text to judge" in result["message"]


def test_the_same_item_again_is_unchanged(producer):
    producer.send(chat_row("r-1"))

    again = producer.send(chat_row("r-1"))

    assert (again.status_code, statuses(again)) == (200, ["unchanged"])
    assert Item.objects.count() == 1


def test_a_request_is_one_batch_and_one_event_under_its_token(producer, world):
    producer.send([chat_row("r-1"), chat_row("r-2"), {}])

    batch = IngestBatch.objects.get()
    assert (batch.state, batch.token, batch.door) == ("done", world.token, "api")
    assert batch.outcome["counts"] == {"created": 2, "unchanged": 0, "conflict": 0, "invalid": 1}
    assert batch.items.count() == 2
    assert Event.objects.get(kind="items.ingested").actor_name == f"token {world.token.prefix}"


def test_a_thousand_rows_fit_and_the_source_system_defaults_to_api(producer):
    rows = [{"external_id": f"r-{n}", "kind": "note", "output": "x"} for n in range(1_000)]

    response = producer.send(rows)

    assert response.json()["counts"]["created"] == 1_000
    assert Item.objects.filter(source_system="api").count() == 1_000


def test_a_byte_order_mark_is_ignored(producer):
    response = producer.send(b"\xef\xbb\xbf" + json.dumps(chat_row()).encode())

    assert response.status_code == 201


# --- what is refused ----------------------------------------------------------------------------------------------


def test_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(producer, world):
    producer.send(chat_row("r-1"))

    response = producer.send(chat_row("r-1", output="Other words."))

    assert_problem(response, 409, "external_id", "send changed content under a new id")
    assert statuses(response) == ["conflict"]
    assert world.item("r-1").payload.texts == [chat_row()["output"]]


def test_a_single_invalid_item_is_422_with_its_field(producer):
    problem = assert_problem(producer.send(chat_row(stakes="huge")), 422, "high, medium, low")

    assert problem["errors"][0]["field"] == "stakes"
    assert Item.objects.count() == 0


def test_malformed_json_is_refused_with_line_and_column(producer):
    response = producer.send(b'[{"external_id": "a"},\n {"external_id": oops}]')

    assert_problem(response, 400, "line 2, column 18")


@pytest.mark.parametrize(
    "body", [b"   ", b"[", b"[1", b"[1,]", b"[1 2]", b"{", b"[] []", b'{"a": 1} x', b"[[[", b"nul"]
)
def test_text_that_is_not_json_is_refused_with_its_place(producer, body):
    assert_problem(producer.send(body), 400, "line 1, column")


def test_a_body_nested_without_end_is_refused(producer):
    assert_problem(producer.send(b"[" * 100_000), 400)


def test_bytes_that_are_not_utf8_are_refused_with_their_place(producer):
    assert_problem(producer.send(b'{"external_id": "caf\xe9"}'), 400, "not UTF-8 at byte 21")


@pytest.mark.parametrize(
    "content_type", ["text/csv", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""]
)
def test_anything_but_json_in_utf8_is_refused(producer, content_type):
    assert_problem(producer.send(chat_row(), content_type=content_type), 415, "application/json")


def test_a_compressed_body_is_refused(producer):
    assert_problem(producer.send(chat_row(), Content_Encoding="gzip"), 415, "uncompressed")


def test_a_body_over_the_limit_is_refused_before_it_is_read(producer):
    body = b" " * (40 * 1024 * 1024)

    assert_problem(producer.send(body), 413, "32 MiB")


def test_a_body_that_is_larger_than_django_takes_is_refused_too(producer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert_problem(producer.send(chat_row()), 413, "32 MiB")


def test_a_body_without_a_length_is_refused_and_not_taken_for_empty(client, world):
    headers = {"Authorization": f"Bearer {world.secret}", "Transfer-Encoding": "chunked"}

    response = client.generic(
        "POST", "/api/v1/projects/shop/items", b"", content_type="application/json", headers=headers, CONTENT_LENGTH=""
    )

    assert_problem(response, 411, "Content-Length")


def test_an_object_over_the_limit_is_invalid_and_the_others_are_stored(producer):
    rows = [chat_row("small"), chat_row("large", output="x" * (6 * 1024 * 1024)), chat_row("next")]

    response = producer.send(rows)

    assert statuses(response) == ["created", "invalid", "created"]
    assert "5 MiB" in response.json()["results"][1]["message"]


def test_an_object_of_exactly_the_limit_is_stored(producer, settings):
    row = {"external_id": "é", "kind": "note", "output": "é"}
    body = json.dumps(row, ensure_ascii=False).encode()
    settings.MAX_LINE_BYTES = len(body)

    at_the_limit = producer.send(body)
    settings.MAX_LINE_BYTES -= 1
    over = producer.send(body)

    assert at_the_limit.status_code == 201
    assert_problem(over, 422, "over the limit")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ('{"external_id": "a", "external_id": "b"}', "given twice"),
        ('{"external_id": NaN}', "NaN is not a JSON number"),
        ('{"external_id": ' + "9" * 5_000 + "}", "too many digits"),
        ('{"external_id": "\\u0000", "kind": "note", "output": "x"}', "NUL"),
        ('{"external_id": "\\ud800", "kind": "note", "output": "x"}', "surrogate"),
    ],
)
def test_what_json_allows_and_we_cannot_keep_costs_only_its_own_row(producer, bad, words):
    body = f"[{json.dumps(chat_row('before'))}, {bad}, {json.dumps(chat_row('after'))}]"

    response = producer.send(body.encode())

    assert statuses(response) == ["created", "invalid", "created"]
    assert words in response.json()["results"][1]["message"]


def test_more_than_a_thousand_rows_are_refused_as_a_whole(producer):
    rows = [{"external_id": f"r-{n}", "kind": "note", "output": "x"} for n in range(1_001)]

    assert_problem(producer.send(rows), 422, "1,001", "1,000")
    assert Item.objects.count() == 0


def test_an_empty_list_is_refused(producer):
    assert_problem(producer.send([]), 422, "empty")


@pytest.mark.parametrize("body", ["text", 7, None, True])
def test_anything_but_objects_is_invalid(producer, body):
    assert_problem(producer.send(body), 422, "must be a JSON object")


# --- sent again ---------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_first_answer_again(producer):
    first = producer.send([chat_row("r-1"), {}], Idempotency_Key="k-1")
    again = producer.send([chat_row("r-1"), {}], Idempotency_Key="k-1")

    assert again.content == first.content
    assert statuses(again) == ["created", "invalid"]
    assert (first.has_header("Idempotent-Replay"), again["Idempotent-Replay"]) == (False, "true")
    assert IngestBatch.objects.count() == 1


def test_a_refusal_is_replayed_with_its_status(producer):
    producer.send(chat_row("r-1"))
    producer.send(chat_row("r-1", output="Other."), Idempotency_Key="k-1")

    again = producer.send(chat_row("r-1", output="Other."), Idempotency_Key="k-1")

    assert_problem(again, 409, "external_id")
    assert again["Idempotent-Replay"] == "true"


def test_another_body_under_a_used_key_is_refused(producer):
    producer.send(chat_row("r-1"), Idempotency_Key="k-1")

    response = producer.send(chat_row("r-2"), Idempotency_Key="k-1")

    assert_problem(response, 422, "Idempotency-Key", "new key")
    assert Item.objects.count() == 1


def test_without_a_key_every_request_is_its_own(producer):
    producer.send(chat_row("r-1"))
    producer.send(chat_row("r-1"))

    assert IngestBatch.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "x" * 201])
def test_a_key_that_is_none_is_refused(producer, key):
    assert_problem(producer.send(chat_row(), Idempotency_Key=key), 422, "Idempotency-Key")


def test_while_the_first_request_runs_the_second_is_told_to_wait(producer):
    producer.send(chat_row("r-1"), Idempotency_Key="k-1")
    IngestBatch.objects.update(state="running")

    response = producer.send(chat_row("r-1"), Idempotency_Key="k-1")

    assert_problem(response, 409, "still being processed")
    assert int(response["Retry-After"]) > 0


def test_a_request_killed_halfway_is_completed_by_sending_it_again(producer, clock, monkeypatch):
    def be_killed_at_the_second_chunk(project, rows, **more):
        if rows[0][0] > 0:
            raise SystemExit
        return ingest_rows(project, rows, **more)

    monkeypatch.setattr("labeling.api.items.CHUNK_ROWS", 1)
    with monkeypatch.context() as patched:
        patched.setattr("labeling.api.items.ingest_rows", be_killed_at_the_second_chunk)
        with pytest.raises(SystemExit):
            producer.send([chat_row("r-1"), chat_row("r-2")], Idempotency_Key="k-1")
    clock.shift(11)

    response = producer.send([chat_row("r-1"), chat_row("r-2")], Idempotency_Key="k-1")

    assert statuses(response) == ["unchanged", "created"]
    assert IngestBatch.objects.get(idempotency_key="k-1").state == "done"


def test_a_request_that_broke_off_can_be_sent_again_at_once(producer, monkeypatch):
    def break_off(*args, **kwargs):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr("labeling.api.items.ingest_rows", break_off)
        broken = producer.send(chat_row("r-1"), Idempotency_Key="k-1")
    again = producer.send(chat_row("r-1"), Idempotency_Key="k-1")

    assert_problem(broken, 503, "send the same request again")
    assert "Retry-After" in broken
    assert again.status_code == 201


def test_a_fault_of_ours_is_a_problem_without_its_insides(producer, monkeypatch, caplog):
    def crash(*args, **kwargs):
        raise RuntimeError("a secret inside")

    monkeypatch.setattr("labeling.api.items.ingest_rows", crash)

    response = producer.send(chat_row("r-1"))

    assert_problem(response, 500)
    assert b"secret" not in response.content
    assert IngestBatch.objects.get().state == "failed"


def test_pairs_come_in_too(producer):
    assert producer.send(pair_row()).status_code == 201

"""The log tells what happened by ids, and no line of it holds content: not a text, a label, a note, a token or a name
that a producer gave."""

import io
import json
import logging
import socket
import sys
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.workers.base import Worker

from labeling import tasks
from labeling.models import HandOut, Job
from labeling.policy.errors import Conflict
from labeling.services.jobs import add_job
from reviewapp.logs import JsonFormatter, LineFormatter, Lines, words_of_error
from reviewapp.web_log import WebLogger
from tests.world import PASSWORD, chat_row, judged

SECRET = "zqcanary"


@pytest.fixture
def log():
    """Everything that is logged, at every level and by whomever, as an operator gets it."""
    stream, names = io.StringIO(), ("", "labeling", "reviewapp", "django", "django.request")
    before = {name: logging.getLogger(name).level for name in names}
    handler = Lines(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    yield stream
    connection.force_debug_cursor = False
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def ana(world, client):
    client.force_login(world.ana)
    return client


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def raising(error):
    def fail(*args, **more):
        raise error

    return fail


def duplicate_key():
    return IntegrityError(f"duplicate key\nDETAIL:  Key (external_id)=({SECRET}) already exists.")


# --- one line -----------------------------------------------------------------------------------------------------


def logged(log, *told, name="library", **more):
    logging.getLogger(name).error(*told, **more)
    return lines(log)[-1]


def test_what_a_library_puts_into_its_words_is_left_out(log):
    line = logged(log, "Error handling request %s", f"/review/{SECRET}/")

    assert (line["event"], line["logger"], line["level"]) == ("Error handling request %s", "library", "error")


def test_our_own_words_are_told_whole(log):
    assert logged(log, "Left %s undone.", 12, name="labeling.tasks")["event"] == "Left 12 undone."


def test_of_an_exception_its_kind_and_its_way_are_told_and_not_its_words(log):
    try:
        raising(duplicate_key())()
    except IntegrityError as error:
        line = logged(log, f"Refused: {error}", exc_info=True)

    assert (line["event"], line["error"]) == ("IntegrityError", "IntegrityError")
    assert any("in raising" in frame or "in fail" in frame for frame in line["lines"])
    assert SECRET not in log.getvalue()


def test_an_exception_as_the_message_is_its_kind(log):
    assert logged(log, ValueError(SECRET))["event"] == "ValueError"


def test_a_line_for_eyes_says_the_same():
    record = logging.makeLogRecord({"name": "library", "msg": "took %s", "args": (SECRET,), "levelname": "INFO"})

    line = LineFormatter().format(record)

    assert line.endswith(" info library took %s")


def test_a_line_that_cannot_be_written_is_lost_and_nothing_else(capsys):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    handler = Lines(Full())

    handler.handle(logging.makeLogRecord({"msg": SECRET}))

    assert capsys.readouterr() == ("", "")


def test_what_a_job_keeps_of_its_error_is_a_refusal_or_a_kind():
    assert words_of_error(Conflict("This version was put to use.")) == "Conflict: This version was put to use."
    assert words_of_error(duplicate_key()) == "IntegrityError"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (f"GET / HTTP/1.1\r\nCookie {SECRET}\r\n\r\n", "InvalidHeader"),
        (f"GET / HTTP/1.1\r\nCookie {SECRET}: 1\r\n\r\n", "InvalidHeaderName"),
        (f"username=ana&password={SECRET} / HTTP/1.1\r\n\r\n", "InvalidRequestMethod"),
        (f"GET / HTTP/{SECRET}\r\n\r\n", "InvalidHTTPVersion"),
        (f"{SECRET}\r\n\r\n", "InvalidRequestLine"),
    ],
)
def test_of_a_request_that_the_web_server_refuses_only_the_kind_is_told(capsys, sent, kind):
    settings = Config()
    worker = SimpleNamespace(log=WebLogger(settings), cfg=settings)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            next(RequestParser(settings, iter([sent.encode()]), ("192.0.2.7", 50_000)))
        except ParseException as error:
            Worker.handle_error(worker, None, ours, ("192.0.2.7", 50_000), error)

    told = capsys.readouterr().err
    assert kind in told
    assert SECRET not in told


# --- requests -----------------------------------------------------------------------------------------------------


def request_line(log):
    return next(line for line in reversed(lines(log)) if line["event"] == "request")


def test_a_request_is_told_by_its_page_and_not_its_address(ana, world, log):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    answer = ana.get(reverse("desk", args=[hand_out.token]) + f"?q={SECRET}")

    line = request_line(log)
    assert (line["method"], line["view"], line["status"], line["user"]) == ("GET", "desk", 200, world.ana.pk)
    assert line["ms"] >= 0
    assert line["request"] == answer["X-Request-ID"]
    assert hand_out.token not in log.getvalue()


def test_a_page_of_a_project_names_it(client, world, log):
    client.force_login(world.ada)

    client.get("/p/shop/audit/")

    assert request_line(log)["project"] == "shop"


def test_a_call_of_the_api_names_its_project(world, client, log):
    client.get("/api/v1/projects/shop/items/r-1/release", headers={"Authorization": f"Bearer {world.secret}"})
    turned_away = request_line(log)
    world.ingest(chat_row("r-1"))

    client.get("/api/v1/projects/shop/items/r-1/release", headers={"Authorization": f"Bearer {world.secret}"})

    assert (request_line(log)["status"], request_line(log)["project"]) == (202, "shop")
    assert (turned_away["status"], turned_away.get("project")) == (404, None)


@pytest.mark.parametrize(
    ("address", "sent", "status"),
    [
        (f"/p/{SECRET}/import/", {}, 302),
        (f"/p/{SECRET}/queues/", {"CONTENT_LENGTH": "99999999"}, 413),
        (f"/api/v1/projects/{SECRET}/items", {"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        (f"/api/v1/projects/{SECRET}/items", {"CONTENT_LENGTH": "99999999"}, 413),
        (f"/api/v1/projects/{SECRET}/items", {"CONTENT_TYPE": "text/plain"}, 401),
    ],
)
def test_words_that_a_stranger_typed_into_an_address_are_no_project(db, log, address, sent, status):
    answer = Client(enforce_csrf_checks=True).generic("POST", address, **sent)

    assert answer.status_code == status
    assert SECRET not in log.getvalue()


def test_nor_are_they_when_the_page_fails(client, db, log, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("labeling.queries.prepared.Prepared.first", raising(OperationalError("away")))
    client.cookies["sessionid"] = "s" * 32

    answer = client.get(f"/p/{SECRET}/")

    assert answer.status_code == 503
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize(
    ("behind_proxy", "given", "is_taken"),
    [
        (True, "a1b2c3d4-e5f6", True),
        (True, "short", False),
        (True, 'with"quotes-and\\more', False),
        (True, "x" * 65, False),
        (False, "a1b2c3d4-e5f6", False),
    ],
)
def test_an_id_is_taken_from_the_proxy_in_front_and_only_if_it_is_one(
    client, db, settings, log, behind_proxy, given, is_taken
):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None

    answer = client.get("/login/", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] == given) is is_taken
    assert request_line(log)["request"] == answer["X-Request-ID"]


def test_being_watched_is_no_news(client, log):
    client.get("/healthz")

    assert request_line(log)["level"] == "debug"


def test_a_page_that_fails_says_so_with_the_number_under_which_it_is_logged(ana, world, log, monkeypatch):
    ana.raise_request_exception = False
    monkeypatch.setattr("labeling.views.home.waiting_for", raising(ValueError(SECRET)))

    answer = ana.get("/")

    assert answer.status_code == 500
    assert "Something failed here" in answer.content.decode()
    assert answer["X-Request-ID"] in answer.content.decode()
    failure = next(line for line in lines(log) if line.get("error") == "ValueError")
    assert (failure["view"], failure["request"]) == ("home", answer["X-Request-ID"])


def test_a_database_that_does_not_answer_is_a_moments_wait(client, world, monkeypatch):
    client.force_login(world.ana)
    client.raise_request_exception = False
    # Neither the session nor the account can be asked for: the page has to do without.
    monkeypatch.setattr("labeling.queries.prepared.Prepared.first", raising(OperationalError(SECRET)))

    answer = client.get("/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Nothing that was stored is lost" in answer.content.decode()
    assert SECRET not in answer.content.decode()


# --- the journey --------------------------------------------------------------------------------------------------


def hostile_row(number):
    own = f"{SECRET} text {number}"
    row = chat_row(f"{SECRET}-{number}", source_system=f"{SECRET} system")
    return {
        **row,
        "output": {"text": own, "source": {"model": own}} if isinstance(row["output"], dict) else own,
        "judge_verdicts": judged("fail", rationale=own),
        "metadata": {own: own},
        "author": own,
    }


def test_no_content_is_in_the_log_of_a_walk_through_the_product(world, client, log, monkeypatch, clock):
    client.raise_request_exception = False
    deliver(world, client)
    failed_logins(client)
    review(world, client)
    clock.shift(60)
    fail_everywhere(world, client, monkeypatch)

    told = log.getvalue()

    secrets = [SECRET, PASSWORD, world.secret, *HandOut.objects.values_list("token", flat=True)]
    secrets += [cookie.value for cookie in client.cookies.values()]
    assert [line for line in told.splitlines() for secret in secrets if secret in line] == []
    events = {(line["logger"], line.get("error"), line.get("view")) for line in lines(log)}
    assert ("django.request", "IntegrityError", "desk") in events
    assert ("Internal Server Error", "desk") in {(line["event"], line.get("view")) for line in lines(log)}
    assert {"labeling.api", "labeling.tasks", "labeling.services.attempts"} <= {
        logger for logger, error, _ in events if error == "IntegrityError"
    }
    assert "django.db.backends" in {logger for logger, *_ in events}


def deliver(world, client):
    headers = {"Authorization": f"Bearer {world.secret}"}
    for rows in (
        [hostile_row(1), hostile_row(2), hostile_row(3)],
        [hostile_row(1), {"external_id": SECRET, "output": 3}],
    ):
        client.post("/api/v1/projects/shop/items", rows, content_type="application/json", headers=headers)
    client.get(f"/api/v1/projects/shop/items/{SECRET}-1", headers=headers)
    client.get(f"/api/v1/projects/{SECRET}/items/{SECRET}-9", headers={"Authorization": f"Bearer {SECRET}"})
    assert world.project.items.count() == 3


def failed_logins(client):
    client.post("/login/", {"username": SECRET, "password": f"{SECRET} password"})
    client.post("/login/", {"username": "ana", "password": PASSWORD})
    assert client.session["_auth_user_id"]


def review(world, client):
    client.post(reverse("hand_outs", args=[world.queue.pk]))
    token = HandOut.objects.latest("id").token
    client.get(f"/review/{token}/")
    client.post(f"/review/{token}/draft/", {"note": SECRET, "answer-correct": SECRET})
    client.post(f"/review/{token}/", {"note": SECRET, "answer-correct": SECRET, "verdict": SECRET})
    client.get(f"/review/{SECRET}/")
    client.get(f"/nowhere/{SECRET}")
    world.review_next(world.ben, verdict="reject", note=SECRET)


def fail_everywhere(world, client, monkeypatch):
    """The same refusal of the database at the desk, at the API, in a job and in a clock's loop."""
    token = HandOut.objects.filter(reviewer__user=world.ana).latest("id").token
    monkeypatch.setattr("labeling.views.reviews.hand_out_for", raising(duplicate_key()))
    assert client.get(f"/review/{token}/").status_code == 500
    monkeypatch.setattr("labeling.api.items.ingest_rows", raising(duplicate_key()))
    headers = {"Authorization": f"Bearer {world.secret}"}
    answer = client.post(
        "/api/v1/projects/shop/items", [hostile_row(4)], content_type="application/json", headers=headers
    )
    assert answer.status_code == 500
    tasks.for_each([world.project], raising(duplicate_key()))
    monkeypatch.setitem(tasks.JOBS, "ingest_upload", raising(duplicate_key()))
    job = add_job("ingest_upload", 1, project=world.project, now=world.now)
    tasks.run_job(job.pk)
    assert Job.objects.get().n_attempts == 1
    assert SECRET not in Job.objects.get().last_error
    assert sys.exc_info() == (None, None, None)

"""Presses at the desk go in one after another; nothing else waits for them, and nobody for a slow browser."""

import io
import threading

import pytest

from reviewapp.bodies import refusing_cut_bodies
from reviewapp.sqlite.line import Presses, desk
from reviewapp.turns import one_press_at_a_time

NOBODY_ELSE = Presses(":memory:")


class Application:
    """Notes who is inside, and keeps everybody there until told."""

    def __init__(self):
        self.inside, self.has_entered, self.may_leave = [], threading.Semaphore(0), threading.Event()

    def __call__(self, environ, start_response):
        self.inside.append(environ["PATH_INFO"])
        self.has_entered.release()
        assert self.may_leave.wait(10)
        return [environ["wsgi.input"].read()]


def request(path, *, method="POST", body=b"note=fine", n_bytes=None):
    length = str(len(body) if n_bytes is None else n_bytes)
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(body)}


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def send(application):
    """Send a request from a thread of its own."""
    gated, threads = one_press_at_a_time(application, NOBODY_ELSE), []

    def start(environ):
        threads.append(threading.Thread(target=gated, args=(environ, None)))
        threads[-1].start()

    yield start
    application.may_leave.set()
    for thread in threads:
        thread.join(10)


def test_a_second_press_waits_until_the_first_is_answered(application, send):
    send(request("/review/a/draft/"))
    assert application.has_entered.acquire(timeout=10)
    send(request("/review/b/"))
    assert not application.has_entered.acquire(timeout=0.05)

    application.may_leave.set()

    assert application.has_entered.acquire(timeout=10)


def test_presses_are_answered_in_one_thread_and_nothing_else_is():
    def answering(environ, start_response):
        return [threading.current_thread().name.encode()]

    gated = one_press_at_a_time(answering, NOBODY_ELSE)
    presses = {name for _ in range(3) for name in gated(request("/review/a/"), None)}

    assert len(presses) == 1
    assert gated(request("/review/a/", method="GET"), None) == [threading.current_thread().name.encode()]
    assert threading.current_thread().name.encode() not in presses


def test_a_press_is_told_to_those_who_write_until_it_is_answered(tmp_path, application):
    here, elsewhere = (Presses(str(tmp_path / "own.sqlite3")) for _ in range(2))
    gated = one_press_at_a_time(application, here)
    presses = [threading.Thread(target=gated, args=(request(f"/review/{name}/"), None)) for name in "ab"]

    before = elsewhere.is_any()
    for one in presses:
        one.start()
    assert application.has_entered.acquire(timeout=10)
    meanwhile = elsewhere.is_any()
    application.may_leave.set()
    for one in presses:
        one.join(10)

    assert (before, meanwhile, elsewhere.is_any()) == (False, True, False)


def test_the_thread_of_the_desk_knows_itself():
    gated = one_press_at_a_time(lambda environ, start_response: [desk.is_here], NOBODY_ELSE)

    assert gated(request("/review/a/"), None) == [True]
    assert gated(request("/review/a/", method="GET"), None) == [False]


def test_whoever_waited_too_long_goes_in_all_the_same(application, send, monkeypatch):
    monkeypatch.setattr("reviewapp.turns.LONGEST_WAIT_SECONDS", 0.05)
    send(request("/review/a/"))
    assert application.has_entered.acquire(timeout=10)

    send(request("/review/b/"))

    assert application.has_entered.acquire(timeout=10)


def test_a_press_that_takes_too_long_is_waited_for_and_not_sent_twice(application, monkeypatch):
    monkeypatch.setattr("reviewapp.turns.LONGEST_WAIT_SECONDS", 0.05)
    gated = one_press_at_a_time(application, NOBODY_ELSE)
    threading.Timer(0.2, application.may_leave.set).start()

    assert gated(request("/review/a/"), None) == [b"note=fine"]
    assert application.inside == ["/review/a/"]


@pytest.mark.parametrize(("path", "method"), [("/review/b/", "GET"), ("/queues/1/hand-outs/", "POST")])
def test_what_is_no_press_waits_for_none(application, send, path, method):
    send(request("/review/a/"))
    assert application.has_entered.acquire(timeout=10)

    send(request(path, method=method))

    assert application.has_entered.acquire(timeout=10)


def test_a_browser_that_sends_slowly_holds_nobody_up(application, send):
    class SlowBody:
        def read(self, size=-1):
            assert application.may_leave.wait(10)
            return b""

    send({**request("/review/slow/"), "wsgi.input": SlowBody()})

    send(request("/review/b/"))

    assert application.has_entered.acquire(timeout=10)
    assert application.inside == ["/review/b/"]


def test_the_next_press_goes_in_after_one_that_failed(application):
    def failing(environ, start_response):
        if environ["PATH_INFO"] == "/review/a/":
            raise ConnectionError
        return [b"answered"]

    gated = one_press_at_a_time(failing, NOBODY_ELSE)
    with pytest.raises(ConnectionError):
        gated(request("/review/a/"), None)

    assert gated(request("/review/b/"), None) == [b"answered"]


def test_a_body_that_was_cut_off_is_still_an_error_to_whoever_reads_it():
    def reading(environ, start_response):
        return [environ["wsgi.input"].read()]

    whole = refusing_cut_bodies(one_press_at_a_time(reading, NOBODY_ELSE))

    assert whole(request("/review/a/"), None) == [b"note=fine"]
    with pytest.raises(ConnectionError):
        whole(request("/review/a/", n_bytes=20), None)

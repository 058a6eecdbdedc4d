"""Presses at the desk go in one after another, in a process of their own; nothing else waits for them, nobody for a
slow browser, and none is lost with that process."""

import io
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from reviewapp.bodies import refusing_cut_bodies
from reviewapp.sqlite.line import Presses
from reviewapp.turns import DeskProcess, answered_at

NOBODY_ELSE = Presses(":memory:")
# The desk of a test: what it does is said by the address of the press. It notes each press in a file.
CHILD = """
import os, sys, time
from multiprocessing.connection import Connection
from pathlib import Path
from reviewapp.desk import answer_presses

FOLDER = Path(sys.argv[1])

def application(environ, start_response):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    with (FOLDER / "pressed").open("a") as pressed:
        pressed.write(path + "\\n")
    if path == "/review/fatal/":
        os._exit(3)
    if path == "/review/failing/":
        raise OSError("words of the request")
    while path == "/review/slow/" and not (FOLDER / "go on").exists():
        time.sleep(0.005)
    if path == "/review/hanging/":
        time.sleep(600)
    if path == "/review/lasting/":
        time.sleep(0.2)
    start_response("201 Created", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Pid", str(os.getpid()))])
    return [b"desk:", b"x" * 8_000_000 if path == "/review/long/" else body]

answer_presses(application, [Connection(int(end)) for end in sys.argv[2:]])
"""


def request(path, *, method="POST", body=b"note=fine", n_bytes=None):
    length = str(len(body) if n_bytes is None else n_bytes)
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": length,
        "wsgi.input": io.BytesIO(body),
        "wsgi.version": (1, 0),
    }


def until(holds, *, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert holds()


class Web:
    """A web process as its browsers see it. What the desk does not answer it answers itself, and says *web* first."""

    def __init__(self, folder: Path, presses: Presses = NOBODY_ELSE):
        self.folder = folder
        self.desk = DeskProcess([sys.executable, "-c", CHILD, str(folder)])
        self.application = answered_at(self.desk, self.answer_here, presses)
        self.threads: list[threading.Thread] = []
        self.answers: dict[str, bytes] = {}

    def answer_here(self, environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"web:", body]

    def ask(self, environ) -> bytes:
        answer = b"".join(self.application(environ, self.head))
        self.answers[environ["PATH_INFO"]] = answer
        return answer

    def head(self, status, headers):
        self.status, self.headers = status, headers

    def ask_meanwhile(self, environ):
        self.threads.append(threading.Thread(target=self.ask, args=(environ,)))
        self.threads[-1].start()

    @property
    def pressed(self) -> list[str]:
        path = self.folder / "pressed"
        return path.read_text().split() if path.exists() else []

    def wait_for_desk(self):
        self.ask(request("/", method="GET"))
        until(lambda: self.desk.pipes)

    def go_on(self):
        (self.folder / "go on").touch()
        for thread in self.threads:
            thread.join(10)

    def close(self):
        self.go_on()
        self.desk.has_begun = False
        if self.desk.process:
            self.desk.process.kill()


@pytest.fixture
def web(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setattr("reviewapp.turns.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("reviewapp.turns.LOOK_SECONDS", 0.01)
    web = Web(tmp_path)
    yield web
    web.close()


def test_a_press_is_answered_in_a_process_of_its_own_and_arrives_whole(web):
    web.wait_for_desk()

    answer = web.ask(request("/review/a/", body=b"\xff\x00"))

    assert answer == b"desk:\xff\x00"
    assert web.status == "201 Created"
    assert web.headers == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Pid", str(web.desk.process.pid))]
    assert web.desk.process.pid != os.getpid()


@pytest.mark.parametrize(
    ("path", "method", "n_bytes"),
    [("/review/b/", "GET", None), ("/queues/1/hand-outs/", "POST", None), ("/review/b/", "POST", 2_000_000)],
)
def test_what_is_no_press_is_answered_at_once_where_it_came_in(web, path, method, n_bytes):
    web.wait_for_desk()
    web.ask_meanwhile(request("/review/slow/"))
    until(lambda: "/review/slow/" in web.pressed)

    assert web.ask(request(path, method=method, n_bytes=n_bytes)) == b"web:note=fine"


def test_a_second_press_waits_until_the_first_is_answered(web):
    web.wait_for_desk()
    web.ask_meanwhile(request("/review/slow/"))
    until(lambda: "/review/slow/" in web.pressed)
    web.ask_meanwhile(request("/review/b/"))
    time.sleep(0.1)
    before = web.pressed

    web.go_on()

    assert before == ["/review/slow/"]
    assert web.pressed == ["/review/slow/", "/review/b/"]
    assert web.answers["/review/b/"] == b"desk:note=fine"


def test_more_presses_than_pipes_are_all_answered_each_with_its_own_words(web):
    web.wait_for_desk()

    for number in range(40):
        web.ask_meanwhile(request(f"/review/{number}/", body=str(number).encode()))
    web.go_on()

    assert {path: answer for path, answer in web.answers.items() if path != "/"} == {
        f"/review/{number}/": f"desk:{number}".encode() for number in range(40)
    }


def test_until_the_desk_is_there_a_press_is_answered_where_it_came_in(web):
    assert web.ask(request("/review/a/")) == b"web:note=fine"


def test_a_press_at_which_the_desk_ends_is_answered_all_the_same_and_the_desk_comes_back(web):
    web.wait_for_desk()
    first = web.desk.process.pid

    answer = web.ask(request("/review/fatal/"))

    assert answer == b"web:note=fine"
    until(lambda: web.desk.pipes and web.desk.process.pid != first)
    assert web.ask(request("/review/b/")) == b"desk:note=fine"


def test_presses_in_the_line_of_a_desk_that_is_killed_are_answered_all_the_same(web):
    web.wait_for_desk()
    web.ask_meanwhile(request("/review/slow/"))
    until(lambda: "/review/slow/" in web.pressed)
    for number in range(10):
        web.ask_meanwhile(request(f"/review/{number}/"))

    os.kill(web.desk.process.pid, signal.SIGKILL)
    web.go_on()

    assert len(web.answers) == 12
    assert web.answers["/review/slow/"] == b"web:note=fine"


def test_a_desk_that_cannot_be_begun_leaves_presses_where_they_came_in(web, caplog):
    web.desk.command = ["/no/such/program"]

    web.ask(request("/review/a/"))
    until(lambda: "cannot be begun" in caplog.text)

    assert web.ask(request("/review/b/")) == b"web:note=fine"


@pytest.mark.parametrize("body", [b"", b"x" * 900_000])
def test_whoever_presses_at_a_desk_that_hangs_is_told_so_and_the_desk_comes_back(web, monkeypatch, body):
    web.wait_for_desk()
    first = web.desk.process.pid
    monkeypatch.setattr("reviewapp.turns.LONGEST_PRESS_SECONDS", 0.3)
    web.ask_meanwhile(request("/review/hanging/"))
    until(lambda: "/review/hanging/" in web.pressed)

    answer = web.ask(request("/review/b/", body=body))

    assert (web.status, answer[:39]) == ("503 Service Unavailable", b"The desk did not answer in time. Nothin")
    until(lambda: web.desk.pipes and web.desk.process.pid != first)
    assert web.ask(request("/review/c/")) == b"desk:note=fine"


def test_a_desk_that_answers_one_after_another_is_not_taken_for_one_that_hangs(web, monkeypatch):
    web.wait_for_desk()
    monkeypatch.setattr("reviewapp.turns.LONGEST_PRESS_SECONDS", 0.6)

    for _ in range(6):
        web.ask_meanwhile(request("/review/lasting/"))
    web.go_on()

    assert web.pressed == ["/review/lasting/"] * 6
    assert web.answers["/review/lasting/"] == b"desk:note=fine"


def test_a_press_at_which_the_application_fails_is_left_to_the_web_process_and_the_desk_goes_on(web, capfd):
    web.wait_for_desk()

    assert web.ask(request("/review/failing/")) == b"web:note=fine"
    assert web.ask(request("/review/b/")) == b"desk:note=fine"
    assert "could not be answered" in capfd.readouterr().err


def test_an_answer_of_megabytes_arrives_whole(web):
    web.wait_for_desk()

    assert len(web.ask(request("/review/long/"))) == 8_000_005


def test_the_desk_ends_with_its_web_process(web):
    web.wait_for_desk()
    web.desk.has_begun = False
    process, pipes = web.desk.process, web.desk.pipes

    while not pipes.empty():
        pipes.get().close()

    assert process.wait(10) == 0


def test_a_press_is_told_to_those_who_write_until_it_is_answered(web, tmp_path):
    here, elsewhere = (Presses(str(tmp_path / "own.sqlite3")) for _ in range(2))
    web.application = answered_at(web.desk, web.answer_here, here)
    web.wait_for_desk()

    before = elsewhere.is_any()
    web.ask_meanwhile(request("/review/slow/"))
    until(lambda: "/review/slow/" in web.pressed)
    meanwhile = elsewhere.is_any()
    web.go_on()

    assert (before, meanwhile, elsewhere.is_any()) == (False, True, False)


def test_a_browser_that_sends_slowly_holds_up_neither_presses_nor_who_writes(web, tmp_path):
    class SlowBody(io.BytesIO):
        def read(self, size=-1):
            until((web.folder / "go on").exists)
            return b""

    here, elsewhere = (Presses(str(tmp_path / "own.sqlite3")) for _ in range(2))
    web.application = answered_at(web.desk, web.answer_here, here)
    web.wait_for_desk()
    web.ask_meanwhile({**request("/review/slow/"), "wsgi.input": SlowBody()})

    assert web.ask(request("/review/b/")) == b"desk:note=fine"
    assert not elsewhere.is_any()


def test_a_body_that_was_cut_off_is_still_an_error_and_no_press(web):
    web.wait_for_desk()
    whole = refusing_cut_bodies(web.application)

    with pytest.raises(ConnectionError):
        whole(request("/review/a/", n_bytes=20), web.head)

    assert b"".join(whole(request("/review/b/"), web.head)) == b"desk:note=fine"
    assert web.pressed == ["/review/b/"]

"""Letters handed to a real mail server on this machine."""

import email
import socket
import threading

import pytest

from labeling.gateways import mail
from labeling.policy.sendings import Letter, MailServer

LETTER = Letter("ada@example.com", "[shop] 3 items overdue in queue support", "3 items.\n.\nSee there.\n", "msg_1")


@pytest.fixture(autouse=True)
def clock():
    """No still clock here: sockets wait in real time."""


@pytest.fixture
def mail_server():
    """As much of SMTP as taking one letter needs; what was said to it is in `said`."""
    listener = socket.create_server(("127.0.0.1", 0))
    said, refuses = [], {}

    def serve():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as lines:
            talk(lines, said, refuses)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    server = MailServer("127.0.0.1", listener.getsockname()[1], "reviews@example.org")
    yield server, said, refuses
    listener.close()


def talk(lines, said, refuses):
    def say(text):
        lines.write(text.encode() + b"\r\n")
        lines.flush()

    say("220 here")
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        said.append(line)
        verb = line.split(" ")[0].split(":")[0].upper()
        if verb in refuses:
            say(refuses[verb])
        elif verb == "DATA":
            say("354 go on")
            while (part := lines.readline().decode().rstrip("\r\n")) != ".":
                said.append(part)
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 fine")


def test_a_letter_is_plain_text_with_an_id_of_its_own(mail_server):
    server, said, _ = mail_server

    outcome = mail.send(LETTER, server=server)

    message = email.message_from_string("\n".join(said[said.index("data") + 1 : said.index("quit")]))
    assert outcome.is_delivered
    assert "rcpt TO:<ada@example.com>" in said
    assert message["Subject"] == LETTER.title
    assert message["From"] == "reviews@example.org"
    assert message["Message-ID"] == "<msg_1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert "3 items." in message.get_payload()


def test_a_refused_letter_says_so_without_the_address(mail_server):
    server, _, refuses = mail_server
    refuses["RCPT"] = "550 no such person ada@example.com"

    outcome = mail.send(LETTER, server=server)

    assert not outcome.is_delivered
    assert "did not take it" in outcome.error
    assert "ada" not in outcome.error


def test_a_mail_server_that_is_not_there_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = mail.send(LETTER, server=MailServer("127.0.0.1", port, "reviews@example.org"))

    assert not outcome.is_delivered


def test_a_title_cannot_add_headers(mail_server):
    server, said, _ = mail_server
    letter = Letter("ada@example.com", "overdue\r\nBcc: eve@example.com", "text", "msg_1")

    outcome = mail.send(letter, server=server)

    assert not outcome.is_delivered
    assert not [line for line in said if "eve" in line or line == "data"]


def test_the_password_of_the_mail_server_is_in_no_representation():
    assert "hush" not in repr(MailServer("h", 25, "a@b", "user", "hush"))

"""A receiver of webhooks in this process: answers byte for byte what a test tells it to, and keeps what it was sent."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = bytes | Callable[[socket.socket], None]


@dataclass
class Receiver:
    """Listens on a free port of this machine; the n-th request gets the n-th answer, or else the last one."""

    answers: list[Answer] = field(default_factory=lambda: [OK])
    requests: list[bytes] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *ignored):
        self.listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=shop"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=[connection], daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        if self.tls is not None:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the sender did not trust us
        with connection:
            self.requests.append(read_request(connection))
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            with suppress(OSError):  # the sender may have had enough
                connection.sendall(answer) if isinstance(answer, bytes) else answer(connection)


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65_536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def head_and_body(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, _, value in lines}, body


def drip(content: bytes, *, seconds: float) -> Callable[[socket.socket], None]:
    """One byte after the other, as a receiver does that wants to hold the sender for ever."""

    def answer(connection: socket.socket) -> None:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return answer

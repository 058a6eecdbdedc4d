"""Request bodies as Django may trust them."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO


class WholeBody:
    """A body that ends before its announced length is an error; gunicorn hands it over as a shorter one.

    A browser killed in the middle of a submission had half of its last field stored as all of it.
    """

    def __init__(self, stream: BinaryIO, *, n_bytes: int):
        self.stream = stream
        self.n_left = n_bytes

    def read(self, size: int | None = -1) -> bytes:
        n_wanted = self.n_left if size is None or size < 0 else min(size, self.n_left)
        chunks = []
        while n_wanted:
            chunk = self.received(self.stream.read(n_wanted))
            n_wanted -= len(chunk)
            chunks.append(chunk)
        return b"".join(chunks)

    def readline(self, size: int | None = -1) -> bytes:
        n_wanted = self.n_left if size is None or size < 0 else min(size, self.n_left)
        return self.received(self.stream.readline(n_wanted)) if n_wanted else b""

    def received(self, chunk: bytes) -> bytes:
        if not chunk:
            raise ConnectionError(f"The request ended {self.n_left} bytes before its length.")
        self.n_left -= len(chunk)
        return chunk


def refusing_cut_bodies(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The same application, to which a body that was cut off looks like the broken connection that it is."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        n_bytes = int(length) if length.isdecimal() else 0
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], n_bytes=n_bytes)
        return application(environ, start_response)

    return guarded

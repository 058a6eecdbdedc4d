"""Posting to webhooks: to the address that was checked, over verified TLS, within seconds, never where it is sent on.

The name is looked up once for each sending; what comes back is judged, and the connection goes to exactly that. A
second look-up by the HTTP library would let a name change its meaning in between.
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from functools import cache
from http.client import HTTPConnection, HTTPException

from labeling.policy.destinations import BadDestination, Destination, Reach, allowed_addresses, parse_destination
from labeling.policy.sendings import LONGEST_ANSWER, Outcome, WebhookCall, readable

CONNECT_SECONDS = 5.0
ALL_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
TOO_SLOW = f"It took longer than {ALL_SECONDS:.0f} seconds."


def check_destination(url: str, *, reach: Reach) -> None:
    """Refuse an address that would not be sent to now. Raises BadDestination."""
    destination = parse_destination(url, reach)
    allowed_addresses(destination, look_up(destination, seconds=CONNECT_SECONDS), reach)


def post(call: WebhookCall, *, reach: Reach) -> Outcome:
    """Send once and say what came of it. Only a status of the 200s is success; what redirects is not followed."""
    began = time.monotonic()
    deadline = began + ALL_SECONDS
    status, answer, error = None, "", ""
    try:
        destination = parse_destination(call.url, reach)
        addresses = allowed_addresses(destination, look_up(destination, seconds=CONNECT_SECONDS), reach)
        with connect(destination, addresses, deadline=deadline) as connection:
            status, answer = exchange(connection, destination, call, deadline=deadline)
    except BadDestination as refusal:
        error = str(refusal)
    except TimeoutError:
        error = TOO_SLOW
    except ssl.SSLError as failure:
        error = f"TLS failed: {getattr(failure, 'verify_message', '') or failure.reason or 'no reason given'}."
    except OSError as failure:
        error = f"No connection: {failure.strerror or type(failure).__name__}."
    except (HTTPException, ValueError) as failure:
        error = f"The answer is no HTTP: {type(failure).__name__}."
    if status is not None and 300 <= status < 400:
        error = "It redirects; redirects are not followed."
    return Outcome(round(1000 * (time.monotonic() - began)), status, readable(answer), readable(error))


def look_up(destination: Destination, *, seconds: float) -> Sequence[str]:
    """Every address of a host, as connections would use it; none when it has none, or not in time.

    In a thread of its own: the resolver keeps no time limit that a caller could set.
    """
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=ask, daemon=True, name="webhook-look-up").start()
    try:
        return found.get(timeout=seconds)
    except queue.Empty:
        return []


def connect(destination: Destination, addresses: Sequence[str], *, deadline: float) -> socket.socket:
    """A connection to the first of these addresses that takes one; for https it has proved to be the host."""
    connect_by = min(deadline, time.monotonic() + CONNECT_SECONDS)
    failure: OSError = TimeoutError()
    for address in addresses:
        try:
            plain = socket.create_connection((address, destination.port), timeout=seconds_until(connect_by))
        except OSError as error:
            failure = error
            continue
        if not destination.is_tls:
            return plain
        try:
            plain.settimeout(seconds_until(deadline))
            return tls().wrap_socket(plain, server_hostname=destination.host)
        except BaseException:
            plain.close()
            raise
    raise failure


@cache
def tls() -> ssl.SSLContext:
    """What TLS asks of a host. Kept, since reading the machine's certificates takes longer than most sendings."""
    return ssl.create_default_context()


def exchange(
    connection: socket.socket, destination: Destination, call: WebhookCall, *, deadline: float
) -> tuple[int, str]:
    """The status and how the answer begins. An answer that is too big or too slow is left off where it stands."""
    http = HTTPConnection(destination.host, destination.port)
    http.default_port = 443 if destination.is_tls else 80  # what the Host header may leave out
    http.sock = TimedSocket(connection, deadline)
    http.request("POST", destination.target, body=call.body, headers={**call.headers, "Connection": "close"})
    response = http.getresponse()
    read = b""
    try:
        # To its end, so that the receiver is not cut off in the middle of an answer; only its beginning is kept.
        while part := response.read1(LARGEST_ANSWER):
            read = (read + part)[: 4 * LONGEST_ANSWER]
    except (OSError, HTTPException):
        pass  # the status is what counts, and it is here
    return response.status, read.decode(errors="replace")


class TimedSocket:
    """As much of a socket as an HTTPConnection uses, with one deadline for all of it and a limit on what is read.

    A socket's own time limit begins anew with each byte: a receiver that sends one a second would hold us for hours.
    """

    def __init__(self, connection: socket.socket, deadline: float, *, largest: int = LARGEST_ANSWER) -> None:
        self.connection, self.deadline, self.largest = connection, deadline, largest

    def sendall(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            self.connection.settimeout(seconds_until(self.deadline))
            rest = rest[self.connection.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(TimedReader(self.connection, self.deadline, largest=self.largest))

    def close(self) -> None:
        """Left to whoever opened it: an HTTPConnection closes as soon as the headers are read, before the answer is."""


class TimedReader(io.RawIOBase):
    """The reading half: ends after `largest` bytes, headers included, and fails at the deadline."""

    def __init__(self, connection: socket.socket, deadline: float, *, largest: int) -> None:
        self.connection, self.deadline, self.n_left = connection, deadline, largest

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:
        self.connection.settimeout(seconds_until(self.deadline))
        n_read = self.connection.recv_into(target[: self.n_left]) if self.n_left else 0
        self.n_left -= n_read
        return n_read


def seconds_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

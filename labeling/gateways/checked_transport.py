"""HTTP for a client library, over our own connection: to the checked address, with one deadline and a largest answer.

Imported only where a judge is asked: httpx comes with the extra `judge`.
"""

from http.client import HTTPConnection, HTTPException

import httpx2 as httpx

from labeling.gateways.webhooks import CONNECT_SECONDS, TimedSocket, connect, look_up
from labeling.policy.destinations import Destination, Reach, allowed_addresses, parse_destination

LARGEST_ANSWER = 512 * 1024
# A client library tells of this machine and, from its environment, of other accounts; an endpoint gets these alone.
SENT_HEADERS = ("authorization", "content-type")


class TooLarge(Exception):
    """The answer went on past what is read."""


class CheckedTransport(httpx.BaseTransport):
    """One request, one connection. The name is looked up once and the connection goes to what was judged."""

    def __init__(self, *, reach: Reach, deadline: float) -> None:
        self.reach, self.deadline = reach, deadline

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        destination = parse_destination(str(request.url), self.reach)
        addresses = allowed_addresses(destination, look_up(destination, seconds=CONNECT_SECONDS), self.reach)
        try:
            with connect(destination, addresses, deadline=self.deadline) as connection:
                timed = TimedSocket(connection, self.deadline, largest=2 * LARGEST_ANSWER)
                return exchange(timed, destination, request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except OSError as error:
            raise httpx.ConnectError(error.strerror or type(error).__name__, request=request) from error
        except HTTPException as error:
            raise httpx.RemoteProtocolError(type(error).__name__, request=request) from error


def exchange(timed: TimedSocket, destination: Destination, request: httpx.Request) -> httpx.Response:
    http = HTTPConnection(destination.host, destination.port)
    http.default_port = 443 if destination.is_tls else 80  # what the Host header may leave out
    http.sock = timed
    headers = {name: request.headers[name] for name in SENT_HEADERS if name in request.headers}
    # Uncompressed: a few bytes that unpack to a gigabyte would pass every limit on what is read.
    own = {"User-Agent": "Reviewapp", "Accept": "application/json", "Connection": "close"}
    http.request(request.method, destination.target, body=request.read(), headers={**headers, **own})
    response = http.getresponse()
    content = b""
    while part := response.read1(64 * 1024):
        content += part
        if len(content) > LARGEST_ANSWER:
            raise TooLarge
    kept = {name: value for name in ("content-type", "retry-after") if (value := response.getheader(name)) is not None}
    return httpx.Response(response.status, headers=kept, content=content, request=request)

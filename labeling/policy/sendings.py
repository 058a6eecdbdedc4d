"""What is sent to whom, how it is signed, and when it is tried again."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

# Seconds from a failed try to the next: eight tries in a day and a half.
RETRY_SECONDS = (5, 30, 2 * 60, 10 * 60, 3_600, 6 * 3_600, 24 * 3_600)
MOST_TRIES = len(RETRY_SECONDS) + 1
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=3)
SECRET_OVERLAP = timedelta(days=1)
SECRET_PREFIX = "whsec_"
GONE = 410
LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One request as it goes out."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail as it goes out, in plain text."""

    recipient: str
    title: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in, and in whose name. TLS is verified; `use_tls` begins it on a plain connection."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    use_ssl: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sending that one worker holds: which attempt it is, and what to send."""

    sending_id: int
    attempt: int
    content: WebhookCall | Letter


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: an HTTP status, or an error in words; and how an answer began."""

    duration_ms: int
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        return not self.error and (self.status is None or 200 <= self.status < 300)


def next_try(n_tries: int, *, now: datetime, rng: Random) -> datetime | None:
    """When to try again after so many failed tries; None when that was the last.

    The jitter keeps what failed together from coming back together.
    """
    if n_tries >= MOST_TRIES:
        return None
    return now + timedelta(seconds=RETRY_SECONDS[max(n_tries, 1) - 1] * rng.uniform(1 - JITTER, 1 + JITTER))


def gives_up(failing_since: datetime, *, status: int | None, now: datetime) -> bool:
    """Whether a webhook is switched off: nothing got through for days, or its receiver says that it is gone."""
    return status == GONE or now - failing_since >= GIVE_UP_AFTER


# --- signatures: https://www.standardwebhooks.com -------------------------------------------------------------------


def secret_from(seed: str, *, key: str) -> str:
    """A webhook's secret, from its stored seed and the installation's key: a copy of the database signs nothing."""
    mac = hmac.new(key.encode(), f"reviewapp webhook secret {seed}".encode(), hashlib.sha256)
    return SECRET_PREFIX + base64.b64encode(mac.digest()).decode()


def signed_headers(body: bytes, *, message_id: str, now: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a signed message. One signature a secret, so that a receiver can change over in its own time."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature_of(signed, secret) for secret in secrets),
    }


def signature_of(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def readable(text: str) -> str:
    """How an answer began, without characters that a database refuses or a page would obey."""
    return "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST_ANSWER]).strip()[:LONGEST_ANSWER]

"""Calls of a judge: what one is, what came of it, what it costs, when it is tried again, and how a key is kept."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal
from urllib.parse import urlsplit

AnswerForm = Literal["json_schema", "json_object", "text"]
# From the strictest to none: what an endpoint refuses is asked for in the next form.
ANSWER_FORMS: tuple[AnswerForm, ...] = ("json_schema", "json_object", "text")
MOST_TRIES = 6
# An answer that cannot be read costs as much as one that can, and mostly comes again.
MOST_UNREADABLE = 3
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
LONGEST_RETRY_AFTER = 3_600.0
LONGEST_ERROR = 200
# About so many bytes make a token, written low: an estimate rather too dear than too cheap, in every script.
BYTES_PER_TOKEN = 3
MILLION = Decimal(1_000_000)
COST_PLACES = Decimal("0.00000001")


class NoKey(ValueError):
    """The stored key of an endpoint cannot be read with this installation's key any more."""


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One request as it goes out."""

    url: str
    key: str = field(repr=False)
    model: str
    messages: list[dict[str, str]] = field(repr=False)
    values: tuple[str, ...]
    max_output_tokens: int
    limit_name: str
    answer_form: AnswerForm
    timeout_seconds: float
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request: a status and a body, or a reason in words. `answer_form` is the one it was given in."""

    latency_ms: int
    answer_form: AnswerForm
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    reason: str = ""
    error: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """A call that one worker holds: which attempt of it, and what to ask."""

    call_id: int
    attempt: int
    request: JudgeRequest


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in and out, in one currency."""

    per_million_in: Decimal
    per_million_out: Decimal

    def cost(self, *, tokens_in: int, tokens_out: int) -> Decimal:
        exact = (self.per_million_in * tokens_in + self.per_million_out * tokens_out) / MILLION
        return exact.quantize(COST_PLACES)


@dataclass(frozen=True, slots=True)
class EndpointTerms:
    """What of an endpoint may change: how it is asked and what it costs. Its address and model may not."""

    price_in: Decimal
    price_out: Decimal
    currency: str
    timeout_seconds: int
    max_output_tokens: int
    limit_name: str
    most_at_once: int


def judge_parameters(
    *, url: str, temperature: float | None, seed: int | None, max_output_tokens: int
) -> dict[str, object]:
    """What is part of a judge version beside model and prompt. What is left to the endpoint is not named.

    Another address is another judge, also on the same host; it stands there as a hash, since its path may tell more
    than readers of reports should know.
    """
    address = hashlib.sha256(url.encode()).hexdigest()[:12]
    given: dict[str, object] = {"host": urlsplit(url).hostname or "", "address": address}
    given |= {"temperature": temperature, "seed": seed, "max_output_tokens": max_output_tokens}
    return {name: value for name, value in given.items() if value is not None}


def estimated_tokens(*texts: str | bytes) -> int:
    n_bytes = sum(len(text if isinstance(text, bytes) else text.encode()) for text in texts)
    return -(-n_bytes // BYTES_PER_TOKEN)


# --- what a failure means -------------------------------------------------------------------------------------------

BUSY, BROKEN, SILENT = "busy", "broken", "silent"
UNREACHABLE, TOO_LARGE, REDIRECTED = "unreachable", "too_large", "redirected"
UNREADABLE, REFUSED, BARRED = "unreadable", "refused", "barred"
GONE, CONTRADICTS, DIED = "gone", "contradicts", "died"
REASONS = {
    BUSY: "The endpoint has too much to do (429)",
    BROKEN: "The endpoint failed by itself (5xx)",
    SILENT: "No answer in time",
    UNREACHABLE: "No connection",
    TOO_LARGE: "The answer was too large",
    REDIRECTED: "It redirects, and redirects are not followed",
    UNREADABLE: "Answered, but not with a label of the question",
    REFUSED: "The endpoint refuses this request",
    BARRED: "The endpoint refuses us: key, model or address",
    GONE: "The item's words are not here any more",
    CONTRADICTS: "Another verdict stands under the same run",
    DIED: "The worker ended in the middle",
}
# Tried again; whatever else went wrong would go wrong the same way.
PASSING = frozenset({BUSY, BROKEN, SILENT, UNREACHABLE, UNREADABLE, TOO_LARGE, DIED})
# Nobody says that such a call was not worked on, so it may be charged.
MAYBE_CHARGED = frozenset({SILENT, TOO_LARGE, DIED})


def reason_for_status(status: int) -> str:
    """What a status that is no success says, as one of the reasons."""
    if status == 429:
        return BUSY
    if status in (408, 409, 425) or status >= 500:
        return BROKEN
    if 300 <= status < 400:
        return REDIRECTED
    # Of every call the same: to go on would be to knock a thousand times at a closed door.
    return BARRED if status in (401, 402, 403, 404, 405) else REFUSED


def next_call_at(
    reason: str, *, n_tries: int, n_unreadable: int, retry_after: float | None, now: datetime, rng: Random
) -> datetime | None:
    """When a failed call is tried again; None when that is over.

    Exponential with full jitter, after what `Retry-After` asks for: what was refused together does not come back
    together.
    """
    if reason not in PASSING or n_tries >= MOST_TRIES or n_unreadable >= MOST_UNREADABLE:
        return None
    window = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (max(n_tries, 1) - 1))
    return now + timedelta(seconds=(retry_after or 0.0) + rng.uniform(0.0, window))


def read_retry_after(header: str | None) -> float | None:
    """Seconds, as every endpoint we know writes them; a date or nonsense is none. No more than an hour is believed."""
    if header is None or not header.strip().isascii() or not header.strip().isdigit():
        return None
    return min(float(header.strip()[:9]), LONGEST_RETRY_AFTER)


# --- keys -----------------------------------------------------------------------------------------------------------


def sealed_key(secret: str, *, key: str) -> str:
    """An endpoint's key as it is stored: a copy of the database without the installation's key asks nobody."""
    return str(vault(key).encrypt(secret.encode("ascii")), "ascii")


def opened_key(sealed: str, *, key: str) -> str:
    """Raises NoKey when it was sealed with another key, or changed."""
    if not sealed:
        return ""
    from cryptography.fernet import InvalidToken

    try:
        return str(vault(key).decrypt(sealed.encode()), "ascii")
    except InvalidToken:
        raise NoKey("This installation's key has changed since: enter the endpoint's key once more.") from None


def vault(key: str) -> Any:
    # With the extra `judge` only: whoever runs no judge here needs no cryptography.
    from cryptography.fernet import Fernet

    derived = hmac.new(key.encode(), b"reviewapp key of a judge endpoint", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(derived))

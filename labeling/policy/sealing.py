"""The hashes of the audit trail: of one event's content, and of its place in its project's chain."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol


class Sealed(Protocol):
    """The parts of an event that its hash speaks for."""

    project_id: int | None
    kind: str
    actor_name: str
    subject: Mapping[str, Any]
    happened_at: datetime


def hash_of_event(event: Sealed) -> str:
    """SHA-256 of what an event says. The time is written in UTC, so that reading it back says the same."""
    content = [
        event.project_id,
        event.kind,
        event.actor_name,
        event.subject,
        event.happened_at.astimezone(UTC).isoformat(),
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def link_hash(previous: str, content_hash: str) -> str:
    """The hash of one link: whoever changes an event has to change every link after it."""
    return hashlib.sha256(f"{previous}:{content_hash}".encode()).hexdigest()

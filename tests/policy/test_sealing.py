"""The hashes that the audit trail rests on."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from labeling.policy.sealing import hash_of_event, link_hash


@dataclass
class Said:
    """What an event says, without a database."""

    project_id: int | None = 7
    kind: str = "policy.published"
    actor_name: str = "ada"
    subject: dict[str, Any] = field(default_factory=lambda: {"policy_id": 3, "number": 2})
    happened_at: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_hash_is_that_of_the_canonical_text():
    text = '[7,"policy.published","ada",{"number":2,"policy_id":3},"2026-11-02T09:00:00+00:00"]'

    assert hash_of_event(Said()) == hashlib.sha256(text.encode()).hexdigest()


def test_same_moment_in_another_zone_is_the_same_event():
    elsewhere = Said(happened_at=Said.happened_at.astimezone(timezone(timedelta(hours=2))))

    assert hash_of_event(elsewhere) == hash_of_event(Said())


def test_order_of_a_subject_does_not_matter():
    assert hash_of_event(Said(subject={"number": 2, "policy_id": 3})) == hash_of_event(Said())


@pytest.mark.parametrize(
    "change",
    [
        {"project_id": None},
        {"kind": "policy.retired"},
        {"actor_name": "ben"},
        {"subject": {"policy_id": 4, "number": 2}},
        {"happened_at": Said.happened_at + timedelta(microseconds=1)},
    ],
)
def test_any_change_changes_the_hash(change):
    assert hash_of_event(replace(Said(), **change)) != hash_of_event(Said())


def test_link_depends_on_both_of_its_ends():
    assert len({link_hash("a", "b"), link_hash("b", "a"), link_hash("", "b"), link_hash("a", "")}) == 4

"""The imaginary shop under construction: its people, rubrics, queues, gold and deliveries, made through services."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from labeling.management.demo_world.reviewers import known_answers
from labeling.models import Membership, Project, Queue, QueueEntry, RubricVersion, User
from labeling.policy.presets import PREFERENCE, SUPPORT_REPLY
from labeling.services.adjudication import settle_entry
from labeling.services.gold import create_gold_case
from labeling.services.ingest import end_batch, ingest_reference, ingest_rows, start_batch
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_first_admin, create_project, create_user
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric

SLUG = "fernhill"
PASSWORD = "demonstration"
PEOPLE = {
    "ada": (Membership.Role.ADMIN,),
    "olga": (Membership.Role.OWNER,),
    "ana": (Membership.Role.REVIEWER,),
    "ben": (Membership.Role.REVIEWER,),
    "cleo": (Membership.Role.REVIEWER,),
}
REVIEWERS = ("ana", "ben", "cleo")
FOLDER = Path(__file__).parent


@dataclass
class Shop:
    """The demonstration under construction, with its own dice and what is known to be true of its outputs."""

    n_weeks: int
    users: dict[str, User] = field(default_factory=dict)
    dice: Random = field(default_factory=lambda: Random(2026))
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)
    project: Project = None
    support: RubricVersion = None
    preference: RubricVersion = None
    queues: list[Queue] = field(default_factory=list)


def read_lines(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def invite_people(shop: Shop, *, now: datetime) -> None:
    shop.users["ada"] = create_first_admin(username="ada", password=PASSWORD, now=now)
    shop.project = create_project(
        slug=SLUG,
        name="Fernhill support",
        creator=shop.users["ada"],
        now=now,
        is_demonstration=True,
        sampling_salt="demonstration",
    )
    for name, roles in PEOPLE.items():
        if name not in shop.users:
            shop.users[name] = create_user(username=name, password=PASSWORD, now=now)
        for role in roles:
            add_member(project=shop.project, user=shop.users[name], role=role, actor=shop.users["ada"], now=now)


def make_rubrics_and_queues(shop: Shop, *, now: datetime) -> None:
    shop.support, shop.preference = (
        create_rubric(
            project=shop.project, key=preset.key, name=preset.name, preset=preset, author=shop.users["olga"], now=now
        )
        for preset in (SUPPORT_REPLY, PREFERENCE)
    )
    for slug, name, version, kinds, overlap in (
        ("support", "Support replies", shop.support, SUPPORT_REPLY.kinds, 1),
        ("pairs", "Comparisons", shop.preference, PREFERENCE.kinds, 2),
    ):
        queue = create_queue(
            project=shop.project,
            slug=slug,
            name=name,
            rubric=version.rubric,
            author=shop.users["ada"],
            now=now,
            kinds=kinds,
            overlap=overlap,
            # A week of the history has to hold enough doubly labelled items to tell of agreement on its own.
            doubled_share=0.7 if shop.n_weeks else 0.4,
            # And twelve weeks enough known answers to tell one of three people from the others.
            gold_share=0.15 if shop.n_weeks else 0.1,
            # Without a tie-break slot, disagreement goes straight to a person, and there is something to settle.
            breaks_ties=slug == "pairs",
            seeding_secret="demonstration",
        )
        shop.queues.append(queue)


def publish(shop: Shop, definition: dict[str, Any], reason: str, *, at: datetime) -> None:
    publish_policy(project=shop.project, definition=definition, reason=reason, author=shop.users["ada"], now=at)


def make_gold(shop: Shop, rows: Iterable[dict[str, Any]], *, now: datetime) -> None:
    """Gold cases of rows that carry their known answers under `gold`."""
    for row in rows:
        known = row.pop("gold")
        is_pair = row["kind"] == "pairwise"
        create_gold_case(
            item=ingest_reference(shop.project, row, now=now),
            version=shop.preference if is_pair else shop.support,
            verdict=known["verdict"] or "",
            answers=known_answers(known),
            explanation=known["explanation"],
            author=shop.users["olga"],
            now=now,
        )


def receive(shop: Shop, rows: list[dict[str, Any]], *, at: datetime, file_name: str = "outputs.jsonl") -> None:
    batch = start_batch(project=shop.project, door="command", file_name=file_name, file_format="jsonl", now=at)
    outcomes = ingest_rows(shop.project, list(enumerate(rows, start=1)), door="file", batch=batch, now=at)
    end_batch(batch, counts=Counter(outcome.status for outcome in outcomes), refusals=[], now=at)
    refused = [outcome for outcome in outcomes if outcome.status != "created"]
    if refused:
        raise ValueError(f"The demonstration holds a row that cannot be stored: {refused[0]}")


def settle_what_is_due(*, now: datetime) -> list[int]:
    """Settle every entry whose grace is over; returns those that became a dispute."""
    due = list(QueueEntry.objects.filter(settle_at__lte=now).order_by("settle_at").values_list("id", flat=True))
    return [entry_id for entry_id in due if settle_entry(entry_id, now=now) == "dispute"]

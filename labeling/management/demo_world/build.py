"""Building the demonstration through the same services as everything else, so that it cannot show what cannot be."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction

from labeling.models import HandOut, Membership, Project, Queue, QueueEntry, RubricVersion, User
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import PREFERENCE, SUPPORT_REPLY
from labeling.policy.rubrics import NOT_APPLICABLE, Submission, given_answers
from labeling.queries.access import rater_of
from labeling.services.adjudication import adjudicate, settle_entry
from labeling.services.events import seal_events
from labeling.services.gold import create_gold_case, plant_gold
from labeling.services.ingest import end_batch, ingest_reference, ingest_rows, start_batch
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_first_admin, create_project, create_user
from labeling.services.queues import create_queue, hand_out_next, take_seat
from labeling.services.reviews import submit_review
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
# How often each reviewer of the demonstration sees what is there; nobody is perfect.
CARE = {"ana": 0.95, "ben": 0.82, "cleo": 0.9}
HOURS_OF_HISTORY = 20
N_PAST_REVIEWS = 75
FOLDER = Path(__file__).parent

FIRST_POLICY = {
    **DEFAULT_DEFINITION,
    "audit_share": 0.05,
    "checks": [
        {"name": "has a text", "kind": "length", "on_failure": "bounce", "least": 40},
        {"name": "names its source", "kind": "names_its_source", "on_failure": "review"},
        {
            "name": "carries markup",
            "kind": "forbidden_strings",
            "on_failure": "review",
            "strings": ["<script", "onerror="],
        },
    ],
    "rules": [
        {
            "name": "legal threats",
            "when": {"field": "intent", "op": "==", "value": "legal"},
            "review_share": 1,
            "reason": "regulated_subject",
            "locked": True,
        },
        {
            "name": "refunds above 100",
            "when": {
                "all": [
                    {"field": "kind", "op": "==", "value": "pending_action"},
                    {"field": "action.amount", "op": ">", "value": 100},
                ]
            },
            "review_share": 1,
            "reason": "named_decision",
            "locked": True,
        },
        {
            "name": "actions that cannot be undone",
            "when": {"field": "action.reversible", "op": "==", "value": False},
            "review_share": 1,
            "reason": "hard_to_reverse",
        },
    ],
}
SECOND_POLICY = {
    **FIRST_POLICY,
    "cold_start": {
        "mode": "sampled",
        "reason": "A demonstration: it shows shipping on a signal that has not been validated against labels.",
    },
}


@dataclass
class Shop:
    """The demonstration under construction, with its own clock and its own dice."""

    start: datetime
    users: dict[str, User] = field(default_factory=dict)
    dice: Random = field(default_factory=lambda: Random(2026))
    project: Project = None
    support: RubricVersion = None
    preference: RubricVersion = None
    queues: list[Queue] = field(default_factory=list)


@transaction.atomic
def build_demonstration(*, now: datetime) -> Project:
    """The whole demonstration in one transaction: a start that is interrupted leaves nothing half-built."""
    shop = Shop(start=now - timedelta(hours=HOURS_OF_HISTORY))
    invite_people(shop)
    make_rubrics_and_queues(shop)
    publish(shop, FIRST_POLICY, "Nothing is known of this assistant yet: people see everything.", at=shop.start)
    make_gold(shop)
    outputs = list(read_lines("outputs.jsonl"))
    receive(shop, outputs[:24], at=shop.start)
    second = shop.start + timedelta(minutes=30)
    publish(shop, SECOND_POLICY, "Demonstration: ship what looks safe and audit it.", at=second)
    receive(shop, outputs[24:90], at=second)
    label_for_a_while(shop)
    settle_one_dispute(shop, now=now)
    receive(shop, outputs[90:], at=now - timedelta(minutes=20))
    seal_events(shop.project, now=now)
    return shop.project


def read_lines(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def invite_people(shop: Shop) -> None:
    shop.users["ada"] = create_first_admin(username="ada", password=PASSWORD, now=shop.start)
    shop.project = create_project(
        slug=SLUG,
        name="Fernhill support",
        creator=shop.users["ada"],
        now=shop.start,
        is_demonstration=True,
        sampling_salt="demonstration",
    )
    for name, roles in PEOPLE.items():
        if name not in shop.users:
            shop.users[name] = create_user(username=name, password=PASSWORD, now=shop.start)
        for role in roles:
            add_member(project=shop.project, user=shop.users[name], role=role, actor=shop.users["ada"], now=shop.start)


def make_rubrics_and_queues(shop: Shop) -> None:
    shop.support, shop.preference = (
        create_rubric(
            project=shop.project,
            key=preset.key,
            name=preset.name,
            preset=preset,
            author=shop.users["olga"],
            now=shop.start,
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
            now=shop.start,
            kinds=kinds,
            overlap=overlap,
            doubled_share=0.4,
            # Without a tie-break slot, disagreement goes straight to a person, and there is something to settle.
            breaks_ties=slug == "pairs",
            seeding_secret="demonstration",
        )
        shop.queues.append(queue)


def publish(shop: Shop, definition: dict[str, Any], reason: str, *, at: datetime) -> None:
    publish_policy(project=shop.project, definition=definition, reason=reason, author=shop.users["ada"], now=at)


def make_gold(shop: Shop) -> None:
    for row in read_lines("gold.jsonl"):
        known = row.pop("gold")
        is_pair = row["kind"] == "pairwise"
        create_gold_case(
            item=ingest_reference(shop.project, row, now=shop.start),
            version=shop.preference if is_pair else shop.support,
            verdict=known["verdict"] or "",
            answers=known_answers(known),
            explanation=known["explanation"],
            author=shop.users["olga"],
            now=shop.start,
        )


def receive(shop: Shop, rows: list[dict[str, Any]], *, at: datetime) -> None:
    batch = start_batch(project=shop.project, door="command", file_name="outputs.jsonl", file_format="jsonl", now=at)
    outcomes = ingest_rows(shop.project, list(enumerate(rows, start=1)), door="file", batch=batch, now=at)
    end_batch(batch, counts=Counter(outcome.status for outcome in outcomes), refusals=[], now=at)
    refused = [outcome for outcome in outcomes if outcome.status != "created"]
    if refused:
        raise ValueError(f"The demonstration holds a row that cannot be stored: {refused[0]}")


def known_answers(known: dict[str, Any]) -> dict[str, str]:
    return {key: NOT_APPLICABLE if value == "na" else value for key, value in known["answers"].items()}


def label_for_a_while(shop: Shop) -> None:
    """Three people take turns; each review takes a few minutes of the demonstration's past."""
    truth = {row["external_id"]: row for row in read_lines("truth.jsonl")}
    truth |= {row["external_id"]: row["gold"] for row in read_lines("gold.jsonl")}
    notes = {row["external_id"]: row["text"] for row in read_lines("notes.jsonl")}
    reviewers = [shop.users[name] for name in CARE]
    at = shop.start + timedelta(hours=1)
    for turn in range(N_PAST_REVIEWS):
        at += timedelta(minutes=shop.dice.randint(4, 14))
        reviewer = reviewers[turn % len(reviewers)]
        queue = shop.queues[1] if turn % 12 == 5 else shop.queues[0]
        rater = rater_of(reviewer, shop.project)
        take_seat(queue, rater, now=at)
        plant_gold(queue, rater, now=at)
        hand_out = hand_out_next(queue, rater, now=at)
        if not isinstance(hand_out, HandOut):
            continue
        external_id = hand_out.entry.item.external_id
        submission = submission_of(shop, truth[external_id], note=notes.get(external_id, ""), who=reviewer.username)
        active_ms = shop.dice.randint(35_000, 190_000)
        submit_review(hand_out, revision=1, submission=submission, active_ms=active_ms, now=at)
        settle_what_is_due(now=at)
    settle_what_is_due(now=at + timedelta(minutes=5))


def submission_of(shop: Shop, known: dict[str, Any], *, note: str, who: str) -> Submission:
    """What this reviewer says: the truth as far as they see it, with a slip on tone or completeness now and then."""
    answers = known_answers(known)
    verdict = known["verdict"] or ""
    sees_it = shop.dice.random() < CARE[who]
    if not sees_it and "correct" in answers:
        answers["correct"] = "yes" if answers["correct"] == "no" else answers["correct"]
        verdict = "approve" if verdict != "approve" else "revise"
        note = ""
    elif not sees_it:
        answers["preference"] = "tie"
    for key in ("tone", "complete"):
        if key in answers and shop.dice.random() < 0.3:
            answers[key] = str(min(4, max(1, int(answers[key]) + shop.dice.choice((-1, 1)))))
    if verdict not in ("", "approve") and not note:
        note = "The wording could be warmer." if verdict == "revise" else "This does not follow our policy."
    return Submission(given_answers(answers), verdict=verdict, note=note)


def settle_what_is_due(*, now: datetime) -> None:
    for entry_id in QueueEntry.objects.filter(settle_at__lte=now).values_list("id", flat=True):
        settle_entry(entry_id, now=now)


def settle_one_dispute(shop: Shop, *, now: datetime) -> None:
    """Olga has settled the oldest dispute; the others wait for whoever tries the demonstration."""
    entry = QueueEntry.objects.filter(
        queue__project=shop.project, state=QueueEntry.State.DISPUTED, queue=shop.queues[0]
    ).first()
    if entry is None:
        return
    known = next(row for row in read_lines("truth.jsonl") if row["external_id"] == entry.item.external_id)
    adjudicate(
        entry,
        adjudicator=shop.users["olga"],
        verdict="reject" if known["verdict"] == "escalate" else known["verdict"],
        answers=known_answers(known),
        reason=known["flaw"] or "It follows the policy; what was marked down is a matter of taste.",
        error_category="reviewer_error" if known["is_bad"] else "subjective",
        has_guideline_gap=False,
        now=now - timedelta(hours=1),
    )

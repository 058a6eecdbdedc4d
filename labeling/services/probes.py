"""The guess-the-source probe: switching it on, asking after a submission, and keeping the answer."""

from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import HandOut, OpaqueSystem, Output, Project, Queue, SourceGuess, SourceQuestion, User
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.probing import is_asked, numbers_to_add, source_of
from labeling.queries.probes import frequent_sources_of, numbers_of
from labeling.services.events import record_event

# An answer that comes later has been thought about, or talked about.
ANSWER_WITHIN = timedelta(hours=1)


@transaction.atomic
def set_probe(queue: Queue, *, probe_share: float, actor: User, reason: str, now: datetime) -> None:
    """Say how often reviewers of a queue are asked, and give every frequent source a number that stays.

    Locks the project's row, so that two admins do not give one number twice. Safe to repeat: numbers are only added.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; it is kept in the audit trail."})
    if not 0 <= probe_share <= 1:
        raise Invalid({"percent": "A share is between 0 and 100 percent."})
    project = Project.objects.select_for_update(no_key=True).get(pk=queue.project_id)
    taken = numbers_of(project)
    added = numbers_to_add(project.sampling_salt, sources=frequent_sources_of(project), taken=taken)
    if probe_share and len(taken) + len(added) < 2:
        raise Invalid({"percent": "There is nothing to guess yet: the newest outputs name fewer than two systems."})
    OpaqueSystem.objects.bulk_create(
        OpaqueSystem(project=project, number=number, source=source) for source, number in added.items()
    )
    Queue.objects.filter(pk=queue.pk).update(probe_share=probe_share)
    record_event(
        "queue.probe_set",
        project=project,
        now=now,
        actor=actor,
        queue_id=queue.pk,
        probe_share=probe_share,
        n_systems=len(taken) + len(added),
        reason=reason.strip(),
    )


def ask_source(hand_out: HandOut, *, now: datetime) -> SourceQuestion | None:
    """Ask about what was just submitted, when the dice say so. Inside the caller's transaction.

    The dice come before anything is read, and what is read is the same for gold and live.
    """
    queue = hand_out.slot.queue
    is_hit = is_asked(
        queue.seeding_secret,
        reviewer_id=hand_out.reviewer_id,
        hand_out_id=hand_out.pk,
        probe_share=queue.probe_share,
    )
    if not is_hit:
        return None
    numbers = numbers_of(queue.project)
    if len(numbers) < 2:
        return None
    # Of a pair it is the one that this reviewer saw as A.
    side = 1 if hand_out.order_shown == "ba" else 0
    output = Output.objects.filter(item_id=hand_out.entry.item_id, side=side).values("model", "version").first()
    return SourceQuestion.objects.create(
        hand_out=hand_out,
        n_systems=max(numbers.values()),
        right_system=numbers.get(source_of(**output)) if output else None,
        asked_at=now,
    )


@transaction.atomic
def save_guess(question: SourceQuestion, *, system: int | None, now: datetime) -> SourceGuess:
    """Keep one answer; None is *can't tell*. The first one stands, and answering again changes nothing."""
    if system is not None and not 1 <= system <= question.n_systems:
        raise Invalid({"system": "Choose one of the systems, or that you can't tell."})
    if now - question.asked_at > ANSWER_WITHIN:
        raise Conflict("This question is over; nothing is missing.")
    guess, is_new = SourceGuess.objects.get_or_create(question=question, defaults={"system": system, "guessed_at": now})
    if is_new:
        hand_out = question.hand_out
        record_event(
            "source.guessed",
            project=hand_out.slot.queue.project,
            now=now,
            actor=hand_out.reviewer.user,
            hand_out_id=hand_out.pk,
        )
    return guess

"""The audit trail: what happened, in words, and whether its chain still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from labeling.models import Event, EventSeal, Project
from labeling.policy.sealing import hash_of_event, link_hash

PAGE_EVENTS = 50
# How much of the chain a page walks again: enough for weeks of work, in a fraction of a second.
SEALS_ON_A_PAGE = 5_000
WALKED_AT_ONCE = 1_000
MOST_COUNTED = 10_000
PAGES = {"item_id": "item", "batch_id": "batch"}
EVENTS = {
    "project.created": "Project created",
    "user.created": "Account created",
    "user.password_changed": "Password changed",
    "user.password_reset": "New password given to somebody",
    "user.address_changed": "E-mail address changed",
    "member.added": "Role given",
    "member.removed": "Role taken away",
    "token.created": "Token made",
    "token.revoked": "Token revoked",
    "webhook.created": "Webhook made",
    "webhook.secret_rotated": "Webhook given a new secret",
    "webhook.switched_off": "Webhook switched off",
    "webhook.switched_on": "Webhook switched on",
    "webhook.tested": "Test sent to a webhook",
    "judge_endpoint.created": "Endpoint of a judge made",
    "judge_endpoint.changed": "Endpoint of a judge changed",
    "judge_endpoint.switched_off": "Endpoint of a judge switched off",
    "judge_endpoint.switched_on": "Endpoint of a judge switched on",
    "judge_endpoint.answers_otherwise": "Endpoint of a judge takes another form of answer",
    "judge_batch.started": "Batch of a judge started",
    "judge_batch.stopped": "Batch of a judge stopped by itself",
    "judge_batch.cancelled": "Batch of a judge cancelled",
    "judge_batch.gone_on": "Batch of a judge gone on with",
    "judge_batch.ended": "Batch of a judge through",
    "sending.repeated": "Failed messages sent again",
    "alert.opened": "Items of a queue are overdue",
    "alert.closed": "Nothing in a queue is overdue any more",
    "alert.delay_changed": "Delay of alerts changed",
    "rubric.created": "Rubric version written",
    "rubric.drafted": "Rubric version drafted",
    "rubric.changed": "Questions of a rubric version changed",
    "rubric.approved": "Rubric version approved",
    "rubric.put_to_use": "Rubric version put to use",
    "rubric.discarded": "Draft of a rubric discarded",
    "rubric.care_set": "Owner or review date of a rubric set",
    "rubric.gap_closed": "Guideline gap closed",
    "rubric.gap_opened": "Guideline gap opened",
    "rubric.gap_case_attached": "Case attached to a guideline gap",
    "threshold.planned": "Certified threshold planned",
    "threshold.looked": "Labels looked at for a certified threshold",
    "queue.created": "Queue opened",
    "queue.changed": "Queue changed",
    "queue.duties_set": "Duties in a queue set",
    "queue.probe_set": "Share of guesses at the source set",
    "qualification.granted": "Qualification granted",
    "qualification.earned": "Qualification earned by a screen",
    "qualification.ended": "Earned qualification ended, the rubric asks something else",
    "qualification.withdrawn": "Qualification withdrawn",
    "screening.begun": "Training and screen begun",
    "screening.ended": "Screen ended with its result",
    "screening.broken_off": "Screening broken off",
    "absence.entered": "Absence entered",
    "absence.begun": "Absence begun",
    "absence.cancelled": "Absence cancelled",
    "turn.released": "Turn released",
    "project.cost_set": "What an hour of a reviewer costs changed",
    "policy.drafted": "Draft of a routing policy saved",
    "policy.published": "Routing policy published",
    "policy.rolled_back": "Routing rolled back",
    "policy.shadowed": "Routing policy put in shadow",
    "policy.staged": "Routing policy staged for a share of the items",
    "policy.share_set": "Share of a staged routing policy set",
    "policy.withdrawn": "Routing policy withdrawn",
    "policy.approved": "Routing policy approved by a second admin",
    "policy.second_admin_needed": "Approval by a second admin switched on",
    "policy.second_admin_not_needed": "Approval by a second admin switched off",
    "autonomy.contracted": "A guardrail contracted what is decided without people",
    "autonomy.guardrail_set": "Guardrail set",
    "autonomy.fallback_nominated": "Fallback policy nominated",
    "items.ingested": "Items delivered",
    "job.stop_asked": "Job asked to stop",
    "job.asked_again": "Job asked for again",
    "labels.imported": "Labels from elsewhere stored",
    "labels.exported": "Labels or decisions handed out",
    "verdicts.imported": "Judge verdicts imported",
    "verdicts.added": "Judge verdicts added",
    "source.guessed": "Guess at the source given",
    "review.judge_seen": "Judge looked at after a label",
    "review.second_label": "Label given after a look at the judge",
    "round.opened": "Calibration round opened",
    "round.closed": "Calibration round closed",
    "gold.created": "Gold case made",
    "gold.retired": "Gold case retired",
    "gold.found_wrong": "Answer of a retired gold case found wrong",
    "gold.imported": "Gold cases imported",
    "incident.reported": "Incident reported",
    "incident.closed": "Incident closed",
    "standing.paused": "Reviewer paused",
    "standing.paused_ended": "Pause ended",
    "standing.probation_began": "Probation begun",
    "standing.probation_ended": "Probation ended",
    "appeal.made": "Appeal made",
    "appeal.decided": "Appeal decided",
    "review.submitted": "Review submitted",
    "review.kept_as_extra": "Review kept, not counted",
    "review.withdrawn": "Review taken back",
    "entry.final": "Item became final",
    "entry.tie_break": "Tie-break turn added",
    "entry.dispute": "Reviewers disagree",
    "entry.adjudicated": "Dispute settled",
    "entry.handed_over": "Dispute handed over",
    "entry.reopened": "Final label re-opened",
    "entry.questioned": "Item labelled once more, a reviewer was paused",
    "calibration.requested": "Judge report asked for",
    "calibration.computed": "Judge report computed",
    "judge.changed": "A judge changed",
    "judge.registered": "Judge version registered",
    "ensemble.composed": "Ensemble composed",
    "sealed.opened": "Sealed part opened for a judge",
    "judge.validated": "Judge examined on sealed items",
    "judge.cleared": "Judge cleared to gate",
    "judge.withdrawn": "Clearance of a judge withdrawn",
    "judge.suspended": "Judge suspended",
    "judge.lifted": "Suspension of a judge lifted",
    "judge.drifted": "Drift alarm of a judge",
    "judge.meta_reviewed": "Somebody said whose error a disagreement was",
    "confidence_map.chosen": "Confidence map put to use",
    "confidence_map.withdrawn": "Confidence map taken out of use",
    "judge.compared": "Judge compared with its version before",
    "agreement.requested": "Agreement asked for",
    "agreement.computed": "Agreement computed",
}


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event in words; `subject` is (name, value, page or empty)."""

    event: Event
    words: str
    actor: str
    subject: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What walking the chain again found. `broken_event_id` is the first event that no longer fits."""

    n_checked: int
    n_seals: int
    verified_sequence: int
    verified_until: datetime | None
    n_unsealed: int
    broken_event_id: int | None = None
    broken_sequence: int | None = None
    complaint: str = ""

    @property
    def holds(self) -> bool:
        return self.broken_sequence is None

    @property
    def is_whole(self) -> bool:
        return self.n_checked == self.n_seals


def events_before(project: Project, event_id: int | None) -> tuple[list[ShownEvent], int | None]:
    """One page of events, newest first, and the id to go on before (None on the last page)."""
    events = Event.objects.filter(project=project)
    if event_id is not None:
        events = events.filter(id__lt=event_id)
    page = list(events.order_by("-id")[: PAGE_EVENTS + 1])
    next_before = page[PAGE_EVENTS - 1].pk if len(page) > PAGE_EVENTS else None
    return [shown_event(event) for event in page[:PAGE_EVENTS]], next_before


def shown_event(event: Event) -> ShownEvent:
    return ShownEvent(
        event,
        words=EVENTS.get(event.kind, event.kind.replace(".", ": ").replace("_", " ").capitalize()),
        actor=event.actor_name,  # what the chain covers; the account that the row points at is outside its hash
        subject=[
            (name.removesuffix("_id").replace("_", " "), shown_value(value), page_about(name, value))
            for name, value in sorted(event.subject.items())
            if value != ""
        ],
    )


def shown_value(value: Any) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def page_about(name: str, value: Any) -> str:
    """The page that shows what a part of a subject names, or nothing."""
    return PAGES.get(name, "") if isinstance(value, int) else ""


# --- the chain ----------------------------------------------------------------------------------------------------


def verify_chain(project: Project, *, at_most: int | None = None) -> ChainReport:
    """Walk the chain again from its first seal, or over the last `at_most` of them.

    Each event's content hash is computed anew from what is stored, and each link from that and the link before.
    The account that an event points at is in no hash: it has to be called as the event says, since user names never
    change. Stops at the first event that does not fit. A walk that does not begin at the first seal trusts the link
    before it. What no chain can tell: that its newest seals and their events were cut off together. Reads the
    database that the project was read from.
    """
    last = project.seals.order_by("-sequence").first()
    n_seals = last.sequence if last else 0
    start = max(0, n_seals - at_most) if at_most is not None else 0
    anchor = project.seals.filter(sequence=start).first() if start else None
    sequence, chain_hash, sealed_until = start, anchor.chain_hash if anchor else "", None
    broken: tuple[int | None, str] | None = None
    while sequence < n_seals and broken is None:
        seals = seals_after(project, sequence)
        if not seals:
            broken = (None, "its seal is missing")
        for seal in seals:
            complaint = complaint_about(seal, sequence=sequence, chain_hash=chain_hash)
            if complaint:
                broken = (seal.event_id, complaint)
                break
            sequence, chain_hash, sealed_until = seal.sequence, seal.chain_hash, seal.event.happened_at
    return ChainReport(
        n_checked=sequence - start,
        n_seals=n_seals,
        verified_sequence=sequence,
        verified_until=sealed_until,
        n_unsealed=n_unsealed(project),
        broken_event_id=broken[0] if broken else None,
        broken_sequence=sequence + 1 if broken else None,
        complaint=broken[1] if broken else "",
    )


def seals_after(project: Project, sequence: int) -> list[EventSeal]:
    seals: QuerySet[EventSeal] = project.seals.filter(sequence__gt=sequence)
    return list(seals.select_related("event__actor").order_by("sequence")[:WALKED_AT_ONCE])


def complaint_about(seal: EventSeal, *, sequence: int, chain_hash: str) -> str:
    """What is wrong with the next seal, or nothing."""
    if seal.sequence != sequence + 1:
        return "the seal before it is missing"
    if seal.event.project_id != seal.project_id:
        return "it belongs to another project"
    content_hash = hash_of_event(seal.event)
    if content_hash != seal.event.content_hash:
        return "its content was changed after it was written"
    if link_hash(chain_hash, content_hash) != seal.chain_hash:
        return "its link does not follow from the one before"
    if seal.event.actor and seal.event.actor.username != seal.event.actor_name:
        return f"it points at the account of {seal.event.actor.username} and says {seal.event.actor_name}"
    return ""


def n_unsealed(project: Project) -> int:
    """How many events the sealer has yet to chain. Bounded: a page need not count a million of them."""
    return project.events.filter(seal__isnull=True).order_by()[: MOST_COUNTED + 1].count()


def n_outside_chains(database: str) -> int:
    """How many events belong to no project, such as accounts made for none. A chain is a project's: none has them."""
    return Event.objects.using(database).filter(project__isnull=True).count()

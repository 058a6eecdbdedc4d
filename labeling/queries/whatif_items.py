"""Readable samples of past items that change sides: read and worded for the few that are shown, and for no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.models import Item, Project
from labeling.policy.assessing import Assessment, Evidence, assess
from labeling.policy.policies import Policy
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.judge_life import unheard_judges

OUTCOMES = {"ship": "Shipped", "review": "Reviewed", "hold": "Held", "bounce": "Bounced"}
MOST_MOVED_SHOWN = 20
CHARACTERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Move:
    """How many items go from one outcome to another."""

    before: str
    after: str
    n_items: int

    @property
    def in_words(self) -> str:
        return move_in_words(self.before, self.after)


@dataclass(frozen=True, slots=True)
class MovedItem:
    """One item that changes sides; `why` names the grounds that appear, or those that are gone."""

    item_id: int
    external_id: str
    intent: str
    stakes: str
    confidence: float | None
    text: str
    before: str
    after: str
    why: str

    @property
    def in_words(self) -> str:
        return move_in_words(self.before, self.after)


def move_in_words(before: str, after: str) -> str:
    return f"{OUTCOMES[before].lower()} now, {OUTCOMES[after].lower()} then"


def moved_items(
    project: Project, chosen: Sequence[int], policy: Policy, live: Policy, *, at: datetime
) -> list[MovedItem]:
    """Those of the items that change sides still, by what they do. Seven queries."""
    if not chosen:
        return []
    unheard, maps = unheard_judges(project, now=at), maps_in_use(project)
    found = {item.pk: item for item in with_evidence(Item.objects.filter(id__in=chosen, payload__isnull=False))}
    moved = []
    for item in (found[item_id] for item_id in chosen if item_id in found):
        evidence = evidence_of(item, unheard=unheard, maps=maps)
        now, then = (assess_item(item, evidence, one, at=at) for one in (live, policy))
        if now.decision.outcome != then.decision.outcome:
            moved.append(worded(item, evidence, policy, now, then))
    return sorted(moved, key=lambda one: (one.before, one.after))


def assess_item(item: Item, evidence: Evidence, policy: Policy, *, at: datetime) -> Assessment:
    is_hold_over = item.hold_until is not None and item.hold_until <= at
    return assess(evidence, policy, u=item.sampling_u, is_hold_over=is_hold_over)


def worded(item: Item, evidence: Evidence, policy: Policy, now: Assessment, then: Assessment) -> MovedItem:
    signals: Mapping[str, float] = {**evidence.signals, **{one.name: one.value for one in then.derived_signals}}
    text = str(evidence.texts[0]) if evidence.texts else ""
    return MovedItem(
        item_id=item.pk,
        external_id=item.external_id,
        intent=item.intent,
        stakes=item.stakes,
        confidence=signals.get(policy.confidence_signal),
        text=text if len(text) <= CHARACTERS_SHOWN else f"{text[:CHARACTERS_SHOWN].rstrip()}…",
        before=now.decision.outcome,
        after=then.decision.outcome,
        why=why_moved(now, then),
    )


def why_moved(now: Assessment, then: Assessment) -> str:
    """The grounds of the new outcome; for an item that ships instead, those that fire no more."""
    if then.decision.outcome == "ship":
        return f"No longer: {grounds_of(now)}"
    return grounds_of(then)


def grounds_of(assessment: Assessment) -> str:
    return "; ".join(reason.explanation for reason in assessment.decision.reasons if reason.fired)


def some_of_each(by_move: Sequence[Sequence[int]], *, most: int = MOST_MOVED_SHOWN) -> list[int]:
    """A list short enough to read in which no kind of change crowds out another: one of each in turns."""
    longest = max(map(len, by_move), default=0)
    in_turns = [ids[turn] for turn in range(min(longest, most)) for ids in by_move if turn < len(ids)]
    return in_turns[:most]

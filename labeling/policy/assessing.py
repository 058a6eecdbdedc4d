"""From the evidence on one item to its checks, derived signals and routing decision, in one pass."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labeling.policy.checks import CheckedOutput, CheckOutcome, run_checks
from labeling.policy.confidence import DERIVED_NAMES, DerivedSignal, MapsInUse, Vote, derive_signals
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import Policy
from labeling.policy.routing import Decision, RoutedItem, decide


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of an item before a person looks at it. `signals` are those that came with it.

    `unheard` says of judges that may not decide why they may not; their votes are kept, and count for nothing. Where it
    says nothing, another judge speaks for them, or will. `maps` are those through which confidence is read.
    """

    kind: str
    stakes: str
    intent: str
    segment: str
    metadata: Mapping[str, Any]
    context: Mapping[str, Any]
    texts: Sequence[str]
    source_names: Sequence[str]
    votes: Sequence[Vote]
    signals: Mapping[str, float]
    is_review_requested: bool
    unheard: Unheard = field(default_factory=Unheard)
    maps: MapsInUse = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    decision: Decision
    checks: Sequence[CheckOutcome]
    derived_signals: Sequence[DerivedSignal]


def assess(evidence: Evidence, policy: Policy, *, u: float, is_hold_over: bool = False) -> Assessment:
    """Run the checks, derive the signals and decide. Pure: a replay of the same evidence says the same."""
    votes = heard_votes(evidence.votes, evidence.unheard)
    derived = derive_signals(votes, maps=evidence.maps)
    signals = signals_of(evidence.signals, derived)
    judge_labels = modal_labels(votes, passing=policy.judge_passes)
    facts = facts_of(evidence, policy, signals=signals, judge_labels=judge_labels)
    checks = run_checks(policy.checks, CheckedOutput(evidence.texts, facts, evidence.source_names))
    item = RoutedItem(
        stakes=evidence.stakes,
        facts={**facts, "check": {check.check_name: check.outcome for check in checks}},
        signals=signals,
        judge_labels=judge_labels,
        checks=checks,
        is_review_requested=evidence.is_review_requested,
        is_hold_over=is_hold_over,
        mapped_signals=frozenset(signal.name for signal in derived if signal.is_mapped),
        uncleared=spoken_of_by_nobody_else(evidence.votes, votes, evidence.unheard),
    )
    return Assessment(decide(item, policy, u=u), checks, derived)


def heard_votes(votes: Sequence[Vote], unheard: Unheard) -> list[Vote]:
    return [vote for vote in votes if unheard.why_not(vote.judge, vote.criterion) is None]


def signals_of(sent: Mapping[str, float], derived: Sequence[DerivedSignal]) -> dict[str, float]:
    """A derived signal comes from the votes at hand or not at all, never from an earlier pass or a producer."""
    kept = {name: value for name, value in sent.items() if name not in DERIVED_NAMES}
    return {**kept, **{signal.name: signal.value for signal in derived}}


def facts_of(
    evidence: Evidence, policy: Policy, *, signals: Mapping[str, float], judge_labels: Mapping[str, str]
) -> dict[str, Any]:
    """What checks may read of an item, and rules beside what the checks said."""
    facts: dict[str, Any] = {
        "kind": evidence.kind,
        "stakes": evidence.stakes,
        "intent": evidence.intent,
        "segment": evidence.segment,
        "metadata": evidence.metadata,
        "action": evidence.context.get("action", {}),
        "context": evidence.context,
        "signal": signals,
        "judge": judge_labels,
        "review_requested": evidence.is_review_requested,
    }
    if policy.confidence_signal in signals:
        facts["confidence"] = signals[policy.confidence_signal]
    return facts


def spoken_of_by_nobody_else(votes: Sequence[Vote], heard: Sequence[Vote], unheard: Unheard) -> tuple[str, ...]:
    """Why the judges are not heard on whose word alone a criterion rests: what they would have said, nobody says."""
    criteria = {vote.criterion for vote in heard}
    alone = [vote for vote in votes if vote.criterion not in criteria]
    return tuple(dict.fromkeys(filter(None, (unheard.why_not(one.judge, one.criterion) for one in alone))))


def modal_labels(votes: Sequence[Vote], *, passing: tuple[str, frozenset[str]] | None = None) -> dict[str, str]:
    """The most frequent judge label by criterion."""
    return one_of_tied(tied_labels(votes), passing=passing)


def tied_labels(votes: Sequence[Vote]) -> dict[str, tuple[str, ...]]:
    """The most frequent judge labels by criterion, in the order of the alphabet: several where they are tied."""
    by_criterion: dict[str, Counter[str]] = {}
    for vote in votes:
        by_criterion.setdefault(vote.criterion, Counter())[vote.label] += 1
    return {
        criterion: tuple(sorted(label for label, n_votes in counts.items() if n_votes == max(counts.values())))
        for criterion, counts in by_criterion.items()
    }


def one_of_tied(
    tied: Mapping[str, Sequence[str]], *, passing: tuple[str, frozenset[str]] | None = None
) -> dict[str, str]:
    """A tie takes a label that does not pass before one that does, or two judges who differ would ship an item; among
    equals the one that comes first in the alphabet."""
    passing_criterion, passing_labels = passing or ("", frozenset())
    return {
        criterion: next(
            (label for label in labels if criterion == passing_criterion and label not in passing_labels), labels[0]
        )
        for criterion, labels in tied.items()
    }

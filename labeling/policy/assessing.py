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
    votes = [vote for vote in evidence.votes if evidence.unheard.why_not(vote.judge, vote.criterion) is None]
    derived = derive_signals(votes, maps=evidence.maps)
    # A derived signal comes from the votes at hand or not at all, never from an earlier pass or a producer.
    sent = {name: value for name, value in evidence.signals.items() if name not in DERIVED_NAMES}
    signals = {**sent, **{signal.name: signal.value for signal in derived}}
    judge_labels = modal_labels(votes, passing=policy.judge_passes)
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
        uncleared=spoken_of_by_nobody_else(evidence, votes),
    )
    return Assessment(decide(item, policy, u=u), checks, derived)


def spoken_of_by_nobody_else(evidence: Evidence, heard: Sequence[Vote]) -> tuple[str, ...]:
    """Why the judges are not heard on whose word alone a criterion rests: what they would have said, nobody says."""
    criteria = {vote.criterion for vote in heard}
    alone = [vote for vote in evidence.votes if vote.criterion not in criteria]
    return tuple(dict.fromkeys(filter(None, (evidence.unheard.why_not(one.judge, one.criterion) for one in alone))))


def modal_labels(votes: Sequence[Vote], *, passing: tuple[str, frozenset[str]] | None = None) -> dict[str, str]:
    """The most frequent judge label by criterion.

    A tie takes a label that does not pass before one that does, or two judges who differ would ship an item;
    among equals the one that comes first in the alphabet.
    """
    passing_criterion, passing_labels = passing or ("", frozenset())
    by_criterion: dict[str, Counter[str]] = {}
    for vote in votes:
        by_criterion.setdefault(vote.criterion, Counter())[vote.label] += 1
    modal = {}
    for criterion, counts in by_criterion.items():
        most = max(counts.values())
        tied = sorted(label for label, n_votes in counts.items() if n_votes == most)
        failing = [label for label in tied if criterion == passing_criterion and label not in passing_labels]
        modal[criterion] = (failing or tied)[0]
    return modal

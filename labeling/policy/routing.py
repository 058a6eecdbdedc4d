"""The routing decision: what one policy says of one item, with every reason and the inclusion probability.

An item enters review when its own draw `u` lies below the largest share that any reason asks for; that share is
its inclusion probability. Nothing but a policy that finds no reason at all ships an item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labeling.policy.checks import CheckOutcome
from labeling.policy.conditions import CannotCompare
from labeling.policy.policies import Policy, Rule, Tier

# The tier that treats what nobody has classified: unknown stakes are high stakes until somebody says otherwise.
TIER_OF_STAKES = {"high": "high", "medium": "medium", "low": "low", "unstated": "high"}


@dataclass(frozen=True, slots=True)
class RoutedItem:
    """What a policy may know of an item. `judge_labels` holds the most frequent label by criterion; `uncleared` says
    why judges are not heard that alone spoke of something, `mapped_signals` which signals were read through a map."""

    stakes: str
    facts: Mapping[str, Any]
    signals: Mapping[str, float] = field(default_factory=dict)
    judge_labels: Mapping[str, str] = field(default_factory=dict)
    checks: Sequence[CheckOutcome] = ()
    is_review_requested: bool = False
    is_hold_over: bool = False
    uncleared: Sequence[str] = ()
    mapped_signals: frozenset[str] = frozenset()


class Reason(NamedTuple):
    """One ground for review: the share of such items that it sends there, and whether this one went.

    A tuple, since a decision makes dozens, and a frozen dataclass takes three times as long to make.
    """

    code: str
    share: float
    explanation: str
    fired: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: str
    reasons: tuple[Reason, ...]
    inclusion_probability: float
    tier: str


def decide(item: RoutedItem, policy: Policy, *, u: float) -> Decision:
    """Ship, review, bounce or hold. A missing signal, a crashed check or an unreadable field goes to a person."""
    tier_name = TIER_OF_STAKES.get(item.stakes, "high")
    bounces = [
        Reason("check_failed", 0.0, f"{check.check_name}: {check.explanation}", fired=True)
        for check in item.checks
        if check.outcome == "failed" and check.on_failure == "bounce"
    ]
    if bounces:
        return Decision("bounce", tuple(bounces), 0.0, tier_name)
    grounds = [
        *check_grounds(item.checks),
        *stakes_grounds(item, policy.tiers[tier_name], tier_name),
        *rule_grounds(item, policy.rules),
        *judge_grounds(item, policy),
    ]
    if item.is_review_requested:
        grounds.append(Reason("producer_asked", 1.0, "the producer asked for a person"))
    if item.uncleared:
        grounds.append(Reason("judge_not_cleared", 1.0, "; ".join(item.uncleared)))
    missing = missing_evidence(item, policy)
    if missing and not item.is_hold_over and all(ground.share < 1 for ground in grounds):
        waits = Reason("awaiting_signals", 0.0, f"waiting for {', '.join(missing)}", fired=True)
        return Decision("hold", (waits,), 0.0, tier_name)
    # What an uncleared judge said did come; that it does not count stands in its own ground.
    if missing and not item.uncleared:
        grounds.append(Reason("missing_signal", 1.0, f"{', '.join(missing)} never came"))
    grounds += unknown_grounds(item, policy.rules)
    if policy.reviews_all_on_cold_start:
        grounds.append(Reason("cold_start", 1.0, "no signal has proved itself yet"))
    grounds.append(Reason("audit", policy.audit_share, f"{100 * policy.audit_share:g} % of what would ship is audited"))
    return weigh(grounds, u=u, tier=tier_name)


def weigh(grounds: Sequence[Reason], *, u: float, tier: str) -> Decision:
    inclusion_probability = max(ground.share for ground in grounds)
    reasons = tuple(
        [Reason(code, share, explanation, u < share) for code, share, explanation, _ in grounds if share > 0]
    )
    # Asked this way round, a share of 1 and a draw that is not a number both end with a person.
    outcome = "ship" if inclusion_probability < 1 and u >= inclusion_probability else "review"
    return Decision(outcome, reasons, inclusion_probability, tier)


def check_grounds(checks: Sequence[CheckOutcome]) -> list[Reason]:
    grounds = []
    for check in checks:
        if check.outcome == "crashed":
            grounds.append(Reason("check_crashed", 1.0, f"{check.check_name} crashed: {check.explanation}"))
        elif check.outcome == "failed":
            grounds.append(Reason("check_failed", 1.0, f"{check.check_name}: {check.explanation}"))
    return grounds


def stakes_grounds(item: RoutedItem, tier: Tier, tier_name: str) -> list[Reason]:
    if item.stakes not in ("high", "medium", "low"):
        return [Reason("unstated_stakes", tier.review_share, "no stakes were given, so they count as high")]
    code = "high_stakes" if tier_name == "high" else "tier_sample"
    return [Reason(code, tier.review_share, f"{100 * tier.review_share:g} % of {tier_name} stakes are reviewed")]


def rule_grounds(item: RoutedItem, rules: Sequence[Rule]) -> list[Reason]:
    grounds = []
    for rule in rules:
        try:
            if rule.when.holds(item.facts):
                grounds.append(Reason(rule.reason, rule.review_share, rule.words))
        except CannotCompare as misfit:
            grounds.append(Reason("rule_unclear", 1.0, f"{rule.name}: {misfit}"))
    return grounds


def unknown_grounds(item: RoutedItem, rules: Sequence[Rule]) -> list[Reason]:
    """Rules that would hold or not depending on a signal that has not come; nobody waits for it any more."""
    grounds = []
    for rule in rules:
        if not rule.reads_signals:
            continue
        try:
            depends = rule.when.holds(item.facts, if_unknown=True) and not rule.when.holds(item.facts)
        except CannotCompare:
            continue  # `rule_grounds` has said so
        if depends:
            grounds.append(Reason("missing_signal", 1.0, f"{rule.words} reads a signal that has not come"))
    return grounds


def waits_for_judge(policy: Policy) -> bool:
    """Whether an item is held until its confidence and the judge's label are there, or goes to a person at once."""
    return policy.confidence_signal in policy.required_signals


def missing_evidence(item: RoutedItem, policy: Policy) -> list[str]:
    """What the policy waits for and has not got: required signals, and the judge label that has to pass."""
    missing = [name for name in policy.required_signals if name not in item.signals]
    required = label_to_pass(item, policy)
    if required and waits_for_judge(policy) and required[0] not in item.judge_labels:
        missing.append(f"a judge verdict on {required[0]}")
    return missing


def label_to_pass(item: RoutedItem, policy: Policy) -> tuple[str, frozenset[str]] | None:
    """The criterion and labels that a judge must give; none for a pair, whose labels say which side, not how good."""
    return None if item.facts.get("kind") == "pairwise" else policy.judge_passes


def judge_grounds(item: RoutedItem, policy: Policy) -> list[Reason]:
    grounds = []
    confidence = item.signals.get(policy.confidence_signal)
    if confidence is None:
        if not waits_for_judge(policy) and not item.uncleared:
            grounds.append(Reason("missing_signal", 1.0, f"no {policy.confidence_signal}"))
    elif not confidence >= policy.confidence_cut:  # not `<`, which NaN would pass
        how = ", read through its map," if policy.confidence_signal in item.mapped_signals else ""
        shown = f"{policy.confidence_signal} {confidence:.2f}{how} is below {policy.confidence_cut:.2f}"
        grounds.append(Reason("low_confidence", 1.0, shown))
    if required := label_to_pass(item, policy):
        criterion, passing = required
        label = item.judge_labels.get(criterion)
        if label is None:
            if not waits_for_judge(policy) and not item.uncleared:
                grounds.append(Reason("missing_signal", 1.0, f"no judge verdict on {criterion}"))
        elif label not in passing:
            grounds.append(Reason("judge_failed", 1.0, f"the judge says {label} on {criterion}"))
    return grounds

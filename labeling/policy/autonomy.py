"""How much a project decides without people, and when it has to decide less: guardrails, the ladder, the next rung.

A guardrail is read by its interval and never by its point. It only ever contracts; to expand is for a person.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from labeling.policy.conditions import fields_of
from labeling.policy.policies import LEAST_AUDIT_SHARE, TIERS, Policy, Rule, keeps_judge, parse_policy

AGREEMENT, GOLD, ESCAPED, DRIFT = "agreement", "gold", "escaped", "drift"
# What has to stay above its limit, and what below; drift has no limit of its own: its alarm is one already.
FLOORS, BUDGETS = (AGREEMENT, GOLD), (ESCAPED,)
TRIPPED, HELD, OPEN, UNKNOWN = "tripped", "held", "open", "unknown"
# Below this many nothing is concluded: an interval from a handful is itself a guess.
LEAST = {AGREEMENT: 50, GOLD: 30, ESCAPED: 30}
# How long all guardrails have to have been on, and none to have tripped, before a next rung is proposed.
QUIET_DAYS = 14


@dataclass(frozen=True, slots=True)
class Reading:
    """What one guardrail measures now; `about` says of what, `since` from when on it counts."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    about: str
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    state: str
    words: str


def judge_reading(kind: str, reading: Reading, limit: float | None) -> Judgement:
    """Whether a guardrail tripped: only where the whole interval lies beyond the limit, and enough is known."""
    if kind == DRIFT:
        return Judgement(TRIPPED, reading.about) if reading.n else Judgement(HELD, "No judge in use has drifted.")
    if reading.value is None or reading.low is None or reading.high is None or limit is None:
        return Judgement(UNKNOWN, reading.undefined or "There is no interval, so nothing follows.")
    if reading.n < LEAST[kind]:
        return Judgement(UNKNOWN, f"Not enough yet: {reading.n} of about {LEAST[kind]}. Nothing follows from it.")
    is_floor = kind in FLOORS
    is_beyond = reading.high < limit if is_floor else reading.low > limit
    is_within = reading.low >= limit if is_floor else reading.high <= limit
    side = "below" if is_floor else "above"
    if is_beyond:
        return Judgement(TRIPPED, f"The whole interval lies {side} the limit.")
    if is_within:
        return Judgement(HELD, "The whole interval lies within the limit.")
    return Judgement(OPEN, f"The interval does not exclude that it is {side} the limit; nothing follows yet.")


# --- what a policy lets out -------------------------------------------------------------------------------------------


def ships_nothing(policy: Policy) -> bool:
    """Whether no item can ship under it, whatever comes."""
    everywhere = all(policy.tiers[name].review_share >= 1 for name in TIERS)
    return policy.reviews_all_on_cold_start or everywhere or policy.audit_share >= 1


def ways_to_ship_more(before: Policy, after: Policy) -> list[str]:
    """Everything by which `after` might ship what `before` would not; none means that it ships nothing more.

    From the text alone, so it holds for every item to come; two policies that happen to ship the same on today's items
    may differ on tomorrow's.
    """
    if ships_nothing(after):
        return []
    ways = []
    if ships_nothing(before):
        ways.append("nothing ships now")
    ways += [f"{name} stakes" for name in TIERS if after.tiers[name].review_share < before.tiers[name].review_share]
    if after.audit_share < before.audit_share:
        ways.append("the audit")
    if after.confidence_signal != before.confidence_signal or after.confidence_cut < before.confidence_cut:
        ways.append("the confidence cut")
    if set(before.required_signals) - set(after.required_signals):
        ways.append("the signals an item must have")
    if before.judge_passes and not keeps_judge(before.judge_passes, after.judge_passes):
        ways.append("what the judge has to say")
    kept_checks = {repr(check) for check in after.checks}
    ways += [f"the check {check.name}" for check in before.checks if repr(check) not in kept_checks]
    if reads_checks(before) and kept_checks != {repr(check) for check in before.checks}:
        # A rule that asks for the absence of a check is undone by adding it.
        ways.append("checks that rules read")
    ways += [f"the rule {one.name}" for one in before.rules if share_for(one, after) < one.review_share]
    return ways


def share_for(rule: Rule, policy: Policy) -> float:
    """What a policy reviews of what a rule of another matches. By its spelling: as values `true` and `1` are equal in
    Python, and they match different items."""
    same = [one.review_share for one in policy.rules if repr(one.when) == repr(rule.when)]
    return max(same, default=-1.0)


def reads_checks(policy: Policy) -> bool:
    return any(path.startswith("check") for rule in policy.rules for path in fields_of(rule.when))


def everything_to_people(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy with all stakes reviewed in full: its rules, locks and checks stay, and nothing ships."""
    contracted = deepcopy(dict(definition))
    for tier in contracted["tiers"].values():
        tier["review_share"] = 1.0
    return contracted


# --- the ladder -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder. `number` grows with what is decided without people."""

    number: int
    name: str
    words: str


EVERYTHING = Rung(0, "Everything to people", "Nothing ships without a person.")
UNPROVED = Rung(1, "Sampled", "Items ship on a signal that nobody examined; an admin said why.")
CLEARED = Rung(2, "On a cleared judge", "Items ship on the word of a judge that was examined on sealed items.")
CERTIFIED = Rung(3, "Within a certificate", "Items ship on a cleared judge, and no looser than a certificate allows.")
LADDER = (EVERYTHING, UNPROVED, CLEARED, CERTIFIED)


def rung_of(policy: Policy | None, *, has_cleared_judge: bool, certified_cut: float | None = None) -> Rung:
    """Where a project stands. A certificate holds from its cut upwards; without a cleared judge none counts."""
    if policy is None or ships_nothing(policy):
        return EVERYTHING
    if not has_cleared_judge:
        return UNPROVED
    is_within = certified_cut is not None and policy.confidence_cut >= certified_cut
    return CERTIFIED if is_within else CLEARED


def next_step(
    definition: Mapping[str, Any], *, certified_cut: float | None = None
) -> tuple[dict[str, Any], str] | None:
    """The smallest expansion: the cut down to where a certificate allows it; else half of the largest review share of
    medium or low stakes, never below the audit. None where nothing ships (what may ship first is for a person to say)
    or nothing is left."""
    policy = parse_policy(definition)
    if ships_nothing(policy):
        return None
    proposed = deepcopy(dict(definition))
    if certified_cut is not None and certified_cut < policy.confidence_cut:
        proposed["confidence"]["cut"] = certified_cut
        return proposed, f"ship from {certified_cut:.6g} on, as certified, instead of {policy.confidence_cut:.6g}"
    least = max(policy.audit_share, LEAST_AUDIT_SHARE)
    name = max(("medium", "low"), key=lambda one: policy.tiers[one].review_share)
    share = policy.tiers[name].review_share
    if share <= least:
        return None
    halved = max(share / 2, least)
    proposed["tiers"][name]["review_share"] = halved
    return proposed, f"review {100 * halved:.6g} % of {name} stakes instead of {100 * share:.6g} %"

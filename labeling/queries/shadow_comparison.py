"""A version in shadow beside the live one, on the same items: who goes elsewhere, both ways, and what it costs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labeling.models import RoutingDecision, RoutingPolicy, ShadowDecision
from labeling.policy.policies import TIERS
from labeling.policy.routing import TIER_OF_STAKES
from labeling.queries.shadows import Span, State, items_to_shadow, span_of

if TYPE_CHECKING:
    from labeling.stats.results import Estimate

Outcome = RoutingDecision.Outcome
MOST_ITEMS = 20_000
MOST_SHOWN = 20
AT_ONCE = 5_000
OUTCOMES: Mapping[str, str] = {
    Outcome.SHIP: "Ships",
    Outcome.REVIEW: "To people",
    Outcome.HOLD: "Would wait",
    Outcome.BOUNCE: "Bounced",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One item that both decided."""

    item_id: int
    external_id: str
    tier: str
    live: str
    shadow: str


@dataclass(frozen=True, slots=True)
class Move:
    """How many items go elsewhere under the version in shadow, and some of them with the reason."""

    live: str
    shadow: str
    n_items: int
    some: Sequence[tuple[int, str, str]]

    @property
    def in_words(self) -> str:
        return f"{OUTCOMES[self.live].lower()} under the live one, {OUTCOMES[self.shadow].lower()} under this one"


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """Counts of the same items under both. `rows` are (name, live, shadow), by outcome and then reviewed by tier."""

    span: Span
    n_items: int
    n_waiting: int
    is_cut_off: bool
    changed: "Estimate"
    rows: Sequence[tuple[str, int, int]]
    tiers: Sequence[tuple[str, int, int, int]]
    reviewed_a_day: tuple[float, float]
    moves: Sequence[Move]


def shadow_comparison(version: RoutingPolicy, *, now: datetime) -> ShadowComparison | None:
    """The newest items that a version decided in shadow, beside the decisions that counted. None where it never was in
    shadow. A bounded number of queries."""
    from labeling.stats.intervals import wilson_share

    span = span_of(version, State.SHADOW)
    if span is None:
        return None
    found = compared_items(version, span)
    moved = [one for one in found[:MOST_ITEMS] if one.live != one.shadow]
    compared = found[:MOST_ITEMS]
    live, shadow = Counter(one.live for one in compared), Counter(one.shadow for one in compared)
    days = span.days(now=now)
    return ShadowComparison(
        span=span,
        n_items=len(compared),
        n_waiting=items_to_shadow(version).count() if version.state == State.SHADOW else 0,
        is_cut_off=len(found) > MOST_ITEMS,
        changed=wilson_share(len(moved), len(compared)),
        rows=[(name, live[outcome], shadow[outcome]) for outcome, name in OUTCOMES.items()],
        tiers=[(tier, *reviewed_in(compared, tier)) for tier in TIERS],
        reviewed_a_day=(live[Outcome.REVIEW] / days, shadow[Outcome.REVIEW] / days),
        moves=moves_among(moved, version, span),
    )


def compared_items(version: RoutingPolicy, span: Span) -> list[Compared]:
    """Newest first, one more than are looked at where there are more. A staged version's items are not among them."""
    decided = ShadowDecision.objects.filter(policy=version, item__created_at__gte=span.since).order_by("-item")
    columns = ("item", "item__external_id", "item__stakes", "outcome")
    rows = list(decided.values_list(*columns)[: MOST_ITEMS + 1])
    live = outcomes_under(span.beside, [item_id for item_id, *_ in rows])
    return [
        Compared(item_id, external_id, TIER_OF_STAKES[stakes], live[item_id], outcome)
        for item_id, external_id, stakes, outcome in rows
        if item_id in live
    ]


def outcomes_under(policy: RoutingPolicy, item_ids: Sequence[int]) -> dict[int, str]:
    """What one version decided last of each item, a hold left out."""
    outcomes: dict[int, str] = {}
    for start in range(0, len(item_ids), AT_ONCE):
        decisions = RoutingDecision.objects.filter(policy=policy, item__in=item_ids[start : start + AT_ONCE])
        outcomes.update(decisions.exclude(outcome=Outcome.HOLD).order_by("id").values_list("item", "outcome"))
    return outcomes


def reviewed_in(compared: Sequence[Compared], tier: str) -> tuple[int, int, int]:
    """Items of one tier; to people under the live one, and under the other."""
    of_tier = [one for one in compared if one.tier == tier]
    return (
        len(of_tier),
        sum(one.live == Outcome.REVIEW for one in of_tier),
        sum(one.shadow == Outcome.REVIEW for one in of_tier),
    )


def moves_among(moved: Sequence[Compared], version: RoutingPolicy, span: Span) -> list[Move]:
    by_move: dict[tuple[str, str], list[Compared]] = {}
    for one in moved:
        by_move.setdefault((one.live, one.shadow), []).append(one)
    shown = [one.item_id for group in by_move.values() for one in group[:MOST_SHOWN]]
    then = ShadowDecision.objects.filter(policy=version, item__in=shown).values_list("item", "reasons")
    before = RoutingDecision.objects.filter(policy=span.beside, item__in=shown).order_by("id")
    why_then, why_before = dict(then), dict(before.values_list("item", "reasons"))
    moves = []
    for (live, shadow), group in sorted(by_move.items(), key=lambda pair: -len(pair[1])):
        some = [
            (one.item_id, one.external_id, why_moved(one, why_before[one.item_id], why_then[one.item_id]))
            for one in group[:MOST_SHOWN]
        ]
        moves.append(Move(live, shadow, len(group), some))
    return moves


def why_moved(one: Compared, before: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> str:
    """The grounds of the new outcome; for an item that would ship, those that fire no more."""
    if one.shadow == Outcome.SHIP:
        return f"No longer: {fired(before)}"
    return fired(then)


def fired(reasons: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(reason["explanation"] for reason in reasons if reason["fired"])

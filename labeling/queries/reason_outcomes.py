"""What became of items by the reason they were sent for: how often a reason was right, what got past judge and policy,
and whether a rule is missing. Nothing sealed is read; items are named only where they are development.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeling.models import Item, JudgeVerdict, Project, RoutingDecision
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.audited import AT_ONCE, AuditedItem, audited_items
from labeling.queries.routing import ReasonCount, ReasonCounts, judge_passes_of, reason_counts_of
from labeling.stats.results import Estimate, undefined_because

# The newest so many final labels are looked at: more would make a page slow (40 µs each) and the numbers old. The
# routing page has other things to count.
MOST_LABELS, MOST_IN_TABLE = 5_000, 2_000
MOST_NAMED = 50
# A value is looked at where so many items have it and so many have not; fewer prove nothing at any share.
LEAST_GROUP = 20
MOST_LOOKS = 200
# A rule is suggested below this p, adjusted for all values that were looked at.
LEVEL = 0.05
NOT_REVIEWED = "no item that this sent to a person is final yet"


@dataclass(frozen=True, slots=True)
class SentItem:
    """One item of known chance that became final: with which reasons it was sent, and the share each of them sends."""

    audited: AuditedItem
    fired: Mapping[str, float]

    @property
    def is_by_chance(self) -> bool:
        """Whether the like of it ships: nothing but a random draw sent it, the audit's or that of a share below 1."""
        return all(share < 1 or code == "audit" for code, share in self.fired.items())

    @property
    def share_sent(self) -> float:
        return max(self.fired.values())


@dataclass(frozen=True, slots=True)
class ReasonRecord:
    """How often one reason was right: the share of what it sent that was really bad."""

    code: str
    was_bad: Estimate

    @property
    def was_fine(self) -> Estimate:
        """What it sent for nothing: the false escalations."""
        bad = self.was_bad
        if bad.value is None or bad.low is None or bad.high is None:
            return bad
        return Estimate(1 - bad.value, 1 - bad.high, 1 - bad.low, n=bad.n)


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason as the routing page shows it: how often it fired and, where that is known, was right."""

    count: ReasonCount
    record: ReasonRecord | None


@dataclass(frozen=True, slots=True)
class ReasonTable:
    counts: ReasonCounts
    rows: Sequence[ReasonRow]


@dataclass(frozen=True, slots=True)
class NamedItem:
    item_id: int
    external_id: str


@dataclass(frozen=True, slots=True)
class EscapeRow:
    """A share as a page shows it: rare, so with a place after the point."""

    name: str
    share: Estimate

    @property
    def in_percent(self) -> tuple[float, float, float] | None:
        share = self.share
        if share.value is None or share.low is None or share.high is None:
            return None
        return 100 * share.value, 100 * share.low, 100 * share.high


@dataclass(frozen=True, slots=True)
class Escapes:
    """Of what would have shipped on the judge's word: the share that people found bad, by stakes and, last, in all."""

    rows: Sequence["EscapeRow"]
    named: Sequence[NamedItem]
    n_unnamed: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value whose items are bad more often than the rest, among what would have shipped, and the rule for it."""

    field: str
    value: Any
    n_bad: int
    n: int
    n_bad_rest: int
    n_rest: int
    p: float

    @property
    def value_json(self) -> str:
        return json.dumps(self.value)


@dataclass(frozen=True, slots=True)
class Suggestions:
    found: Sequence[Suggestion]
    n_looks: int
    n_items: int


def reason_table_of(project: Project, *, since: datetime, now: datetime) -> ReasonTable:
    """How often each reason fired and how often it was right."""
    counts = reason_counts_of(project, since=since)
    records = reason_records(sent_items(project, until=now, most=MOST_IN_TABLE))
    return ReasonTable(counts, [ReasonRow(one, records.get(one.code)) for one in counts.reasons])


def sent_items(project: Project, *, until: datetime, most: int = MOST_LABELS) -> list[SentItem]:
    """The newest final items with the reasons of the newest decision that sent them. Two queries for each 5,000."""
    audited = {one.item_id: one for one in audited_items(project, until=until, most=most)}
    reasons: dict[int, list[dict[str, Any]]] = {}
    ids = list(audited)
    for start in range(0, len(ids), AT_ONCE):
        sent = RoutingDecision.objects.filter(
            item__in=ids[start : start + AT_ONCE], outcome=RoutingDecision.Outcome.REVIEW, inclusion_probability__gt=0
        )
        reasons.update(sent.order_by("id").values_list("item_id", "reasons"))
    return [
        SentItem(one, {raw["code"]: raw["share"] for raw in reasons[item_id] if raw["fired"] and raw["share"] > 0})
        for item_id, one in audited.items()
    ]


def reason_records(sent: Sequence[SentItem]) -> dict[str, ReasonRecord]:
    """By reason how often it was right, of items that it sent (beside others or alone)."""
    codes = {code for one in sent for code in one.fired}
    return {
        code: ReasonRecord(code, share_bad((one.audited, one.fired[code]) for one in sent if code in one.fired))
        for code in codes
    }


def share_bad(sent: Iterable[tuple[AuditedItem, float]]) -> Estimate:
    """The share that was bad, each item weighted by one over the share of its like that was sent (Hájek).

    Where all weights are alike it is a plain share, with the exact interval of Clopper and Pearson; else that interval
    on Kish's effective number. Items of one cluster share their errors and count as one.
    """
    from labeling.stats.guessing import clopper_pearson

    weights: dict[str, float] = {}
    n, bad_weight = 0, 0.0
    for audited, share in sent:
        n += 1
        weights[audited.group] = weights.get(audited.group, 0.0) + 1 / share
        bad_weight += audited.is_bad / share
    if not n:
        return undefined_because(NOT_REVIEWED, n=0)
    all_weight = sum(weights.values())
    value = min(1.0, bad_weight / all_weight)
    effective = all_weight**2 / sum(weight**2 for weight in weights.values())
    interval = clopper_pearson(min(value * effective, effective), effective)
    return Estimate(value, interval.low, interval.high, n=n)


# --- what got past the judge --------------------------------------------------------------------------------------


def escapes_of(project: Project, sent: Sequence[SentItem]) -> Escapes | None:
    """Judge-pass, human-fail on the audit slice; None where the live policy asks no judge to pass anything."""
    required = judge_passes_of(project)
    if required is None:
        return None
    by_chance = [one for one in sent if one.is_by_chance]
    passed = passed_by_judge([one.audited.item_id for one in by_chance], *required)
    sliced = [(one.audited, one.share_sent) for one in by_chance if one.audited.item_id in passed]
    about: dict[int, tuple[str, str]] = {}
    for start in range(0, len(sliced), AT_ONCE):
        rows = Item.objects.filter(pk__in=[one.item_id for one, _ in sliced[start : start + AT_ONCE]])
        about |= {pk: (stakes, name) for pk, stakes, name in rows.values_list("id", "stakes", "external_id")}
    by_stakes: dict[str, list[tuple[AuditedItem, float]]] = {}
    for one, share in sliced:
        by_stakes.setdefault(about[one.item_id][0], []).append((one, share))
    bad = [one for one, _ in sliced if one.is_bad]
    named = [NamedItem(one.item_id, about[one.item_id][1]) for one in bad if one.part == DEVELOPMENT][::-1]
    return Escapes(
        rows=[
            *(EscapeRow(stakes.capitalize(), share_bad(by_stakes[stakes])) for stakes in sorted(by_stakes)),
            EscapeRow("All", share_bad(sliced)),
        ],
        named=named[:MOST_NAMED],
        n_unnamed=len(bad) - len(named[:MOST_NAMED]),
    )


def passed_by_judge(item_ids: Sequence[int], criterion: str, passing: frozenset[str]) -> set[int]:
    """The items whose most frequent judge label on the criterion passes; a tie does not."""
    counts: dict[int, Counter[bool]] = {}
    for start in range(0, len(item_ids), AT_ONCE):
        verdicts = JudgeVerdict.objects.filter(item__in=item_ids[start : start + AT_ONCE], criterion=criterion)
        for item_id, label in verdicts.values_list("item_id", "label"):
            counts.setdefault(item_id, Counter())[label in passing] += 1
    return {item_id for item_id, counted in counts.items() if counted[True] > counted[False]}


# --- rules that seem to be missing --------------------------------------------------------------------------------


def suggestions_for(sent: Sequence[SentItem]) -> Suggestions:
    """One stated test: of each intent, segment, kind and metadata value, whether what would have shipped is bad more
    often than the rest. Fisher's exact test, one-sided, adjusted after Holm for all values looked at; development items
    only, one of each cluster, so that nothing that watches or examines is used up and no two tell of each other.
    """
    from labeling.stats.leaks import fisher_greater
    from labeling.stats.multiplicity import holm

    by_group = {one.audited.group: one.audited for one in sent if one.is_by_chance}
    items = {one.item_id: one.is_bad for one in by_group.values() if one.part == DEVELOPMENT}
    groups = groups_by_value(list(items))
    n_bad = sum(items.values())
    looks: list[tuple[str, Any, int, int, int, int, float]] = []
    for (field, value), ids in groups:
        n, n_bad_here = len(ids), sum(items[one] for one in ids)
        n_rest, n_bad_rest = len(items) - n, n_bad - n_bad_here
        if min(n, n_rest) >= LEAST_GROUP and len(looks) < MOST_LOOKS:
            p = fisher_greater(n_bad_rest, n_rest, n_bad_here, n)
            looks.append((field, value, n_bad_here, n, n_bad_rest, n_rest, p))
    adjusted = holm([look[-1] for look in looks])
    found = [Suggestion(*look[:-1], p=p) for look, p in zip(looks, adjusted, strict=True) if p < LEVEL]
    return Suggestions(sorted(found, key=lambda one: one.p), n_looks=len(looks), n_items=len(items))


def groups_by_value(item_ids: Sequence[int]) -> list[tuple[tuple[str, Any], list[int]]]:
    """The items by each value they have, the largest groups first. Numbers are no values: they would need a cut."""
    groups: dict[tuple[str, str], tuple[tuple[str, Any], list[int]]] = {}
    for start in range(0, len(item_ids), AT_ONCE):
        rows = Item.objects.filter(pk__in=item_ids[start : start + AT_ONCE])
        for pk, kind, intent, segment, metadata in rows.values_list("id", "kind", "intent", "segment", "metadata"):
            values = {"kind": kind, "intent": intent, "segment": segment}
            values |= {f"metadata.{key}": value for key, value in metadata.items()}
            for field, value in values.items():
                if isinstance(value, bool) or (isinstance(value, str) and value):
                    groups.setdefault((field, repr(value)), ((field, value), []))[1].append(pk)
    return sorted(groups.values(), key=lambda group: (-len(group[1]), group[0][0], str(group[0][1])))


def rule_for(field: str, value: Any) -> dict[str, Any]:
    when = {"field": field, "op": "==", "value": value}
    name = f"audit: {field} is {value}"[:60]
    return {"name": name, "when": when, "review_share": 1.0, "reason": "field_rule"}

"""What an agreement run is computed from: sums over items, of some of them or of all, that add up exactly.

Counted in one process or part by part in several, they are the same sums, and give the same run. A part is a range of
items. A conversation that another part has items of stays open, under its name, until they are added.
Loaded by who computes: numpy would cost every web process its memory.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from labeling.models import RubricVersion
from labeling.queries.item_ranges import BlockDigests, ItemRange, keys_across
from labeling.queries.rating_columns import LabelColumns, VersionRatings, ratings_within, traits_of_items
from labeling.queries.ratings import RatingFilter
from labeling.queries.triage import Surroundings, surroundings_of
from labeling.services.agreement_questions import (
    MOST_DISPUTED,
    Question,
    add_causes,
    arrange,
    causes_in,
    most_disputed,
    scale_of,
    values_given,
)
from labeling.stats.changes import join_units
from labeling.stats.ratings import MISSING
from labeling.stats.tables import Table, add_tables, make_table, places_among, rename_groups, spread

Asked = Mapping[str, Any]


@dataclass(frozen=True)
class ChangeSums:
    """The labels on a question under the version before, and the counts of both side by side.

    `labels` has a column a rater of before; `joint` one for each value before, then one for each after.
    """

    values: list[str]
    labels: Table
    joint: Table


@dataclass(frozen=True)
class QuestionSums:
    """The labels on one question, without whose items they are, and the few items that the run names.

    `labels` has a first column for the fact, and one a rater with the place of the value in `values`. A fact is the
    Monday of the item's week, its intent and its stakes. `hinted` has the labels of each item in dispute, for the
    consensus.
    """

    values: list[str]
    facts: list[tuple[str, str, str]]
    labels: Table
    n_items_pairable: dict[tuple[str, str], int]
    disputed: list[list[int]]
    causes: dict[str, Any]
    hinted: dict[int, list[int]]
    change: ChangeSums | None = None


@dataclass(frozen=True)
class VersionSums:
    """All of a version's questions, and what they have in common.

    `names` are those of open groups, with how many items of each count, now and with those of the version before;
    `is_clustered` says the same two of closed groups: whether any has two.
    """

    raters: list[str]
    raters_before: list[str]
    rater_ids: dict[str, int]
    names: dict[str, tuple[int, int]]
    is_clustered: tuple[bool, bool]
    digests: dict[int, str]
    n_not_applicable: tuple[Counter[str], Counter[str]]
    judge_id: int | None
    questions: dict[str, QuestionSums] = field(default_factory=dict)


@dataclass(frozen=True)
class Counting:
    """What is to be counted: a version under a filter, what it asks, and the version before with what that asked."""

    version: RubricVersion
    chosen: RatingFilter
    until: datetime
    asked: Sequence[Asked]
    before: RubricVersion | None = None
    asked_before: Sequence[Asked] = ()

    def old_question(self, one: Asked) -> Asked | None:
        """The same question of the version before, where it asked it with the same choices."""
        old = next((old for old in self.asked_before if old["key"] == one["key"]), None)
        return old if old is not None and choices_of(old) == choices_of(one) else None


def choices_of(question: Asked) -> tuple[Any, ...]:
    """What there is to choose, and of what: of a number its bounds, since its categories are those that were given."""
    return question["level"], question.get("of_parts"), question.get("bounds") or question["categories"]


# --- counting ---------------------------------------------------------------------------------------------------------


def count_items(counting: Counting, items: ItemRange) -> VersionSums:
    """Read and count the labels on some items. Reads only."""
    moment = {"until": counting.until, "chosen": counting.chosen}
    ratings = ratings_within(items, counting.version, **moment)
    before = ratings_within(items, counting.before, **moment) if counting.before else None
    around = surroundings_of(counting.version, until=counting.until, items=items).only(ratings.weeks)
    traits = traits_of_items(counting.version, items)
    if counting.before:
        traits = {**traits_of_items(counting.before, items), **traits}
    both = ratings.weeks.keys() | (before.weeks.keys() if before else set())
    keys = {item_id: traits[item_id][2] for item_id in sorted(both)}
    names, groups, is_clustered = group_items(keys, ratings.weeks, across=keys_across(items, counting.version))
    questions = {
        one["key"]: count_question(one, counting, ratings, before, around, traits=traits, groups=groups)
        for one in counting.asked
    }
    return VersionSums(
        raters=sorted(ratings.rater_ids),
        raters_before=sorted(before.rater_ids) if before else [],
        rater_ids=dict(ratings.rater_ids),
        names=names,
        is_clustered=is_clustered,
        digests=digests_of(ratings, before, around),
        n_not_applicable=(ratings.n_not_applicable, before.n_not_applicable if before else Counter()),
        judge_id=around.judge.pk if around.judge else None,
        questions=questions,
    )


def digests_of(ratings: VersionRatings, before: VersionRatings | None, around: Surroundings) -> dict[int, str]:
    digests = BlockDigests()
    for one in (ratings, before, around):
        if one is not None:
            one.add_to(digests)
    return digests.by_block()


def group_items(
    keys: Mapping[int, str], counted_now: Mapping[int, Any], *, across: set[str]
) -> tuple[dict[str, tuple[int, int]], dict[int, int], tuple[bool, bool]]:
    """The open groups by name, the group of each item, and whether any closed group has two items."""
    n_both = Counter(key for key in keys.values() if key)
    n_now = Counter(key for item_id, key in keys.items() if key and item_id in counted_now)
    names = {key: (n_now[key], n_both[key]) for key in sorted(n_both) if key in across}
    number_of_name = {key: -1 - number for number, key in enumerate(names)}
    numbers: dict[str | int, int] = {}
    groups = {
        item_id: number_of_name[key] if key in names else numbers.setdefault(key or item_id, len(numbers))
        for item_id, key in keys.items()
    }
    closed = [key for key in n_both if key not in names]
    return names, groups, (any(n_now[key] > 1 for key in closed), any(n_both[key] > 1 for key in closed))


def count_question(
    one: Asked,
    counting: Counting,
    ratings: VersionRatings,
    before: VersionRatings | None,
    around: Surroundings,
    *,
    traits: Mapping[int, tuple[str, str, str]],
    groups: Mapping[int, int],
) -> QuestionSums:
    labels = ratings.on(one["key"])
    question = arrange(one, labels, groups=groups)
    codes = spread_raters(question, sorted(ratings.rater_ids))
    facts_of = {item: (ratings.weeks[item].isoformat(), *traits[item][:2]) for item in set(question.item_ids.tolist())}
    facts = sorted(set(facts_of.values()))
    place = {fact: number for number, fact in enumerate(facts)}
    fact_of_row = np.array([place[facts_of[item]] for item in question.item_ids.tolist()], dtype=np.int32)
    clusters = question.ratings.clusters
    assert clusters is not None
    pairable = set(question.item_ids[question.ratings.n_ratings_of_unit >= 2].tolist())
    is_disputed = {item for item in facts_of if around.beside(one["key"], item).is_disputed}
    hinted = {
        item: row
        for item, row in zip(question.item_ids.tolist(), codes.tolist(), strict=True)
        if item in is_disputed and not one.get("of_parts")
    }
    old = counting.old_question(one)
    return QuestionSums(
        values=values_given(one, labels),
        facts=facts,
        labels=make_table(np.column_stack([fact_of_row, codes]), clusters),
        n_items_pairable=dict(Counter(facts_of[item][1:] for item in pairable)),
        disputed=most_disputed(question),
        causes=causes_in(question, around),
        hinted=hinted,
        change=count_change(one, labels, before, groups) if before and old else None,
    )


def spread_raters(question: Question, raters: Sequence[str]) -> np.ndarray:
    """(n_rows, n_raters) int32: the codes with a column for each of these raters."""
    places = places_among(question.ratings.raters, raters)
    return spread(question.ratings.codes.astype(np.int32), places, n_columns=len(raters), missing=MISSING)


def count_change(one: Asked, labels: LabelColumns, before: VersionRatings, groups: Mapping[int, int]) -> ChangeSums:
    old_labels = before.on(one["key"])
    then = arrange(one, old_labels, groups=groups, beside=labels)
    here = arrange(one, labels, groups=groups, beside=old_labels)
    joint = join_units(then.ratings, here.ratings, then.units.tolist(), here.units.tolist())
    group_of = {
        unit: group
        for question in (then, here)
        for unit, group in zip(question.units.tolist(), question.ratings.clusters.tolist(), strict=True)
    }
    groups_of_units = np.array([group_of[unit] for unit in joint.units], dtype=np.int64)
    is_there = joint.counts.any(axis=(0, 2))
    values = values_given(one, labels, old_labels)
    # Of a number that nobody gave there are no columns, and no units either.
    width = len(values) if values else 0
    rows = np.hstack([side[is_there][:, :width] for side in joint.counts])
    return ChangeSums(
        values=values,
        labels=make_table(spread_raters(then, sorted(before.rater_ids)), then.ratings.clusters),
        joint=make_table(rows, groups_of_units[is_there]),
    )


# --- adding -----------------------------------------------------------------------------------------------------------


def add_sums(parts: Sequence[VersionSums], asked: Sequence[Asked]) -> VersionSums:
    """The sums of all the parts' items. The order of the parts does not matter."""
    names = sorted({name for part in parts for name in part.names})
    raters = sorted({name for part in parts for name in part.raters})
    raters_before = sorted({name for part in parts for name in part.raters_before})
    renamed = [rename_part(part, names, raters, raters_before) for part in parts]
    return VersionSums(
        raters=raters,
        raters_before=raters_before,
        rater_ids={name: rater_id for part in parts for name, rater_id in sorted(part.rater_ids.items())},
        names={name: added([part.names[name] for part in parts if name in part.names]) for name in names},
        is_clustered=(any(part.is_clustered[0] for part in parts), any(part.is_clustered[1] for part in parts)),
        digests={block: digest for part in parts for block, digest in part.digests.items()},
        n_not_applicable=tuple(sum((part.n_not_applicable[at] for part in parts), Counter()) for at in (0, 1)),
        judge_id=parts[0].judge_id,
        questions={one["key"]: add_questions(one, [part.questions[one["key"]] for part in renamed]) for one in asked},
    )


def added(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(now for now, _ in counts), sum(both for _, both in counts)


def rename_part(
    part: VersionSums, names: Sequence[str], raters: Sequence[str], raters_before: Sequence[str]
) -> VersionSums:
    """The part with the numbers of open groups and the columns of raters that all parts share."""
    numbers, places = places_among(list(part.names), names), places_among(part.raters, raters)
    places_before = places_among(part.raters_before, raters_before)

    def widen(one: QuestionSums) -> QuestionSums:
        with_fact = np.concatenate([[0], places + 1]).astype(np.int64)
        labels = widen_table(one.labels, numbers, with_fact, n_columns=len(raters) + 1)
        hinted = {
            item: spread(np.array([row]), places, n_columns=len(raters), missing=MISSING)[0].tolist()
            for item, row in one.hinted.items()
        }
        change = one.change
        if change is not None:
            old = widen_table(change.labels, numbers, places_before, n_columns=len(raters_before))
            change = replace(change, labels=old, joint=rename_groups(change.joint, numbers))
        return replace(one, labels=labels, hinted=hinted, change=change)

    return replace(part, questions={key: widen(one) for key, one in part.questions.items()})


def widen_table(table: Table, numbers: np.ndarray, places: np.ndarray, *, n_columns: int) -> Table:
    rows = spread(table.rows, places, n_columns=n_columns, missing=MISSING)
    return rename_groups(replace(table, rows=rows), numbers)


def add_questions(one: Asked, parts: Sequence[QuestionSums]) -> QuestionSums:
    values = all_values(one, [part.values for part in parts])
    facts = sorted({fact for part in parts for fact in part.facts})
    n_items: Counter[tuple[str, str]] = Counter()
    tables, hinted = [], {}
    for part in parts:
        n_items.update(part.n_items_pairable)
        code_of = np.append(places_among(part.values, values), MISSING)
        rows = part.labels.rows.copy()
        rows[:, 0] = places_among(part.facts, facts)[rows[:, 0]]
        rows[:, 1:] = code_of[rows[:, 1:]]
        tables.append(replace(part.labels, rows=rows))
        hinted |= {item: code_of[row].tolist() for item, row in part.hinted.items()}
    disputed = sorted(
        (line for part in parts for line in part.disputed), key=lambda line: (-line[0] / line[1], line[2])
    )
    changes = [part.change for part in parts if part.change is not None]
    return QuestionSums(
        values=values,
        facts=facts,
        labels=add_tables(tables),
        n_items_pairable=dict(n_items),
        disputed=disputed[:MOST_DISPUTED],
        causes=add_causes([part.causes for part in parts]),
        hinted=hinted,
        change=add_changes(one, changes) if changes else None,
    )


def all_values(one: Asked, lists: Sequence[Sequence[str]]) -> list[str]:
    given = {value for values in lists for value in values}
    return list(scale_of(one, given).categories) if given else []


def add_changes(one: Asked, changes: Sequence[ChangeSums]) -> ChangeSums:
    values = all_values(one, [change.values for change in changes])
    labels, joints = [], []
    for change in changes:
        places = places_among(change.values, values)
        labels.append(replace(change.labels, rows=np.append(places, MISSING)[change.labels.rows]))
        both = np.concatenate([places, places + len(values)])
        rows = spread(change.joint.rows, both, n_columns=2 * len(values), missing=0)
        joints.append(replace(change.joint, rows=rows))
    return ChangeSums(values, add_tables(labels), add_tables(joints))

"""The numbers of an agreement run, from its sums: whole, week by week and slice by slice, and what changed.

Loaded by who computes: numpy and scipy would cost every web process a hundred megabytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from labeling.policy.agreement import LEAST_IN_SLICE, SLICINGS
from labeling.policy.jobs import Tell, tell_nobody
from labeling.services.agreement_sums import (
    Asked,
    ChangeSums,
    Counting,
    QuestionSums,
    VersionSums,
    choices_of,
    scale_of,
)
from labeling.stats.agreement import report_agreement
from labeling.stats.alpha import estimate_alpha
from labeling.stats.categories import describe_categories
from labeling.stats.changes import JointCounts, estimate_joint_change, read_change_of_alpha
from labeling.stats.consensus import SURE, estimate_consensus, reason_against_consensus
from labeling.stats.multiplicity import holm
from labeling.stats.ratings import Ratings
from labeling.stats.scales import Scale
from labeling.stats.slices import probability_as_low
from labeling.stats.tables import close

# Streams of a seed apart from the first ones, which the numbers of the whole run draw from.
WEEK_STREAM = 1_000
SLICE_STREAM = 2_000
CATEGORY_STREAM = 3_000
CHANGE_STREAM = 4_000
MOST_SLICES = 20


@dataclass(frozen=True)
class Labels:
    """The labels on one question: rows that units share, and the fact of each row: Monday, intent and stakes."""

    sums: QuestionSums
    ratings: Ratings
    fact_of_row: np.ndarray
    has_parts: bool


def is_clustered(sums: VersionSums, *, with_before: bool = False) -> bool:
    """Whether two items that count are of one conversation or prompt, so that conversations are drawn."""
    at = int(with_before)
    return sums.is_clustered[at] or any(n_items[at] > 1 for n_items in sums.names.values())


def labels_of(one: Asked, sums: VersionSums) -> Labels:
    """Where no two items hang together and none has parts, units are drawn, and no group is needed."""
    question = sums.questions[one["key"]]
    table, has_parts = close(question.labels), bool(one.get("of_parts"))
    clusters = table.groups if has_parts or is_clustered(sums) else None
    scale = scale_of(one, question.values)
    ratings = Ratings(table.rows[:, 1:], tuple(sums.raters), scale, clusters, table.times)
    return Labels(question, ratings, table.rows[:, 0], has_parts)


def numbers_of_questions(
    sums: VersionSums, counting: Counting, *, replicates: int, seed: int, tell: Tell = tell_nobody
) -> list[dict[str, Any]]:
    """Everything about every question, as it is written into JSON; each question is told before it is begun."""
    found = []
    for number, one in enumerate(counting.asked):
        tell(number, len(counting.asked))
        labels = labels_of(one, sums)
        numbers = numbers_of(labels, replicates=replicates, seed=seed)
        numbers["causes"] = labels.sums.causes
        numbers["consensus"] = consensus_of(labels)
        if labels.has_parts:
            numbers["n_items_pairable"] = sum(labels.sums.n_items_pairable.values())
        categories = {"categories": list(labels.ratings.scale.categories)}
        n_not_applicable = sums.n_not_applicable[0][one["key"]]
        found.append({**one, **categories, **numbers, "n_not_applicable": n_not_applicable})
        stream = np.random.SeedSequence(seed, spawn_key=(CHANGE_STREAM, number))
        rng = np.random.default_rng(stream)
        found[-1] |= change_of(one, labels, sums, counting, replicates=replicates, rng=rng)
    judge_slices(found)
    return found


def numbers_of(labels: Labels, *, replicates: int, seed: int) -> dict[str, Any]:
    ratings = labels.ratings
    report = report_agreement(ratings, replicates=replicates, rng=np.random.default_rng(seed))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(CATEGORY_STREAM,)))
    behind = {}
    if ratings.scale.level != "interval":  # numbers have no categories to mix up
        behind["behind"] = describe_categories(ratings, replicates=replicates, rng=rng).as_document()
    return {
        **report.as_document(),
        **behind,
        "weeks": weeks_of(labels, replicates=replicates, seed=seed),
        "slices": list(slices_of(labels, replicates=replicates, seed=seed)),
        "splits": splits_of(behind["behind"]["pairs"], ratings.scale) if behind else [],
        "disputed": [item_id for _, _, item_id in labels.sums.disputed],
    }


def weeks_of(labels: Labels, *, replicates: int, seed: int) -> list[dict[str, Any]]:
    """Alpha of each week with an item that two people labelled, the oldest first.

    Each week has a stream of its own, so that the interval of a past one stays as it is when another week is added.
    """
    weeks = np.array([date.fromisoformat(week).toordinal() for week, _, _ in labels.sums.facts], dtype=np.int64)
    days = weeks[labels.fact_of_row]
    found = []
    for day in np.unique(days).tolist():
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(WEEK_STREAM, day)))
        alpha = estimate_alpha(labels.ratings.only(days == day), replicates=replicates, rng=rng)
        if alpha.n:
            week = date.fromordinal(day).isoformat()
            found.append({"week": week, "n_units_pairable": alpha.n, "krippendorff_alpha": alpha.as_document()})
    return found


# --- slices ---------------------------------------------------------------------------------------------------------


def slices_of(labels: Labels, *, replicates: int, seed: int) -> Iterator[dict[str, Any]]:
    """Alpha of the items of each intent and stakes, of each intent and of each stakes, beside that of all others.

    The largest slices only, since intents are free text; none where all items are one slice.
    """
    ratings, is_pairable = labels.ratings, labels.ratings.n_ratings_of_unit >= 2
    for slicing_no, (by, columns) in enumerate(SLICINGS.items()):
        names = [tuple(fact[1 + column] for column in columns) for fact in labels.sums.facts]
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        number_of_row = np.array([numbers[name] for name in names], dtype=np.int64)[labels.fact_of_row]
        # However many parts an item has, it is one item.
        n_of_slice = dict.fromkeys(numbers, 0)
        for traits, n in labels.sums.n_items_pairable.items():
            n_of_slice[tuple(traits[column] for column in columns)] += n
        largest = sorted(numbers, key=lambda name: (-n_of_slice[name], name))[:MOST_SLICES]
        for name in largest if len(numbers) > 1 else ():
            rows, n_items = number_of_row == numbers[name], n_of_slice[name]
            n_units = ratings.count_units(rows & is_pairable)
            one: dict[str, Any] = {"by": by, "names": list(name), "n_units_pairable": n_units}
            if labels.has_parts:
                one["n_items_pairable"] = n_items
            if n_items >= LEAST_IN_SLICE:
                stream = np.random.SeedSequence(seed, spawn_key=(SLICE_STREAM, slicing_no, numbers[name]))
                here, elsewhere, permuting = np.random.default_rng(stream).spawn(3)
                alpha = estimate_alpha(ratings.only(rows), replicates=replicates, rng=here)
                others = estimate_alpha(ratings.only(~rows), replicates=replicates, rng=elsewhere)
                one |= {"krippendorff_alpha": alpha.as_document(), "elsewhere": others.as_document()}
                one["p_lower"] = probability_as_low(ratings, rows, rng=permuting)
            yield one


def judge_slices(questions: Sequence[Mapping[str, Any]]) -> None:
    """Put `p_adjusted` beside each `p_lower`: of many slices some are low by chance, so a report is one look."""
    looked_at = [one for question in questions for one in question["slices"] if one.get("p_lower") is not None]
    for one, adjusted in zip(looked_at, holm([one["p_lower"] for one in looked_at]), strict=True):
        one["p_adjusted"] = adjusted


# --- what people split on -------------------------------------------------------------------------------------------


def splits_of(pairs: Sequence[Sequence[int]], scale: Scale) -> list[list[Any]]:
    """[value, value, how many pairs of labels on one item are these two], the most frequent first."""
    splits = [
        [scale.categories[first], scale.categories[second], n]
        for first, row in enumerate(pairs)
        for second, n in enumerate(row)
        if first < second and n
    ]
    return sorted(splits, key=lambda split: -split[2])


def consensus_of(labels: Labels) -> dict[str, Any]:
    """What the model of Dawid and Skene makes of the items in dispute: a hint for whoever settles them, no label."""
    ratings = labels.ratings
    if labels.has_parts:
        return {"undefined": "it speaks of items, and these labels of their parts"}
    if ratings.scale.level == "interval":
        return {"undefined": "it speaks of categories, and these labels are numbers"}
    if reason := reason_against_consensus(ratings):
        return {"undefined": reason}
    consensus = estimate_consensus(ratings)
    if not consensus.has_converged:
        return {"undefined": f"it has not settled after {consensus.n_iterations} rounds"}
    # An item's posterior is that of any row with the same labels.
    row_of = {tuple(codes): row for row, codes in enumerate(ratings.codes.tolist())} if labels.sums.hinted else {}
    hints = {}
    for item_id, codes in sorted(labels.sums.hinted.items()):
        posterior = consensus.posteriors[row_of[tuple(codes)]]
        label = consensus.categories[posterior.argmax()]
        hints[str(item_id)] = {"label": label, "probability": float(posterior.max())}
    return {"undefined": None, "sure": SURE, "n_iterations": consensus.n_iterations, "hints": hints}


# --- before and after -------------------------------------------------------------------------------------------------


def change_of(
    one: Asked,
    labels: Labels,
    sums: VersionSums,
    counting: Counting,
    *,
    replicates: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What changed since the rubric version before, where it asked the same with the same choices; a question that it
    asked otherwise says that it cannot be compared."""
    old = next((old for old in counting.asked_before if old["key"] == one["key"]), None)
    if old is None:
        return {}
    named = {"since": str(counting.before)}
    if choices_of(old) != choices_of(one):
        return {"change": {**named, "sentence": "not comparable: its choices were others"}}
    change = labels.sums.change
    assert change is not None
    before, after, joint = both_sides(one, change, labels, sums)
    found = estimate_joint_change(before, after, joint, replicates=replicates, rng=rng)
    return {"change": {**named, "sentence": read_change_of_alpha(found), **found.as_document()}}


def both_sides(
    one: Asked, change: ChangeSums, labels: Labels, sums: VersionSums
) -> tuple[Ratings, Ratings, JointCounts]:
    """The ratings before and after on one scale, and the counts of each unit of either."""
    scale, then, joint = scale_of(one, change.values), close(change.labels), close(change.joint)
    are_drawn = labels.has_parts or is_clustered(sums, with_before=True)
    place = {value: number for number, value in enumerate(scale.categories)}
    code_of = np.array([*(place[value] for value in labels.ratings.scale.categories if value in place), -1])
    after = Ratings(code_of[labels.ratings.codes], labels.ratings.raters, scale, times=labels.ratings.times)
    before = Ratings(then.rows, tuple(sums.raters_before), scale, times=then.times)
    n_units, width = len(joint.rows), joint.rows.shape[1] // 2
    counts = np.zeros((2, n_units, len(scale)), dtype=np.int64)
    counts[:, :, :width] = joint.rows.reshape(n_units, 2, width).transpose(1, 0, 2)
    return before, after, JointCounts((), counts, joint.groups if are_drawn else None, joint.times)

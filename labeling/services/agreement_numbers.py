"""The numbers of an agreement run: whole, week by week and slice by slice, what people split on, and where.

Loaded by who computes: numpy and scipy would cost every web process a hundred megabytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from labeling.policy.agreement import LEAST_IN_SLICE, SLICINGS
from labeling.queries.rating_columns import LabelColumns, VersionRatings
from labeling.stats.agreement import report_agreement
from labeling.stats.alpha import estimate_alpha
from labeling.stats.intervals import standard_error_of
from labeling.stats.multiplicity import holm, lower_tail
from labeling.stats.ratings import Ratings, arrange_ratings, count_categories
from labeling.stats.scales import Scale, make_scale, read_label

# Streams of a seed apart from the first ones, which the numbers of the whole run draw from.
WEEK_STREAM = 1_000
SLICE_STREAM = 2_000
MOST_DISPUTED = 50
MOST_SLICES = 20


@dataclass(frozen=True)
class ItemFacts:
    """By item: the Monday of its week, its (intent, stakes), and the number of its conversation or prompt.

    `clusters` is None where no two items share one.
    """

    weeks: Mapping[int, date]
    traits: Mapping[int, tuple[str, str]]
    clusters: Mapping[int, int] | None


@dataclass(frozen=True)
class Question:
    """The labels on one question as a matrix, and whose item each of its rows is."""

    key: str
    ratings: Ratings
    item_ids: np.ndarray

    def only(self, rows: np.ndarray) -> Ratings:
        """The matrix of some rows; `rows` is (n_items,) bool."""
        clusters = self.ratings.clusters
        own = None if clusters is None else clusters[rows]
        return Ratings(self.ratings.codes[rows], self.ratings.raters, self.ratings.scale, own)


def numbers_of_questions(
    asked: Sequence[Mapping[str, Any]], ratings: VersionRatings, items: ItemFacts, *, replicates: int, seed: int
) -> list[dict[str, Any]]:
    """Everything about every question, as it is written into JSON."""
    found = []
    for one in asked:
        question = arrange(one, ratings.on(one["key"]), clusters=items.clusters)
        numbers = numbers_of(question, items, replicates=replicates, seed=seed)
        found.append({**one, **numbers, "n_not_applicable": ratings.n_not_applicable[one["key"]]})
    judge_slices(found)
    return found


def facts_of_items(weeks: Mapping[int, date], traits: Mapping[int, tuple[str, str, str]]) -> ItemFacts:
    """`weeks` has the items that count; `traits` are intent, stakes and cluster key of these and of others."""
    own = {item_id: traits[item_id] for item_id in sorted(weeks)}
    n_of_cluster = Counter(key for _, _, key in own.values() if key)
    clusters = None
    if any(n > 1 for n in n_of_cluster.values()):
        numbers: dict[str | int, int] = {}
        clusters = {item_id: numbers.setdefault(key or item_id, len(numbers)) for item_id, (_, _, key) in own.items()}
    return ItemFacts(weeks, {item_id: (intent, stakes) for item_id, (intent, stakes, _) in own.items()}, clusters)


def arrange(one: Mapping[str, Any], labels: LabelColumns, *, clusters: Mapping[int, int] | None) -> Question:
    scale = make_scale(one["level"], declared=one["categories"], observed=())
    code_of = {category: code for code, category in enumerate(scale.categories)}
    code_of_value = np.array([code_of[read_label(value, level=scale.level)] for value in labels.values], dtype=np.int64)
    ratings, item_ids = arrange_ratings(
        np.asarray(labels.item_ids),
        np.asarray(labels.rater_nos),
        code_of_value[np.asarray(labels.value_nos)],
        names=list(labels.raters),
        scale=scale,
        clusters=clusters,
    )
    return Question(one["key"], ratings, item_ids)


def numbers_of(question: Question, items: ItemFacts, *, replicates: int, seed: int) -> dict[str, Any]:
    report = report_agreement(question.ratings, replicates=replicates, rng=np.random.default_rng(seed))
    counts = count_categories(question.ratings.codes, len(question.ratings.scale))
    return {
        **report.as_document(),
        "weeks": weeks_of(question, items.weeks, replicates=replicates, seed=seed),
        "slices": list(slices_of(question, items.traits, replicates=replicates, seed=seed)),
        "splits": splits_of(counts, question.ratings.scale),
        "disputed": most_disputed(counts, question.item_ids),
    }


def weeks_of(question: Question, weeks: Mapping[int, date], *, replicates: int, seed: int) -> list[dict[str, Any]]:
    """Alpha of each week with an item that two people labelled, the oldest first.

    Each week has a stream of its own, so that the interval of a past one stays as it is when another week is added.
    """
    days = np.array([weeks[item_id].toordinal() for item_id in question.item_ids.tolist()], dtype=np.int64)
    found = []
    for day in np.unique(days).tolist():
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(WEEK_STREAM, day)))
        alpha = estimate_alpha(question.only(days == day), replicates=replicates, rng=rng)
        if alpha.n:
            week = date.fromordinal(day).isoformat()
            found.append({"week": week, "n_units_pairable": alpha.n, "krippendorff_alpha": alpha.as_document()})
    return found


# --- slices ---------------------------------------------------------------------------------------------------------


def slices_of(
    question: Question, traits: Mapping[int, tuple[str, str]], *, replicates: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Alpha of the items of each intent and stakes, of each intent and of each stakes, beside that of all others.

    The largest slices only, since intents are free text; none where all items are one slice.
    """
    facts = [traits[item_id] for item_id in question.item_ids.tolist()]
    is_pairable = question.ratings.n_ratings_of_unit >= 2
    for slicing_no, (by, columns) in enumerate(SLICINGS.items()):
        names = [tuple(fact[column] for column in columns) for fact in facts]
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        number_of_row = np.array([numbers[name] for name in names], dtype=np.int64)
        n_of_slice = np.bincount(number_of_row[is_pairable], minlength=len(numbers))
        largest = sorted(numbers, key=lambda name: (-n_of_slice[numbers[name]], name))[:MOST_SLICES]
        for name in largest if len(numbers) > 1 else ():
            rows, n = number_of_row == numbers[name], int(n_of_slice[numbers[name]])
            one: dict[str, Any] = {"by": by, "names": list(name), "n_units_pairable": n}
            if n >= LEAST_IN_SLICE:
                stream = np.random.SeedSequence(seed, spawn_key=(SLICE_STREAM, slicing_no, numbers[name]))
                here, elsewhere = np.random.default_rng(stream).spawn(2)
                alpha = estimate_alpha(question.only(rows), replicates=replicates, rng=here)
                others = estimate_alpha(question.only(~rows), replicates=replicates, rng=elsewhere)
                one |= {"krippendorff_alpha": alpha.as_document(), "elsewhere": others.as_document()}
                one["p_lower"] = lower_tail(
                    alpha.value, others.value, standard_error_of(alpha), standard_error_of(others)
                )
            yield one


def judge_slices(questions: Sequence[Mapping[str, Any]]) -> None:
    """Put `p_adjusted` beside each `p_lower`: of many slices some are low by chance, so a report is one look."""
    looked_at = [one for question in questions for one in question["slices"] if one.get("p_lower") is not None]
    for one, adjusted in zip(looked_at, holm([one["p_lower"] for one in looked_at]), strict=True):
        one["p_adjusted"] = adjusted


# --- what people split on -------------------------------------------------------------------------------------------


def splits_of(counts: np.ndarray, scale: Scale) -> list[list[Any]]:
    """[value, value, how many pairs of labels on one item are these two], the most frequent first."""
    wide = counts.astype(np.int64)
    together = wide.T @ wide
    pairs = [
        [scale.categories[first], scale.categories[second], int(together[first, second])]
        for first in range(len(scale))
        for second in range(first + 1, len(scale))
        if together[first, second]
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def most_disputed(counts: np.ndarray, item_ids: np.ndarray) -> list[int]:
    """The items with the largest share of pairs that differ."""
    wide = counts.astype(np.int64)
    n = wide.sum(axis=1)
    pairs = n * (n - 1) // 2
    unequal = pairs - (wide * (wide - 1) // 2).sum(axis=1)
    rows = np.flatnonzero(unequal)
    worst = rows[np.lexsort((item_ids[rows], -unequal[rows] / pairs[rows]))]
    return [int(item_id) for item_id in item_ids[worst[:MOST_DISPUTED]]]

"""The numbers of an agreement run: whole, week by week and slice by slice, what people split on, and where.

Loaded by who computes: numpy and scipy would cost every web process a hundred megabytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from labeling.policy.agreement import LEAST_IN_SLICE, SLICINGS
from labeling.policy.judging import LABEL_OF_VERDICT
from labeling.policy.triage import CAUSES, MOST_OF_CAUSE, TRAINING, Beside, causes_of, lone_label
from labeling.queries.rating_columns import LabelColumns, VersionRatings
from labeling.queries.ratings import VERDICT
from labeling.queries.triage import FAILING_VERDICTS, Surroundings
from labeling.stats.agreement import report_agreement
from labeling.stats.alpha import estimate_alpha
from labeling.stats.categories import describe_categories
from labeling.stats.changes import estimate_change, read_change_of_alpha
from labeling.stats.consensus import SURE, estimate_consensus, reason_against_consensus
from labeling.stats.multiplicity import holm
from labeling.stats.ratings import Ratings, arrange_ratings, count_categories
from labeling.stats.scales import Scale, make_scale, read_label
from labeling.stats.slices import probability_as_low

# Streams of a seed apart from the first ones, which the numbers of the whole run draw from.
WEEK_STREAM = 1_000
SLICE_STREAM = 2_000
CATEGORY_STREAM = 3_000
CHANGE_STREAM = 4_000
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
    """The labels on one question as a matrix, and whose item each of its rows is.

    A row is an item, or one part of it where the question is asked of parts; `units` tells rows apart.
    """

    key: str
    ratings: Ratings
    item_ids: np.ndarray
    units: np.ndarray

    @property
    def has_parts(self) -> bool:
        return self.units is not self.item_ids

    @property
    def n_items_pairable(self) -> int:
        return len(np.unique(self.item_ids[self.ratings.n_ratings_of_unit >= 2]))

    def only(self, rows: np.ndarray) -> Ratings:
        """The matrix of some rows; `rows` is (n_items,) bool."""
        clusters = self.ratings.clusters
        own = None if clusters is None else clusters[rows]
        return Ratings(self.ratings.codes[rows], self.ratings.raters, self.ratings.scale, own)


def numbers_of_questions(
    asked: Sequence[Mapping[str, Any]],
    ratings: VersionRatings,
    items: ItemFacts,
    around: Surroundings,
    *,
    replicates: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Everything about every question, as it is written into JSON."""
    found = []
    for one in asked:
        question = arrange(one, ratings.on(one["key"]), clusters=items.clusters)
        numbers = numbers_of(question, items, replicates=replicates, seed=seed)
        numbers["causes"] = causes_in(question, around)
        numbers["consensus"] = consensus_of(question, around)
        if question.has_parts:
            numbers["n_items_pairable"] = question.n_items_pairable
        categories = {"categories": list(question.ratings.scale.categories)}
        found.append({**one, **categories, **numbers, "n_not_applicable": ratings.n_not_applicable[one["key"]]})
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


def arrange(
    one: Mapping[str, Any],
    labels: LabelColumns,
    *,
    clusters: Mapping[int, int] | None,
    beside: LabelColumns | None = None,
) -> Question:
    """The matrix of one question; `beside` has the labels of another matrix that it shall be compared with.

    Parts are nested in items, which are drawn whole, or in the conversation that the item is of. Of a number the
    categories are those that were given.
    """
    both = [labels] if beside is None else [labels, beside]
    if one["level"] == "interval":
        given = {read_label(value, level="interval") for columns in both for value in columns.values}
        scale = make_scale("interval", declared=None, observed=given or one["bounds"])
    else:
        scale = make_scale(one["level"], declared=one["categories"], observed=())
    code_of = {category: code for code, category in enumerate(scale.categories)}
    code_of_value = np.array([code_of[read_label(value, level=scale.level)] for value in labels.values], dtype=np.int64)
    item_ids = np.asarray(labels.item_ids)
    parts = sorted({part for columns in both for part in columns.parts})
    units = item_ids if not parts else item_ids * len(parts) + ranks_in(parts, labels.parts)[labels.part_nos]
    if parts:
        of_units = dict(zip(units.tolist(), item_ids.tolist(), strict=True))
        clusters = of_units if clusters is None else {unit: clusters[item] for unit, item in of_units.items()}
    ratings, rows = arrange_ratings(
        units,
        np.asarray(labels.rater_nos),
        code_of_value[np.asarray(labels.value_nos)],
        names=list(labels.raters),
        scale=scale,
        clusters=clusters,
    )
    return Question(one["key"], ratings, item_ids=rows // len(parts) if parts else rows, units=rows)


def ranks_in(parts: Sequence[str], own: Iterable[str]) -> np.ndarray:
    position = {part: number for number, part in enumerate(parts)}
    return np.array([position[part] for part in own], dtype=np.int64)


def numbers_of(question: Question, items: ItemFacts, *, replicates: int, seed: int) -> dict[str, Any]:
    report = report_agreement(question.ratings, replicates=replicates, rng=np.random.default_rng(seed))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(CATEGORY_STREAM,)))
    behind = {}
    if question.ratings.scale.level != "interval":  # numbers have no categories to mix up
        behind["behind"] = describe_categories(question.ratings, replicates=replicates, rng=rng).as_document()
    return {
        **report.as_document(),
        **behind,
        "weeks": weeks_of(question, items.weeks, replicates=replicates, seed=seed),
        "slices": list(slices_of(question, items.traits, replicates=replicates, seed=seed)),
        "splits": splits_of(behind["behind"]["pairs"], question.ratings.scale) if behind else [],
        "disputed": most_disputed(question),
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
    # However many parts an item has, it is one item.
    pairable = np.flatnonzero(is_pairable)
    first_of_item = pairable[np.unique(question.item_ids[pairable], return_index=True)[1]]
    for slicing_no, (by, columns) in enumerate(SLICINGS.items()):
        names = [tuple(fact[column] for column in columns) for fact in facts]
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        number_of_row = np.array([numbers[name] for name in names], dtype=np.int64)
        n_of_slice = np.bincount(number_of_row[first_of_item], minlength=len(numbers))
        largest = sorted(numbers, key=lambda name: (-n_of_slice[numbers[name]], name))[:MOST_SLICES]
        for name in largest if len(numbers) > 1 else ():
            rows, n_items = number_of_row == numbers[name], int(n_of_slice[numbers[name]])
            n_units = int(np.count_nonzero(rows & is_pairable))
            one: dict[str, Any] = {"by": by, "names": list(name), "n_units_pairable": n_units}
            if question.has_parts:
                one["n_items_pairable"] = n_items
            if n_items >= LEAST_IN_SLICE:
                stream = np.random.SeedSequence(seed, spawn_key=(SLICE_STREAM, slicing_no, numbers[name]))
                here, elsewhere, permuting = np.random.default_rng(stream).spawn(3)
                alpha = estimate_alpha(question.only(rows), replicates=replicates, rng=here)
                others = estimate_alpha(question.only(~rows), replicates=replicates, rng=elsewhere)
                one |= {"krippendorff_alpha": alpha.as_document(), "elsewhere": others.as_document()}
                one["p_lower"] = probability_as_low(question.ratings, rows, rng=permuting)
            yield one


def judge_slices(questions: Sequence[Mapping[str, Any]]) -> None:
    """Put `p_adjusted` beside each `p_lower`: of many slices some are low by chance, so a report is one look."""
    looked_at = [one for question in questions for one in question["slices"] if one.get("p_lower") is not None]
    for one, adjusted in zip(looked_at, holm([one["p_lower"] for one in looked_at]), strict=True):
        one["p_adjusted"] = adjusted


# --- what people split on, and whose turn it is to act ----------------------------------------------------------------


def splits_of(pairs: Sequence[Sequence[int]], scale: Scale) -> list[list[Any]]:
    """[value, value, how many pairs of labels on one item are these two], the most frequent first."""
    splits = [
        [scale.categories[first], scale.categories[second], n]
        for first, row in enumerate(pairs)
        for second, n in enumerate(row)
        if first < second and n
    ]
    return sorted(splits, key=lambda split: -split[2])


def most_disputed(question: Question) -> list[int]:
    """The items with the largest share of pairs that differ."""
    counts = count_categories(question.ratings.codes, len(question.ratings.scale)).astype(np.int64)
    n = counts.sum(axis=1)
    pairs = n * (n - 1) // 2
    unequal = pairs - (counts * (counts - 1) // 2).sum(axis=1)
    rows = np.flatnonzero(unequal)
    worst = rows[np.lexsort((question.item_ids[rows], -unequal[rows] / pairs[rows]))]
    # An item stands where its worst part does.
    return list(dict.fromkeys(question.item_ids[worst].tolist()))[:MOST_DISPUTED]


def causes_in(question: Question, around: Surroundings) -> dict[str, Any]:
    """By cause how many items point at it and which, the newest first; for training also how often who stood alone, and
    of how many items the judge said anything. Against the judge only items of the development part speak; how many of
    the others it spoke of is counted.

    Items with the same labels are judged once. Of an item that is not settled nobody is named: who will settle it must
    not know who said what.
    """
    scale, codes = question.ratings.scale, question.ratings.codes
    is_verdict = question.key == VERDICT
    same_as = LABEL_OF_VERDICT if is_verdict else {category: category for category in scale.categories}
    failing = FAILING_VERDICTS if is_verdict else ()
    rows = np.flatnonzero(question.ratings.n_ratings_of_unit >= 2)[::-1]
    patterns, pattern_of_row = np.unique(count_categories(codes[rows], len(scale)), axis=0, return_inverse=True)
    labels_of = [tuple(np.repeat(scale.categories, pattern).tolist()) for pattern in patterns]
    known: dict[tuple[int, Beside], set[str]] = {}
    item_ids_of: dict[str, list[int]] = {cause: [] for cause in CAUSES}
    held_back = around.held_back.get(question.key, ())
    alone, n_judged, n_held_back = [], 0, 0
    for row, item_id, pattern in zip(
        rows.tolist(), question.item_ids[rows].tolist(), pattern_of_row.ravel().tolist(), strict=True
    ):
        beside = around.beside(question.key, item_id)
        n_judged += bool(beside.judged)
        n_held_back += item_id in held_back
        if (pattern, beside) not in known:
            known[pattern, beside] = causes_of(labels_of[pattern], beside, same_as=same_as, failing=failing)
        for cause in known[pattern, beside]:
            item_ids_of[cause].append(item_id)
        if not beside.is_open and TRAINING in known[pattern, beside] and (label := lone_label(labels_of[pattern])):
            alone.append((row, scale.categories.index(label)))
    return {
        "items": {
            cause: {"n": len(item_ids), "item_ids": item_ids[:MOST_OF_CAUSE]}
            for cause, item_ids in ((cause, list(dict.fromkeys(found))) for cause, found in item_ids_of.items())
        },
        "n_judged": n_judged,
        "n_held_back": n_held_back,
        "alone": [[name, n] for name, n in raters_of(question.ratings, alone).most_common()],
    }


def raters_of(ratings: Ratings, cells: Sequence[tuple[int, int]]) -> Counter[str]:
    """How often each rater is who gave that code to that row."""
    if not cells:
        return Counter()
    rows, codes = np.array(cells).T
    columns = (ratings.codes[rows] == codes[:, np.newaxis]).argmax(axis=1)
    return Counter({ratings.raters[at]: n for at, n in enumerate(np.bincount(columns).tolist()) if n})


def consensus_of(question: Question, around: Surroundings) -> dict[str, Any]:
    """What the model of Dawid and Skene makes of the items in dispute: a hint for whoever settles them, no label."""
    if question.has_parts:
        return {"undefined": "it speaks of items, and these labels of their parts"}
    if question.ratings.scale.level == "interval":
        return {"undefined": "it speaks of categories, and these labels are numbers"}
    if reason := reason_against_consensus(question.ratings):
        return {"undefined": reason}
    consensus = estimate_consensus(question.ratings)
    if not consensus.has_converged:
        return {"undefined": f"it has not settled after {consensus.n_iterations} rounds"}
    hints = {
        str(item_id): {"label": consensus.categories[posterior.argmax()], "probability": float(posterior.max())}
        for item_id, posterior in zip(question.item_ids.tolist(), consensus.posteriors, strict=True)
        if around.beside(question.key, item_id).is_disputed
    }
    return {"undefined": None, "sure": SURE, "n_iterations": consensus.n_iterations, "hints": hints}


# --- before and after -------------------------------------------------------------------------------------------------


def choices_of(question: Mapping[str, Any]) -> tuple[Any, ...]:
    """What there is to choose, and of what: of a number its bounds, since its categories are those that were given."""
    return question["level"], question.get("of_parts"), question.get("bounds") or question["categories"]


def add_changes(
    questions: Sequence[dict[str, Any]],
    asked_before: Sequence[Mapping[str, Any]],
    now: VersionRatings,
    before: VersionRatings,
    *,
    clusters: Mapping[int, int] | None,
    before_name: str,
    replicates: int,
    seed: int,
) -> None:
    """Put beside each question what changed since the rubric version before, where it asked the same with the same
    choices; a question that it asked otherwise says that it cannot be compared."""
    old_ones = {one["key"]: one for one in asked_before}
    for number, question in enumerate(questions):
        old = old_ones.get(question["key"])
        if old is None:
            continue
        if choices_of(old) != choices_of(question):
            question["change"] = {"since": before_name, "sentence": "not comparable: its choices were others"}
            continue
        old_labels, new_labels = before.on(question["key"]), now.on(question["key"])
        then = arrange(question, old_labels, clusters=clusters, beside=new_labels)
        here = arrange(question, new_labels, clusters=clusters, beside=old_labels)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(CHANGE_STREAM, number)))
        change = estimate_change(
            then.ratings,
            here.ratings,
            units_before=then.units,
            units_after=here.units,
            clusters_before=then.ratings.clusters,
            clusters_after=here.ratings.clusters,
            replicates=replicates,
            rng=rng,
        )
        question["change"] = {"since": before_name, "sentence": read_change_of_alpha(change), **change.as_document()}

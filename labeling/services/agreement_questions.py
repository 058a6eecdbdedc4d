"""The labels on one question as a matrix, and what of it names items: those in dispute and what they point at.

Loaded by who computes: numpy would cost every web process its memory.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.policy.judging import LABEL_OF_VERDICT
from labeling.policy.triage import CAUSES, MOST_OF_CAUSE, TRAINING, Beside, causes_of, lone_label
from labeling.queries.rating_columns import LabelColumns
from labeling.queries.ratings import VERDICT
from labeling.queries.triage import FAILING_VERDICTS, Surroundings
from labeling.stats.ratings import Ratings, arrange_ratings, count_categories
from labeling.stats.scales import Scale, make_scale, read_label

MOST_DISPUTED = 50


@dataclass(frozen=True)
class Question:
    """The labels on one question as a matrix, and whose item each of its rows is.

    A row is an item, or one part of it where the question is asked of parts; `units` tells rows apart.
    """

    key: str
    ratings: Ratings
    item_ids: np.ndarray
    units: np.ndarray


def scale_of(one: Mapping[str, Any], given: Iterable[str]) -> Scale:
    """The scale of a question: its declared categories, or, of a number, the values that were given."""
    if one["level"] == "interval":
        return make_scale("interval", declared=None, observed=set(given) or one["bounds"])
    return make_scale(one["level"], declared=one["categories"], observed=())


def values_given(one: Mapping[str, Any], *labels: LabelColumns) -> list[str]:
    """What the codes of a question stand for: its declared categories, or, of a number, what these labels give."""
    if one["level"] != "interval":
        return list(scale_of(one, ()).categories)
    given = {read_label(value, level="interval") for columns in labels for value in columns.values}
    return list(scale_of(one, given).categories) if given else []


def arrange(
    one: Mapping[str, Any],
    labels: LabelColumns,
    *,
    groups: Mapping[int, int],
    beside: LabelColumns | None = None,
) -> Question:
    """The matrix of one question; `beside` has the labels of another matrix that it shall be compared with.

    `groups` has by item what it is drawn with: parts are nested in items, which are drawn whole, and items in the
    conversation that they are of.
    """
    both = [labels] if beside is None else [labels, beside]
    scale = scale_of(one, values_given(one, *both))
    code_of = {category: code for code, category in enumerate(scale.categories)}
    code_of_value = np.array([code_of[read_label(value, level=scale.level)] for value in labels.values], dtype=np.int64)
    item_ids = np.asarray(labels.item_ids)
    parts = sorted({part for columns in both for part in columns.parts})
    units = item_ids if not parts else item_ids * len(parts) + ranks_in(parts, labels.parts)[labels.part_nos]
    ratings, rows = arrange_ratings(
        units,
        np.asarray(labels.rater_nos),
        code_of_value[np.asarray(labels.value_nos)],
        names=list(labels.raters),
        scale=scale,
    )
    rows_of = rows // len(parts) if parts else rows
    clusters = np.array([groups[item_id] for item_id in rows_of.tolist()], dtype=np.int64)
    return Question(one["key"], Ratings(ratings.codes, ratings.raters, scale, clusters), item_ids=rows_of, units=rows)


def ranks_in(parts: Sequence[str], own: Iterable[str]) -> np.ndarray:
    position = {part: number for number, part in enumerate(parts)}
    return np.array([position[part] for part in own], dtype=np.int64)


# --- what people split on, and whose turn it is to act ----------------------------------------------------------------


def most_disputed(question: Question) -> list[list[int]]:
    """[pairs of labels that differ, pairs, item] of the items where the largest share differs, the largest first."""
    counts = count_categories(question.ratings.codes, len(question.ratings.scale)).astype(np.int64)
    n = counts.sum(axis=1)
    pairs = n * (n - 1) // 2
    unequal = pairs - (counts * (counts - 1) // 2).sum(axis=1)
    rows = np.flatnonzero(unequal)
    worst = rows[np.lexsort((question.item_ids[rows], -unequal[rows] / pairs[rows]))]
    # An item stands where its worst part does.
    _, first = np.unique(question.item_ids[worst], return_index=True)
    kept = worst[np.sort(first)][:MOST_DISPUTED]
    return np.column_stack([unequal[kept], pairs[kept], question.item_ids[kept]]).tolist()


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
    found = {cause: list(dict.fromkeys(item_ids)) for cause, item_ids in item_ids_of.items()}
    items = {cause: {"n": len(item_ids), "item_ids": item_ids[:MOST_OF_CAUSE]} for cause, item_ids in found.items()}
    by_name = by_most(raters_of(question.ratings, alone))
    return {"items": items, "n_judged": n_judged, "n_held_back": n_held_back, "alone": by_name}


def raters_of(ratings: Ratings, cells: Sequence[tuple[int, int]]) -> Counter[str]:
    """How often each rater is who gave that code to that row."""
    if not cells:
        return Counter()
    rows, codes = np.array(cells).T
    columns = (ratings.codes[rows] == codes[:, np.newaxis]).argmax(axis=1)
    return Counter({ratings.raters[at]: n for at, n in enumerate(np.bincount(columns).tolist()) if n})


def by_most(counts: Mapping[str, int]) -> list[list[Any]]:
    """[name, n], the largest first, and of like ones by name."""
    return sorted(([name, n] for name, n in counts.items()), key=lambda one: (-one[1], one[0]))


def add_causes(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The causes of several lots of items as those of all of them."""
    alone: Counter[str] = Counter()
    for one in found:
        alone.update(dict(one["alone"]))
    items = {}
    for cause in CAUSES:
        item_ids = sorted((item_id for one in found for item_id in one["items"][cause]["item_ids"]), reverse=True)
        items[cause] = {"n": sum(one["items"][cause]["n"] for one in found), "item_ids": item_ids[:MOST_OF_CAUSE]}
    counts = {name: sum(one[name] for one in found) for name in ("n_judged", "n_held_back")}
    return {"items": items, **counts, "alone": by_most(alone)}

"""What the final labels of a rubric version come to: the measures its criteria feed, each with its interval.

Final labels, since one answer an output is what there is to count. They speak of the outputs that people labelled, and
not of all traffic: what is sent to people is chosen.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labeling.models import Criterion, FinalAnswer, RubricVersion
from labeling.policy.outcomes import Feed, Measure, known, measures_for, parts_known
from labeling.policy.rubrics import NOT_APPLICABLE, read_number
from labeling.queries.agreement import ShownEstimate
from labeling.queries.labels import standing_labels

AT_ONCE = 10_000
REPLICATES = 1_000
SEED = 0
# By criterion, by part: the final value.
Answers = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class LabelledItem:
    task: str
    answers: Answers

    def of(self, feed: Feed) -> Mapping[str, str]:
        return self.answers.get(feed.key, {})

    def whole(self, feed: Feed) -> bool | None:
        return known(self.of(feed), feed)

    def parts(self, feed: Feed) -> list[bool]:
        return parts_known(self.of(feed), feed)


@dataclass(frozen=True, slots=True)
class ShownOutcome:
    name: str
    sentence: str
    estimate: ShownEstimate
    unit: str
    n_items: int


def outcomes_of(version: RubricVersion) -> list[ShownOutcome]:
    """Every measure that the version's criteria feed. Two queries; none where it has no such criterion."""
    criteria = list(version.criteria.all())
    measures = measures_for({one.key: one.parts for one in criteria})
    scored = scored_criteria(criteria)
    if not measures and not scored:
        return []
    items = labelled_items(version)
    shown = [shown_outcome(measure, items) for measure in measures]
    return [weighted_outcome(scored, items), *shown] if scored else shown


def labelled_items(version: RubricVersion) -> list[LabelledItem]:
    """The final answers that stand, by item; of an item that became final twice, the newer ones."""
    found = FinalAnswer.objects.filter(
        final_label__in=standing_labels(), final_label__entry__rubric_version=version
    ).order_by("final_label_id")
    fields = (
        "final_label__item_id",
        "final_label_id",
        "final_label__item__cluster_key",
        "criterion__key",
        "part",
        "value",
    )
    newest: dict[int, tuple[int, str, dict[str, dict[str, str]]]] = {}
    for item_id, label_id, task, key, part, value in found.values_list(*fields).iterator(AT_ONCE):
        if item_id not in newest or newest[item_id][0] != label_id:
            newest[item_id] = (label_id, task, defaultdict(dict))
        newest[item_id][2][key][part] = value or NOT_APPLICABLE
    return [LabelledItem(task, answers) for _, task, answers in newest.values()]


def shown_outcome(measure: Measure, items: Sequence[LabelledItem]) -> ShownOutcome:
    # numpy costs a web process megabytes; only who shows an outcome loads it.
    import numpy as np

    unit, compute = COMPUTED[measure.kind]
    estimate, n_items = compute(measure, items, {"replicates": REPLICATES, "rng": np.random.default_rng(SEED)})
    return ShownOutcome(measure.name, measure.sentence, ShownEstimate(**estimate.as_document()), unit, n_items)


def of_parts(measure: Measure, items: Sequence[LabelledItem], options: Mapping[str, Any]) -> tuple[Any, int]:
    from labeling.stats.outcomes import estimate_share_of_parts

    labelled = [found for item in items if (found := item.parts(measure.feeds[0]))]
    held, asked = [sum(found) for found in labelled], [len(found) for found in labelled]
    return estimate_share_of_parts(held, asked, **options), len(labelled)


def of_recall(measure: Measure, items: Sequence[LabelledItem], options: Mapping[str, Any]) -> tuple[Any, int]:
    from labeling.stats.outcomes import estimate_mean_over_items, recall_at

    values = [recall_at(item.parts(measure.feeds[0]), measure.k) for item in items]
    present = [value for value in values if value is not None]
    return estimate_mean_over_items(present, **options), len(present)


def of_items(measure: Measure, items: Sequence[LabelledItem], options: Mapping[str, Any]) -> tuple[Any, int]:
    """A yes or no an item: those of which it is known."""
    from labeling.stats.intervals import wilson_share

    truths = [TRUTH_OF[measure.kind](measure, item) for item in items]
    known_ones = [truth for truth in truths if truth is not None]
    return wilson_share(sum(known_ones), len(known_ones)), len(known_ones)


def of_tasks(measure: Measure, items: Sequence[LabelledItem], options: Mapping[str, Any]) -> tuple[Any, int]:
    """Items that share a cluster key are runs of one task."""
    from labeling.stats.outcomes import estimate_pass_hat

    runs: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        truth = item.whole(measure.feeds[0])
        if item.task and truth is not None:
            runs[item.task].append(truth)
    passed, n_runs = [sum(one) for one in runs.values()], [len(one) for one in runs.values()]
    return estimate_pass_hat(passed, n_runs, measure.k, **options), sum(n_runs)


def is_whole(measure: Measure, item: LabelledItem) -> bool | None:
    return item.whole(measure.feeds[0])


def is_confident_wrong(measure: Measure, item: LabelledItem) -> bool | None:
    """Known where all three are; an output without a claim has none that is unsupported."""
    asserted, supported, hedged = measure.feeds
    is_asserted, is_hedged = item.whole(asserted), item.whole(hedged)
    if is_asserted is None or is_hedged is None:
        return None
    return is_asserted and not is_hedged and not all(item.parts(supported))


def is_second_where(*, first_holds: bool) -> Callable[[Measure, LabelledItem], bool | None]:
    """Of items where the first feed holds, or does not, whether the second does; known of no other item."""

    def truth(measure: Measure, item: LabelledItem) -> bool | None:
        first, second = measure.feeds
        return item.whole(second) if item.whole(first) is first_holds else None

    return truth


def is_lucky(measure: Measure, item: LabelledItem) -> bool | None:
    outcome, process = (item.whole(feed) for feed in measure.feeds)
    return None if outcome is not True or process is None else not process


# The kinds whose number is a share of items, and whether one item is in it.
TRUTH_OF: Mapping[str, Callable[[Measure, LabelledItem], bool | None]] = {
    "whole": is_whole,
    "confident_wrong": is_confident_wrong,
    "abstention": is_second_where(first_holds=False),
    "needless_abstention": is_second_where(first_holds=True),
    "lucky": is_lucky,
    "unlucky": is_second_where(first_holds=False),
}
# Every kind: what its number is taken over, and how.
COMPUTED: Mapping[str, tuple[str, Callable[..., tuple[Any, int]]]] = {
    "parts": ("part", of_parts),
    "recall": ("item", of_recall),
    "pass_hat": ("task", of_tasks),
    **dict.fromkeys(TRUTH_OF, ("item", of_items)),
}


# --- the weighted score -----------------------------------------------------------------------------------------------


def scored_criteria(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria of whole outputs with a number, where there are two or more with a weight on one range; a mean of
    numbers from different ranges would say nothing."""
    scored = [(one, ends) for one in criteria if one.weight > 0 and not one.parts and (ends := ends_of(one))]
    is_one_range = len({ends for _, ends in scored}) == 1
    return [one for one, _ in scored] if len(scored) > 1 and is_one_range else []


def ends_of(criterion: Criterion) -> tuple[Decimal, Decimal] | None:
    if criterion.scale == Criterion.Scale.INTERVAL and criterion.bounds:
        return Decimal(criterion.bounds["low"]), Decimal(criterion.bounds["high"])
    if criterion.scale != Criterion.Scale.ORDINAL:
        return None
    points = [read_number(option["value"]) for option in criterion.options]
    known_points = [point for point in points if point is not None]
    return (min(known_points), max(known_points)) if known_points and len(known_points) == len(points) else None


def weighted_outcome(criteria: Sequence[Criterion], items: Sequence[LabelledItem]) -> ShownOutcome:
    from labeling.stats.averages import estimate_mean
    from labeling.stats.outcomes import weighted_score

    weights = [float(one.weight) for one in criteria]
    found = (weighted_score([score_in(item, one.key) for one in criteria], weights) for item in items)
    scores = [score for score in found if score is not None]
    low, high = ends_of(criteria[0]) or ("", "")
    named = ", ".join(f"{one.key} {one.weight.normalize():f}" for one in criteria)
    sentence = f"From {low} to {high}, by weight, over the criteria that have an answer: {named}"
    estimate = ShownEstimate(**estimate_mean(scores).as_document())
    return ShownOutcome("Weighted score", sentence, estimate, "item", len(scores))


def score_in(item: LabelledItem, key: str) -> float | None:
    number = read_number(item.answers.get(key, {}).get("", ""))
    return None if number is None else float(number)

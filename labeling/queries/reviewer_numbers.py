"""Each number about one reviewer from the rows about them: known answers, peers, repeats and time. No database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from labeling.policy.instruments import (
    CUSUM_THRESHOLD,
    LEAST_KNOWN,
    N_RECENT_KNOWN,
    N_RECENT_TIMES,
    raised_share,
)
from labeling.queries.agreement import ShownEstimate
from labeling.queries.known_answers import KnownAnswer
from labeling.queries.reviewer_reviews import LIVE, REPEAT, GivenReview
from labeling.stats.averages import estimate_median
from labeling.stats.detection import estimate_detection, probability_of_so_few
from labeling.stats.drift import Cusum, CusumPath, follow, run_length
from labeling.stats.intervals import wilson_share
from labeling.stats.kappa import estimate_kappas
from labeling.stats.results import Estimate, undefined_because
from labeling.stats.scales import make_scale, read_label

REPLICATES, SEED = 1_000, 0
# Per item and rubric version, whoever labelled it independently.
Labels = Mapping[tuple[int, int], Mapping[int, str]]


class ShownShare(ShownEstimate):
    """A share as people say it: 84 % (78–89)."""

    @property
    def shown_value(self) -> str:
        return "" if self.value is None else f"{100 * self.value:.0f} %".replace("-", "−")

    @property
    def shown_interval(self) -> str:
        if self.low is None or self.high is None:
            return "no interval"
        separator = " to " if self.low < 0 else "–"
        return f"{100 * self.low:.0f}{separator}{100 * self.high:.0f}".replace("-", "−")


class ShownPoints(ShownShare):
    """A difference of two shares in points of a hundred, with its sign."""

    @property
    def shown_value(self) -> str:
        if self.value is None:
            return ""
        points = round(100 * self.value)
        return f"{points:+d}".replace("-", "−") if points else "0"


class ShownMinutes(ShownEstimate):
    """A time in minutes, in one decimal, two below one minute."""

    @property
    def shown_value(self) -> str:
        return "" if self.value is None else minutes(self.value)

    @property
    def shown_interval(self) -> str:
        return "no interval" if self.low is None or self.high is None else f"{minutes(self.low)}–{minutes(self.high)}"


def minutes(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def shown_share(estimate: Estimate) -> ShownShare:
    return ShownShare(**estimate.as_document())


def shown_points(estimate: Estimate) -> ShownPoints:
    return ShownPoints(**estimate.as_document())


def shown(estimate: Estimate) -> ShownEstimate:
    return ShownEstimate(**estimate.as_document())


# --- known answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """What known answers say: `accuracy` of the newest, `caught` and `passed` of all of the span.

    `p_of_so_few` is None where it was not asked: too few of them, or no accuracy is required. `is_below`: the whole
    interval of the accuracy lies below what is required, which among many people chance gives somebody now and then.
    """

    accuracy: ShownShare
    caught: ShownShare
    passed: ShownShare
    n_recent: int
    p_of_so_few: float | None
    is_below: bool = False


def known_numbers(
    answers: Sequence[KnownAnswer], recent: Sequence[KnownAnswer], required: float | None
) -> KnownNumbers:
    """`answers` are all of the span, `recent` those since the newest pause ended: it is not held against them twice."""
    newest = recent[-N_RECENT_KNOWN:]
    n_right = sum(one.is_right for one in newest)
    is_asked = required is not None and len(newest) >= LEAST_KNOWN
    detection = estimate_detection([one.is_bad for one in answers], [one.was_called_bad for one in answers])
    accuracy = shown_share(wilson_share(n_right, len(newest)) if newest else undefined_because("none yet", n=0))
    return KnownNumbers(
        accuracy=accuracy,
        caught=shown_share(detection.caught),
        passed=shown_share(detection.passed),
        n_recent=len(newest),
        p_of_so_few=probability_of_so_few(n_right, len(newest), required or 0) if is_asked else None,
        is_below=required is not None and accuracy.high is not None and accuracy.high < required,
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """The watch over misses: where it stands, its alarms, and how often it alarms without a reason."""

    watch: Cusum
    path: CusumPath
    alarmed_on: Sequence[KnownAnswer]

    @property
    def level(self) -> str:
        return f"{self.path.values[-1]:.1f}" if self.path.values else "0.0"

    @property
    def n_between_false_alarms(self) -> int:
        return round(run_length(self.watch, self.watch.usual) / 10) * 10

    @property
    def n_until_found(self) -> int:
        return round(run_length(self.watch, self.watch.raised))


def drift_of(answers: Sequence[KnownAnswer], required: float | None) -> Drift | None:
    """None where no accuracy is required: then there is no share of misses to call usual."""
    if required is None:
        return None
    watch = Cusum(1 - required, raised_share(1 - required), CUSUM_THRESHOLD)
    path = follow(watch, [not one.is_right for one in answers])
    return Drift(watch, path, [answers[place] for place in path.alarms])


# --- peers and repeats ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sameness:
    """How often two labels of one item are the same: the share, and beyond chance."""

    share: ShownShare
    kappa: ShownEstimate
    n_items: int


def independent_labels(reviews: Sequence[GivenReview]) -> Labels:
    labels: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for review in reviews:
        if review.is_independent and review.label:
            labels[review.item_id, review.version_id][review.reviewer_id] = review.label
    return labels


def with_peers(reviewer_id: int, labels: Labels) -> Sameness:
    """Their label beside each other first label of the same item, whoever gave it.

    Computed from the labels and not taken from the newest agreement run: that one is of a rubric version, names pairs
    of people, and may be older than what this page speaks of. A third label that was asked for because two differed is
    left out, or whoever breaks ties would seem to agree with half of everybody.
    """
    pairs = [
        (item, given[reviewer_id], label)
        for item, given in labels.items()
        if reviewer_id in given
        for other_id, label in given.items()
        if other_id != reviewer_id
    ]
    return sameness(pairs, none="nobody else labelled the same items")


def with_themself(reviews: Sequence[GivenReview]) -> Sameness:
    """One reviewer's label beside their own of the same item some weeks later, which they could not tell from new."""
    first = {(one.item_id, one.version_id): one.label for one in reviews if one.purpose == LIVE and one.label}
    pairs = [
        (item, first[item], one.label)
        for one in reviews
        if one.purpose == REPEAT and one.label and (item := (one.item_id, one.version_id)) in first
    ]
    return sameness(pairs, none="none yet: no item came to them twice")


def sameness(pairs: Sequence[tuple[tuple[int, int], str, str]], *, none: str) -> Sameness:
    """Items are drawn whole for the interval: two pairs of one item hang together."""
    if not pairs:
        nothing = undefined_because(none, n=0)
        return Sameness(shown_share(nothing), shown(nothing), 0)
    first, second = ([read_label(pair[place], level="nominal") for pair in pairs] for place in (1, 2))
    scale = make_scale("nominal", declared=None, observed=[*first, *second])
    codes = {label: code for code, label in enumerate(scale.categories)}
    items = {item: number for number, (item, _, _) in enumerate(pairs)}
    is_one_each = len(items) == len(pairs)
    found = estimate_kappas(
        np.array([codes[label] for label in first]),
        np.array([codes[label] for label in second]),
        scale=scale,
        replicates=REPLICATES,
        rng=np.random.default_rng(SEED),
        clusters=None if is_one_each else np.array([items[item] for item, *_ in pairs], dtype=np.int64),
    )
    return Sameness(shown_share(found.percent), shown(found.kappa), len(items))


# --- time -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """Active minutes: the median of the newest, and all of them in seconds, in the order of time."""

    median: ShownMinutes
    seconds: Sequence[float] = field(default_factory=list)


def times_of(reviews: Sequence[GivenReview]) -> Times:
    seconds = [one.active_ms / 1_000 for one in reviews if one.active_ms > 0]
    newest = estimate_median([one / 60 for one in seconds[-N_RECENT_TIMES:]])
    return Times(ShownMinutes(**newest.as_document()), seconds)

"""One calibration run as plain values for a page: each number in two decimals, its words, and where it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.models import CalibrationRun
from labeling.policy.agreement import LEAST_ITEMS, Reading
from labeling.policy.confidence import STATED, VOTE_SHARE
from labeling.policy.judging import (
    BROKEN_KAPPA,
    MAY_GATE_KAPPA,
    OVERALL,
    read_ceiling,
    read_kappa,
    read_lean,
)
from labeling.queries.agreement_report import ShownEstimate, estimate_from, words_for
from labeling.queries.judge_bias_panel import ShownBias, ShownPopulation, alternative_in, biases_in, population_in
from labeling.queries.judge_panels import (
    ShownColumn,
    ShownMap,
    ShownSlice,
    baseline_in,
    columns_in,
    lines_of,
    maps_in,
    slices_in,
)
from labeling.queries.judges import AS_A_WHOLE

BARS = ((f"{BROKEN_KAPPA:.0%}", f"{BROKEN_KAPPA:.2f}"), (f"{MAY_GATE_KAPPA:.0%}", f"{MAY_GATE_KAPPA:.2f}"))
CONFIDENCES = {
    STATED: "the confidence that the judge stated with its label",
    VOTE_SHARE: "the share of the judge's runs and orders that gave its label",
}


@dataclass(frozen=True, slots=True)
class ShownCell:
    human: str
    judge: str
    n: int
    is_agreed: bool
    judge_words: str


@dataclass(frozen=True, slots=True)
class ShownBin:
    """One bin of the reliability table."""

    low: float
    high: float
    n: int
    mean_confidence: float | None
    share: ShownEstimate


@dataclass(frozen=True, slots=True)
class ShownCriterion:
    key: str
    question: str
    reading: Reading
    n_items: int
    n_labels: int
    n_people: int
    weighting: str
    kappa: ShownEstimate
    alpha: ShownEstimate
    people: ShownEstimate
    percent: ShownEstimate
    difference: ShownEstimate
    lean: str
    ceiling: str
    labels: Sequence[str]
    confusion: Sequence[tuple[str, Sequence[ShownCell]]]
    left_out: Sequence[tuple[int, str]]
    confidence: str
    n_told: int
    ece: ShownEstimate
    brier: ShownEstimate
    bins: Sequence[ShownBin]
    ac1: ShownEstimate | None
    caught: ShownEstimate | None
    passed: ShownEstimate | None
    baseline: tuple[str, ShownEstimate] | None
    n_held_back: int
    columns: Sequence[ShownColumn]
    slices: Sequence[ShownSlice]
    maps: Sequence[ShownMap]
    biases: Sequence[ShownBias]
    population: ShownPopulation | None
    alternative: tuple[str, str] | None

    @property
    def lines(self) -> list[tuple[str, list[tuple[ShownEstimate | None, ShownColumn]]]]:
        return lines_of(self.columns)

    @property
    def thin_slices(self) -> list[ShownSlice]:
        return [one for one in self.slices if one.too_few]

    @property
    def is_enough(self) -> bool:
        """Whether there is a number to look at; under fifty items its interval would span every word."""
        return self.n_items >= LEAST_ITEMS

    @property
    def verdict(self) -> str:
        """The verdict in two words; what it means stands in `meaning`."""
        return self.reading.words.partition(": ")[0]

    @property
    def meaning(self) -> str:
        return self.reading.words.partition(": ")[2].capitalize()

    @property
    def axis(self) -> list[tuple[str, ShownEstimate]]:
        return [
            (f"Judge with people, kappa ({self.weighting})", self.kappa),
            ("Judge with people, alpha", self.alpha),
            *([("Judge with people, Gwet’s AC1", self.ac1)] if self.ac1 else []),
            ("People among themselves, alpha", self.people),
        ]

    @property
    def shares(self) -> list[tuple[str, ShownEstimate, str]]:
        """Shares on the same axis, which bars of kappa say nothing about, each with what it rests on."""
        shares = [
            ("Same label, not corrected for chance", self.percent, "labels"),
            ("Of people’s fails, failed by the judge", self.caught, "labels that fail"),
            ("Of people’s passes, passed by the judge", self.passed, "labels that pass"),
        ]
        if self.baseline:
            label, percent = self.baseline
            shares.insert(1, (f"Always saying “{label}” would score, at kappa 0", percent, "labels"))
        return [(name, one, unit) for name, one, unit in shares if one is not None]


def criteria_in(run: CalibrationRun, words: Mapping[str, Mapping[str, str]] | None = None) -> list[ShownCriterion]:
    return [shown_criterion(found, (words or {}).get(found["key"], {})) for found in run.numbers["criteria"]]


def words_in(run: CalibrationRun) -> dict[str, dict[str, str]]:
    """The values of each criterion as reviewers read them. One query."""
    criteria = list(run.rubric_version.criteria.all())
    words = {one.key: {option["value"]: words_for(option) for option in one.options} for one in criteria}
    if len(criteria) == 1:
        words.setdefault(OVERALL, words[criteria[0].key])
    return words


def shown_criterion(found: Mapping[str, Any], words: Mapping[str, str]) -> ShownCriterion:
    kappa, alpha, people, difference = (
        estimate_from(found[name]) for name in ("kappa", "alpha", "people_alpha", "mean_difference")
    )
    labels = found["confusion"]["labels"]
    words_of = {label: words.get(label, label.capitalize()) for label in labels}
    return ShownCriterion(
        key=found["key"],
        question=found["question"],
        reading=read_kappa(
            value=kappa.value, low=kappa.low, high=kappa.high, n_items=found["n_items"], undefined=kappa.undefined
        ),
        n_items=found["n_items"],
        n_labels=found["n_labels"],
        n_people=found["n_people"],
        weighting=found["weighting"],
        kappa=kappa,
        alpha=alpha,
        people=people,
        percent=estimate_from(found["percent_agreement"]),
        difference=difference,
        lean=read_lean(value=difference.value, low=difference.low, high=difference.high),
        ceiling=read_ceiling(judge=alpha.value, judge_low=alpha.low, people=people.value, people_high=people.high),
        labels=[words_of[label] for label in labels],
        confusion=[
            (
                words_of[human],
                [
                    ShownCell(human, judge, n, human == judge, words_of[judge])
                    for judge, n in zip(labels, counts, strict=True)
                ],
            )
            for human, counts in zip(labels, found["confusion"]["rows"], strict=True)
        ],
        left_out=left_out_of(found),
        confidence=CONFIDENCES.get(found["confidence_kind"], ""),
        n_told=found["n_told"],
        ece=estimate_from(found["ece"]),
        brier=estimate_from(found["brier"]),
        bins=[shown_bin(one) for one in found["reliability"]],
        **{name: estimate_from(found[name]) if found.get(name) else None for name in ("ac1", "caught", "passed")},
        baseline=baseline_in(found, words_of),
        n_held_back=found.get("n_held_back", 0),
        columns=columns_in(found),
        slices=slices_in(found),
        maps=maps_in(found),
        biases=biases_in(found),
        population=population_in(found),
        alternative=alternative_in(found),
    )


def left_out_of(found: Mapping[str, Any]) -> list[tuple[int, str]]:
    return [
        (found["n_without_label"], "items that the judge labelled and nobody has a label on that counts"),
        (found["n_without_judge"], "labelled items that the judge said nothing of"),
        (found["n_tied"], "items on which the judge's runs or orders tie"),
        (found["n_undeclared"], "items with a judge label that the scale does not have"),
        (
            found.get("n_held_back", 0),
            "items that both labelled and that are held back, to examine and to watch the judge",
        ),
        (found["n_abstained"], "people’s answers that are no label: an escalation, or “not applicable”"),
    ]


def shown_bin(one: Mapping[str, Any]) -> ShownBin:
    return ShownBin(one["low"], one["high"], one["n"], one["mean_confidence"], estimate_from(one["share_correct"]))


def speaks_of_the_whole(criteria: Sequence[ShownCriterion]) -> bool:
    return any((one.key, one.question) == (OVERALL, AS_A_WHOLE) for one in criteria)

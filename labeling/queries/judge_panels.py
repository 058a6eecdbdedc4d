"""The parts of a judge's report beside its first numbers: columns to read line by line, slices, and confidence maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.policy.agreement import LEAST_ITEMS
from labeling.queries.agreement import ShownEstimate, estimate_from

NO_SLICE = "not stated"
MAP_NAMES = {"platt": "Platt’s sigmoid", "isotonic": "Isotonic, a staircase"}
NUMBERS = (
    ("Kappa", "kappa"),
    ("Alpha", "alpha"),
    ("Gwet’s AC1", "ac1"),
    ("Same label", "percent_agreement"),
    ("Catches: fails of people that the judge fails (sensitivity)", "caught"),
    ("Passes: passes of people that the judge passes (specificity)", "passed"),
)


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One way to read the labels: what it is called, what it rests on, and the number of each line."""

    name: str
    basis: str
    numbers: Sequence[ShownEstimate | None]
    is_enough: bool


@dataclass(frozen=True, slots=True)
class ShownSlice:
    by: str
    name: str
    n_items: int
    kappa: ShownEstimate | None = None
    percent: ShownEstimate | None = None
    caught: ShownEstimate | None = None
    passed: ShownEstimate | None = None

    @property
    def too_few(self) -> str:
        """Why it has no number; empty where it has."""
        return "" if self.percent else f"Not enough yet: {self.n_items} of about {LEAST_ITEMS} items"

    @property
    def place(self) -> tuple[int, float]:
        """The lower end of kappa's interval, the lowest first; then what has no kappa, then what is too small."""
        if self.too_few:
            return 2, float(-self.n_items)
        if self.kappa is None or self.kappa.low is None:
            return 1, float(-self.n_items)
        return 0, self.kappa.low


@dataclass(frozen=True, slots=True)
class ShownMap:
    """A fitted map of the confidence, or why there is none, and what it changes on items that it never saw."""

    kind: str
    name: str
    undefined: str
    ece: tuple[ShownEstimate, ShownEstimate, ShownEstimate]
    brier: tuple[ShownEstimate, ShownEstimate, ShownEstimate]

    @property
    def verdict(self) -> str:
        """Whether it helps, by the interval of its change; Brier, since ECE is too high on few items."""
        change = self.brier[2]
        if change.value is None or change.low is None or change.high is None:
            return ""
        if change.high < 0:
            return "It helps: the confidence is closer to the truth with it, by the interval."
        return "It harms." if change.low > 0 else "Whether it helps cannot be told from these items."


def columns_in(found: Mapping[str, Any]) -> list[ShownColumn]:
    """Each first-pass label, the same weighted to all traffic, and final labels; none in runs from before there were
    any."""
    if "final" not in found:
        return []
    traffic, final = found["all_traffic"], found["final"]
    return [
        column("Reviewed rows only", f"{found['n_labels']} first-pass labels, {found['n_items']} items", found),
        column(
            "All traffic",
            f"the same, weighted by 1/π: {traffic['n_items']} items that count like {traffic['n_effective']:.0f} labels"
            f" drawn evenly; {traffic['n_without_probability']} without a π left out",
            traffic,
        ),
        column(
            "Final label",
            f"{final['n_items']} items that are final, {final['n_adjudicated']} of them adjudicated",
            final,
        ),
    ]


def column(name: str, basis: str, found: Mapping[str, Any]) -> ShownColumn:
    numbers = [estimate_from(found[key]) if found[key] else None for _, key in NUMBERS]
    return ShownColumn(name, basis, numbers, is_enough=found["n_items"] >= LEAST_ITEMS)


def lines_of(columns: Sequence[ShownColumn]) -> list[tuple[str, list[tuple[ShownEstimate | None, ShownColumn]]]]:
    """The columns as lines of a table: what a line is called, and its number in each column."""
    lines = [(name, [(one.numbers[at], one) for one in columns]) for at, (name, _) in enumerate(NUMBERS)]
    return [(name, cells) for name, cells in lines if any(estimate for estimate, _ in cells)]


def baseline_in(found: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, ShownEstimate] | None:
    """What always saying people's most frequent label would score; the least that a judge has to beat."""
    baseline = found.get("baseline")
    if not baseline or baseline["label"] is None:
        return None
    return words.get(baseline["label"], baseline["label"]), estimate_from(baseline["percent"])


def slices_in(found: Mapping[str, Any]) -> list[ShownSlice]:
    return sorted((shown_slice(one) for one in found.get("slices", [])), key=lambda one: one.place)


def shown_slice(one: Mapping[str, Any]) -> ShownSlice:
    name = " × ".join(part or NO_SLICE for part in one["names"])
    kappa, percent, caught, passed = (
        estimate_from(one[key]) if one.get(key) else None for key in ("kappa", "percent_agreement", "caught", "passed")
    )
    return ShownSlice(one["by"], name, one["n_items"], kappa, percent, caught, passed)


def maps_in(found: Mapping[str, Any]) -> list[ShownMap]:
    return [shown_map(one) for one in found.get("maps", [])]


def shown_map(one: Mapping[str, Any]) -> ShownMap:
    ece, brier = (
        tuple(estimate_from(one[f"{error}_{moment}"]) for moment in ("before", "after", "change"))
        for error in ("ece", "brier")
    )
    return ShownMap(one["kind"], MAP_NAMES[one["kind"]], one["undefined"] or "", ece, brier)

"""One question of a run in detail, as its page shows it: what stands behind alpha, where it is low, and who can act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.models import AgreementRun, Item
from labeling.policy.agreement import LEAST_IN_SLICE, MOST_CHANCE
from labeling.policy.triage import CAUSES, CHECKS, JUDGE, RUBRIC, TRAINING
from labeling.queries.agreement import ShownEstimate, estimate_from, n_items_of_slice, two_decimals, without_held_back
from labeling.queries.ratings import VERDICT
from labeling.stats.planning import plan_units, read_plan
from labeling.stats.results import OTHER_COEFFICIENTS, Estimate

HALF_WIDTHS = (0.10, 0.08, 0.05)
MOST_AT_FIRST = 8
STAKES = dict(Item.Stakes.choices)
TOO_FEW = f"under {LEAST_IN_SLICE} doubly labelled items: no number"
MEANINGS = {
    RUBRIC: "People split, so the rubric leaves it open",
    TRAINING: "One stands alone, or a ruling found an oversight",
    JUDGE: "People agree, and the judge says otherwise",
    CHECKS: "People fail what every check had passed",
}


@dataclass(frozen=True, slots=True)
class ShownCoefficient:
    name: str
    estimate: ShownEstimate


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """A category: its share of the labels, how often one such label finds another, and the pairs with each other one.

    `cells` are (value, number of pairs) in the order of the categories; a pair is counted in both of its cells.
    """

    value: str
    words: str
    share: str
    agreement: ShownEstimate
    cells: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class ShownSlice:
    """Some of the items. `number` is its place in the run; without an `alpha` they are too few for one."""

    number: int
    by: str
    name: str
    n_items: int
    alpha: ShownEstimate | None = None
    elsewhere: ShownEstimate | None = None
    p_adjusted: float | None = None

    @property
    def is_lower(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted < MOST_CHANCE

    @property
    def shown_p(self) -> str:
        if self.p_adjusted is None:
            return ""
        return "under 0.001" if self.p_adjusted < 0.001 else f"{self.p_adjusted:.3f}"


@dataclass(frozen=True, slots=True)
class ShownCause:
    """`silence` says why nothing could point there, which is not the same as nothing; `note` what was left out."""

    cause: str
    meaning: str
    n_items: int
    silence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """`observed` and `expected` are the two disagreements that alpha is made of, of the largest possible; empty where
    there is none. A run made before there was one of these has it empty."""

    coefficients: Sequence[ShownCoefficient]
    categories: Sequence[ShownCategory]
    observed: str
    expected: str
    paradox: str
    plans: Sequence[str]
    since: str
    change: str
    slices: Sequence[ShownSlice]
    causes: Sequence[ShownCause]
    alone: Sequence[tuple[str, int]]
    consensus: str

    @property
    def worst_slices(self) -> Sequence[ShownSlice]:
        """The first ones, and every further one that is lower than elsewhere."""
        measured = [one for one in self.slices if one.alpha is not None]
        return [one for number, one in enumerate(measured) if number < MOST_AT_FIRST or one.is_lower]

    @property
    def other_slices(self) -> Sequence[ShownSlice]:
        shown = {one.number for one in self.worst_slices}
        return [one for one in self.slices if one.number not in shown]


def detail_of(numbers: Mapping[str, Any], words_of: Mapping[str, str]) -> Detail:
    """A question of a run's `numbers`, in words."""
    behind, change = numbers.get("behind", {}), numbers.get("change", {})
    causes = numbers.get("causes", {})
    return Detail(
        coefficients=coefficients_of(numbers),
        categories=categories_of(behind, words_of),
        observed=share_of(behind.get("observed_disagreement")),
        expected=share_of(behind.get("expected_disagreement")),
        paradox=behind.get("paradox", ""),
        plans=plans_for(numbers),
        since=change.get("since", ""),
        change=change.get("sentence", ""),
        slices=slices_in(numbers.get("slices", ())),
        causes=[shown_cause(cause, numbers) for cause in CAUSES if causes],
        alone=[(name, n) for name, n in causes.get("alone", ())],
        consensus=numbers.get("consensus", {}).get("undefined") or "",
    )


def coefficients_of(numbers: Mapping[str, Any]) -> list[ShownCoefficient]:
    """AC2 only where the labels have an order: elsewhere it is AC1, or undefined."""
    names = {"krippendorff_alpha": "Krippendorff’s alpha", **OTHER_COEFFICIENTS}
    found = [
        ShownCoefficient(name, estimate_from(numbers[key]))
        for key, name in names.items()
        if key in numbers and (numbers["level"] != "nominal" or not key.startswith("gwet_ac2"))
    ]
    raw = numbers["percent_agreement"]
    return [
        *found,
        ShownCoefficient("Raw agreement, of all pairs", estimate_from(raw["pooled"])),
        ShownCoefficient("Raw agreement, all alike", estimate_from(raw["unanimous"])),
    ]


def categories_of(behind: Mapping[str, Any], words_of: Mapping[str, str]) -> list[ShownCategory]:
    categories = behind.get("categories", ())
    return [
        ShownCategory(
            one["label"],
            words_of.get(one["label"], one["label"]),
            share="" if one["share"] is None else f"{one['share']:.0%}",
            agreement=estimate_from(one["agreement"]),
            cells=[(other["label"], n) for other, n in zip(categories, pairs, strict=True)],
        )
        for one, pairs in zip(categories, behind.get("pairs", ()), strict=True)
    ]


def shown_cause(cause: str, numbers: Mapping[str, Any]) -> ShownCause:
    causes, silence, note = without_held_back(numbers)["causes"], "", ""
    if cause == JUDGE:
        if causes.get("n_judged") == 0:
            silence = "no judge speaks of it"
        if "n_held_back" not in causes:
            silence = "compute anew: this run did not hold any items back"
        elif causes["n_held_back"]:
            note = f"{causes['n_held_back']:,} more that it spoke of are held back to examine and to watch it"
    if cause == CHECKS and numbers["key"] != VERDICT:
        silence = "see the verdict"
    return ShownCause(cause, MEANINGS[cause], causes["items"][cause]["n"], silence, note)


def share_of(value: float | None) -> str:
    return "" if value is None else two_decimals(value)


def plans_for(numbers: Mapping[str, Any]) -> list[str]:
    """How many more labels an interval takes, for three widths; or the one reason why that cannot be said."""
    if numbers.get("of_parts"):
        return ["cannot be planned: how many parts another item would bring is not known"]
    alpha = numbers["krippendorff_alpha"]
    estimate = Estimate(**{**alpha, "flags": tuple(alpha["flags"])})
    plans = [plan_units(estimate, half_width=half_width) for half_width in HALF_WIDTHS]
    if plans[0].undefined:
        return [f"cannot be planned yet: {plans[0].undefined}"]
    return [read_plan(plan) for plan in plans]


def slices_in(slices: Sequence[Mapping[str, Any]]) -> list[ShownSlice]:
    """The lowest alpha first; those too few for a number come last, the largest first."""
    shown = [
        ShownSlice(
            number,
            one["by"],
            name_of_slice(one),
            n_items_of_slice(one),
            alpha=estimate_from(one["krippendorff_alpha"]) if "krippendorff_alpha" in one else None,
            elsewhere=estimate_from(one["elsewhere"]) if "elsewhere" in one else None,
            p_adjusted=one.get("p_adjusted"),
        )
        for number, one in enumerate(slices)
    ]
    return sorted(shown, key=place_of_slice)


def place_of_slice(one: ShownSlice) -> tuple[bool, float, int]:
    has_value = one.alpha is not None and one.alpha.value is not None
    return (not has_value, one.alpha.value if has_value else 0.0, -one.n_items)


def name_of_slice(one: Mapping[str, Any]) -> str:
    parts = dict(zip(one["by"].split(" × "), one["names"], strict=True))
    words = []
    if "intent" in parts:
        words.append(parts["intent"] or "no intent stated")
    if "stakes" in parts:
        words.append(f"{STAKES.get(parts['stakes'], parts['stakes']).lower()} stakes")
    return ", ".join(words)


def shown_skips(run: AgreementRun) -> str:
    """How many turns were put off; a run made before they were counted says nothing."""
    skips = run.numbers.get("skips")
    if not skips or not skips["n_turns"]:
        return ""
    n_put_off, n_turns = skips["n_put_off"], skips["n_turns"]
    return f"{n_put_off:,} of {n_turns:,} turns were put off ({n_put_off / n_turns:.0%})"

"""What a run says of a judge's biases and of the pass rate behind it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.queries.agreement import ShownEstimate, estimate_from

# (name, what it is, group of numbers, number, the value without bias)
BIASES = (
    ("Says the same again: flips", "items on which its runs differ", "repeats", "flips", 0.0),
    (
        "Says the same again: alpha",
        "its runs among themselves; above this it cannot agree with people",
        "repeats",
        "alpha",
        1.0,
    ),
    ("Position: flips", "pairs whose verdict changes with the order", "position", "flips", 0.0),
    ("Position: tilt of the flips", "1 always to what is shown first, -1 second, 0 fair", "position", "fairness", 0.0),
    ("Position: goes to the first shown", "one half without position bias", "position", "first_shown", 0.5),
    ("Length", "odds of a pass when twice as long, people’s label the same; 1 is no bias", "", "verbosity", 1.0),
    (
        "Own family",
        "odds of a pass for its own family, people’s label the same; 1 is no bias",
        "",
        "self_preference",
        1.0,
    ),
)
NEUTRAL_IS_INSIDE = "No bias that the interval would not also give by chance."


@dataclass(frozen=True, slots=True)
class ShownBias:
    """One line of the bias panel; without enough to say so, the reason and how much it takes."""

    name: str
    meaning: str
    estimate: ShownEstimate
    words: str


@dataclass(frozen=True, slots=True)
class ShownPopulation:
    """The pass rate of all traffic, corrected by people, and what the judge alone says of it."""

    sentence: str
    undefined: str
    n_traffic: int
    n_without_judge: int
    n_labels: int
    fixed_sentence: str
    fixed_undefined: str


def biases_in(found: Mapping[str, Any]) -> list[ShownBias]:
    bias = found.get("bias")
    if not bias:
        return []
    lines = []
    for name, meaning, group, number, neutral in BIASES:
        numbers = bias[group] if group else bias
        if numbers is not None:
            estimate = estimate_from(numbers[number])
            lines.append(ShownBias(name, meaning, estimate, bias_in_words(number, estimate, neutral)))
    return lines


def bias_in_words(number: str, one: ShownEstimate, neutral: float) -> str:
    """What can be said by the interval, and nothing more."""
    if one.value is None or one.low is None or one.high is None:
        return ""
    if number in ("flips", "alpha"):
        return ""
    if one.low <= neutral <= one.high:
        return NEUTRAL_IS_INSIDE
    is_above = one.low > neutral
    return {
        "fairness": ("It tilts to what is shown first.", "It tilts to what is shown second."),
        "first_shown": ("It favours what is shown first.", "It favours what is shown second."),
        "verbosity": ("It favours what is long.", "It favours what is short."),
        "self_preference": ("It favours its own family.", "It is harder on its own family."),
    }[number][0 if is_above else 1]


def population_in(found: Mapping[str, Any]) -> ShownPopulation | None:
    """None where no value is called a pass, and in runs from before it was computed."""
    population = found.get("population")
    if not population:
        return None
    difference, fixed = population["difference"], population["fixed_set"]
    corrected, known = estimate_from(difference["estimate"]), estimate_from(fixed["estimate"])
    return ShownPopulation(
        sentence=corrected_in_words(corrected, difference),
        undefined=corrected.undefined or "",
        n_traffic=population["n_traffic"],
        n_without_judge=population["n_without_judge"],
        n_labels=corrected.n,
        fixed_sentence=f"{in_percent(known)}, from {known.n} known answers" if known.value is not None else "",
        fixed_undefined=known.undefined or "",
    )


def corrected_in_words(one: ShownEstimate, share: Mapping[str, Any]) -> str:
    """*True pass rate 84.1 % (80.6-87.6). Judge alone says 91 %. Your 240 labels worked like 410.*"""
    if one.value is None:
        return ""
    sentences = [f"True pass rate {in_percent(one)}.", f"Judge alone says {100 * share['judge_alone']:.0f} %."]
    if share["worked_like"]:
        sentences.append(f"Your {one.n} labels worked like {share['worked_like']:.0f}.")
    return " ".join(sentences)


def in_percent(one: ShownEstimate) -> str:
    value, low, high = (100 * (end or 0.0) for end in (one.value, one.low, one.high))
    return f"{value:.1f} % ({low:.1f}–{high:.1f})"


def panel_estimates(found: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Every estimate of the bias panel and of the pass rate by a name, for the download."""
    bias, population = found.get("bias") or {}, found.get("population") or {}
    of_bias = [
        (f"{group or 'bias'}_{number}", (bias[group] if group else bias)[number])
        for _, _, group, number, _ in BIASES
        if bias and (not group or bias[group])
    ]
    return [
        *of_bias,
        *((f"pass_rate_{name}", population[name]["estimate"]) for name in ("difference", "fixed_set") if population),
    ]


def alternative_in(found: Mapping[str, Any]) -> tuple[str, str] | None:
    """Whether it may stand in for one of several people, in a few words and in a sentence; None in older runs."""
    told = found.get("alternative")
    if not told:
        return None
    if told["passes"] is None:
        return "Not enough yet", f"{told['undefined']}."
    advantage = estimate_from(told["advantage"])
    n_won = round(told["winning_share"] * told["n_compared"])
    words = (
        f"left out in turn, {n_won} of {told['n_compared']} people are no nearer to the others than the judge is "
        f"(ω {told['winning_share']:.2f}, enough from one half; ε {told['epsilon']:.2f}). On average it is as near on "
        f"{advantage.shown_value} of the items (ρ, {advantage.shown_interval}; {advantage.n} items). "
        "This is about one label among several, and not about shipping without any."
    )
    return ("It could take the place of one of several people" if told["passes"] else "It is no stand-in"), words

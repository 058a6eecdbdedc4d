"""The bias panel of a calibration run: what moves a judge besides quality. Loaded by who computes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.queries.judge_bias import Outputs
from labeling.services.calibration_units import Instrument, Units
from labeling.stats.biases import estimate_self_preference, estimate_verbosity
from labeling.stats.results import Estimate, undefined_because
from labeling.stats.self_consistency import FIRST, MISSING, SECOND, TIE, estimate_position_bias, report_repeats

SIDES = {"a": FIRST, "b": SECOND, "tie": TIE}
OWN, OTHER = 1, 0


def bias_numbers(
    with_instrument: Instrument, units: Units, *, replicates: int, rng: np.random.Generator
) -> dict[str, Any]:
    compared = with_instrument.compared
    return {
        "repeats": repeats_of(with_instrument, replicates=replicates, rng=rng),
        "position": position_of(with_instrument) if is_of_sides(compared.categories) else None,
        "verbosity": length_of(with_instrument, units).as_document(),
        "self_preference": own_family_of(with_instrument, units).as_document(),
    }


def is_of_sides(categories: Any) -> bool:
    return {"a", "b"} <= set(categories) <= SIDES.keys()


def repeats_of(with_instrument: Instrument, *, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """How far its runs of one order agree with each other: a judge cannot agree with people more than with itself."""
    again = sorted((item_id, one.runs) for item_id, one in with_instrument.compared.again.items() if len(one.runs) > 1)
    widest = max((len(runs) for _, runs in again), default=2)
    labels = {label for _, runs in again for label in runs if label}
    code_of = {"": MISSING, **{label: with_instrument.code(label) for label in labels}}
    filled = [[code_of[label] for label in runs] + [MISSING] * (widest - len(runs)) for _, runs in again]
    codes = np.array(filled, dtype=np.int64).reshape(len(again), widest)
    groups = with_instrument.groups([item_id for item_id, _ in again])
    report = report_repeats(codes, scale=with_instrument.scale, replicates=replicates, rng=rng, clusters=groups)
    numbers = ("flips", "stability", "alpha")
    return {"n": report.n, "n_runs": widest, **{name: getattr(report, name).as_document() for name in numbers}}


def position_of(with_instrument: Instrument) -> dict[str, Any]:
    again = sorted(
        (item_id, one) for item_id, one in with_instrument.compared.again.items() if one.in_order is not None
    )
    in_order, swapped = (
        np.array([SIDES.get(label or "", MISSING) for label in labels], dtype=np.int64)
        for labels in ([one.in_order for _, one in again], [one.swapped for _, one in again])
    )
    bias = estimate_position_bias(in_order, swapped, clusters=with_instrument.groups([item_id for item_id, _ in again]))
    numbers = ("flips", "fairness", "first_shown")
    return {
        "n": bias.n,
        "n_missing": bias.n_missing,
        **{name: getattr(bias, name).as_document() for name in numbers},
    }


# --- people's label held constant -----------------------------------------------------------------------------------


def answers_of(with_instrument: Instrument, units: Units) -> tuple[NDArray[np.bool_], ...] | str:
    """Whether judge and people pass each unit and which units can be asked: of a pair *pass* is side A, ties left out.
    A sentence where nothing is called a pass."""
    categories, passing = with_instrument.compared.categories, with_instrument.passing
    if is_of_sides(categories):
        first, second = (with_instrument.code(side) for side in ("a", "b"))
        is_asked = np.isin(units.judge, [first, second]) & np.isin(units.human, [first, second])
        return units.judge == first, units.human == first, is_asked
    if passing is None:
        return "the rubric calls none of its values a failure"
    return np.isin(units.judge, passing), np.isin(units.human, passing), np.ones(len(units.judge), dtype=np.bool_)


def length_of(with_instrument: Instrument, units: Units) -> Estimate:
    """Of a pair the length is how many times as long A is as B."""
    answers = answers_of(with_instrument, units)
    if isinstance(answers, str):
        return undefined_because(answers, n=len(units.judge))
    judge, human, is_asked = answers
    lengths = [length_in(with_instrument.around.outputs.get(item_id)) for item_id in units.items.tolist()]
    is_known = is_asked & np.array([length is not None for length in lengths], dtype=np.bool_)
    length = np.array([length for length, known in zip(lengths, is_known, strict=True) if known], dtype=np.float64)
    return estimate_verbosity(judge[is_known], human[is_known], length, clusters=units.groups[is_known])


def length_in(outputs: Outputs | None) -> float | None:
    if outputs is None or not outputs.n_words or not all(outputs.n_words):
        return None
    first, *others = outputs.n_words
    return first / others[0] if others else float(first)


def own_family_of(with_instrument: Instrument, units: Units) -> Estimate:
    """Of a pair only where one of the two is of the judge's family."""
    answers, own = answers_of(with_instrument, units), with_instrument.around.family.strip().casefold()
    if isinstance(answers, str):
        return undefined_because(answers, n=len(units.judge))
    if not own:
        return undefined_because("the judge's family is not stated", n=0)
    judge, human, is_asked = answers
    whose = [written_by(with_instrument.around.outputs.get(item_id), own) for item_id in units.items.tolist()]
    is_known = is_asked & np.array([one is not None for one in whose], dtype=np.bool_)
    families = np.array([one for one, known in zip(whose, is_known, strict=True) if known], dtype=np.int64)
    return estimate_self_preference(judge[is_known], human[is_known], families, OWN, clusters=units.groups[is_known])


def written_by(outputs: Outputs | None, own: str) -> int | None:
    if outputs is None or not outputs.families or not all(outputs.families):
        return None
    first, *others = (family == own for family in outputs.families)
    if not others:
        return OWN if first else OTHER
    return None if first == others[0] else (OWN if first else OTHER)

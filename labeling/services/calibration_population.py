"""The pass rate of all traffic: a judge that saw all of it, corrected by the final labels of some of it.

Loaded by who computes, as its neighbours.
"""

from collections.abc import Collection
from typing import Any

import numpy as np

from labeling.policy.splits import AUDIT_SHARE
from labeling.services.calibration_units import Instrument
from labeling.stats.corrections import CorrectedShare, estimate_difference, estimate_rogan_gladen


def population_numbers(with_instrument: Instrument) -> dict[str, Any] | None:
    """None where no value is called a pass.

    The labels are final ones of the audit part, of which the judge was taught nothing: drawn with the probability of
    the part times that of entering review. What the judge has no label of is no part of the traffic spoken about.
    """
    passing = with_instrument.compared.passing
    if passing is None:
        return None
    n_traffic = len(with_instrument.compared.traffic)
    return {
        "n_traffic": n_traffic,
        "n_without_judge": len(with_instrument.around.traffic.chances) - n_traffic,
        "difference": document_of_share(by_difference(with_instrument, passing)),
        "fixed_set": document_of_share(by_fixed_set(with_instrument, passing)),
    }


def by_difference(with_instrument: Instrument, passing: Collection[str]) -> CorrectedShare:
    compared, chances = with_instrument.compared, with_instrument.around.traffic.chances
    item_ids = sorted(compared.traffic)
    final = {item_id: value in passing for item_id, _, value in compared.watched}
    return estimate_difference(
        np.array([float(final[one]) if one in final else np.nan for one in item_ids], dtype=np.float64),
        np.array([AUDIT_SHARE * chances[one] for one in item_ids], dtype=np.float64),
        np.array([compared.traffic[one] in passing for one in item_ids], dtype=np.float64),
        clusters=with_instrument.groups(item_ids),
    )


def by_fixed_set(with_instrument: Instrument, passing: Collection[str]) -> CorrectedShare:
    """The final labels of the development part as known answers: right only where the judge errs alike on both."""
    compared = with_instrument.compared
    known = [(value in passing, compared.judged[item_id].label in passing) for item_id, _, value in compared.final]
    return estimate_rogan_gladen(
        n_judge_passes=sum(label in passing for label in compared.traffic.values()),
        n_judged=len(compared.traffic),
        n_passed=sum(judge for human, judge in known if human),
        of_passed=sum(human for human, _ in known),
        n_caught=sum(not judge for human, judge in known if not human),
        of_failed=sum(not human for human, _ in known),
    )


def document_of_share(share: CorrectedShare) -> dict[str, Any]:
    return {
        "estimate": share.estimate.as_document(),
        "judge_alone": share.judge_alone,
        "power": share.power,
        "worked_like": share.worked_like,
    }

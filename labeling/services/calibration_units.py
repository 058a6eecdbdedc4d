"""What a calibration run measures with: one criterion's scale, and labels of people beside the judge's, as codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.queries.judge_comparison import Comparison, JudgedCriterion
from labeling.queries.judge_evidence import Rows
from labeling.stats.kappa import PairKappas
from labeling.stats.ratings import Ratings, arrange_ratings
from labeling.stats.results import Estimate
from labeling.stats.scales import Scale, make_scale, read_label

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Units:
    """People's labels beside the judge's: codes in the order of a scale, the item of each its group and its rater."""

    human: Codes
    judge: Codes
    items: Codes
    groups: Codes
    raters: Codes
    names: Sequence[str] = ()

    def only(self, is_meant: NDArray[np.bool_]) -> "Units":
        kept = (column[is_meant] for column in (self.human, self.judge, self.items, self.groups, self.raters))
        return Units(*kept, self.names)

    @property
    def n_items(self) -> int:
        return len(np.unique(self.items))


@dataclass(frozen=True)
class Instrument:
    """One criterion as it is measured: its scale, which codes pass, and the judge's code of each item."""

    compared: JudgedCriterion
    around: Comparison
    scale: Scale
    code_of: dict[str, int]

    @property
    def is_ordinal(self) -> bool:
        return self.compared.level == "ordinal"

    @property
    def passing(self) -> list[int] | None:
        values = self.compared.passing
        return None if values is None else [self.code(value) for value in values]

    def code(self, value: str) -> int:
        return self.code_of[read_label(value, level=self.compared.level)]

    def units(self, rows: Rows) -> Units:
        """Sorted, so that a seed gives the same interval in whatever order the labels were read."""
        ordered, judged = sorted(rows), self.compared.judged
        labels = {value for _, _, value in ordered} | {str(judged[item_id].label) for item_id, _, _ in ordered}
        code_of = {value: self.code(value) for value in labels}
        human = np.array([code_of[value] for _, _, value in ordered], dtype=np.int64)
        judge = np.array([code_of[str(judged[item_id].label)] for item_id, _, _ in ordered], dtype=np.int64)
        items = np.array([item_id for item_id, _, _ in ordered], dtype=np.int64)
        names = {name: number for number, name in enumerate(sorted({rater for _, rater, _ in ordered}))}
        raters = np.array([names[rater] for _, rater, _ in ordered], dtype=np.int64)
        return Units(human, judge, items, self.groups(items.tolist()), raters, list(names))

    def people(self, units: Units) -> Ratings:
        """The labels as a matrix of items and people, in the order of the items' ids."""
        group_of = dict(zip(units.items.tolist(), units.groups.tolist(), strict=True))
        has_groups = len(set(group_of.values())) < len(group_of)
        ratings, _ = arrange_ratings(
            *(units.items, units.raters, units.human),
            names=units.names,
            scale=self.scale,
            clusters=group_of if has_groups else None,
        )
        return ratings

    def groups(self, item_ids: Sequence[int]) -> Codes:
        """The number of each item's group, in the order in which groups are met."""
        numbers: dict[str | int, int] = {}
        found = [numbers.setdefault(self.around.group_of(item_id), len(numbers)) for item_id in item_ids]
        return np.array(found, dtype=np.int64)

    def kappa_of(self, kappas: PairKappas) -> Estimate:
        return kappas.kappa_quadratic if self.is_ordinal else kappas.kappa


def instrument_for(compared: JudgedCriterion, around: Comparison) -> Instrument:
    scale = make_scale(compared.level, declared=compared.categories, observed=())
    return Instrument(compared, around, scale, {category: code for code, category in enumerate(scale.categories)})

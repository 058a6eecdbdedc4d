"""The items behind one number of an agreement run, with every label that it rests on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Min

from labeling.models import AgreementRun, Item
from labeling.policy.triage import lone_label
from labeling.queries.agreement import without_held_back
from labeling.queries.pages import PAGE_ROWS
from labeling.queries.rating_columns import week_of
from labeling.queries.ratings import (
    filter_named,
    imported_that_count,
    reviews_that_count,
    rows_behind,
    unsettled_entries,
    unsettled_items_in,
)

Label = tuple[str, str]
# An item, or one part of it: its id and the part.
Unit = tuple[int, str]


@dataclass(frozen=True, slots=True)
class PairChoice:
    """Which pairs of labels on one item count: by these raters, with these values, or only those that differ."""

    raters: Sequence[str] = ()
    values: Sequence[str] = ()
    only_disputed: bool = False
    alone: str = ""

    def covers(self, one: Label, other: Label) -> bool:
        """Whether a pair is meant."""
        raters, values = [one[0], other[0]], [one[1], other[1]]
        for wanted, given in ((self.raters, raters), (self.values, values)):
            for name in wanted:
                if name not in given:
                    return False
                given.remove(name)
        return not self.only_disputed or one[1] != other[1]


@dataclass(frozen=True, slots=True)
class ShownLabels:
    """One item, or one part of it, with its labels on the question; without names until it is settled."""

    item: Item
    part: str
    labels: Sequence[Label]
    n_pairs: int
    n_unequal: int
    names_are_hidden: bool


@dataclass(frozen=True, slots=True)
class FoundItems:
    """A page of items. `leaves_out_unsettled`: chosen by rater, so that only settled ones are listed."""

    page: Page
    rows: Sequence[ShownLabels]
    n_pairs: int
    leaves_out_unsettled: bool = False


def items_behind(
    run: AgreementRun,
    key: str,
    choice: PairChoice,
    *,
    words_of: Mapping[str, str],
    number: str | None,
    only: Collection[int] | None = None,
) -> FoundItems:
    """The items with a pair of labels that the choice covers, the most disputed first; `only` among these, if given.
    Five queries.

    Chosen by rater, an item that is not settled is left out: that it is listed would say who labelled it, and with a
    label chosen too, who said what; so would a filter that chooses raters, and a count of what is left out. Whoever
    settles it must not know.
    """
    labels_of: dict[Unit, list[Label]] = {}
    chosen = filter_named(run.filter_name)
    for item_id, part, rater, value in rows_behind(run.rubric_version, key, moment=run.made_at, chosen=chosen):
        if only is None or item_id in only:
            labels_of.setdefault((item_id, part), []).append((rater, value))
    leaves_out_unsettled = bool(choice.raters or choice.alone or chosen.chooses_raters)
    if leaves_out_unsettled:
        unsettled = unsettled_items_in(run.rubric_version.rubric.project_id)
        labels_of = {unit: labels for unit, labels in labels_of.items() if unit[0] not in unsettled}
    n_pairs_of = {unit: n for unit, labels in labels_of.items() if (n := n_covered(labels, choice))}
    found = list(n_pairs_of)
    found.sort(key=lambda unit: (-share_unequal(labels_of[unit]), unit))
    page = Paginator(found, PAGE_ROWS).get_page(number)
    rows = shown_labels(run, {unit: labels_of[unit] for unit in page.object_list}, words_of)
    n_pairs = sum(n_pairs_of.values())
    return FoundItems(page, rows, n_pairs, leaves_out_unsettled)


def items_of_cause(numbers: Mapping[str, Any], cause: str) -> set[int]:
    """The items of a run's question that point at a cause; as many as the run kept."""
    return set(without_held_back(numbers)["causes"]["items"][cause]["item_ids"])


def items_of_slice(run: AgreementRun, one: Mapping[str, Any]) -> set[int]:
    wanted = dict(zip(one["by"].split(" × "), one["names"], strict=True))
    items = Item.objects.filter(project=run.rubric_version.rubric.project_id, **wanted)
    return set(items.values_list("id", flat=True))


def items_of_week(run: AgreementRun, week: date) -> set[int]:
    """The items whose first label that counted came in that week. Two queries."""
    firsts: dict[int, datetime] = {}
    counted = {"until": run.made_at, "chosen": filter_named(run.filter_name)}
    reviews = reviews_that_count(run.rubric_version, **counted).order_by().values_list("entry__item_id")
    imported = imported_that_count(run.rubric_version, **counted).filter(is_not_applicable=False).order_by()
    for found in (
        reviews.annotate(Min("submitted_at")),
        imported.values_list("item_id").annotate(Min("imported_at")),
    ):
        for item_id, moment in found:
            firsts[item_id] = min(moment, firsts.get(item_id, moment))
    return {item_id for item_id, first in firsts.items() if week_of(first.astimezone(UTC).date()) == week}


def nothing_found() -> FoundItems:
    return FoundItems(Paginator([], PAGE_ROWS).get_page(1), rows=(), n_pairs=0)


def n_covered(labels: Sequence[Label], choice: PairChoice) -> int:
    """How many pairs of labels on one item are meant; where one rater is to stand alone, none unless they do."""
    if choice.alone and dict(labels).get(choice.alone) != (lone_label([value for _, value in labels]) or None):
        return 0
    return sum(choice.covers(one, other) for one, other in combinations(labels, 2))


def counts_of(labels: Sequence[Label]) -> tuple[int, int]:
    """How many pairs of labels there are, and how many of them differ."""
    pairs = list(combinations([value for _, value in labels], 2))
    return len(pairs), sum(one != other for one, other in pairs)


def share_unequal(labels: Sequence[Label]) -> float:
    n_pairs, n_unequal = counts_of(labels)
    return n_unequal / n_pairs


def shown_labels(
    run: AgreementRun, labels_of: Mapping[Unit, Sequence[Label]], words_of: Mapping[str, str]
) -> list[ShownLabels]:
    items = Item.objects.in_bulk({item_id for item_id, _ in labels_of})
    unsettled = set(unsettled_entries().filter(item__in=items).values_list("item_id", flat=True))
    position = {value: index for index, value in enumerate(words_of)}
    shown = []
    for (item_id, part), labels in labels_of.items():
        # By value where names are hidden: an order by name would tell them.
        ordered = sorted(labels, key=lambda label: position[label[1]]) if item_id in unsettled else sorted(labels)
        named = [("" if item_id in unsettled else rater, words_of[value]) for rater, value in ordered]
        shown.append(ShownLabels(items[item_id], part, named, *counts_of(labels), item_id in unsettled))
    return shown

"""What stands beside the labels of a rubric version: rulings, the newest judge, checks and what waits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Exists, Max, Min, OuterRef, Q

from labeling.models import (
    Adjudication,
    CheckResult,
    Criterion,
    HandOut,
    JudgeVerdict,
    JudgeVersion,
    Postponement,
    QueueEntry,
    RubricVersion,
)
from labeling.policy.judging import FAIL, OVERALL, PASS, declared_value, judged_item
from labeling.policy.triage import Beside
from labeling.queries.item_ranges import ALL_ITEMS, BlockDigests, ItemRange
from labeling.queries.pack_halves import is_in_development
from labeling.queries.ratings import FIRST_PASS, VERDICT, RatingFilter, unsettled_entries

AT_ONCE = 10_000
NO_LABELS_OF_WHOLES = (Criterion.Scale.MULTI_LABEL, Criterion.Scale.INTERVAL, Criterion.Scale.TEXT)
NOTHING = Beside()
FAILING_VERDICTS = ("revise", "reject")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """By item, what stands beside its labels; the judge's labels by question, since a judge has one for each.

    Whoever tunes the judge reads where people say otherwise, so `judged` has items of the development part alone; of
    the others, by question, only that the judge spoke of them: `held_back`.
    """

    of_item: Mapping[int, Beside] = field(default_factory=dict)
    judged: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    held_back: Mapping[str, Collection[int]] = field(default_factory=dict)
    judge: JudgeVersion | None = None

    def add_to(self, digests: BlockDigests) -> None:
        """All of it, to the digests of the items' blocks: a ruling or a verdict of the judge that came since makes
        another run."""
        for item_id, beside in sorted(self.of_item.items()):
            digests.add(item_id, f"{item_id} {beside!r}")
        for key, labels in sorted(self.judged.items()):
            for item_id, label in sorted(labels.items()):
                digests.add(item_id, repr((key, item_id, label)))
        for key, item_ids in sorted(self.held_back.items()):
            for item_id in sorted(item_ids):
                digests.add(item_id, repr((key, item_id)))

    def only(self, item_ids: Collection[int]) -> "Surroundings":
        """Of these items alone: what is known of others moves no number."""
        of_item = {item_id: beside for item_id, beside in self.of_item.items() if item_id in item_ids}
        judged = {
            key: {item_id: label for item_id, label in labels.items() if item_id in item_ids}
            for key, labels in self.judged.items()
        }
        held_back = {key: {one for one in found if one in item_ids} for key, found in self.held_back.items()}
        return Surroundings(of_item, judged, held_back, self.judge)

    def beside(self, key: str, item_id: int) -> Beside:
        beside = self.of_item.get(item_id, NOTHING)
        judged = self.judged.get(key, {}).get(item_id, "")
        return replace(beside, judged=judged) if judged else beside


def surroundings_of(version: RubricVersion, *, until: datetime, items: ItemRange = ALL_ITEMS) -> Surroundings:
    """What is known at a moment beside the labels of a version on some items. Six queries."""
    of_item: dict[int, Beside] = {}
    checks = CheckResult.objects.filter(items.where("item_id"), item__entries__rubric_version=version)
    passed = checks.values("item_id").annotate(worst=Min("outcome"), best=Max("outcome"))
    for item_id in passed.filter(worst="passed", best="passed").values_list("item_id", flat=True):
        of_item[item_id] = Beside(has_passed_checks=True)
    stood = Q(final_label__reopening__isnull=True) | Q(final_label__reopening__reopened_at__gt=until)
    rulings = Adjudication.objects.filter(
        stood,
        items.where("final_label__entry__item_id"),
        final_label__entry__rubric_version=version,
        final_label__decided_at__lte=until,
    )
    for item_id, ruling in rulings.values_list("final_label__entry__item_id", "error_category"):
        of_item[item_id] = replace(of_item.get(item_id, NOTHING), ruling=ruling)
    of_version = QueueEntry.objects.filter(items.where("item_id"), rubric_version=version).values("item_id")
    unsettled = unsettled_entries().filter(item__in=of_version)
    for item_id, state in unsettled.order_by("state").values_list("item_id", "state"):
        was = of_item.get(item_id, NOTHING)
        is_disputed = was.is_disputed or state == QueueEntry.State.DISPUTED
        of_item[item_id] = replace(was, is_open=True, is_disputed=is_disputed)
    judge = newest_judge_of(version, until=until)
    judged, held_back = labels_of_judge(judge, version, until=until, items=items) if judge else ({}, {})
    return Surroundings(of_item, judged, held_back, judge)


def newest_judge_of(version: RubricVersion, *, until: datetime) -> JudgeVersion | None:
    """The newest judge version that by then had judged an item of this rubric version."""
    said = JudgeVerdict.objects.filter(
        judge_version=OuterRef("pk"), item__entries__rubric_version=version, received_at__lte=until
    )
    judges = JudgeVersion.objects.filter(Exists(said), project=version.rubric.project_id)
    return judges.order_by("-created_at", "-id").first()


def labels_of_judge(
    judge: JudgeVersion, version: RubricVersion, *, until: datetime, items: ItemRange = ALL_ITEMS
) -> tuple[dict[str, dict[int, str]], dict[str, set[int]]]:
    """By question and item of the development part what the judge said, over all its runs and orders, nothing where
    they tie; and by question the items of the other parts of which it said anything.

    Its label on the output as a whole stands under the verdict.
    """
    # A judge's verdict is a label of a whole output: of parts, options, numbers and words it says nothing here.
    whole = version.criteria.filter(parts="").exclude(scale__in=NO_LABELS_OF_WHOLES)
    values = {one.key: [option["value"] for option in one.options] for one in whole}
    values |= {OVERALL: values.get(OVERALL, [PASS, FAIL])}
    given: dict[str, dict[int, list[tuple[str, float | None]]]] = {}
    held_back: dict[str, set[int]] = {}
    is_open: dict[int, bool] = {}
    said = JudgeVerdict.objects.filter(
        items.where("item_id"), judge_version=judge, received_at__lte=until, criterion__in=values
    )
    fields = ("item_id", "item__cluster_key", "criterion", "label")
    for item_id, cluster_key, key, label in said.values_list(*fields).iterator(AT_ONCE):
        if item_id not in is_open:
            is_open[item_id] = is_in_development(version.rubric.project, cluster_key=cluster_key, item_id=item_id)
        if not is_open[item_id]:
            held_back.setdefault(key, set()).add(item_id)
            continue
        given.setdefault(key, {}).setdefault(item_id, []).append((declared_value(label, values[key]) or "", None))
    judged = {
        key: {item_id: label for item_id, verdicts in of_items.items() if (label := judged_item(verdicts).label)}
        for key, of_items in given.items()
    }
    if all(criterion.key != OVERALL for criterion in version.criteria.all()):
        for found in (judged, held_back):
            if OVERALL in found:
                found[VERDICT] = found.pop(OVERALL)
    return judged, held_back


def skips_of(version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS) -> tuple[int, int]:
    """How many turns were put off by their reviewer, and how many there were: one for each entry and reviewer. Of a
    calibration round, its own."""
    of_round = {} if chosen.round_id is None else {"entry__purpose__calibration_round": chosen.round_id}
    turns = HandOut.objects.filter(entry__rubric_version=version, handed_at__lte=until, **of_round)
    n_turns = turns.order_by().values("entry_id", "reviewer_id").distinct().count()
    return Postponement.objects.filter(entry__rubric_version=version, **of_round).count(), n_turns

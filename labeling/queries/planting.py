"""Which gold may be laid ready for whom, in which mix, and which was met by enough people."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery

from labeling.models import (
    EntryPurpose,
    GoldCase,
    GoldLabel,
    HandOut,
    Project,
    Queue,
    QueueEntry,
    Rater,
    Recusal,
    RubricVersion,
    Slot,
)
from labeling.policy.finality import BAD_VERDICTS
from labeling.policy.parts import questions_asked
from labeling.policy.rubrics import answer_key, is_failing
from labeling.policy.seeding import FEWEST_FOR_MIX, LABELS_IN_MIX, share_bad_of
from labeling.queries.labels import standing_labels
from labeling.queries.rubrics import questions_of
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate


@dataclass(frozen=True, slots=True)
class Mix:
    """How many of a queue's newest final labels are of bad outputs; gold follows it."""

    n_bad: int
    n_labels: int

    @property
    def share_bad(self) -> float:
        return share_bad_of(self.n_bad, self.n_labels)

    @property
    def is_enough(self) -> bool:
        return self.n_labels >= FEWEST_FOR_MIX


def mix_of(queue: Queue) -> Mix:
    """Of the newest final labels that stand. One query."""
    newest = standing_labels().filter(entry__queue=queue).order_by("-id").values_list("is_bad", flat=True)
    found = list(newest[:LABELS_IN_MIX])
    return Mix(sum(found), len(found))


@dataclass(frozen=True, slots=True)
class QueueMix:
    """How gold is mixed into one queue: its share of turns, how many may meet a case, and which class it falls on."""

    queue: Queue
    mix: Mix
    share_bad: Estimate


def mixes_of(project: Project) -> list[QueueMix]:
    """A query for the queues and one for each of them."""
    mixes = [(queue, mix_of(queue)) for queue in project.queues.all()]
    return [QueueMix(queue, mix, wilson_share(mix.n_bad, mix.n_labels)) for queue, mix in mixes]


def unseen_cases(queue: Queue, reviewer: Rater, version: RubricVersion) -> QuerySet[GoldCase]:
    """The live cases of a version that one reviewer may still be handed in a queue, of the kinds that come into it: one
    of another kind would be told at a glance."""
    entries = QueueEntry.objects.filter(queue=queue, rubric_version=version, round=1, item_id=OuterRef("item_id"))
    of_others = entries.exclude(purpose__purpose=EntryPurpose.Purpose.GOLD)
    unmet = unmet_cases(version, reviewer, use=GoldCase.Use.LIVE).filter(~Exists(of_others))
    return of_kinds_in(queue, unmet)


def of_kinds_in(queue: Queue, cases: QuerySet[GoldCase]) -> QuerySet[GoldCase]:
    """As `queue_for` sends live items: a queue that names no kinds gets what no other one names."""
    if queue.kinds:
        return cases.filter(item__kind__in=queue.kinds)
    others = Queue.objects.filter(project=queue.project_id).exclude(pk=queue.pk)
    named = {kind for kinds in others.values_list("kinds", flat=True) for kind in kinds}
    return cases.exclude(item__kind__in=named)


def unmet_cases(version: RubricVersion, reviewer: Rater, *, use: str) -> QuerySet[GoldCase]:
    """The cases of one use that one reviewer never met, that are not kept from them and lie ready nowhere."""
    met = HandOut.objects.filter(reviewer=reviewer).values("entry__item_id")
    recused = Recusal.objects.filter(reviewer=reviewer).values("item_id")
    planted = Slot.objects.filter(reserved_for=reviewer).values("entry__item_id")
    return (
        GoldCase.objects.filter(rubric_version=version, use=use, retired_at__isnull=True)
        .exclude(item_id__in=met)
        .exclude(item_id__in=recused)
        .exclude(item_id__in=planted)
    )


def bad_cases_among(version: RubricVersion, verdicts: Mapping[int, str]) -> set[int]:
    """Of cases of one version, by id with their verdicts, those known to be bad, as `is_bad_output` has it.

    By their labels on gating criteria and not by the questions of each item: one query, however many cases.
    """
    bad = {case_id for case_id, verdict in verdicts.items() if verdict in BAD_VERDICTS}
    questions = {one.key: one for one in questions_asked(questions_of(version), None) if one.is_gating}
    of_criteria = {one.key: one for one in questions_of(version) if one.is_gating}
    labels = GoldLabel.objects.filter(case__in=verdicts.keys() - bad, criterion__key__in=of_criteria)
    for case_id, key, part, value in labels.values_list("case_id", "criterion__key", "part", "value"):
        # A part that is not among the examples asks what the criterion asks.
        question = questions.get(answer_key(key, part), of_criteria[key])
        if is_failing({question.key: value}, question):
            bad.add(case_id)
    return bad


# --- exposure -------------------------------------------------------------------------------------------------------


def n_people_met(case: str) -> Subquery:
    """How many people were handed a case, in whatever queue; `case` leads to it from what is annotated."""
    hand_outs = HandOut.objects.filter(entry__purpose__gold_case=OuterRef(case)).order_by()
    return Subquery(
        hand_outs.values("entry__purpose__gold_case").annotate(n=Count("reviewer", distinct=True)).values("n")
    )


def purposes_to_rotate() -> QuerySet[EntryPurpose]:
    """Live cases in use, in the queues whose number of people they have reached."""
    return (
        EntryPurpose.objects.filter(
            purpose=EntryPurpose.Purpose.GOLD,
            gold_case__use=GoldCase.Use.LIVE,
            gold_case__retired_at__isnull=True,
            entry__queue__most_exposures__gt=0,
        )
        .annotate(n_people=n_people_met("gold_case"))
        .filter(n_people__gte=F("entry__queue__most_exposures"))
    )


def cases_to_rotate() -> list[int]:
    return sorted(set(purposes_to_rotate().values_list("gold_case_id", flat=True)))


def is_met_by_enough(case_id: int) -> bool:
    return purposes_to_rotate().filter(gold_case=case_id).exists()

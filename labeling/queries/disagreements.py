"""Where a judge version and people's final label differ, on items that may be looked at, and what owners found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch

from labeling.models import EntryPurpose, FinalLabel, Item, JudgeVerdict, JudgeVersion, MetaReview, Review
from labeling.policy.judging import FAIL, PASS, JudgedItem, declared_value, judged_item
from labeling.queries.labels import standing_labels
from labeling.queries.pack_corrections import NOTHING_PASSES, comparisons_of
from labeling.queries.packs import Pack
from labeling.queries.routing import judge_passes_of
from labeling.queries.rubrics import answers_of, stated

# A page cannot read every label of a large project: of those that the judge spoke of, the newest.
MOST_LOOKED_AT = 1_000
AS_THE_JUDGE_SAYS = {"good": PASS, "bad": FAIL}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One question on which the judge's most frequent label is not people's final one."""

    label: FinalLabel
    criterion: str
    judge_label: str
    human_label: str
    rationale: str
    n_verdicts: int
    confidence: float | None
    finding: MetaReview | None

    @property
    def item(self) -> Item:
        return self.label.item

    @property
    def people_said(self) -> str:
        """Their label as the judge would say it: where it speaks of pass and fail, good is a pass."""
        is_of_the_whole = self.judge_label in (PASS, FAIL)
        return AS_THE_JUDGE_SAYS.get(self.human_label, self.human_label) if is_of_the_whole else self.human_label

    @property
    def name(self) -> str:
        """What an address calls it."""
        return f"{self.label.item_id}-{self.criterion}"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one reviewer said on the question, under a letter, with their note."""

    letter: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class CauseShare:
    """How many of the disagreements looked at have one cause, as a share with its interval."""

    cause: str
    words: str
    n: int
    of: int
    share: float
    low: float
    high: float

    @property
    def shown(self) -> str:
        return f"{100 * self.share:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f})"


def disagreements_of(judge_version: JudgeVersion, *, now: datetime) -> list[Disagreement]:
    """Worst first: where the judge was surest. A fixed number of queries; development items only, as a page shows none
    of the others."""
    project = judge_version.project
    pack, passing = Pack(project, now), judge_passes_of(project) or NOTHING_PASSES
    latest = latest_findings_of(judge_version)
    found = []
    for label in labels_judged_by(judge_version):
        if not pack.is_open(label.item):
            continue
        for opinion, human_label in comparisons_of(label, pack, passing):
            if declared_value(opinion.label, [human_label]):
                continue
            finding = latest.get((label.item_id, opinion.criterion))
            found.append(
                Disagreement(
                    label,
                    opinion.criterion,
                    opinion.label,
                    human_label,
                    opinion.rationale,
                    opinion.n_verdicts,
                    confidence_in(label.item, opinion.criterion),
                    # Of a label that was re-opened since, nothing is known yet.
                    finding if finding and finding.final_label_id == label.pk else None,
                )
            )
    return sorted(found, key=lambda one: (-(one.confidence if one.confidence is not None else -1.0), one.label.pk))


def labels_judged_by(judge_version: JudgeVersion) -> list[FinalLabel]:
    spoken = JudgeVerdict.objects.filter(judge_version=judge_version)
    labels = standing_labels().filter(
        Exists(spoken.filter(item=OuterRef("item_id"))),
        item__project=judge_version.project_id,
        entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
    )
    verdicts = spoken.select_related("judge_version").order_by("pk")
    newest = (
        labels.select_related("item__payload", "entry__rubric_version__rubric", "adjudication")
        .prefetch_related("answers__criterion", Prefetch("item__judge_verdicts", verdicts))
        .order_by("-pk")
    )
    return list(newest[:MOST_LOOKED_AT])


def confidence_in(item: Item, criterion: str) -> float | None:
    """How sure the judge was: as it said, else how far its runs agree."""
    given = [(one.label, one.confidence) for one in item.judge_verdicts.all() if one.criterion == criterion]
    judged: JudgedItem = judged_item(given)
    return judged.stated if judged.stated is not None else judged.vote_share


def latest_findings_of(judge_version: JudgeVersion) -> dict[tuple[int, str], MetaReview]:
    """What was found last of each disagreement. One query."""
    found = MetaReview.objects.filter(judge_version=judge_version).order_by("revision")
    return {(one.item_id, one.criterion): one for one in found}


def voices_on(one: Disagreement) -> list[Voice]:
    """What each reviewer of the item said on the question, nobody by name. Three queries."""
    reviews = Review.objects.filter(entry=one.label.entry_id, slot__isnull=False, withdrawal__isnull=True)
    return [
        Voice(chr(ord("A") + place % 26), value_said(review, one.criterion), words_said(review, one.criterion))
        for place, review in enumerate(reviews.prefetch_related("answers__criterion").order_by("slot__slot_no"))
    ]


def value_said(review: Review, criterion: str) -> str:
    return answers_of(review).get(criterion) or review.get_verdict_display()


def words_said(review: Review, criterion: str) -> str:
    given = [one.rationale for one in review.answers.all() if one.criterion.key == criterion and stated(one)]
    return "\n".join(filter(None, [*given, review.note]))


def cause_shares(judge_version: JudgeVersion) -> list[CauseShare]:
    """Whose error it was, of the disagreements looked at: by the latest finding of each. One query.

    Items are taken for independent, and what was looked at first is what the judge was surest of: this speaks of
    those, not of every disagreement.
    """
    # scipy is loaded by who computes an interval, and by no other page.
    from labeling.stats.intervals import wilson_share

    causes: Counter[str] = Counter(one.cause for one in latest_findings_of(judge_version).values())
    n_looked_at = causes.total()
    shares: list[CauseShare] = []
    for cause, words in MetaReview.Cause.choices if n_looked_at else ():
        one: Any = wilson_share(causes[cause], n_looked_at)
        shares.append(CauseShare(cause, words, causes[cause], n_looked_at, one.value, one.low, one.high))
    return shares


def next_to_look_at(found: Sequence[Disagreement], *, named: str = "") -> Disagreement | None:
    """The one that an address names, else the worst that nobody looked at."""
    if named:
        return next((one for one in found if one.name == named), None)
    return next((one for one in found if one.finding is None), None)

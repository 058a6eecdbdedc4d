"""Which version of a rubric is in use, what a draft of the next one has to know, and which rubrics need a look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from labeling.models import (
    Adjudication,
    AgreementRun,
    GoldCase,
    GuidelineGap,
    Item,
    Project,
    QueueEntry,
    Review,
    Rubric,
    RubricApproval,
    RubricVersion,
    User,
)
from labeling.policy.review_times import MOST_REVIEWS, ReviewTimes, read_times
from labeling.policy.rubric_changes import RubricChanges, changes_between
from labeling.policy.rubric_rules import WrittenRubric
from labeling.queries.access import UNBLINDED_ROLES, managed_projects_for
from labeling.queries.agreement import newest_run_of
from labeling.queries.ratings import VERDICT
from labeling.queries.rubrics import questions_of

MOST_CASES = 100


# --- the version in use ---------------------------------------------------------------------------------------------


def versions_in_use() -> QuerySet[RubricVersion]:
    """Of every rubric the version against which items are queued and labelled: the newest one that is no draft."""
    later = RubricVersion.objects.filter(
        rubric=OuterRef("rubric"), in_use_from__isnull=False, number__gt=OuterRef("number")
    )
    return RubricVersion.objects.filter(~Exists(later), in_use_from__isnull=False)


def version_in_use(rubric: Rubric) -> RubricVersion | None:
    return versions_in_use().filter(rubric=rubric).first()


def usable_rubrics_of(project: Project) -> QuerySet[Rubric]:
    """Those with a version in use; the others are still being written."""
    return project.rubrics.filter(Exists(versions_in_use().filter(rubric=OuterRef("pk"))))


def draft_of(rubric: Rubric) -> RubricVersion | None:
    return rubric.versions.filter(in_use_from__isnull=True).first()


def version_before(version: RubricVersion) -> RubricVersion | None:
    """The one that it replaces, or would."""
    earlier = RubricVersion.objects.filter(rubric=version.rubric_id, number__lt=version.number)
    return earlier.order_by("-number").first()


def may_be_changed(version: RubricVersion) -> bool:
    """Whether its questions may still change: nothing was queued against it or labelled, and no gold answers it."""
    if version.frozen_at is not None:
        return False
    return not (
        QueueEntry.objects.filter(rubric_version=version).exists()
        or GoldCase.objects.filter(rubric_version=version).exists()
    )


def written_rubric_of(version: RubricVersion) -> WrittenRubric:
    return WrittenRubric(
        instructions=version.instructions,
        asks_verdict=version.asks_verdict,
        questions=questions_of(version),
        name=version.rubric.name,
        key=version.rubric.key,
    )


def changes_since(earlier: RubricVersion | None, version: RubricVersion) -> RubricChanges:
    """What the version asks otherwise; without an earlier one everything is new."""
    before = written_rubric_of(earlier) if earlier else WrittenRubric(asks_verdict=version.asks_verdict)
    return changes_between(before, written_rubric_of(version))


def approval_of(version: RubricVersion) -> RubricApproval | None:
    return RubricApproval.objects.filter(version=version).select_related("approved_by").first()


def n_gold_lacking(version: RubricVersion) -> int:
    """How many gold cases in use the version before has and this one has not: gold answers one version."""
    before = version_before(version)
    if before is None:
        return 0
    here = GoldCase.objects.filter(rubric_version=version, retired_at__isnull=True, item=OuterRef("item"))
    return GoldCase.objects.filter(~Exists(here), rubric_version=before, retired_at__isnull=True).count()


def times_of(version: RubricVersion) -> ReviewTimes:
    """The active time of the newest reviews that counted. One query."""
    reviews = Review.objects.filter(
        entry__rubric_version=version, slot__isnull=False, withdrawal__isnull=True, active_ms__gt=0
    )
    return read_times(list(reviews.order_by("-id").values_list("active_ms", flat=True)[:MOST_REVIEWS]))


# --- what earlier versions leave open -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """An item whose dispute showed that the rubric does not say; `reason` is what whoever settled it wrote."""

    item: Item
    reason: str


@dataclass
class OpenPoints:
    """What was found open on one question: gaps somebody noted, each with the run that has its items, and cases."""

    key: str
    gaps: list[tuple[GuidelineGap, AgreementRun | None]] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


def open_gaps_of(rubric: Rubric) -> QuerySet[GuidelineGap]:
    """The open gaps in any of its versions."""
    return GuidelineGap.objects.filter(version__rubric=rubric, closed_at__isnull=True).select_related(
        "version__rubric", "opened_by"
    )


def open_points_for(version: RubricVersion) -> dict[str, OpenPoints]:
    """By question what a writer of this version should settle: open gaps of its rubric, cases of the version before.

    A case belongs to every question on which its reviewers differed, and to the verdict where to none.
    """
    points: dict[str, OpenPoints] = {}
    runs: dict[int, AgreementRun | None] = {}
    for gap in open_gaps_of(version.rubric):
        if gap.version_id not in runs:
            runs[gap.version_id] = newest_run_of(gap.version)
        run = runs[gap.version_id]
        has_items = run is not None and any(one["key"] == gap.question_key for one in run.numbers["questions"])
        point = points.setdefault(gap.question_key, OpenPoints(gap.question_key))
        point.gaps.append((gap, run if has_items else None))
    for keys, case in cases_of(version_before(version) or version):
        for key in keys:
            points.setdefault(key, OpenPoints(key)).cases.append(case)
    return points


def cases_of(version: RubricVersion) -> list[tuple[Sequence[str], Case]]:
    """The newest settled disputes that were marked as a gap in this version. A fixed number of queries."""
    found = (
        Adjudication.objects.filter(has_guideline_gap=True, final_label__entry__rubric_version=version)
        .select_related("final_label__item")
        .prefetch_related(
            Prefetch("final_label__entry__reviews", Review.objects.filter(withdrawal__isnull=True)),
            "final_label__entry__reviews__answers__criterion",
        )
        .order_by("-final_label_id")[:MOST_CASES]
    )
    return [(split_keys(one), Case(one.final_label.item, one.reason)) for one in found]


def split_keys(adjudication: Adjudication) -> Sequence[str]:
    given: dict[str, set[tuple[str, str]]] = {}
    for review in adjudication.final_label.entry.reviews.all():
        for answer in review.answers.all():
            given.setdefault(answer.criterion.key, set()).add((answer.part, answer.value))
    split = [key for key, answers in given.items() if len({part for part, _ in answers}) < len(answers)]
    return split or [VERDICT]


# --- what needs a look ----------------------------------------------------------------------------------------------


def rubrics_to_look_at(project: Project, *, today: date) -> QuerySet[Rubric]:
    """The project's rubrics whose review date has passed, the longest overdue first."""
    return project.rubrics.filter(review_on__lt=today).select_related("owner").order_by("review_on", "name")


def own_rubrics_to_look_at(user: User, *, today: date) -> QuerySet[Rubric]:
    """Those that this person owns, in projects they still manage."""
    managed = managed_projects_for(user).values("pk")
    overdue = Rubric.objects.filter(owner=user, review_on__lt=today, project__in=managed)
    return overdue.select_related("project").order_by("review_on", "name")


def possible_owners_of(project: Project) -> Iterable[User]:
    members = User.objects.filter(memberships__project=project, memberships__role__in=UNBLINDED_ROLES)
    return members.order_by(F("username").asc()).distinct()


def sentences_on_change(version: RubricVersion) -> dict[str, str]:
    """By question what its agreement says since the version before, where the newest run has measured it."""
    run = newest_run_of(version)
    if run is None:
        return {}
    changes = {one["key"]: one.get("change", {}) for one in run.numbers["questions"]}
    return {key: f"Since {one['since']}: {one['sentence']}" for key, one in changes.items() if one.get("sentence")}

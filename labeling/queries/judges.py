"""A judge's labels beside those of people: which items and criteria can be compared, and what is left out and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from labeling.models import (
    CalibrationRun,
    Criterion,
    EntryPurpose,
    ImportedLabel,
    Item,
    Job,
    JudgeVerdict,
    JudgeVersion,
    QueueEntry,
    Review,
    RubricVersion,
)
from labeling.policy.jobs import CALIBRATION_TASK
from labeling.policy.judging import (
    FAIL,
    OVERALL,
    PASS,
    overall_label,
)
from labeling.policy.rubrics import PART_MARK, YES, Question, is_failing
from labeling.policy.splits import AUDIT, Part, part_of
from labeling.queries.agreement import BEGINNING, REST_HOURS
from labeling.queries.judge_bias import Said, outputs_of
from labeling.queries.judge_comparison import Comparison, JudgedCriterion, Places, Traits, with_judge
from labeling.queries.judge_evidence import Rows, final_rows_of, passing_of, traffic_of
from labeling.queries.rating_columns import AT_ONCE, VersionRatings, is_of_parts, ratings_of
from labeling.queries.ratings import VERDICT, questionings_since
from labeling.queries.rubrics import questions_of

# Runs made before what was judged was split. They speak of sealed items, too, so nothing shows them any more.
OF_ALL_PARTS = "calibration-1"
AS_A_WHOLE = "The output as a whole"


def criteria_to_compare(
    judge_version: JudgeVersion, version: RubricVersion, *, until: datetime, part: Part | None
) -> Comparison:
    """The judge's verdicts of up to a moment beside the labels of one rubric version that count then, on the items of
    one part. A fixed number of queries.

    Pages, runs and downloads speak of the development part. None is every part: for figures that somebody published
    on all of their items, and never for a number that a page shows.
    """
    ratings = ratings_of(version, until=until)
    entered = items_entered(version, until=until) | traits_of_labelled(version, ratings)
    traffic = traffic_of(version, until=until)
    salt = judge_version.project.sampling_salt
    parts = {item_id: part_of(salt, cluster_key=one.cluster_key, item_id=item_id) for item_id, one in entered.items()}
    inside = {item_id: one for item_id, one in entered.items() if part is None or parts[item_id] == part}
    places = Places(inside.keys(), {item_id for item_id in parts if parts[item_id] == AUDIT}, traffic.chances.keys())
    verdicts: dict[str, dict[int, list[Said]]] = {}
    n_not_compared: Counter[str] = Counter()
    finals = final_rows_of(version, until=until)
    asked = {criterion.key: criterion for criterion in wanted_criteria(version, ratings, finals)}
    said = JudgeVerdict.objects.filter(judge_version=judge_version, received_at__lte=until)
    found = said.order_by("item_id", "criterion", "run", "order")
    fields = ("item_id", "criterion", "label", "confidence", "run", "order")
    for item_id, key, *verdict in found.values_list(*fields).iterator(AT_ONCE):
        if key in asked and (item_id in entered or item_id in traffic.chances):
            verdicts.setdefault(key, {}).setdefault(item_id, []).append(tuple(verdict))
        elif item_id in inside:
            n_not_compared[key] += 1
    compared = [with_judge(asked[key], verdicts[key], places) for key in asked if key in verdicts]
    return Comparison(
        part,
        compared,
        n_not_compared=dict(n_not_compared),
        n_excluded=dict(ratings.n_excluded),
        traits=inside,
        traffic=traffic,
        outputs=outputs_of(version, only=inside.keys()),
        family=judge_version.family,
        audit_groups={item_id: one.cluster_key for item_id, one in entered.items() if parts[item_id] == AUDIT},
    )


def wanted_criteria(
    version: RubricVersion, ratings: VersionRatings, finals: Mapping[str, Rows]
) -> list[JudgedCriterion]:
    """What a judge of this rubric may speak of: the output as a whole, and each criterion by its key."""
    # A judge's verdict speaks of an output, not of its parts, and in labels, not in numbers or words.
    criteria = [criterion for criterion in version.criteria.all() if is_of_labels(criterion)]
    passing = passing_of(version)
    own = [
        JudgedCriterion(
            criterion.key,
            criterion.question,
            "ordinal" if criterion.scale == Criterion.Scale.ORDINAL else "nominal",
            [option["value"] for option in criterion.options],
            list(ratings.on(criterion.key)),
            final=finals.get(criterion.key, []),
            passing=passing.get(criterion.key),
            n_abstained=ratings.n_not_applicable[criterion.key],
        )
        for criterion in criteria
    ]
    if any(one.key == OVERALL for one in own):
        return own
    if version.asks_verdict:
        rows = overall_rows(version, ratings)
        n_escalated = len(ratings.on(VERDICT)) - len(rows)
        whole = JudgedCriterion(
            *(OVERALL, AS_A_WHOLE, "nominal", [PASS, FAIL], rows, finals.get(VERDICT, [])),
            passing=[PASS],
            n_abstained=n_escalated,
        )
        return [whole, *own]
    # A rubric of one question and no verdict has nothing else that "overall" could mean.
    return [replace(own[0], key=OVERALL), *own] if len(own) == 1 else own


def is_of_labels(criterion: Criterion) -> bool:
    return not is_of_parts(criterion) and criterion.scale not in (Criterion.Scale.INTERVAL, Criterion.Scale.TEXT)


def value_of_part(question: Question, part: str, value: str) -> str:
    """A ticked box as the option that it is; any other label as it is."""
    if question.scale != "multi_label":
        return value
    return part.rpartition(PART_MARK)[2] if value == YES else ""


def overall_rows(version: RubricVersion, ratings: VersionRatings) -> Rows:
    """Each counted review as pass or fail, by its verdict and its answers to the gating criteria."""
    questions = [question for question in questions_of(version) if question.is_gating]
    answers: dict[tuple[int, str], dict[str, str]] = {}
    for question in questions:
        for item_id, part, rater, value in ratings.on(question.key).with_parts():
            given = answers.setdefault((item_id, rater), {})
            # One part that fails is enough; the others cannot make up for it.
            if not is_failing(given, question):
                given[question.key] = value_of_part(question, part, value)
    rows = []
    for item_id, rater, verdict in ratings.on(VERDICT):
        label = overall_label(verdict=verdict, answers=answers.get((item_id, rater), {}), questions=questions)
        if label is not None:
            rows.append((item_id, rater, label))
    return rows


def items_entered(version: RubricVersion, *, until: datetime) -> dict[int, Traits]:
    """The items, gold apart, that were queued against this rubric version by then."""
    live = QueueEntry.objects.filter(purpose__purpose=EntryPurpose.Purpose.LIVE, created_at__lte=until)
    entries = live.filter(rubric_version=version)
    found = entries.values_list("item_id", "item__intent", "item__stakes", "item__cluster_key")
    return {item_id: Traits(*traits) for item_id, *traits in found.iterator(AT_ONCE)}


def traits_of_labelled(version: RubricVersion, ratings: VersionRatings) -> dict[int, Traits]:
    """The items with a label that counts and that was made elsewhere; what was labelled here was queued."""
    items = Item.objects.filter(imported_labels__criterion__version=version).distinct()
    found = items.values_list("id", "intent", "stakes", "cluster_key")
    return {item_id: Traits(*traits) for item_id, *traits in found.iterator(AT_ONCE) if item_id in ratings.weeks}


def judge_version_by_id(judge_version_id: int) -> JudgeVersion:
    return JudgeVersion.objects.select_related("project").get(pk=judge_version_id)


def previous_version_of(judge_version: JudgeVersion) -> JudgeVersion | None:
    """The version of the same name that came before, with its project."""
    of_name = JudgeVersion.objects.filter(project=judge_version.project_id, name=judge_version.name)
    return of_name.filter(pk__lt=judge_version.pk).select_related("project").order_by("-pk").first()


def rubric_versions_of_judge(judge_version: JudgeVersion) -> QuerySet[RubricVersion]:
    """The rubric versions that items of this judge were queued or labelled against."""
    here = {"item__judge_verdicts__judge_version": judge_version}
    entries = QueueEntry.objects.filter(rubric_version=OuterRef("pk"), **here)
    imported = ImportedLabel.objects.filter(criterion__version=OuterRef("pk"), **here)
    return RubricVersion.objects.filter(
        Q(Exists(entries)) | Q(Exists(imported)), rubric__project_id=judge_version.project_id
    ).select_related("rubric__project")


def judges_to_measure(*, now: datetime) -> list[int]:
    """Judge versions whose newest run rested for a night, or that have none, and with verdicts or labels since."""
    runs = shown_runs().filter(judge_version=OuterRef("pk"))
    newest = runs.order_by("-made_at").values("made_at")[:1]
    since, project = OuterRef("measured_until"), OuterRef("project")
    verdicts = JudgeVerdict.objects.filter(judge_version=OuterRef("pk"))
    reviews = Review.objects.filter(entry__queue__project=project, submitted_at__gt=since)
    imported = ImportedLabel.objects.filter(item__project=project, imported_at__gt=since)
    questioned = questionings_since(since).filter(review__entry__queue__project=project)
    judges = JudgeVersion.objects.annotate(measured_until=Coalesce(Subquery(newest), Value(BEGINNING)))
    labelled = Q(Exists(reviews)) | Q(Exists(imported)) | Q(Exists(questioned))
    came_since = Q(Exists(verdicts.filter(received_at__gt=since))) | labelled
    rested = judges.filter(Exists(verdicts), came_since, measured_until__lt=now - timedelta(hours=REST_HOURS))
    return list(rested.order_by("id").values_list("id", flat=True))


def shown_runs() -> QuerySet[CalibrationRun]:
    return CalibrationRun.objects.exclude(code_version=OF_ALL_PARTS)


def newest_job_of(judge_version: JudgeVersion) -> Job | None:
    """The newest request for this judge's runs, in whatever state it is."""
    return Job.objects.filter(task=CALIBRATION_TASK, arguments=[judge_version.pk]).order_by("-id").first()

"""A judge beside what became final: whether it would have let pass what people did not, item by item in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.models import DriftLook, JudgeVerdict, JudgeVersion, Suspension, Validation
from labeling.policy.judging import OVERALL, PASS, judged_item
from labeling.policy.splits import AUDIT, Part, part_of
from labeling.queries.labels import standing_labels
from labeling.queries.routing import judge_passes_of

AT_ONCE = 5_000
# What lets an item pass where no live policy says it.
WHOLE = (OVERALL, frozenset({PASS}))


@dataclass(frozen=True, slots=True)
class JudgedFinal:
    """One item that is final and that the judge labelled; a miss passed a bad output or failed a good one."""

    item_id: int
    created_at: datetime
    decided_at: datetime
    is_miss: bool


def judged_finals(judge_version: JudgeVersion, *, part: Part, until: datetime) -> list[JudgedFinal]:
    """Every item of one part that was final by then and has a verdict of the judge on what the policy lets pass, in
    the order in which they became final. Three queries.

    Final labels, not first ones: drift is about what was let out, and that is settled by what an item finally is. All
    of the part's items that people saw, however they came to them: usual share and watch are of the same kind of rows.
    Pairs are no part of it, since their labels say which side, and not how good.
    """
    criterion, passing = judge_passes_of(judge_version.project) or WHOLE
    labels = standing_labels().filter(item__project=judge_version.project_id, decided_at__lte=until)
    labels = labels.filter(item__judge_verdicts__judge_version=judge_version).exclude(item__kind="pairwise")
    salt = judge_version.project.sampling_salt
    finals: dict[int, tuple[datetime, datetime, bool]] = {}
    found = labels.order_by("decided_at", "id").distinct()
    columns = ("item_id", "item__cluster_key", "item__created_at", "decided_at", "is_bad", "id")
    for item_id, cluster_key, created_at, decided_at, is_bad, _ in found.values_list(*columns).iterator(AT_ONCE):
        if part_of(salt, cluster_key=cluster_key, item_id=item_id) == part:
            # Judged in two queues it may be final twice; bad in one of them is bad.
            was_bad = item_id in finals and finals[item_id][2]
            finals[item_id] = (created_at, decided_at, is_bad or was_bad)
    said: dict[int, list[tuple[str, float | None]]] = {}
    verdicts = JudgeVerdict.objects.filter(judge_version=judge_version, criterion=criterion, received_at__lte=until)
    for item_id, label in verdicts.values_list("item_id", "label").iterator(AT_ONCE):
        if item_id in finals:
            said.setdefault(item_id, []).append(("pass" if label in passing else "fail", None))
    judged = {item_id: judged_item(given).label for item_id, given in said.items()}
    return [
        JudgedFinal(item_id, created_at, decided_at, (judged[item_id] == PASS) == is_bad)
        for item_id, (created_at, decided_at, is_bad) in sorted(finals.items(), key=lambda one: (one[1][1], one[0]))
        if judged.get(item_id) is not None
    ]


@dataclass(frozen=True, slots=True)
class Watched:
    """What the drift watch of one validation looks at now: the answers since it began to count."""

    validation: Validation
    counted_from: datetime
    answers: Sequence[JudgedFinal]


def watched_by(validation: Validation, *, now: datetime) -> Watched:
    """The audit items that became final since the examination, or since the last suspension was lifted."""
    version = validation.opening.judge_version
    lifted = Suspension.objects.filter(judge_version=version, ended_at__isnull=False).order_by("-ended_at").first()
    counted_from = max(validation.opening.opened_at, lifted.ended_at) if lifted else validation.opening.opened_at
    finals = judged_finals(version, part=AUDIT, until=now)
    return Watched(validation, counted_from, [one for one in finals if one.decided_at > counted_from])


def validations_to_watch(*, now: datetime) -> list[int]:
    """The newest validations, in force and of judges that nobody suspended, with labels since the last look."""
    in_force = Validation.objects.filter(expires_at__gt=now, n_judged__gt=0).select_related("opening__judge_version")
    suspended = set(Suspension.objects.filter(ended_at__isnull=True).values_list("judge_version_id", flat=True))
    newest: dict[int, Validation] = {}
    for validation in in_force.order_by("made_at", "pk"):
        newest[validation.opening.judge_version_id] = validation
    wanted = []
    for version_id, validation in newest.items():
        looked = DriftLook.objects.filter(validation=validation).order_by("-id").values_list("counted_until", flat=True)
        since = looked.first() or validation.opening.opened_at
        project_id = validation.opening.judge_version.project_id
        came = standing_labels().filter(item__project=project_id, decided_at__gt=since)
        if version_id not in suspended and came.exists():
            wanted.append(validation.pk)
    return wanted


def newest_look_at(judge_version: JudgeVersion) -> DriftLook | None:
    looks = DriftLook.objects.filter(validation__opening__judge_version=judge_version)
    return looks.select_related("validation").order_by("-id").first()

"""What the judge versions of a project may do now: one query, however many there are."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from labeling.models import (
    Clearance,
    EnsembleMember,
    JudgeVersion,
    Project,
    RubricVersion,
    SealedOpening,
    Suspension,
    Validation,
)
from labeling.policy.judge_life import BROKEN, MAY_GATE, MEMBER, JudgeRecord, JudgeStanding, Unheard, standing_of
from labeling.queries.prepared import Given, Prepared

SUSPENDED_MEMBER = "one of its members is suspended"


def with_life(versions: QuerySet[JudgeVersion]) -> QuerySet[JudgeVersion]:
    """The versions with all that `record_of` reads."""
    cleared = Clearance.objects.filter(judge_version=OuterRef("pk"))
    of_name = Q(judge_version__project=OuterRef("project"), judge_version__name=OuterRef("name"))
    in_force = cleared.filter(ended_at__isnull=True)
    later = RubricVersion.objects.filter(
        rubric=OuterRef("validation__opening__rubric_version__rubric"),
        number__gt=OuterRef("validation__opening__rubric_version__number"),
        in_use_from__isnull=False,
    )
    earlier = JudgeVersion.objects.filter(project=OuterRef("project"), name=OuterRef("name"), pk__lt=OuterRef("pk"))
    suspended = Suspension.objects.filter(judge_version=OuterRef("pk"), ended_at__isnull=True)
    counted_by = EnsembleMember.objects.filter(member=OuterRef("pk")).order_by("-ensemble")
    of_project = Q(judge_version__project=OuterRef("project"))
    suspended_before = Suspension.objects.filter(of_project, began_at__lte=OuterRef("created_at"))
    broken_before = Validation.objects.filter(
        opening__judge_version__project=OuterRef("project"), finding=BROKEN, made_at__lte=OuterRef("created_at")
    )
    findings = Validation.objects.filter(opening__judge_version=OuterRef("pk")).order_by("-made_at", "-pk")
    return versions.annotate(
        has_earlier=Exists(earlier),
        finding=Subquery(findings.values("finding")[:1]),
        clearance_expires_at=Subquery(in_force.values("validation__expires_at")[:1]),
        has_newer_rubric=Exists(in_force.filter(Exists(later))),
        was_cleared=Exists(cleared),
        is_name_cleared=Exists(Clearance.objects.filter(of_name)),
        is_latecomer=Q(Exists(Clearance.objects.filter(of_project)))
        | Q(Exists(suspended_before))
        | Q(Exists(broken_before)),
        proved=Subquery(in_force.values("validation__numbers__criteria")[:1]),
        has_suspended_member=Exists(
            Suspension.objects.filter(judge_version__ensembles__ensemble=OuterRef("pk"), ended_at__isnull=True)
        ),
        speaks_through=Subquery(counted_by.values("ensemble__name")[:1]),
        suspended_because=Subquery(suspended.values("reason")[:1]),
    )


def record_of(version: JudgeVersion, *, now: datetime) -> JudgeRecord:
    """The life of one version from `with_life`, as the policy reads it."""
    expires_at = version.clearance_expires_at
    lapsed = ""
    if expires_at is not None and expires_at <= now:
        lapsed = f"it ran out on {expires_at:%Y-%m-%d}"
    elif version.has_newer_rubric:
        lapsed = "the rubric changed since"
    return JudgeRecord(
        name=version.name,
        model=version.model,
        is_first=not version.has_earlier,
        finding=version.finding or "",
        is_cleared=expires_at is not None,
        was_cleared=version.was_cleared,
        lapsed=lapsed,
        is_name_cleared=version.is_name_cleared,
        is_latecomer=version.is_latecomer,
        proved_on=frozenset(one["key"] for one in version.proved or ()),
        suspended_because=version.suspended_because or (SUSPENDED_MEMBER if version.has_suspended_member else ""),
        speaks_through=version.speaks_through or "",
    )


# Every ingest asks this for every chunk, and building it took longer than the answer.
VERSIONS_WITH_LIFE: Prepared[JudgeVersion] = Prepared(
    with_life(JudgeVersion.objects.filter(project=Given("project")).order_by("id"))
)


def standings_of(project: Project, *, now: datetime) -> dict[int, JudgeStanding]:
    """What each judge version of a project may do now. One query."""
    versions = VERSIONS_WITH_LIFE.all(project=project.pk)
    return {version.pk: standing_of(record_of(version, now=now)) for version in versions}


def standing_of_version(version: JudgeVersion, *, now: datetime) -> JudgeStanding:
    return standing_of(record_of(with_life(JudgeVersion.objects.filter(pk=version.pk)).get(), now=now))


def unheard_judges(project: Project, *, now: datetime) -> Unheard:
    """The judges whose verdicts decide nothing now, as evidence names them, and why. One query.

    A member of an ensemble has no why: its verdict is a vote, and its ensemble speaks once all members did.
    """
    standings = {str(version_id): standing for version_id, standing in standings_of(project, now=now).items()}
    return Unheard(
        why={
            judge: "" if standing.state == MEMBER else standing.words
            for judge, standing in standings.items()
            if not standing.is_heard
        },
        proved_on={
            judge: standing.proved_on for judge, standing in standings.items() if standing.proved_on is not None
        },
    )


def is_suspended(version: JudgeVersion) -> bool:
    return Suspension.objects.filter(judge_version=version, ended_at__isnull=True).exists()


def is_over(opening: SealedOpening, *, now: datetime) -> bool:
    """Whether what an opening found holds no longer, so that the sealed part may be opened once more."""
    validation = getattr(opening, "validation", None)
    return validation is not None and validation.expires_at <= now


def newest_validation_of(version: JudgeVersion) -> Validation | None:
    found = Validation.objects.filter(opening__judge_version=version).select_related("opening__rubric_version__rubric")
    return found.order_by("-made_at", "-pk").first()


def why_not_to_clear(version: JudgeVersion, validation: Validation | None, *, now: datetime) -> str:
    """Why a judge version cannot be cleared now, or nothing."""
    if is_suspended(version):
        return "It is suspended. Lift the suspension first."
    if validation is None:
        return "It has not been examined on sealed items."
    if validation.finding != MAY_GATE:
        return f"Its validation says otherwise. {validation.words}."
    if validation.expires_at <= now:
        return f"Its validation ran out on {validation.expires_at:%Y-%m-%d}."
    examined = validation.opening.rubric_version
    newer = examined.rubric.versions.filter(number__gt=examined.number, in_use_from__isnull=False)
    if newer.exists():
        return f"The rubric changed since: it was examined on {examined}."
    in_force = Clearance.objects.filter(judge_version=version, validation=validation, ended_at__isnull=True)
    return "It is cleared already." if in_force.exists() else ""

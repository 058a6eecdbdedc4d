"""Who may see what. There is no other way to get a project, an item, a slot or a token for somebody.

Whoever may not see a thing gets the same `NotVisible` as for a thing that does not exist.
"""

import hashlib
from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from labeling.models import (
    Absence,
    ApiToken,
    Appeal,
    ChosenMap,
    FinalLabel,
    GoldCase,
    HandOut,
    IngestBatch,
    Item,
    Job,
    JudgeBatch,
    JudgeEndpoint,
    JudgeVersion,
    Membership,
    NamedDecision,
    Project,
    Qualification,
    Queue,
    QueueEntry,
    Rater,
    Review,
    RoutingPolicy,
    RubricVersion,
    Sending,
    Slot,
    StandingPeriod,
    ThresholdSearch,
    User,
    Webhook,
)
from labeling.policy.errors import Conflict, NotAllowed, NotVisible
from labeling.policy.jobs import UPLOAD_TASK
from labeling.queries.prepared import Given, Prepared

Role = Membership.Role
# Whoever reads sources, judge verdicts or aggregates is not blind afterwards.
UNBLINDED_ROLES = (Role.OWNER, Role.ADMIN)
GONE = "There is no such page, or it is not yours to see."
Row = TypeVar("Row", bound=Model)

OWN_HAND_OUT: Prepared[HandOut] = Prepared(
    HandOut.objects.filter(
        token=Given("token"),
        reviewer__user=Given("user"),
        slot__queue__project__memberships__user=Given("user"),
        slot__queue__project__memberships__role=Role.REVIEWER,
    ).select_related("slot__queue__project", "entry__rubric_version", "reviewer")[:1]
)


def only_visible(rows: QuerySet[Row], otherwise: str = GONE) -> Row:
    """The one row that is left of what somebody may see; when none is, it does not exist for them."""
    row = rows.first()
    if row is None:
        raise NotVisible(otherwise)
    return row


def managed_projects_for(user: User) -> QuerySet[Project]:
    return Project.objects.filter(memberships__user=user, memberships__role__in=UNBLINDED_ROLES).distinct()


def people_who_settle(project: Project) -> QuerySet[User]:
    """The owners and admins of a project whose accounts are open, by name."""
    manages = Membership.objects.filter(user=OuterRef("pk"), project=project, role__in=UNBLINDED_ROLES)
    return User.objects.filter(Exists(manages), is_active=True).order_by("username")


def administered_projects_for(user: User) -> QuerySet[Project]:
    return Project.objects.filter(memberships__user=user, memberships__role=Role.ADMIN).distinct()


def may_create_projects(user: User) -> bool:
    """Whoever set the installation up, and the admins of what is there. Nobody signs themselves up."""
    return user.is_superuser or administered_projects_for(user).exists()


def roles_of(user: User, project: Project) -> set[str]:
    return set(Membership.objects.filter(user=user, project=project).values_list("role", flat=True))


def managed_project_for(user: User, slug: str) -> Project:
    """The project, for its owners and admins."""
    return project_with_role(user, slug, UNBLINDED_ROLES)


def administered_project_for(user: User, slug: str) -> Project:
    """The project, for its admins."""
    return project_with_role(user, slug, (Role.ADMIN,))


def project_with_role(user: User, slug: str, roles: tuple[str, ...]) -> Project:
    return only_visible(Project.objects.filter(slug=slug, memberships__user=user, memberships__role__in=roles))


def item_in(project: Project, item_id: int) -> Item:
    return only_visible(Item.objects.filter(project=project, pk=item_id).select_related("payload"))


def delivered_item_in(project: Project, external_id: str, *, source_system: str | None) -> Item:
    """The item a producer names; without a source system the name must be the only one in the project."""
    named = Item.objects.filter(project=project, external_id=external_id).order_by("source_system")
    if source_system is not None:
        named = named.filter(source_system=source_system)
    items = list(named[:2])
    if not items:
        raise NotVisible("There is no such item in this project.")
    if len(items) > 1:
        systems = ", ".join(item.source_system for item in items)
        raise Conflict(f"Several source systems use this id ({systems}, …); name one with ?source_system=.")
    return items[0]


def queue_in(project: Project, queue_id: int) -> Queue:
    return only_visible(project.queues.filter(pk=queue_id).select_related("project", "rubric"))


def held_slot_in(project: Project, slot_id: int) -> Slot:
    """A turn that somebody holds now."""
    return only_visible(
        Slot.objects.filter(queue__project=project, pk=slot_id, state=Slot.State.LEASED).select_related(
            "queue__project", "entry__item", "reviewer__user"
        ),
        otherwise="Nobody holds this turn: it was submitted or given back meanwhile.",
    )


def reviewer_in(project: Project, reviewer_id: int) -> Rater:
    """A person of the project as reviewer, also one whose role was taken away: they may still hold something."""
    return only_visible(project.raters.filter(pk=reviewer_id, kind=Rater.Kind.USER).select_related("user"))


def qualification_in(project: Project, qualification_id: int) -> Qualification:
    return only_visible(
        Qualification.objects.filter(queue__project=project, pk=qualification_id).select_related(
            "queue__project", "reviewer__user"
        )
    )


def absence_in(project: Project, absence_id: int) -> Absence:
    return only_visible(
        Absence.objects.filter(reviewer__project=project, pk=absence_id).select_related("reviewer__project")
    )


def own_absence_for(user: User, absence_id: int) -> Absence:
    return only_visible(Absence.objects.filter(reviewer__user=user, pk=absence_id).select_related("reviewer__project"))


def reviewing_raters_of(user: User) -> list[Rater]:
    """This person as a rater in every project where they review."""
    reviewing = Membership.objects.filter(user=user, project=OuterRef("project"), role=Role.REVIEWER)
    return list(Rater.objects.filter(Exists(reviewing), user=user).select_related("project").order_by("project__name"))


def rubric_version_in(project: Project, version_id: int) -> RubricVersion:
    return only_visible(RubricVersion.objects.filter(rubric__project=project, pk=version_id).select_related("rubric"))


def named_decision_in(project: Project, decision_id: int) -> NamedDecision:
    lines = project.named_decisions.select_related(
        "project", "queue", "accountable", "backup", "entered_by", "ended_by"
    )
    return only_visible(lines.filter(pk=decision_id))


def policy_in(project: Project, number: int) -> RoutingPolicy:
    """One version of a project's routing, by its number there."""
    return only_visible(project.policies.filter(number=number).select_related("author"))


def threshold_search_in(project: Project, search_id: int, *, is_looked_at: bool = False) -> ThresholdSearch:
    """A plan of a certified threshold; with `is_looked_at` only one whose look has been taken."""
    searches = ThresholdSearch.objects.filter(project=project, pk=search_id)
    searches = searches.filter(certificate__isnull=False) if is_looked_at else searches
    return only_visible(searches.select_related("project", "policy", "certificate"))


def judge_version_in(project: Project, judge_version_id: int) -> JudgeVersion:
    return only_visible(project.judge_versions.filter(pk=judge_version_id).select_related("project"))


def chosen_map_in(version: JudgeVersion, chosen_map_id: int) -> ChosenMap:
    return only_visible(version.chosen_maps.filter(pk=chosen_map_id).select_related("judge_version__project"))


def judge_endpoint_in(project: Project, endpoint_id: int) -> JudgeEndpoint:
    return only_visible(project.judge_endpoints.filter(pk=endpoint_id).select_related("project", "created_by"))


def judge_batch_in(project: Project, judge_batch_id: int) -> JudgeBatch:
    return only_visible(
        JudgeBatch.objects.filter(endpoint__project=project, pk=judge_batch_id).select_related(
            "endpoint__project", "judge_version", "prompt__rubric_version__rubric", "started_by"
        )
    )


def job_for(user: User, slug: str, job_id: int) -> Job:
    """A job of a project: admins have all of them, owners those of the runs that they may ask for."""
    project = managed_project_for(user, slug)
    jobs = Job.objects.filter(project=project, pk=job_id).select_related("project", "stop_asked_by")
    if Role.ADMIN not in roles_of(user, project):
        jobs = jobs.exclude(task=UPLOAD_TASK)
    return only_visible(jobs)


def batch_in(project: Project, batch_id: int) -> IngestBatch:
    """A delivery, without the uploaded file: that may be 32 MB, and no page shows it."""
    return only_visible(project.batches.filter(pk=batch_id).select_related("sent_by", "token").defer("content"))


def gold_case_in(project: Project, case_id: int) -> GoldCase:
    return only_visible(GoldCase.objects.filter(item__project=project, pk=case_id).select_related("item__project"))


def period_in(project: Project, period_id: int) -> StandingPeriod:
    """One pause or probation, whether or not it is over."""
    return only_visible(
        StandingPeriod.objects.filter(queue__project=project, pk=period_id).select_related(
            "queue__project", "reviewer__user", "began_by"
        )
    )


def own_period_for(user: User, queue_id: int) -> StandingPeriod:
    """What somebody is in themself in a queue where they review: paused, or on probation."""
    queues = reviewing_queues_for(user).filter(pk=queue_id).order_by()
    own = StandingPeriod.objects.filter(queue__in=queues, reviewer__user=user, ended_at__isnull=True)
    return only_visible(
        own.select_related("queue__project", "reviewer__user"),
        otherwise="Nothing is held against you in this queue.",
    )


def appeal_in(project: Project, appeal_id: int) -> Appeal:
    return only_visible(
        Appeal.objects.filter(reviewer__project=project, pk=appeal_id).select_related(
            "reviewer__user", "reviewer__project", "period__queue__project", "period__began_by", "decided_by"
        )
    )


def membership_in(project: Project, membership_id: int) -> Membership:
    return only_visible(
        project.memberships.filter(pk=membership_id).select_related("user"),
        otherwise="This role was taken away already, or never was.",
    )


def token_in(project: Project, token_id: int) -> ApiToken:
    return only_visible(project.tokens.filter(pk=token_id).select_related("project"))


def review_in(project: Project, review_id: int) -> Review:
    """One review with the record of what it was made on."""
    return only_visible(
        Review.objects.filter(entry__queue__project=project, pk=review_id).select_related(
            "hand_out__shown", "hand_out__slot__queue", "hand_out__entry__item__payload", "entry__item"
        )
    )


def webhook_in(project: Project, webhook_id: int) -> Webhook:
    return only_visible(project.webhooks.filter(pk=webhook_id).select_related("project", "created_by"))


def sending_in(project: Project, sending_id: int) -> Sending:
    return only_visible(project.sendings.filter(pk=sending_id).select_related("project", "webhook__project"))


def people_of_others(actor: User, users: Iterable[User]) -> set[int]:
    """Those who are or were in a project too that this admin does not run. Where their letters go, and their password,
    is for themselves to say: whoever was in a project may come back to it."""
    elsewhere = Rater.objects.filter(user__in=list(users)).exclude(project__in=administered_projects_for(actor))
    return set(elsewhere.values_list("user_id", flat=True)) - {actor.pk}


def may_be_given_a_password(actor: User, users: Sequence[User], *, of_others: Set[int]) -> set[int]:
    """Those to whom this admin may give a new password, which opens their account to whoever uses it first.

    Reviewers of their own projects alone: what an owner or another admin decides is to be decided by somebody else, and
    an account that opens more than the admin's own is not theirs to open. `of_others` is what `people_of_others` says.
    """
    above = Membership.objects.filter(user__in=users).exclude(role=Membership.Role.REVIEWER)
    refused = of_others | set(above.values_list("user_id", flat=True)) | {actor.pk}
    return {user.pk for user in users if not user.is_superuser} - refused


def disputed_entry_in(project: Project, entry_id: int) -> QueueEntry:
    """A disputed entry of a project this person manages, whether they may settle it or not: see queries/settling."""
    disputed = QueueEntry.objects.filter(queue__project=project, pk=entry_id, state=QueueEntry.State.DISPUTED)
    return only_visible(
        disputed.select_related("item__payload", "queue__project", "rubric_version"),
        otherwise="This dispute is settled already, or was never one.",
    )


def final_label_in(project: Project, final_label_id: int) -> FinalLabel:
    """A final label, whether it stands or was re-opened."""
    return only_visible(
        FinalLabel.objects.filter(item__project=project, pk=final_label_id).select_related(
            "item", "entry__queue__project", "entry__rubric_version", "reopening", "adjudication__adjudicator"
        )
    )


def owned_project_for(user: User, slug: str) -> Project:
    """The project, for its eval owners."""
    return project_with_role(user, slug, (Role.OWNER,))


def reviewing_queues_for(user: User) -> QuerySet[Queue]:
    """The queues of every project in which this person is a reviewer."""
    return (
        Queue.objects.filter(project__memberships__user=user, project__memberships__role=Role.REVIEWER)
        .select_related("project", "rubric")
        .order_by("name", "id")
    )


def reviewing_queue_for(user: User, queue_id: int) -> Queue:
    return only_visible(reviewing_queues_for(user).filter(pk=queue_id))


def rater_of(user: User, project: Project) -> Rater:
    return Rater.objects.get(project=project, user=user)


def is_blind(reviewer: Rater) -> bool:
    """Whether this person labels blind: nobody does who may, or ever might, read sources or aggregates here."""
    return reviewer.unblinded_at is None


def hand_out_for(user: User, token: str) -> HandOut:
    """A hand-out, for the reviewer who got it, as long as they are a reviewer here."""
    hand_out = OWN_HAND_OUT.first(token=token, user=user.pk)
    if hand_out is None:
        raise NotVisible(GONE)
    hand_out.reviewer.user = user
    return hand_out


def token_for(secret: str, *, now: datetime) -> ApiToken:
    """The valid token of a secret."""
    token = (
        ApiToken.objects.filter(token_hash=hash_of_token(secret), revoked_at__isnull=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        .select_related("project", "created_by")
        .first()
    )
    if token is None:
        raise NotAllowed("This token is unknown, expired or revoked; make a new one on the project's token page.")
    return token


def hash_of_token(secret: str) -> str:
    """A plain SHA-256: the secret has 256 random bits, so a slow hash would only cost every request its time."""
    return hashlib.sha256(secret.encode()).hexdigest()


def project_for_token(token: ApiToken, slug: str, *, scope: str) -> Project:
    if token.project.slug != slug:
        raise NotVisible("This token opens no project of that name.")
    if scope not in token.scopes:
        raise NotAllowed(f"This token lacks the scope {scope}; make one that has it.")
    return token.project

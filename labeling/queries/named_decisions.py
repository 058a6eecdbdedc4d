"""The never-delegate register as it stands: who answers, who decides now, what waits, and which review is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from labeling.models import Event, NamedDecision, Project, Queue, QueueEntry, StandingPeriod, User
from labeling.policy.policies import parse_policy
from labeling.policy.standing import PAUSED
from labeling.queries.days import day_of
from labeling.queries.in_force import DECIDING, State
from labeling.queries.rosters import roster_of

MOST_ENDED = 50


@dataclass(frozen=True, slots=True)
class Guard:
    """Who decides what waits in one reserved queue now; nobody where both are away, and then it waits."""

    decision: NamedDecision
    decides_now: str
    n_waiting: int


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line that stands. `is_loose` where it names a rule that a version that decides has not, or only samples."""

    decision: NamedDecision
    is_overdue: bool
    guard: Guard | None
    is_loose: bool


def standing_decisions(project: Project) -> QuerySet[NamedDecision]:
    lines = project.named_decisions.filter(ended_at__isnull=True)
    return lines.select_related("accountable", "backup", "queue", "entered_by")


def ended_decisions(project: Project) -> QuerySet[NamedDecision]:
    ended = project.named_decisions.filter(ended_at__isnull=False).order_by("-ended_at")
    return ended.select_related("accountable", "backup", "ended_by")[:MOST_ENDED]


def register_of(project: Project, *, now: datetime) -> list[RegisterLine]:
    """The lines that stand, the review due first. Five queries for each line that guards a rule."""
    rules = set(rules_of(project))
    return [
        RegisterLine(
            decision,
            is_overdue=decision.review_on < day_of(now),
            guard=guard_of(decision, now=now) if decision.queue else None,
            is_loose=bool(decision.rule_name) and decision.rule_name not in rules,
        )
        for decision in standing_decisions(project)
    ]


def guards_of(project: Project, *, now: datetime) -> dict[int, Guard]:
    """By reserved queue who decides what waits there now; of an ended line, too, while something waits."""
    lines = project.named_decisions.filter(queue__isnull=False).select_related("accountable", "backup", "queue")
    return {line.queue_id: guard_of(line, now=now) for line in lines if line.queue_id is not None}


def guard_of(decision: NamedDecision, *, now: datetime) -> Guard:
    queue = decision.queue
    if queue is None:
        return Guard(decision, "", 0)
    periods = StandingPeriod.objects.filter(queue=queue, state=PAUSED, ended_at__isnull=True)
    paused = set(periods.values_list("reviewer", flat=True))
    roster = [one for one in roster_of(queue, now=now) if one.is_on_duty and one.is_here]
    on_duty = [one.name for one in roster if one.duty.reviewer_id not in paused]
    waiting = QueueEntry.objects.filter(queue=queue).exclude(state=QueueEntry.State.SETTLED)
    return Guard(decision, ", ".join(on_duty) if queue.is_open else "", waiting.count())


def guarded_queues(queues: QuerySet[Queue]) -> QuerySet[Queue]:
    """The queues, each with the name of the rule that it is reserved for now, as `guards`."""
    lines = NamedDecision.objects.filter(queue=OuterRef("pk"), ended_at__isnull=True)
    return queues.annotate(guards=Subquery(lines.values("rule_name")[:1]))


def rules_of(project: Project) -> list[str]:
    """The rules that send all they match to people under every version that decides. Of what is only sampled, or is no
    rule of the staged version, a machine decides the rest, and no line can say that a person does."""
    versions = {one.state: parse_policy(one.definition) for one in project.policies.filter(state__in=DECIDING)}
    if State.LIVE not in versions:
        return []
    in_full = [[rule.name for rule in policy.rules if rule.review_share >= 1] for policy in versions.values()]
    return [rule.name for rule in versions[State.LIVE].rules if all(rule.name in names for names in in_full)]


def rules_to_guard(project: Project) -> list[str]:
    """The rules that a line may guard, and that none guards yet."""
    guarded = set(standing_decisions(project).values_list("rule_name", flat=True))
    return [name for name in rules_of(project) if name not in guarded]


def members_of(project: Project) -> list[User]:
    members = User.objects.filter(memberships__project=project).distinct()
    return sorted(members, key=lambda user: (user.shown_name.casefold(), user.pk))


def history_of_line(decision: NamedDecision) -> Sequence[Event]:
    """What happened to one line, newest first; no line has so many that a page would be long."""
    events = Event.objects.filter(project=decision.project_id, kind__startswith="named_decision.")
    return events.filter(subject__named_decision_id=decision.pk).select_related("actor").order_by("-id")[:100]


def overdue_reviews(*, now: datetime) -> list[int]:
    """Lines whose review is overdue and of which nobody was told yet."""
    overdue = NamedDecision.objects.filter(ended_at__isnull=True, review_on__lt=day_of(now))
    untold = Q(told_of__isnull=True) | ~Q(told_of=F("review_on"))
    return list(overdue.filter(untold).order_by("id").values_list("pk", flat=True))

"""Work that must not be lost is a row before it is a message; and when each clock last ticked."""

from django.db import models
from django.db.models import F, Q

from labeling.models.constraints import one_of
from labeling.models.projects import Project, User


class JobState(models.TextChoices):
    DUE = "due", "Due"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Stopped"


class Job(models.Model):
    """One thing to do later: a task's name and ids. A worker that dies leaves a lease that runs out.

    `n_attempts` numbers the attempts; those that a stopping worker gave back count in `n_given_back`, too, and not
    against the job. While a job waits, `lease_until` is its message's; `begun_at` and `limit_at` are of the running
    attempt. `n_all` is null while nobody knows it. `place` is one of the few that long jobs run in: the unique
    constraint holds how many run at once.
    """

    State = JobState

    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    task = models.CharField(max_length=60)
    arguments = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    n_given_back = models.PositiveSmallIntegerField(default=0)
    place = models.PositiveSmallIntegerField(null=True, blank=True)
    n_done = models.PositiveIntegerField(default=0)
    n_all = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    limit_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    stop_asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("state", JobState, name="job_state_is_known"),
            models.UniqueConstraint(fields=["place"], name="one_job_a_place"),
            models.CheckConstraint(condition=Q(place=None) | Q(state="running"), name="only_running_jobs_have_a_place"),
            models.CheckConstraint(condition=Q(n_all=None) | Q(n_done__lte=F("n_all")), name="job_does_at_most_all"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(stop_asked_at__isnull=False, ended_at__isnull=False),
                name="stopped_job_was_asked_to",
            ),
            models.CheckConstraint(
                condition=Q(stop_asked_by=None) | Q(stop_asked_at__isnull=False),
                name="who_stops_a_job_says_when",
            ),
            models.CheckConstraint(condition=~Q(state="due") | Q(stop_asked_at=None), name="stopped_job_does_not_wait"),
            models.CheckConstraint(condition=Q(n_given_back__lte=F("n_attempts")), name="job_gives_back_attempts"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["due", "running"]), name="jobs_to_do"),
            models.Index(fields=["project", "task", "-id"], name="jobs_of_a_project"),
        ]

    def __str__(self):
        return f"{self.task} {self.arguments}"


class Heartbeat(models.Model):
    """When a repeating task last finished: how `/readyz` knows that a worker lives."""

    name = models.CharField(max_length=60, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self):
        return self.name

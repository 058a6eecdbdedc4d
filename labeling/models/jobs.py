"""Work that must not be lost is a row before it is a message; and when each clock last ticked."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of


class JobState(models.TextChoices):
    DUE = "due", "Due"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(models.Model):
    """One thing to do later: a task's name and ids. A worker that dies leaves a lease that runs out."""

    State = JobState

    task = models.CharField(max_length=60)
    arguments = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [one_of("state", JobState, name="job_state_is_known")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["due", "running"]), name="jobs_to_do")]

    def __str__(self):
        return f"{self.task} {self.arguments}"


class Heartbeat(models.Model):
    """When a repeating task last finished: how `/readyz` knows that a worker lives."""

    name = models.CharField(max_length=60, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self):
        return self.name

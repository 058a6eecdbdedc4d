"""The audit trail: what happened, by whom, to which ids; never item content."""

from django.db import models

from labeling.models.projects import Project, User


class Event(models.Model):
    """One thing that happened. Append-only, written in the transaction of what it tells of."""

    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=60)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    subject = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="events_of_project")]

    def __str__(self):
        return f"{self.kind} at {self.happened_at}"


class EventSeal(models.Model):
    """An event's place in its project's chain; apart, so that writers never queue up behind one row."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="seal")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="seals")
    sequence = models.PositiveBigIntegerField()
    chain_hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sequence"], name="one_seal_per_sequence")]

    def __str__(self):
        return f"seal {self.sequence}"

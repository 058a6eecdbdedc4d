"""What went wrong outside: bad outputs that were let out, and what was learnt from them."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import Project, User
from labeling.models.verdicts import FailureSeverity


class Incident(models.Model):
    """One thing that went wrong with an output after it was let out; its item may become gold. An alarm reports one by
    itself."""

    Severity = FailureSeverity

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="incidents")
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents")
    title = models.CharField(max_length=120)
    words = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    reported_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    lesson = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("severity", FailureSeverity, name="incident_severity_is_known"),
            models.CheckConstraint(condition=~Q(title=""), name="incident_has_a_title"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, lesson="") | (Q(closed_at__isnull=False) & ~Q(lesson="")),
                name="closed_incident_has_a_lesson",
            ),
        ]
        ordering = ["-reported_at", "-id"]

    def __str__(self):
        return self.title

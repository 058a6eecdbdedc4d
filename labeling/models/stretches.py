"""A stretch of time that somebody ends and says why: what a judge may do, and how it is read, lasts for one."""

from django.db import models
from django.db.models import Q

from labeling.models.projects import User


class Stretch(models.Model):
    """Its end is all that is ever added to it, whole: when, by whom and why. An ended one is history (triggers)."""

    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


def whole_end(*, name: str) -> models.CheckConstraint:
    """The three say that it has ended, or none of them does."""
    return models.CheckConstraint(
        condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_because="")
        | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_because="")),
        name=name,
    )

"""Whoever makes labels, as statistics know them."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.projects import Project, User


class RaterKind(models.TextChoices):
    USER = "user", "Reviewer"
    IMPORTED = "imported", "Imported"
    JUDGE = "judge", "Judge"


class Rater(models.Model):
    """Whoever made a label: a person with an account, a person named in an imported file, or a judge."""

    Kind = RaterKind

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="raters")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=150)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="raters")
    # When they were first given a role that shows sources; giving the role back makes nobody blind again.
    unblinded_at = models.DateTimeField(null=True, blank=True)
    # The stretch of work they are in, and when they put its hint of a pause away. See policy/pauses.py.
    at_it_since = models.DateTimeField(null=True, blank=True)
    last_submitted_at = models.DateTimeField(null=True, blank=True)
    hint_put_away_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="one_rater_per_name"),
            models.UniqueConstraint(fields=["project", "user"], name="one_rater_per_user"),
            one_of("kind", RaterKind, name="rater_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="user", user__isnull=False) | (~Q(kind="user") & Q(user__isnull=True)),
                name="rater_is_a_user_or_a_name",
            ),
        ]

    def __str__(self):
        return self.name

"""The guess-the-source probe: whether reviewers can tell which system wrote what they label. Append-only."""

from django.db import models
from django.db.models import Q

from labeling.models.projects import Project
from labeling.models.queues import HandOut


class OpaqueSystem(models.Model):
    """One hidden source of a project, a model in one version, under the number that reviewers read for good."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="opaque_systems")
    number = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=250)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_system_per_number"),
            models.UniqueConstraint(fields=["project", "source"], name="one_number_per_system"),
            models.CheckConstraint(condition=Q(number__gte=1), name="systems_count_from_1"),
        ]
        ordering = ["project", "number"]

    def __str__(self):
        return f"System {self.number}"


class SourceQuestion(models.Model):
    """One time a reviewer was asked which system wrote what they had just submitted, and what was right then.

    `right_system` is empty where the source has no number; such an answer is kept and judged by nobody.
    """

    hand_out = models.OneToOneField(HandOut, on_delete=models.PROTECT, related_name="source_question")
    n_systems = models.PositiveSmallIntegerField()
    right_system = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(n_systems__gte=2), name="a_guess_has_two_ways_to_go")]

    def __str__(self):
        return f"question on {self.hand_out}"


class SourceGuess(models.Model):
    """What the reviewer answered: the number of a system, or none for *can't tell*. No answer leaves no row."""

    question = models.OneToOneField(SourceQuestion, primary_key=True, on_delete=models.PROTECT, related_name="guess")
    system = models.PositiveSmallIntegerField(null=True, blank=True)
    guessed_at = models.DateTimeField()

    def __str__(self):
        return f"System {self.system}" if self.system else "can't tell"

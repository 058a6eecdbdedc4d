"""What a page says of all items of a large project, as the worker counted it last."""

from django.db import models

from labeling.models.projects import Project


class Tally(models.Model):
    """The numbers of one page of one project. Whatever is here can be counted again; nothing else may read it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tallies")
    name = models.CharField(max_length=20)
    numbers = models.JSONField()
    counted_at = models.DateTimeField()
    # How long counting took: who takes long is counted less often.
    seconds = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_tally_per_name"),
            models.CheckConstraint(condition=models.Q(seconds__gte=0), name="counting_takes_time"),
        ]
        verbose_name_plural = "tallies"

    def __str__(self):
        return f"{self.name} of {self.project_id} at {self.counted_at}"

"""What past traffic looked like, so that a strange output can be told."""

from django.db import models
from django.db.models import Q

from labeling.models.projects import Project


class TrafficFit(models.Model):
    """The centroids of one project's past texts of one kind, and how near those lay. Append-only; the newest is used.

    Numbers of hashed words, each the mean of many texts: no text can be read from them.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="traffic_fits")
    kind = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    centroids = models.BinaryField()
    nearness = models.BinaryField()
    n_items = models.PositiveIntegerField()
    fitted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "number"], name="one_traffic_fit_per_number"),
            models.CheckConstraint(condition=Q(n_items__gt=1), name="traffic_fit_rests_on_texts"),
        ]

    def __str__(self):
        return f"traffic of {self.kind}, fit {self.number}"

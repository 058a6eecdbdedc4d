"""Which confidence map is applied to what a judge says, on whose word."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.judges import JudgeVersion
from labeling.models.projects import User
from labeling.models.runs import CalibrationRun
from labeling.models.stretches import Stretch, whole_end


class MapKind(models.TextChoices):
    PLATT = "platt", "Platt’s sigmoid"
    ISOTONIC = "isotonic", "Isotonic, a staircase"


class MappedConfidence(models.TextChoices):
    STATED = "stated", "What the judge stated"
    VOTE_SHARE = "vote_share", "How far its runs agree"


class ChosenMap(Stretch):
    """One stretch of time in which a judge version's confidence on one criterion is read through a fitted map.

    `document` is the map as the run fitted it, copied: routing reads this row alone. The run is one of the same judge
    version (a trigger looks), so a changed judge has no map. Only its end is ever added; an ended one is history.
    """

    Kind = MapKind
    Confidence = MappedConfidence

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="chosen_maps")
    criterion = models.CharField(max_length=40)
    confidence = models.CharField(max_length=10, choices=MappedConfidence.choices)
    kind = models.CharField(max_length=10, choices=MapKind.choices)
    document = models.JSONField()
    run = models.ForeignKey(CalibrationRun, on_delete=models.PROTECT, related_name="chosen_maps")
    reason = models.CharField(max_length=300)
    chosen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version", "criterion"], condition=Q(ended_at__isnull=True), name="one_map_at_a_time"
            ),
            one_of("kind", MapKind, name="map_kind_is_known"),
            one_of("confidence", MappedConfidence, name="mapped_confidence_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="choice_of_a_map_has_a_reason"),
            whole_end(name="end_of_a_chosen_map_is_whole"),
        ]

    def __str__(self):
        return f"{self.kind} map of {self.judge_version} on {self.criterion}"

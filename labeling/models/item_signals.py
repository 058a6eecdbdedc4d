"""What is known about an item before a person looks: check results and signals."""

from django.db import models

from labeling.models.constraints import one_of, share
from labeling.models.items import Item


class CheckResultOutcome(models.TextChoices):
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    CRASHED = "crashed", "Crashed"


class CheckResult(models.Model):
    """What one deterministic check said of one item. A crashed check is a result too: it routes to a person."""

    Outcome = CheckResultOutcome

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="check_results")
    check_name = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    on_failure = models.CharField(max_length=10)
    explanation = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "check_name"], name="one_result_per_check"),
            one_of("outcome", CheckResultOutcome, name="check_outcome_is_known"),
            models.CheckConstraint(
                condition=models.Q(on_failure__in=["bounce", "review"]), name="check_bounces_or_reviews"
            ),
        ]

    def __str__(self):
        return f"{self.check_name}: {self.outcome}"


class SignalKind(models.TextChoices):
    REPEATS = "repeats", "Judge run several times"
    BOTH_ORDERS = "both_orders", "Judge asked in both orders"
    JUDGES = "judges", "Several judges"
    GROUNDING = "grounding", "Retrieval grounding"
    NOVELTY = "novelty", "Novelty"
    STATED = "stated", "Stated by the producer or the judge (weak)"
    PROBABILITY = "probability", "Raw model probability (weak)"
    OTHER = "other", "Other (weak)"


class Signal(models.Model):
    """One derived number about one item, from 0 (doubtful) to 1 (sure), with the kind of evidence behind it."""

    Kind = SignalKind

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="item_signals")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value = models.FloatField()
    n_votes = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "name"], name="one_signal_per_name"),
            one_of("kind", SignalKind, name="signal_kind_is_known"),
            share("value", name="signal_is_a_share"),
        ]

    def __str__(self):
        return f"{self.name} = {self.value}"

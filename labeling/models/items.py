"""What is judged: items, what reviewers may see of them, and where their outputs came from."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.projects import ApiToken, Project, User


class IngestBatchState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class IngestBatch(models.Model):
    """One delivery of items: a request, an uploaded file or a command. `outcome` says what became of each row."""

    State = IngestBatchState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    door = models.CharField(max_length=10)
    file_name = models.CharField(max_length=255, blank=True)
    file_format = models.CharField(max_length=20, blank=True)
    content = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    # Idempotency-Key of a request: the same key answers with the same `outcome`, whatever the network did.
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    request_hash = models.CharField(max_length=64, blank=True)
    outcome = models.JSONField(default=dict)
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ApiToken, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "idempotency_key"], name="one_batch_per_idempotency_key"),
            one_of("state", IngestBatchState, name="batch_state_is_known"),
        ]

    def __str__(self):
        return f"batch {self.pk}"


class ItemStatus(models.TextChoices):
    UNROUTED = "unrouted", "No live policy yet"
    AWAITING = "awaiting", "Awaiting signals"
    BOUNCED = "bounced", "Bounced"
    SHIPPED = "shipped", "Shipped"
    IN_REVIEW = "in_review", "In review"
    DISPUTED = "disputed", "Disputed"
    FINAL = "final", "Final"
    REFERENCE = "reference", "Gold reference"


class ItemStakes(models.TextChoices):
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"
    UNSTATED = "unstated", "Unstated"


class Item(models.Model):
    """One thing to judge: one output, or a pair of them, with its place in the journey."""

    Status = ItemStatus

    Stakes = ItemStakes

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items")
    source_system = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)
    batch = models.ForeignKey(IngestBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="items")
    kind = models.CharField(max_length=40)
    stakes = models.CharField(max_length=10, choices=Stakes.choices, default=Stakes.UNSTATED)
    intent = models.CharField(max_length=80, blank=True)
    segment = models.CharField(max_length=80, blank=True)
    cluster_key = models.CharField(max_length=200, blank=True)
    # The account of whoever wrote or commissioned the output; no name of an account here is no error.
    author = models.CharField(max_length=150, blank=True)
    metadata = models.JSONField(default=dict)
    is_review_requested = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UNROUTED)
    sampling_u = models.FloatField()
    hold_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source_system", "external_id"], name="one_item_per_external_id"
            ),
            one_of("status", ItemStatus, name="item_status_is_known"),
            one_of("stakes", ItemStakes, name="item_stakes_are_known"),
            models.CheckConstraint(
                condition=Q(sampling_u__gte=0, sampling_u__lt=1), name="sampling_u_is_a_uniform_draw"
            ),
            models.CheckConstraint(
                condition=~Q(status="awaiting") | Q(hold_until__isnull=False), name="awaiting_item_has_a_hold"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "status", "-id"], name="items_by_status"),
            models.Index(
                fields=["project", "cluster_key", "id"], condition=~Q(cluster_key=""), name="items_by_cluster"
            ),
            models.Index(fields=["hold_until"], condition=Q(status="awaiting"), name="items_on_hold"),
            models.Index(fields=["project"], condition=~Q(author=""), name="items_with_an_author"),
        ]

    def __str__(self):
        return self.external_id


class ItemPayload(models.Model):
    """The words of an item: context and output texts, apart so that erasing them leaves ids and labels.

    The hidden source is in `Output`, another table: what serves a reviewer reads only this one.
    """

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.CASCADE, related_name="payload")
    context = models.JSONField(default=dict)
    texts = models.JSONField()

    def __str__(self):
        return f"payload of item {self.item_id}"


class Output(models.Model):
    """Where one text came from: the hidden source. Side 0 is canonically A, side 1 is B."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="outputs")
    side = models.PositiveSmallIntegerField(default=0)
    model = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=120, blank=True)
    family = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "side"], name="one_output_per_side"),
            models.CheckConstraint(condition=Q(side__in=[0, 1]), name="at_most_two_outputs"),
        ]
        ordering = ["item", "side"]

    def __str__(self):
        return f"{self.model} {self.version}".strip() or "unnamed source"

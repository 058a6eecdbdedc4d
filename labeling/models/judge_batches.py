"""Running a judge from here: which endpoints there are, what a judge was told, and every call of a batch."""

from django.db import models
from django.db.models import F, Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.judges import JudgeVerdictOrder, JudgeVersion
from labeling.models.projects import Project, User
from labeling.models.rubrics import RubricVersion


class AnswerForm(models.TextChoices):
    JSON_SCHEMA = "json_schema", "By a JSON schema"
    JSON_OBJECT = "json_object", "As any JSON object"
    TEXT = "text", "As text, asked for in words alone"


class LimitName(models.TextChoices):
    MAX_TOKENS = "max_tokens", "max_tokens (most servers)"
    MAX_COMPLETION_TOKENS = "max_completion_tokens", "max_completion_tokens (OpenAI’s newer models)"


class JudgeEndpoint(models.Model):
    """An OpenAI-compatible address with a model behind it, what it costs and how hard it may be asked.

    Name, address and model stay as they are: another one is another judge. The key is stored sealed with the
    installation's own, and never shown. `answer_form` is the strictest one that the
    endpoint was found to take. Until `rests_until` it is not asked: it said so itself.
    """

    AnswerForm = AnswerForm
    LimitName = LimitName

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_endpoints")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    model = models.CharField(max_length=120)
    family = models.CharField(max_length=120, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    currency = models.CharField(max_length=3, default="USD")
    price_in = models.DecimalField(max_digits=12, decimal_places=6)
    price_out = models.DecimalField(max_digits=12, decimal_places=6)
    timeout_seconds = models.PositiveSmallIntegerField(default=60)
    max_output_tokens = models.PositiveIntegerField(default=600)
    limit_name = models.CharField(max_length=24, choices=LimitName.choices, default=LimitName.MAX_TOKENS)
    answer_form = models.CharField(max_length=12, choices=AnswerForm.choices, default=AnswerForm.JSON_SCHEMA)
    most_at_once = models.PositiveSmallIntegerField(default=2)
    rests_until = models.DateTimeField(null=True, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=Q(off_at__isnull=True), name="one_judge_endpoint_per_name"
            ),
            one_of("answer_form", AnswerForm, name="judge_answer_form_is_known"),
            one_of("limit_name", LimitName, name="judge_limit_name_is_known"),
            models.CheckConstraint(
                condition=Q(price_in__gte=0, price_out__gte=0), name="judge_prices_are_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1, timeout_seconds__lte=600), name="judge_timeout_is_1_to_600_seconds"
            ),
            models.CheckConstraint(
                condition=Q(most_at_once__gte=1, most_at_once__lte=16), name="judge_is_asked_1_to_16_at_once"
            ),
        ]
        ordering = ["name"]

    def __str__(self):
        return self.name


class JudgePrompt(models.Model):
    """Everything a judge is told but the item itself, whole, under its hash. Never changed."""

    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="judge_prompts")
    prompt_hash = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric_version", "prompt_hash"], name="one_judge_prompt_per_hash")
        ]

    def __str__(self):
        return self.prompt_hash[:12]


class JudgeBatchState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    OVER_BUDGET = "over_budget", "Stopped at its budget"
    BARRED = "barred", "Stopped: the endpoint refuses us"
    CANCELLED = "cancelled", "Cancelled"


class JudgeBatch(models.Model):
    """One run of a judge over chosen items: `n_repeats` times each question, a pair in one order or in both.

    Prices are those of the endpoint when it began. `chosen` says in words which items. What it came to is counted from
    its calls. A judge version has one batch running, so that no two ask the same.
    """

    State = JudgeBatchState

    endpoint = models.ForeignKey(JudgeEndpoint, on_delete=models.PROTECT, related_name="batches")
    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="batches")
    prompt = models.ForeignKey(JudgePrompt, on_delete=models.PROTECT, related_name="batches")
    criteria = models.JSONField(default=list)
    n_repeats = models.PositiveSmallIntegerField(default=1)
    in_both_orders = models.BooleanField(default=True)
    chosen = models.CharField(max_length=300)
    budget = models.DecimalField(max_digits=12, decimal_places=4)
    price_in = models.DecimalField(max_digits=12, decimal_places=6)
    price_out = models.DecimalField(max_digits=12, decimal_places=6)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    reason = models.CharField(max_length=300, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("state", JudgeBatchState, name="judge_batch_state_is_known"),
            models.UniqueConstraint(
                fields=["judge_version"], condition=Q(state="running"), name="one_running_batch_per_judge_version"
            ),
            models.CheckConstraint(condition=Q(n_repeats__gte=1, n_repeats__lte=20), name="judge_repeats_are_1_to_20"),
            models.CheckConstraint(condition=Q(budget__gte=0), name="judge_budget_is_not_negative"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at__isnull=True) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="judge_batch_runs_until_it_ended",
            ),
        ]
        indexes = [models.Index(fields=["endpoint"], condition=Q(state="running"), name="judge_batches_running")]

    def __str__(self):
        return f"judge batch {self.pk}"


class JudgeCallState(models.TextChoices):
    DUE = "due", "Waiting"
    LEASED = "leased", "Being asked"
    DONE = "done", "Answered"
    FAILED = "failed", "Failed"


class JudgeCall(models.Model):
    """One question about one item, asked in one order for the n-th time, with all its attempts.

    `n_attempts` fences workers off from each other; `n_tries` counts since somebody last had it asked. While it is
    being asked, `due_at` is when its lease runs out. `reserved` is the most that one attempt can cost; `cost` is what
    all attempts came to, or at most came to where nobody said (`is_estimated`).
    """

    State = JudgeCallState
    Order = JudgeVerdictOrder

    batch = models.ForeignKey(JudgeBatch, on_delete=models.CASCADE, related_name="calls")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="judge_calls")
    criterion = models.CharField(max_length=40)
    run = models.PositiveIntegerField()
    order = models.CharField(max_length=6, choices=Order.choices, default=Order.SINGLE)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(null=True, blank=True)
    n_attempts = models.PositiveIntegerField(default=0)
    n_tries = models.PositiveSmallIntegerField(default=0)
    n_unreadable = models.PositiveSmallIntegerField(default=0)
    reserved = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    is_estimated = models.BooleanField(default=False)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    label = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=12, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "item", "criterion", "run", "order"], name="one_judge_call"),
            one_of("state", JudgeCallState, name="judge_call_state_is_known"),
            one_of("order", JudgeVerdictOrder, name="judge_call_order_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "leased"], due_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["done", "failed"], due_at__isnull=True, ended_at__isnull=False),
                name="judge_call_is_due_until_it_is_over",
            ),
            models.CheckConstraint(condition=Q(cost__gte=0, reserved__gte=0), name="judge_call_costs_are_not_negative"),
            models.CheckConstraint(
                condition=Q(n_attempts__gte=F("n_tries")), name="judge_call_tries_are_among_its_attempts"
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "due_at"], condition=Q(due_at__isnull=False), name="judge_calls_to_do"),
            models.Index(fields=["batch", "state"], name="judge_calls_by_state"),
        ]

    def __str__(self):
        return f"judge call {self.pk}"

"""What a batch of a judge would ask, and what that would cost: the same plan before it is started and when it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import FinalLabel, Item, JudgeEndpoint, JudgeVerdict, JudgeVersion, Project, Queue, RubricVersion
from labeling.policy.blinding import blind_item
from labeling.policy.judge_calls import Prices, estimated_tokens, judge_parameters
from labeling.policy.judge_prompts import is_of_pairs, judged_questions, messages_for, prompt_hash, prompt_of
from labeling.policy.rubrics import Question
from labeling.policy.splits import part_of
from labeling.queries.rubrics import questions_of

MOST_ITEMS = 2_000
MOST_CALLS = 20_000
# Items are drawn by part in Python, since the draw is keyed; no further back than this is looked for them.
LOOKED_AT = 20_000
ITEMS_AT_ONCE = 200
# What an answer with a rationale of three sentences takes, for the estimate; the limit is what it may take.
USUAL_OUTPUT = 120
# As long as a boundary is when it is drawn.
ANY_BOUNDARY = "0" * 32

WHICH = {
    "newest": "the newest",
    "in_review": "with people now",
    "awaiting": "held for signals",
    "final": "with a final label",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose to have judged, and how. No `part` is every part of the split."""

    endpoint: JudgeEndpoint
    version: RubricVersion
    criteria: tuple[str, ...]
    which: str
    n_items: int
    part: str
    in_both_orders: bool
    n_repeats: int
    temperature: float | None
    seed: int | None

    @property
    def in_words(self) -> str:
        part = f", of the {self.part} part" if self.part else ""
        return f"up to {self.n_items:,} items ({WHICH[self.which]}{part}), by {self.version}"


@dataclass(frozen=True, slots=True)
class PlannedCall:
    item_id: int
    criterion: str
    run: int
    order: str


@dataclass(slots=True)
class Plan:
    """Every call of a batch. Costs are estimates: `expected` with usual answers, `at_most` with the longest."""

    prompt: dict[str, Any]
    prompt_hash: str
    parameters: dict[str, object]
    prices: Prices
    max_output_tokens: int
    calls: list[PlannedCall] = field(default_factory=list)
    n_items: int = 0
    n_already: int = 0
    tokens_in: int = 0

    @property
    def n_calls(self) -> int:
        return len(self.calls)

    @property
    def expected(self) -> Decimal:
        return self.cost(min(USUAL_OUTPUT, self.max_output_tokens))

    @property
    def at_most(self) -> Decimal:
        return self.cost(self.max_output_tokens)

    def cost(self, tokens_out: int) -> Decimal:
        return self.prices.cost(tokens_in=self.tokens_in, tokens_out=tokens_out * self.n_calls)


def versions_for_judge(project: Project) -> list[RubricVersion]:
    """The rubric versions that are in use and ask what a judge can be asked, the newest first. Two queries."""
    used = RubricVersion.objects.filter(rubric__project=project, in_use_from__isnull=False)
    found = used.select_related("rubric").prefetch_related("criteria").order_by("-in_use_from", "-id")
    return [version for version in found if questions_for_judge(version)]


def questions_for_judge(version: RubricVersion) -> tuple[Question, ...]:
    return judged_questions(questions_of(version), asks_verdict=version.asks_verdict)


def plan_for(choice: Choice) -> Plan:
    """The calls of a choice, without those whose verdict is here already. At most two queries a page of items, and a
    few besides."""
    endpoint = choice.endpoint
    # All of its questions, whichever are asked now: the judge is the same when the others are asked tomorrow.
    prompt = prompt_of(questions_for_judge(choice.version), instructions=choice.version.instructions)
    plan = Plan(
        prompt=prompt,
        prompt_hash=prompt_hash(prompt),
        parameters=judge_parameters(
            url=endpoint.url,
            temperature=choice.temperature,
            seed=choice.seed,
            max_output_tokens=endpoint.max_output_tokens,
        ),
        prices=Prices(endpoint.price_in, endpoint.price_out),
        max_output_tokens=endpoint.max_output_tokens,
    )
    judge_version = judge_version_for(choice, plan)
    item_ids = chosen_items(choice)
    for start in range(0, len(item_ids), ITEMS_AT_ONCE):
        add_page(plan, choice, judge_version, item_ids[start : start + ITEMS_AT_ONCE])
    return plan


def judge_version_for(choice: Choice, plan: Plan) -> JudgeVersion | None:
    """The judge version that these choices make, if it has ever spoken."""
    alike = JudgeVersion.objects.filter(
        project=choice.endpoint.project_id,
        name=choice.endpoint.name,
        model=choice.endpoint.model,
        prompt_hash=plan.prompt_hash,
    )
    return next((one for one in alike if one.parameters == plan.parameters), None)


def chosen_items(choice: Choice) -> list[int]:
    """The ids of the items to judge, the newest first: of the kinds that people judge by this rubric, gold apart."""
    project = choice.endpoint.project
    items = Item.objects.filter(project=project, payload__isnull=False).exclude(status=Item.Status.REFERENCE)
    kinds = kinds_of(choice.version)
    if kinds is not None:
        items = items.filter(kind__in=kinds)
    groups = of_which(items, choice.which).order_by("-id").values_list("id", "cluster_key")
    if not choice.part:
        return [item_id for item_id, _ in groups[: choice.n_items]]
    found = []
    for item_id, cluster_key in groups[:LOOKED_AT].iterator(chunk_size=2_000):
        if part_of(project.sampling_salt, cluster_key=cluster_key, item_id=item_id) == choice.part:
            found.append(item_id)
            if len(found) == choice.n_items:
                break
    return found


def of_which(items: QuerySet[Item], which: str) -> QuerySet[Item]:
    if which == "in_review":
        return items.filter(status__in=[Item.Status.IN_REVIEW, Item.Status.DISPUTED])
    if which == "awaiting":
        return items.filter(status=Item.Status.AWAITING)
    if which == "final":
        return items.filter(Exists(FinalLabel.objects.filter(item=OuterRef("pk"))))
    return items


def kinds_of(version: RubricVersion) -> list[str] | None:
    """The kinds that queues of this rubric take; None where one takes every kind, or there is no queue."""
    kinds = list(Queue.objects.filter(rubric=version.rubric_id).values_list("kinds", flat=True))
    if not kinds or not all(kinds):
        return None
    return sorted({kind for taken in kinds for kind in taken})


def add_page(plan: Plan, choice: Choice, judge_version: JudgeVersion | None, item_ids: list[int]) -> None:
    items = Item.objects.filter(pk__in=item_ids).select_related("payload").order_by("-id")
    stored: set[tuple[int, str, int, str]] = set()
    if judge_version is not None:
        said = JudgeVerdict.objects.filter(judge_version=judge_version, item__in=item_ids)
        stored = set(said.values_list("item_id", "criterion", "run", "order"))
    for item in items:
        shown = blind_item(item.kind, item.payload.context, item.payload.texts)
        content = shown.canonical()
        n_before = len(plan.calls)
        for criterion in choice.criteria:
            if is_of_pairs(plan.prompt, criterion) and not shown.is_pair:
                continue
            tokens = tokens_of(plan.prompt, criterion, content=content, is_pair=shown.is_pair)
            for call in calls_of(item.pk, criterion, choice, is_pair=shown.is_pair):
                if (call.item_id, call.criterion, call.run, call.order) in stored:
                    plan.n_already += 1
                else:
                    plan.calls.append(call)
                    plan.tokens_in += tokens
        plan.n_items += len(plan.calls) > n_before


def calls_of(item_id: int, criterion: str, choice: Choice, *, is_pair: bool) -> Iterator[PlannedCall]:
    orders = (("ab", "ba") if choice.in_both_orders else ("ab",)) if is_pair else ("single",)
    for run in range(1, choice.n_repeats + 1):
        for order in orders:
            yield PlannedCall(item_id, criterion, run, order)


def tokens_of(prompt: dict[str, Any], criterion: str, *, content: str, is_pair: bool) -> int:
    # Of the length alone: the content may hold what stands in for the boundary.
    messages = messages_for(prompt, criterion, content="", is_pair=is_pair, boundary=ANY_BOUNDARY)
    return estimated_tokens(content, *(message["content"] for message in messages))

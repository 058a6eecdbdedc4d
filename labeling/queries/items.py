"""Items as owners and admins see them: the filtered list, and everything that is known about one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from labeling.models import (
    Answer,
    CheckResult,
    EntryPurpose,
    Failure,
    FinalAnswer,
    FinalLabel,
    Item,
    JudgeVerdict,
    Output,
    Project,
    QueueEntry,
    Review,
    RoutingDecision,
    Signal,
    Slot,
)
from labeling.policy.blinding import BlindItem, blind_item
from labeling.policy.confidence import WEAK_KINDS
from labeling.policy.rubrics import WORDS
from labeling.policy.text_diff import Piece, diff_of
from labeling.queries.ratings import is_unsettled
from labeling.queries.reasons import ReasonShown, reasons_of, with_fired_reason

# What a page may ask for, by its public name; a lookup is never built from input.
FILTERED_FIELDS = {"status": "status", "stakes": "stakes", "kind": "kind", "intent": "intent"}
SORTINGS = {
    "-came_in": ("-id",),
    "came_in": ("id",),
    "external_id": ("external_id", "id"),
    "-external_id": ("-external_id", "-id"),
}
# Choices of kind and intent are taken from the newest items: a DISTINCT over all of them would read them all.
RECENT_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One line of the list: an item, its newest decision and the reasons that fired."""

    item: Item
    decision: RoutingDecision | None
    reasons: Sequence[ReasonShown]


@dataclass(frozen=True, slots=True)
class ShownOutput:
    """One text with its hidden source. A pair's letters are the canonical ones, whatever order reviewers saw."""

    letter: str
    text: str
    source: Output | None


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """The label on one criterion, in the rubric's words."""

    criterion: str
    label: str
    rationale: str


@dataclass(frozen=True, slots=True)
class ShownReview:
    """One review and who made it: owners and admins may know that, except while it is disputed."""

    review: Review
    reviewer: str
    is_withdrawn: bool
    active_seconds: int
    answers: Sequence[ShownAnswer]
    failure: Failure | None = None
    escalated_to: str = ""
    changes: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry of an item: whose turns there are, what was submitted and what came of it, the newest label first."""

    entry: QueueEntry
    turns: Sequence[tuple[Slot, str]]
    reviews: Sequence[ShownReview]
    labels: Sequence[tuple[FinalLabel, Sequence[ShownAnswer]]]

    @property
    def names_are_hidden(self) -> bool:
        return hides_names(self.entry)

    @property
    def is_in_open_round(self) -> bool:
        return is_in_open_round(self.entry)


def items_of(project: Project, wanted: Mapping[str, str]) -> QuerySet[Item]:
    """The items that match every filter given, in the order asked for (newest first)."""
    items = Item.objects.filter(project=project)
    for name, field in FILTERED_FIELDS.items():
        if wanted.get(name):
            items = items.filter(**{field: wanted[name]})
    if wanted.get("q"):
        items = items.filter(external_id__icontains=wanted["q"])
    if wanted.get("outcome") or wanted.get("reason"):
        items = items.filter(Exists(newest_decisions(wanted)))
    return items.order_by(*SORTINGS[wanted.get("sort") or "-came_in"])


def newest_decisions(wanted: Mapping[str, str]) -> QuerySet[RoutingDecision]:
    """The newest decision of the outer item, if it has the outcome wanted and the reason wanted fired in it."""
    later = RoutingDecision.objects.filter(item_id=OuterRef("item_id"), id__gt=OuterRef("id"))
    decisions = RoutingDecision.objects.filter(~Exists(later), item_id=OuterRef("pk"))
    if wanted.get("outcome"):
        decisions = decisions.filter(outcome=wanted["outcome"])
    if wanted.get("reason"):
        decisions = with_fired_reason(decisions, wanted["reason"])
    return decisions


def recent_values_of(project: Project, field: str) -> list[str]:
    """The values that the newest items have in `kind` or `intent`, in order."""
    recent = Item.objects.filter(project=project).order_by("-id").values_list(FILTERED_FIELDS[field], flat=True)
    return sorted({value for value in recent[:RECENT_ITEMS] if value})


def listed(items: Iterable[Item]) -> list[ListedItem]:
    """The items of one page with why each went where it went. One query."""
    items = list(items)
    newest: dict[int, RoutingDecision] = {}
    for decision in RoutingDecision.objects.filter(item__in=[item.pk for item in items]).order_by("id"):
        newest[decision.item_id] = decision
    rows = []
    for item in items:
        decision = newest.get(item.pk)
        fired = [reason for reason in reasons_of(decision) if reason.fired] if decision else []
        # Two missing signals are two grounds with one name; the item's own page tells them apart.
        rows.append(ListedItem(item, decision, list({reason.words: reason for reason in fired}.values())))
    return rows


# --- one item -----------------------------------------------------------------------------------------------------


def outputs_of(item: Item) -> list[ShownOutput]:
    sources = {output.side: output for output in item.outputs.all()}
    texts = item.payload.texts
    letters = "AB" if len(texts) == 2 else ("",)
    return [
        ShownOutput(letter, text, sources.get(side))
        for side, (letter, text) in enumerate(zip(letters, texts, strict=True))
    ]


def context_of(item: Item) -> BlindItem:
    """The context in the parts that its kind has."""
    return blind_item(item.kind, item.payload.context, item.payload.texts)


def checks_of(item: Item) -> QuerySet[CheckResult]:
    return item.check_results.order_by("check_name")


def signals_of(item: Item) -> list[tuple[Signal, bool]]:
    """Each signal, and whether it is weak: one that may send to a person and never past one."""
    return [(signal, signal.kind in WEAK_KINDS) for signal in item.item_signals.order_by("name")]


def judge_verdicts_of(item: Item) -> QuerySet[JudgeVerdict]:
    return item.judge_verdicts.select_related("judge_version").order_by(
        "criterion", "judge_version__name", "judge_version_id", "run", "order"
    )


def decisions_of(item: Item) -> list[tuple[RoutingDecision, list[ReasonShown]]]:
    """Every decision of one item, newest first, with every reason, whether it fired or not."""
    decisions = item.decisions.select_related("policy").order_by("-id")
    return [(decision, reasons_of(decision)) for decision in decisions]


def entries_of(item: Item) -> list[ShownEntry]:
    """The item's entries with slots, reviews, answers and final labels. A fixed number of queries."""
    answers = Answer.objects.select_related("criterion").order_by("criterion__position", "id")
    final_answers = FinalAnswer.objects.select_related("criterion").order_by("criterion__position", "id")
    reviews = (
        Review.objects.select_related("reviewer__user", "slot", "withdrawal", "correction", "failure")
        .select_related("escalation__person")
        .prefetch_related(Prefetch("answers", answers))
        .order_by("submitted_at", "id")
    )
    slots = Slot.objects.select_related("reviewer__user").order_by("slot_no")
    labels = (
        FinalLabel.objects.select_related("adjudication__adjudicator", "reopening__reopened_by")
        .select_related("correction", "failure")
        .prefetch_related(Prefetch("answers", final_answers))
        .order_by("-revision")
    )
    entries = (
        QueueEntry.objects.filter(item=item)
        .select_related("queue", "rubric_version__rubric", "purpose")
        .prefetch_related(Prefetch("slots", slots), Prefetch("reviews", reviews), Prefetch("final_labels", labels))
        .order_by("id")
    )
    return [shown_entry(entry, text=item.payload.texts[0]) for entry in entries]


def shown_entry(entry: QueueEntry, *, text: str) -> ShownEntry:
    names = names_in(entry)
    return ShownEntry(
        entry,
        turns=[(slot, names.get(slot.reviewer_id, "")) for slot in entry.slots.all()],
        reviews=[
            ShownReview(
                review,
                names[review.reviewer_id],
                is_withdrawn=hasattr(review, "withdrawal"),
                active_seconds=round(review.active_ms / 1000),
                answers=[shown_answer(answer) for answer in review.answers.all()],
                failure=getattr(review, "failure", None),
                escalated_to=escalated_to(review, by_name=not hides_names(entry)),
                changes=diff_of(text, review.correction.text) if hasattr(review, "correction") else (),
            )
            for review in ([] if is_in_open_round(entry) else entry.reviews.all())
        ],
        labels=[
            (label, [shown_answer(answer) for answer in label.answers.all()]) for label in entry.final_labels.all()
        ],
    )


def escalated_to(review: Review, *, by_name: bool) -> str:
    """To whom a review was escalated. Not by name until it is settled: where the dispute says that whoever was asked
    may not settle it, the name would say who labelled it."""
    escalation = getattr(review, "escalation", None)
    if escalation is None:
        return ""
    if escalation.person is None:
        return escalation.get_role_display()
    return escalation.person.shown_name if by_name else "somebody by name"


def is_in_open_round(entry: QueueEntry) -> bool:
    """Whether what was said waits for the round to be closed: beside how far everybody is, a number would be a name."""
    return entry.purpose.purpose == EntryPurpose.Purpose.ROUND and is_unsettled(entry)


def hides_names(entry: QueueEntry) -> bool:
    return bool(entry.reviews.all()) and is_unsettled(entry)


def names_in(entry: QueueEntry) -> dict[int, str]:
    """The entry's reviewers by name; by number until it is settled, since whoever may settle it must not know them."""
    raters = [slot.reviewer for slot in entry.slots.all() if slot.reviewer]
    raters += [review.reviewer for review in entry.reviews.all()]
    by_id = {rater.pk: rater for rater in raters}
    if hides_names(entry):
        return {rater_id: f"Reviewer {number}" for number, rater_id in enumerate(by_id, start=1)}
    return {rater_id: rater.user.shown_name if rater.user else rater.name for rater_id, rater in by_id.items()}


def shown_answer(answer: Answer | FinalAnswer) -> ShownAnswer:
    named = f"{answer.criterion.key}, {answer.part.replace('~', ', ')}" if answer.part else answer.criterion.key
    if answer.value == WORDS:
        return ShownAnswer(named, getattr(answer, "rationale", ""), "")
    return ShownAnswer(named, label_of(answer), getattr(answer, "rationale", ""))


def label_of(answer: Answer | FinalAnswer) -> str:
    """An answer as its rubric words it, with the stored value before it where the two differ."""
    if answer.is_not_applicable:
        return "not applicable"
    for option in answer.criterion.options:
        if option["value"] == answer.value:
            is_same = option["label"].casefold() == answer.value.casefold()
            return option["label"] if is_same else f"{answer.value} · {option['label']}"
    return answer.value

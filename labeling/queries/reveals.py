"""Blind first, then the judge: what a judge said of an item, and what the reviewer's page of it receives."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Q, Window

from labeling.models import Answer, HandOut, Item, JudgeVerdict, JudgeVersion, Output, Reveal, RevealOffer
from labeling.policy.blinding import BlindItem, canonical_choice
from labeling.policy.judging import FAIL
from labeling.policy.revealing import SECOND_VERDICTS, VERDICT, SaidByJudge
from labeling.policy.rubrics import Question
from labeling.queries.reviews import TakeBack, asked_of, shown_item, submission_of

# Of one item; whoever runs a judge more often than this on one output measures something else.
MOST_VERDICTS = 200
MOST_SLASHES = 5


@dataclass(frozen=True, slots=True)
class SecondChoice:
    """One answer that may be given after the look: what is sent, and what its button says."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows once it was asked for. `judge_label` is in the words of the question's own answers."""

    item: BlindItem
    question: str
    judge_label: str
    judge_words: str
    is_same: bool
    own: SecondChoice
    others: tuple[SecondChoice, ...]


@dataclass(frozen=True, slots=True)
class RevealPage:
    """Everything the page receives. Without `seen` there is nothing of the judge in it."""

    token: str
    queue_id: int
    queue_name: str
    take_back: TakeBack | None
    seen: Seen | None


# --- what the judge said --------------------------------------------------------------------------------------------


def said_of(item: Item) -> list[SaidByJudge]:
    """What judges said of an item, the version that spoke last first, its runs in order.

    The known answer of a gold case is of an item's copy, of which no judge was asked: what was said of the same words
    before counts for both. One statement for gold and live.
    """
    spoke_last = Window(Max("received_at"), partition_by=F("judge_version"))
    verdicts = (
        JudgeVerdict.objects.filter(item__in=with_the_same_words(item))
        .annotate(spoke_last=spoke_last)
        .order_by("-spoke_last", "-judge_version", "run", "order", "id")
        .values_list("judge_version_id", "criterion", "label", "rationale")
    )
    return [SaidByJudge(*row) for row in verdicts[:MOST_VERDICTS]]


def with_the_same_words(item: Item):
    """An item, and the one that a reference was made of, which its id names: found by the unique index on ids."""
    pieces = item.external_id.split("/")
    named = Q(source_system="", external_id=item.external_id)
    for place in range(1, min(len(pieces), MOST_SLASHES + 1)):
        named |= Q(source_system="/".join(pieces[:place]), external_id="/".join(pieces[place:]))
    same = Item.objects.filter(named, project=item.project_id, content_hash=item.content_hash)
    return Item.objects.filter(Q(pk=item.pk) | Q(pk__in=same.values("pk"))).values("pk")


def hidden_names_of(item: Item, judge_version_id: int) -> list[str]:
    """What the judge's reasons must not tell: who wrote the output, and who the judge is."""
    judge = JudgeVersion.objects.filter(pk=judge_version_id).values_list("name", "model", "family")
    sources = Output.objects.filter(item=item).values_list("model", "version", "family", "prompt_version")
    return [name for row in (*judge, *sources) for name in row if name]


# --- the reviewer's page ----------------------------------------------------------------------------------------------


def offer_of(hand_out: HandOut) -> RevealOffer | None:
    """The offer on what was submitted on a hand-out, unless it was taken back."""
    offers = RevealOffer.objects.filter(review__hand_out=hand_out, review__withdrawal__isnull=True)
    return offers.select_related("review__entry__queue__project", "review__entry__item", "review__reviewer").first()


def is_answered(offer: RevealOffer) -> bool:
    return Reveal.objects.filter(offer=offer, second_label__isnull=False).exists()


def reveal_page(offer: RevealOffer, hand_out: HandOut, *, now: datetime) -> RevealPage:
    is_seen = Reveal.objects.filter(offer=offer).exists()
    submission = submission_of(hand_out, now=now)
    return RevealPage(
        token=hand_out.token,
        queue_id=hand_out.slot.queue_id,
        queue_name=hand_out.slot.queue.name,
        take_back=submission.take_back if submission else None,
        seen=seen_of(offer, hand_out) if is_seen else None,
    )


def seen_of(offer: RevealOffer, hand_out: HandOut) -> Seen:
    item = shown_item(hand_out)
    question = next((one for one in asked_of(hand_out, item) if one.key == offer.question), None)
    own, others = second_values(offer)

    def words_of(value: str) -> str:
        return words_for(value, question, order_shown=hand_out.order_shown)

    return Seen(
        item=item,
        question=question.question if question else "Verdict",
        judge_label=words_of(offer.judge_label) if question else ("Fail" if offer.judge_label == FAIL else "Pass"),
        judge_words=offer.judge_words,
        is_same=offer.judge_label == offer.blind_label,
        own=SecondChoice(own, words_of(own)),
        others=tuple(SecondChoice(value, words_of(value)) for value in others),
    )


def second_values(offer: RevealOffer) -> tuple[str, tuple[str, ...]]:
    """The reviewer's own answer as it was stored, and the others that they may give instead."""
    if offer.question == VERDICT:
        own = offer.review.verdict
        return own, tuple(value for value in SECOND_VERDICTS if value != own)
    answer = Answer.objects.select_related("criterion").get(
        review=offer.review_id, criterion__key=offer.question, part=""
    )
    values = [option["value"] for option in answer.criterion.options]
    return answer.value, tuple(value for value in values if value != answer.value)


def words_for(value: str, question: Question | None, *, order_shown: str) -> str:
    """An answer as its button says it; of a pair by the letters that this reviewer saw."""
    if question is None:
        return value.capitalize()
    shown = canonical_choice(value, order_shown) if question.scale == "pairwise" else value
    return next((option.label for option in question.options if option.value == shown), shown)

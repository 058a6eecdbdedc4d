"""A rubric with every scale there is, asked of parts and under conditions, and a queue and items that it fits."""

from decimal import Decimal

from labeling.models import Queue
from labeling.policy.presets import Preset
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question
from tests.world import rag_row

SCORE = Question(
    key="score",
    question="How useful is it?",
    scale="interval",
    options=(Option("1", "1", "useless"), Option("5", "5", "nothing to wish for")),
    bounds=Bounds(Decimal(1), Decimal(5), Decimal("0.1"), Decimal(3)),
)
FAULTS = Question(
    key="faults",
    question="Which faults does it have?",
    scale="multi_label",
    options=(
        Option("cold", "Cold"),
        Option("long", "Too long", "Twice as long as it needs to be."),
        Option("invented", "Invented", "Something in it was made up.", is_passing=False),
    ),
    rationale_on=("invented",),
    allows_na=True,
    is_gating=True,
)
STORY = Question(
    key="story", question="What was invented?", scale="text", options=(), asked_when=AskedWhen("faults", ("invented",))
)
SUPPORTED = Question(
    key="supported",
    question="Is the claim supported?",
    scale="binary",
    options=(Option("yes", "Yes"), Option("no", "No", is_passing=False)),
    parts="claim",
    is_gating=True,
    allows_na=True,
)
HEDGED = Question(
    key="hedged",
    question="Does the claim say that it is not sure?",
    scale="binary",
    options=(Option("yes", "Yes"), Option("no", "No")),
    parts="claim",
    asked_when=AskedWhen("supported", ("no",)),
)
RELEVANT = Question(
    key="relevant",
    question="Does the passage answer the question?",
    scale="binary",
    options=(Option("yes", "Yes"), Option("no", "No")),
    parts="chunk",
    is_required=False,
)
PANEL = Preset(
    key="panel",
    name="Panel",
    description="Every scale.",
    kinds=("rag_answer",),
    instructions="Read the passages first.",
    asks_verdict=True,
    questions=(SCORE, FAULTS, STORY, SUPPORTED, HEDGED, RELEVANT),
)
CLEAN = {
    "score": "4",
    "faults": "none",
    "supported~claim-1": "yes",
    "supported~claim-2": "yes",
    "relevant~chunk-1": "yes",
    "relevant~chunk-2": "no",
}


def two_claims(external_id: str = "r-2", **changes):
    """An answer of two sentences, with two passages."""
    return {**rag_row(external_id), "output": "The warranty is two years [P1]. It covers the lid.", **changes}


class Panel:
    """The world with a queue that asks the panel's questions; `world` is what it stands in."""

    def __init__(self, world, preset: Preset = PANEL, **settings) -> None:
        self.world = world
        Queue.objects.filter(pk=world.queue.pk).update(kinds=["chat_reply"])
        self.version = world.make_rubric(preset)
        self.queue = world.make_queue(preset.key, preset.name, self.version, kinds=("rag_answer",), **settings)

    def ingest(self, *rows) -> None:
        self.world.ingest(*rows)

    def review(self, user, answers, *, verdict="approve", **more):
        hand_out = self.world.hand_out(user, self.queue)
        return self.world.submit(hand_out, answers=answers, verdict=verdict, **more)

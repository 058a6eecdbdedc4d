"""The cast: one small shop whose support assistant is reviewed. Built through services, as the app would.

Ada administers, Olga owns the evaluation, and Ana, Ben and Cleo review; a helpdesk sends the outputs.
"""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from labeling.formats import Line
from labeling.models import HandOut, Item, Membership, Queue, QueueEntry, Rater, Slot, User
from labeling.policy.blinding import order_for
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import PREFERENCE, SUPPORT_REPLY
from labeling.policy.rubrics import Submission, given_answers
from labeling.policy.splits import Part, part_of
from labeling.policy.verdicts import NO_DETAILS, Finding, VerdictDetails
from labeling.queries.access import rater_of
from labeling.services.adjudication import settle_entry
from labeling.services.gold import create_gold_case, plant_gold
from labeling.services.ingest import RowOutcome, ingest_reference, ingest_rows
from labeling.services.labels import import_labels
from labeling.services.policies import publish_policy
from labeling.services.projects import add_member, create_project, create_token, create_user
from labeling.services.queues import create_queue, hand_out_next, take_seat
from labeling.services.reviews import Submitted, submit_review
from labeling.services.rubrics import create_rubric

PASSWORD = "a-long-enough-phrase"
GOOD = {"correct": "yes", "complete": "4", "tone": "4", "grounded": "n/a"}
BAD = {"correct": "no", "complete": "2", "tone": "3", "grounded": "unsupported"}
# What failed, where a test that rejects does not care.
REJECTED = VerdictDetails(finding=Finding("factual_error", "major"))
JUDGE = {"name": "house-judge", "model": "judge-model", "family": "cedar", "prompt_hash": "p1", "parameters": {}}


class World:
    """A project with people, rubrics, two queues, a live policy and a token; nothing has come in yet."""

    def __init__(self) -> None:
        self.ada, self.olga, self.ana, self.ben, self.cleo = (
            create_user(username=name, password=PASSWORD, now=self.now)
            for name in ("ada", "olga", "ana", "ben", "cleo")
        )
        self.reviewers = (self.ana, self.ben, self.cleo)
        self.project = create_project(
            slug="shop", name="Shop assistant", creator=self.ada, now=self.now, sampling_salt="the same in every test"
        )
        self.join(self.olga, Membership.Role.OWNER)
        for reviewer in self.reviewers:
            self.join(reviewer, Membership.Role.REVIEWER)
        self.rubric = self.make_rubric(SUPPORT_REPLY)
        self.preference_rubric = self.make_rubric(PREFERENCE)
        # No doubling, gold or tie-break unless a test asks for it: a test says what it depends on.
        self.queue = self.make_queue(
            "support", "Support replies", self.rubric, kinds=("chat_reply", "rag_answer", "pending_action")
        )
        self.pair_queue = self.make_queue("pairs", "Comparisons", self.preference_rubric, kinds=("pairwise",))
        self.publish()
        self.token, self.secret = create_token(
            project=self.project,
            name="helpdesk",
            scopes=["items:write", "items:read", "labels:read", "reports:read"],
            actor=self.ada,
            now=self.now,
        )

    @property
    def now(self) -> datetime:
        return timezone.now()

    def join(self, user: User, role: str) -> Membership:
        return add_member(project=self.project, user=user, role=role, actor=self.ada, now=self.now)

    def make_rubric(self, preset):
        return create_rubric(
            project=self.project, key=preset.key, name=preset.name, preset=preset, author=self.olga, now=self.now
        )

    def make_queue(self, slug: str, name: str, version, **settings: Any) -> Queue:
        settings = {"overlap": 1, "doubled_share": 0.0, "gold_share": 0.0, **settings}
        return create_queue(
            project=self.project,
            slug=slug,
            name=name,
            rubric=version.rubric,
            author=self.ada,
            now=self.now,
            **settings,
        )

    def publish(self, reason: str = "The first policy.", **changes: Any):
        """Publish the default policy with some parts changed. By default everything is reviewed (cold start)."""
        tiers = {name: {**tier, "overlap": 1} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
        definition = {**DEFAULT_DEFINITION, "tiers": tiers, "requires": [], **changes}
        # Most tests of tiers are about shares; the one about their owner publishes without this.
        high = definition["tiers"].get("high")
        if isinstance(high, dict):
            definition["tiers"] = {**definition["tiers"], "high": {"consequence_owner": "ada", **high}}
        return publish_policy(project=self.project, definition=definition, reason=reason, author=self.ada, now=self.now)

    def set_queue(self, **settings: Any) -> None:
        Queue.objects.filter(project=self.project).update(**settings)
        self.queue.refresh_from_db()
        self.pair_queue.refresh_from_db()

    def show_both_orders(self, user: User) -> None:
        """Let this person meet the pairs that are there in different orders; by chance they may all be alike."""
        item_ids = QueueEntry.objects.filter(queue=self.pair_queue).values_list("item_id", flat=True)
        reviewer_id = self.rater(user).pk
        secret = next(
            secret
            for secret in map(str, range(100))
            if len({order_for(secret, reviewer_id=reviewer_id, item_id=one, n_texts=2) for one in item_ids}) == 2
        )
        self.set_queue(seeding_secret=secret)

    # --- outputs come in --------------------------------------------------------------------------------------

    def ingest(self, *rows: dict[str, Any]) -> list[RowOutcome]:
        return ingest_rows(self.project, list(enumerate(rows, start=1)), door="api", batch=None, now=self.now)

    def ingest_into(self, part: Part, *rows: dict[str, Any]) -> list[RowOutcome]:
        """As `ingest`, each row a group of its own that the project's salt draws into one part of what is judged."""
        return self.ingest(*(row | {"cluster": self.cluster_in(part, row["external_id"])} for row in rows))

    def cluster_in(self, part: Part, name: str) -> str:
        names = (f"{name} #{number}" for number in count())
        salt = self.project.sampling_salt
        return next(one for one in names if part_of(salt, cluster_key=one, item_id=0) == part)

    def item(self, external_id: str) -> Item:
        return Item.objects.get(project=self.project, external_id=external_id)

    def entry(self, external_id: str) -> QueueEntry:
        return QueueEntry.objects.get(item=self.item(external_id))

    def slots(self, external_id: str) -> list[Slot]:
        return list(Slot.objects.filter(entry__item=self.item(external_id)).order_by("slot_no"))

    def make_gold(self, row: dict[str, Any], *, verdict: str = "approve", answers: dict[str, str] | None = None):
        return create_gold_case(
            item=ingest_reference(self.project, row, now=self.now),
            version=self.rubric,
            verdict=verdict,
            answers=answers or GOOD,
            explanation="It follows the policy to the letter.",
            author=self.olga,
            now=self.now,
        )

    # --- people label them ------------------------------------------------------------------------------------

    def rater(self, user: User) -> Rater:
        return rater_of(user, self.project)

    def hand_out(self, user: User, queue: Queue | None = None):
        """The next item of a reviewer, or the reason why there is none."""
        queue = queue or self.queue
        take_seat(queue, self.rater(user), now=self.now)
        plant_gold(queue, self.rater(user), now=self.now)
        return hand_out_next(queue, self.rater(user), now=self.now)

    def submit(
        self,
        hand_out: HandOut,
        *,
        verdict: str = "approve",
        answers: dict[str, str] | None = None,
        note: str = "because",
        details: VerdictDetails | None = None,
        revision: int = 1,
    ) -> Submitted:
        given = given_answers(GOOD if answers is None else answers)
        if details is None:
            details = REJECTED if verdict == "reject" else NO_DETAILS
        return submit_review(
            hand_out,
            revision=revision,
            submission=Submission(given, verdict=verdict, note=note, details=details),
            active_ms=9_000,
            now=self.now,
        )

    def review_next(self, user: User, **submission: Any) -> Submitted:
        hand_out = self.hand_out(user)
        assert isinstance(hand_out, HandOut), hand_out
        return self.submit(hand_out, **submission)

    def import_votes(
        self, *votes: tuple[str, str, str, str | None], blind: str = "blind", file_name: str = "votes.csv"
    ):
        """Labels made elsewhere, as (external id, rater, criterion, value); None is *not applicable*."""
        names = ("external_id", "rater", "criterion", "value")
        rows = [dict(zip(names, vote, strict=True)) | {"not_applicable": vote[3] is None} for vote in votes]
        lines = [Line(number, row) for number, row in enumerate(rows, start=2)]
        return import_labels(
            self.rubric, lines, blind_state=blind, clock=timezone.now, file_name=file_name, file_format="csv"
        )

    def settle_all(self) -> list[str]:
        due = QueueEntry.objects.filter(settle_at__lte=self.now).order_by("id")
        return [settle_entry(entry_id, now=self.now) for entry_id in due.values_list("id", flat=True)]


# --- rows as producers send them ----------------------------------------------------------------------------------


def judged(*labels: str, **changes: Any) -> list[dict[str, Any]]:
    """Verdicts of the house judge, one run a label."""
    return [
        {"judge": JUDGE, "criterion": "overall", "label": label, "run": run, **changes}
        for run, label in enumerate(labels, start=1)
    ]


def chat_row(external_id: str = "r-1", **changes: Any) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "source_system": "helpdesk",
        "kind": "chat_reply",
        "context": {
            "conversation": [{"role": "customer", "text": "My kettle arrived broken. What now?"}],
            "policy": "Broken on arrival: replacement or refund within 30 days.",
        },
        "output": "I am sorry about the kettle. You can choose a replacement or a refund within 30 days.",
        "source": {"model": "hidden-model", "version": "v-7", "family": "aster", "prompt_version": "p14"},
        "stakes": "medium",
        "intent": "returns",
        "metadata": {"channel": "email"},
        "judge_verdicts": judged("pass", "pass", "pass"),
        **changes,
    }


def rag_row(external_id: str = "r-2", **changes: Any) -> dict[str, Any]:
    return chat_row(
        external_id,
        kind="rag_answer",
        context={
            "question": "How long is the warranty on the kettle?",
            "passages": [
                {"id": "P1", "title": "Warranty", "text": "Kettles carry a warranty of two years."},
                {"id": "P2", "title": "Returns", "text": "Unused goods can be returned within 30 days."},
            ],
        },
        output="The warranty is two years [P1].",
        **changes,
    )


def action_row(external_id: str = "r-3", *, amount: float = 40.0, **changes: Any) -> dict[str, Any]:
    return chat_row(
        external_id,
        kind="pending_action",
        context={
            "conversation": [{"role": "customer", "text": "Please refund my order."}],
            "action": {"name": "refund", "amount": amount, "currency": "EUR", "reversible": False},
        },
        output="Refund the order.",
        **changes,
    )


def pair_row(external_id: str = "r-4", **changes: Any) -> dict[str, Any]:
    row = chat_row(external_id, kind="pairwise", context={"question": "Explain rain to a child."})
    del row["output"], row["source"]
    row["outputs"] = [
        {"text": "Clouds get heavy and let go of their water.", "source": {"model": "model-one"}},
        {"text": "Rain is precipitation.", "source": {"model": "model-two"}},
    ]
    row["judge_verdicts"] = judged("a", criterion="preference")
    return {**row, **changes}

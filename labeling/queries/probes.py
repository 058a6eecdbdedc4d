"""The guess-the-source probe: numbers of systems, open questions, and the report for owners."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Exists, OuterRef

from labeling.models import EntryPurpose, HandOut, Item, OpaqueSystem, Output, Project, Review, SourceQuestion
from labeling.policy.agreement import Reading
from labeling.policy.probing import LEAST_ANSWERS, MOST_SYSTEMS, read_probe, source_of
from labeling.queries.agreement import ShownEstimate, estimate_from
from labeling.stats.guessing import report_guesses

# Which systems there are is read off the newest items: a DISTINCT over all of them would read them all.
RECENT_ITEMS = 2_000
REPLICATES = 999


@dataclass(frozen=True, slots=True)
class Probe:
    """What a reviewer's page receives of a question: under which token, how many systems, and whether of a pair."""

    token: str
    n_systems: int
    is_pair: bool

    @property
    def systems(self) -> range:
        return range(1, self.n_systems + 1)


@dataclass(frozen=True, slots=True)
class ShownGuesses:
    """The guesses of everybody, or of one reviewer: what became of the questions, and right against chance."""

    name: str
    n_asked: int
    n_unanswered: int
    n_cannot_tell: int
    n_without_number: int
    right: ShownEstimate
    chance: float | None
    p_right: float | None
    p_apart: float | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class ProbeReport:
    together: ShownGuesses
    by_reviewer: Sequence[ShownGuesses]
    n_reviewers_too_few: int


def numbers_of(project: Project) -> dict[str, int]:
    return dict(OpaqueSystem.objects.filter(project=project).values_list("source", "number"))


def frequent_sources_of(project: Project) -> list[str]:
    """The systems that wrote the newest items, the most frequent first, as many as get a number."""
    recent = Item.objects.filter(project=project).order_by("-id").values("pk")[:RECENT_ITEMS]
    counted = (
        Output.objects.filter(item__in=list(recent.values_list("pk", flat=True)))
        .exclude(model="", version="")
        .order_by()
        .values_list("model", "version")
        .annotate(n=Count("id"))
    )
    ranked = sorted(counted, key=lambda row: (-row[2], row))
    return [source_of(model=model, version=version) for model, version, _ in ranked[:MOST_SYSTEMS]]


def probe_of(question: SourceQuestion) -> Probe:
    return Probe(question.hand_out.token, question.n_systems, is_pair=question.hand_out.order_shown != "single")


def question_of(hand_out: HandOut) -> SourceQuestion | None:
    return SourceQuestion.objects.filter(hand_out=hand_out).select_related("guess").first()


# --- the report ---------------------------------------------------------------------------------------------------


def probe_report(project: Project) -> ProbeReport:
    """Guesses on counted, blind, live reviews. One query; shuffles have a seed, so the page says the same again."""
    counted = Review.objects.filter(
        hand_out=OuterRef("hand_out"),
        slot__isnull=False,
        withdrawal__isnull=True,
        blind_state=Review.BlindState.BLIND,
    )
    rows = list(
        SourceQuestion.objects.filter(
            Exists(counted),
            hand_out__slot__queue__project=project,
            hand_out__entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
        )
        .order_by("id")
        .values_list("hand_out__reviewer__name", "right_system", "guess", "guess__system")
    )
    names = sorted({name for name, *_ in rows})
    each = [shown_guesses(name, [row for row in rows if row[0] == name]) for name in names]
    enough = [one for one in each if one.right.n >= LEAST_ANSWERS]
    return ProbeReport(shown_guesses("Everybody", rows), enough, len(each) - len(enough))


def shown_guesses(name: str, rows: Sequence[tuple]) -> ShownGuesses:
    answered = [row for row in rows if row[2] is not None]
    named = [row for row in answered if row[3] is not None]
    judged = [row for row in named if row[1] is not None]
    codes = {reviewer: code for code, reviewer in enumerate(sorted({row[0] for row in judged}))}
    guesses, sources, reviewers = (
        np.array(column, dtype=np.int64)
        for column in (
            [guess - 1 for *_, guess in judged],
            [right - 1 for _, right, *_ in judged],
            [codes[reviewer] for reviewer, *_ in judged],
        )
    )
    report = report_guesses(guesses, sources, reviewers, replicates=REPLICATES, rng=np.random.default_rng(0))
    return ShownGuesses(
        name=name,
        n_asked=len(rows),
        n_unanswered=len(rows) - len(answered),
        n_cannot_tell=len(answered) - len(named),
        n_without_number=len(named) - len(judged),
        right=estimate_from(report.right.as_document()),
        chance=report.chance,
        p_right=report.p_right,
        p_apart=report.p_apart,
        reading=read_probe(
            n=report.right.n,
            right=report.right.value,
            low=report.right.low,
            high=report.right.high,
            chance=report.chance,
            p_right=report.p_right,
            p_apart=report.p_apart,
        ),
    )

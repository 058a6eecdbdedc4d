"""Whether people lean on the judge: what they said blind and after the look, beside what turned out to be true.

Of queues and of the project, never of one person: nobody looks often enough to be told apart from chance.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import (
    EntryPurpose,
    FinalAnswer,
    FinalLabel,
    GoldCase,
    Project,
    QuestionedReview,
    RevealOffer,
    Review,
)
from labeling.policy.instruments import N_WEEKS
from labeling.policy.judging import FAIL, PASS
from labeling.policy.revealing import VERDICT
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.queries.known_answers import known_cases_of
from labeling.queries.labels import standing_labels
from labeling.queries.reviewer_numbers import ShownShare, shown_points, shown_share
from labeling.queries.rubrics import stated
from labeling.stats.reliance import LEAST_CASES, estimate_reliance
from labeling.stats.results import Estimate

# Enough for a year of a large team, and what a page can read at once.
MOST_OFFERS = 20_000
# A repeat or a round is looked at like anything else, or it could be told; its own numbers stand elsewhere.
MEASURED = (EntryPurpose.Purpose.LIVE, EntryPurpose.Purpose.GOLD)


@dataclass(frozen=True, slots=True)
class Look:
    """One offer on a label that counts, and what became of it; `second` is empty where they said nothing more."""

    queue_id: int
    entry_id: int
    case_id: int | None
    question: str
    judge: str
    blind: str
    was_seen: bool
    second: str


@dataclass(frozen=True, slots=True)
class ShownRatio:
    """A ratio that is told from `LEAST_CASES` cases on; until then how many there are."""

    share: ShownShare
    n: int

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST_CASES

    @property
    def words(self) -> str:
        return "" if self.is_enough else f"not enough yet: {self.n} of about {LEAST_CASES} cases"


@dataclass(frozen=True, slots=True)
class ShownReliance:
    """The numbers of one queue, or of all of them together. `n_without_truth`: said twice, and nothing else says which
    was right, as where the final label rests on this very review."""

    name: str
    n_offered: int
    n_seen: int
    n_said: int
    n_without_truth: int
    n_cases: int
    n_judge_wrong: int
    rair: ShownRatio
    rsr: ShownRatio
    over_reliance: ShownRatio
    swayed: ShownRatio


def reliance_of(project: Project, *, chosen_id: int, now: datetime) -> list[ShownReliance]:
    """One queue and, where there are others, all of the project's together; nothing where no look was ever offered.

    Of the last thirteen weeks. Some eight queries, however many looks.
    """
    since = now - timedelta(weeks=N_WEEKS)
    looks = looks_in(project, since=since, until=now)
    if not looks:
        return []
    truths = truths_of(looks)
    names = dict(project.queues.values_list("id", "name"))
    own = [one for one in looks if one.queue_id == chosen_id]
    found = [shown_reliance(names[chosen_id], own, truths)]
    return [*found, shown_reliance("All queues together", looks, truths)] if len(names) > 1 else found


def looks_in(project: Project, *, since: datetime, until: datetime) -> list[Look]:
    """The newest offers on labels that count: blind, in their turn, standing and not in question. One query."""
    in_question = QuestionedReview.objects.filter(review=OuterRef("review"), settled_at__isnull=True)
    offers = RevealOffer.objects.filter(
        ~Exists(in_question),
        review__entry__queue__project=project,
        review__entry__purpose__purpose__in=MEASURED,
        review__slot__isnull=False,
        review__withdrawal__isnull=True,
        review__blind_state=Review.BlindState.BLIND,
        offered_at__gt=since,
        offered_at__lte=until,
    ).exclude(review__entry__purpose__gold_case__retired_because=GoldCase.Retirement.WRONG)
    rows = offers.order_by("-offered_at", "-pk").values_list(
        "review__entry__queue_id",
        "review__entry_id",
        "review__entry__purpose__gold_case_id",
        "question",
        "judge_label",
        "blind_label",
        "reveal",
        "reveal__second_label__label",
    )
    return [Look(*told, seen is not None, second or "") for *told, seen, second in rows[:MOST_OFFERS]]


def shown_reliance(name: str, looks: Sequence[Look], truths: Mapping[tuple[int, str], str]) -> ShownReliance:
    said = [one for one in looks if one.second]
    cases = [(one, truths[one.entry_id, one.question]) for one in said if (one.entry_id, one.question) in truths]
    found = estimate_reliance(
        [one.blind for one, _ in cases],
        [one.judge for one, _ in cases],
        [one.second for one, _ in cases],
        [truth for _, truth in cases],
    )
    return ShownReliance(
        name=name,
        n_offered=len(looks),
        n_seen=sum(one.was_seen for one in looks),
        n_said=len(said),
        n_without_truth=len(said) - len(cases),
        n_cases=found.n_cases,
        n_judge_wrong=found.n_judge_wrong,
        rair=ratio(found.rair),
        rsr=ratio(found.rsr),
        over_reliance=ratio(found.over_reliance),
        swayed=ShownRatio(shown_points(found.swayed), found.swayed.n),
    )


def ratio(estimate: Estimate) -> ShownRatio:
    return ShownRatio(shown_share(estimate), estimate.n)


# --- what turned out to be true --------------------------------------------------------------------------------------


def truths_of(looks: Sequence[Look]) -> dict[tuple[int, str], str]:
    """What is true of each entry and question, in the judge's terms: the known answer of a gold case, else the final
    label. One that rests on a single review is left out, since its reviewer would be right by definition; second labels
    never come into it."""
    finals = final_labels_of({one.entry_id for one in looks if one.case_id is None})
    answers = final_answers_of(finals.values(), {one.question for one in looks})
    known_cases = known_cases_of({one.case_id for one in looks if one.case_id is not None})
    truths: dict[tuple[int, str], str] = {}
    for one in looks:
        if one.case_id is not None:
            known_case = known_cases[one.case_id]
            is_bad, value = known_case.is_bad, known_case.known.answers.get(one.question, "")
        elif one.entry_id in finals:
            final = finals[one.entry_id]
            is_bad, value = final.is_bad, answers.get((final.pk, one.question), "")
        else:
            continue
        truth = (FAIL if is_bad else PASS) if one.question == VERDICT else value
        if truth and truth != NOT_APPLICABLE:
            truths[one.entry_id, one.question] = truth
    return truths


def final_labels_of(entry_ids: Collection[int]) -> dict[int, FinalLabel]:
    found: QuerySet[FinalLabel] = standing_labels().exclude(source=FinalLabel.Source.SINGLE)
    return {final.entry_id: final for final in found.filter(entry__in=entry_ids)}


def final_answers_of(finals: Collection[FinalLabel], questions: Collection[str]) -> dict[tuple[int, str], str]:
    answers = FinalAnswer.objects.filter(final_label__in=finals, criterion__key__in=questions, part="")
    return {(one.final_label_id, one.criterion.key): stated(one) for one in answers.select_related("criterion")}

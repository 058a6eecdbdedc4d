"""Known answers as people gave them: each review of a gold case, and whether it was right.

Pages, the pause rule and the health of cases all read them here. A case whose answer was found wrong counts for nobody,
in the past neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from labeling.models import Answer, EntryPurpose, GoldCase, GoldLabel, Review
from labeling.policy.finality import BAD_VERDICTS, FirstPass, decisive_keys, is_bad_output, value_of
from labeling.policy.rubrics import NOT_APPLICABLE, Question, answer_key
from labeling.queries.ratings import stands_at
from labeling.queries.rubrics import answers_of, asked_of_item


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """One review of one gold case.

    `is_right` is about what decides; `wrong_on` names every compared question answered otherwise, decisive or not.
    `is_bad` is what the case is known to be, `was_called_bad` what the reviewer made of it.
    """

    review_id: int
    case_id: int
    queue_id: int
    reviewer_id: int
    submitted_at: datetime
    active_ms: int
    is_right: bool
    is_bad: bool
    was_called_bad: bool
    wrong_on: tuple[str, ...]


def known_answers(
    reviews: QuerySet[Review] | None = None,
    *,
    until: datetime,
    purposes: Sequence[str] = (EntryPurpose.Purpose.GOLD,),
) -> list[KnownAnswer]:
    """Of some reviews those on gold cases that count at a moment, in the order in which they were submitted.

    `reviews` narrows them (by queue, by reviewer); by default live gold only, since training and screens are declared.
    Blindness does not matter here: whoever has seen sources has not seen the answers. Five queries, however many.
    """
    of_cases = Review.objects.all() if reviews is None else reviews
    found = (
        of_cases.filter(
            stands_at(until),
            entry__purpose__purpose__in=purposes,
            slot__isnull=False,
        )
        .exclude(entry__purpose__gold_case__retired_because=GoldCase.Retirement.WRONG)
        .select_related("entry__purpose")
        .prefetch_related(Prefetch("answers", Answer.objects.select_related("criterion")))
        .order_by("submitted_at", "id")
    )
    rows = list(found)
    known_cases = known_cases_of({review.entry.purpose.gold_case_id for review in rows})
    return list(scored(rows, known_cases))


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What is known of one gold case, with the questions its item is asked."""

    known: FirstPass
    questions: tuple[Question, ...]
    decisive: tuple[str, ...]
    is_bad: bool


def known_cases_of(case_ids: set[int]) -> dict[int, KnownCase]:
    cases = (
        GoldCase.objects.filter(pk__in=case_ids)
        .select_related("item__payload", "rubric_version")
        .prefetch_related(Prefetch("labels", GoldLabel.objects.select_related("criterion")))
    )
    return {case.pk: known_case_of(case) for case in cases}


def known_case_of(case: GoldCase) -> KnownCase:
    answers = {
        answer_key(label.criterion.key, label.part): label.value or NOT_APPLICABLE for label in case.labels.all()
    }
    questions = asked_of_item(case.rubric_version, case.item)
    return KnownCase(
        FirstPass(case.verdict, answers),
        questions,
        tuple(decisive_keys(questions, asks_verdict=case.rubric_version.asks_verdict)),
        is_bad_output(verdict=case.verdict, answers=answers, questions=questions),
    )


def scored(reviews: Sequence[Review], known_cases: dict[int, KnownCase]) -> Iterator[KnownAnswer]:
    for review in reviews:
        case_id = review.entry.purpose.gold_case_id
        known_case, given = known_cases[case_id], FirstPass(review.verdict, answers_of(review))
        yield KnownAnswer(
            review_id=review.pk,
            case_id=case_id,
            queue_id=review.entry.queue_id,
            reviewer_id=review.reviewer_id,
            submitted_at=review.submitted_at,
            active_ms=review.active_ms,
            is_right=is_right(given, known_case),
            is_bad=known_case.is_bad,
            was_called_bad=was_called_bad(given, known_case.questions),
            wrong_on=tuple(
                key for key in compared_keys(known_case) if value_of(given, key) != value_of(known_case.known, key)
            ),
        )


def is_right(given: FirstPass, known_case: KnownCase) -> bool:
    """Right in what decides, the way finality compares: the verdict and the gating criteria.

    A rubric without a verdict is right when every required criterion is.
    """
    return all(value_of(given, key) == value_of(known_case.known, key) for key in known_case.decisive)


def was_called_bad(given: FirstPass, questions: Sequence[Question]) -> bool:
    """As `is_bad_output` has it; an escalation says that something is wrong, and counts as seen."""
    return given.verdict in BAD_VERDICTS | {"escalate"} or is_bad_output(
        verdict=given.verdict, answers=given.answers, questions=questions
    )


def compared_keys(known_case: KnownCase) -> list[str]:
    """Every question with a known answer, and the verdict where there is one."""
    return [*(["verdict"] if known_case.known.verdict else []), *known_case.known.answers]

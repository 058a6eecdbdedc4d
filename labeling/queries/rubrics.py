"""Rubric versions as the plain values that policy works with."""

from labeling.models import Criterion, RubricVersion
from labeling.policy.rubrics import Option, Question


def questions_of(version: RubricVersion) -> tuple[Question, ...]:
    """The version's questions in their order. One query, or none where the criteria are prefetched."""
    return tuple(question_from(criterion) for criterion in version.criteria.all())


def question_from(criterion: Criterion) -> Question:
    return Question(
        key=criterion.key,
        question=criterion.question,
        scale=criterion.scale,
        options=tuple(
            Option(raw["value"], raw["label"], raw.get("anchor", ""), raw.get("passing", True))
            for raw in criterion.options
        ),
        hint=criterion.hint,
        is_required=criterion.is_required,
        allows_na=criterion.allows_na,
        is_gating=criterion.is_gating,
        rationale_on=tuple(criterion.rationale_on),
    )

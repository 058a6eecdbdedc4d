"""Agreement runs: reading the labels that count, computing outside any transaction, saving the numbers once."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import AgreementRun, Criterion, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.rubrics import NO, VERDICTS, YES
from labeling.queries.agreement import RUN_TASK, run_arguments
from labeling.queries.jobs import is_under_way
from labeling.queries.rating_columns import VersionRatings, ratings_of, traits_of_items
from labeling.queries.ratings import FIRST_PASS, VERDICT, RatingFilter, filter_named
from labeling.queries.triage import Surroundings, skips_of, surroundings_of
from labeling.services.events import record_event
from labeling.services.jobs import add_job
from labeling.services.runs import save_run

# Raised whenever the same labels could give other numbers: a run says by which code it was made.
CODE_VERSION = "agreement-7"
METHOD = "alpha by krippendorff, checked by our kernel to 1e-9; 95 % percentile bootstrap over {resampled}"
REPLICATES = 1000
LEVEL_OF_SCALE = {
    Criterion.Scale.BINARY: "nominal",
    Criterion.Scale.NOMINAL: "nominal",
    Criterion.Scale.PAIRWISE: "nominal",
    Criterion.Scale.ORDINAL: "ordinal",
    Criterion.Scale.INTERVAL: "interval",
    Criterion.Scale.MULTI_LABEL: "nominal",
}
NESTED = "; parts nested in items, intervals by {unit}"


@transaction.atomic
def request_agreement(
    version: RubricVersion, *, actor: User, now: datetime, filter_name: str = FIRST_PASS.name
) -> None:
    """Ask for a run under a filter: a job row and its event. Asked again while one is under way, nothing is added.

    Locks nothing: of two at the same moment both add a job, and the second run finds the labels of the first.
    Refused for a filter that there is not.
    """
    chosen = filter_named(filter_name)
    if chosen.round_id is not None and not version.rounds.filter(pk=chosen.round_id).exists():
        raise Invalid({"filter": f"{version} had no such calibration round."})
    arguments = run_arguments(version, chosen.name)
    if is_under_way(RUN_TASK, arguments):
        return
    add_job(RUN_TASK, *arguments, now=now)
    record_event(
        "agreement.requested",
        project=version.rubric.project,
        now=now,
        actor=actor,
        version_id=version.pk,
        filter_name=chosen.name,
    )


def run_agreement(version_id: int, filter_name: str = FIRST_PASS.name, *, clock: Callable[[], datetime]) -> None:
    """The job: one run of one version under one filter. Safe to repeat, see `make_agreement_run`."""
    version = RubricVersion.objects.select_related("rubric__project").get(pk=version_id)
    make_agreement_run(version, now=clock(), chosen=filter_named(filter_name))


def make_agreement_run(
    version: RubricVersion,
    *,
    now: datetime,
    chosen: RatingFilter = FIRST_PASS,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> AgreementRun:
    """Compute and keep the agreement on one rubric version; the same labels give the run that is there already.

    Counts what stood at `now`, read from the clock before the labels are: one that comes meanwhile is not in the
    numbers, and is said to have come since. Reading and computing hold no lock, so that reviewers go on; only the
    finished run is written. Of two at once on the same labels one writes, and both return it. Safe to repeat.
    """
    ratings = ratings_of(version, until=now, chosen=chosen)
    before = version_before(version)
    ratings_before = ratings_of(before, until=now, chosen=chosen) if before else None
    around = surroundings_of(version, until=now).only(ratings.weeks)
    identity = {
        "rubric_version": version,
        "filter_name": chosen.name,
        "input_hash": hash_of_all(ratings, ratings_before, around),
        "replicates": replicates,
        "seed": seed,
        "code_version": CODE_VERSION,
    }
    run = AgreementRun.objects.filter(**identity).first()
    if run is not None:
        return run
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    from labeling.services.agreement_numbers import add_changes, facts_of_items, numbers_of_questions

    options = {"replicates": replicates, "seed": seed}
    traits = traits_of_items(version)
    items = facts_of_items(ratings.weeks, traits)
    questions = numbers_of_questions(questions_to_measure(version, chosen), ratings, items, around, **options)
    if before and ratings_before:
        asked_before = questions_to_measure(before, chosen)
        of_both = facts_of_items({**ratings_before.weeks, **ratings.weeks}, {**traits_of_items(before), **traits})
        named = {"before_name": str(before), "clusters": of_both.clusters}
        add_changes(questions, asked_before, ratings, ratings_before, **named, **options)
    n_put_off, n_turns = skips_of(version, until=now, chosen=chosen)
    numbers = {
        "questions": questions,
        "n_excluded": ratings.n_excluded,
        "rater_ids": ratings.rater_ids,
        "skips": {"n_put_off": n_put_off, "n_turns": n_turns},
        "judge": {"id": around.judge.pk, "name": str(around.judge)} if around.judge else None,
    }
    resampled = "items" if items.clusters is None else "conversations, whose items are drawn together"
    unit = "item" if items.clusters is None else "conversation"
    nested = NESTED.format(unit=unit) if any(one.get("of_parts") for one in questions) else ""
    contents = {
        "filter_in_words": chosen.in_words,
        "method": METHOD.format(resampled=resampled) + nested,
        "numbers": numbers,
    }
    return save_run(AgreementRun, identity, contents, event="agreement.computed", now=now)


def kept_categories(values: list[str], chosen: RatingFilter) -> list[str]:
    kept = [value for value in values if value not in chosen.dropped_values]
    return kept if len(kept) >= 2 else values


def hash_of_all(*inputs: VersionRatings | Surroundings | None) -> str:
    return hashlib.sha256("".join(one.input_hash for one in inputs if one is not None).encode()).hexdigest()


def version_before(version: RubricVersion) -> RubricVersion | None:
    """The newest earlier version of the same rubric that was labelled."""
    earlier = RubricVersion.objects.filter(rubric=version.rubric_id, number__lt=version.number, frozen_at__isnull=False)
    return earlier.select_related("rubric__project").order_by("-number").first()


def questions_to_measure(version: RubricVersion, chosen: RatingFilter) -> list[dict[str, Any]]:
    """The verdict and every criterion, each with its level of measurement and its declared categories: those that the
    filter keeps, since coefficients depend on how many there are to give.

    Words are never compared. Where any of several options may apply, each is a yes or no of its own, nested in its
    item like the parts of an output.
    """
    criteria = version.criteria.exclude(scale=Criterion.Scale.TEXT)
    questions = [question_to_measure(criterion, chosen) for criterion in criteria]
    verdict = {"key": VERDICT, "question": "Verdict", "level": "nominal", "categories": list(VERDICTS)}
    return [verdict, *questions] if version.asks_verdict else questions


def question_to_measure(criterion: Criterion, chosen: RatingFilter) -> dict[str, Any]:
    is_boxes = criterion.scale == Criterion.Scale.MULTI_LABEL
    values = [YES, NO] if is_boxes else [option["value"] for option in criterion.options]
    asked: dict[str, Any] = {
        "key": criterion.key,
        "question": criterion.question,
        "level": LEVEL_OF_SCALE[criterion.scale],
        "categories": kept_categories(values, chosen),
    }
    if criterion.scale == Criterion.Scale.INTERVAL:
        bounds = criterion.bounds or {"low": "0", "high": "1"}
        asked |= {"categories": [], "bounds": [bounds["low"], bounds["high"]]}
    if is_boxes or criterion.parts:
        asked["of_parts"] = " × ".join(filter(None, (criterion.parts, "option" if is_boxes else "")))
    return asked

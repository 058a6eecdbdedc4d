"""Agreement runs: reading the labels that count, computing outside any transaction, saving the numbers once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from labeling.models import AgreementRun, Criterion, JudgeVersion, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.jobs import AGREEMENT_TASK, Tell, tell_nobody
from labeling.policy.rubrics import NO, VERDICTS, YES
from labeling.queries.agreement import run_arguments
from labeling.queries.item_ranges import ALL_ITEMS, hash_of_blocks, ranges_of
from labeling.queries.jobs import asked_at
from labeling.queries.ratings import FIRST_PASS, VERDICT, RatingFilter, filter_named, n_excluded_by_reason
from labeling.queries.triage import skips_of
from labeling.services.events import record_event
from labeling.services.jobs import add_job
from labeling.services.run_shards import help_counting, make_run_of_shards
from labeling.services.runs import save_run

if TYPE_CHECKING:
    from labeling.services.agreement_sums import Counting, VersionSums

# Raised whenever the same labels could give other numbers: a run says by which code it was made.
CODE_VERSION = "agreement-8"
METHOD = "alpha by krippendorff, checked by our kernel to 1e-9; 95 % percentile bootstrap over {resampled}"
REPLICATES = 1000
# A nightly run goes on with parts that one before it left, of this long ago at most.
GO_ON_WITH = timedelta(hours=1)
# How long to wait before looking again at parts that others are at.
WAIT_SECONDS = 0.5
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
    """Ask for a run under a filter: a job row and its event. Asked again while one is under way that nobody stopped,
    nothing is added.

    Locks nothing: of two at the same moment both add a job, and the second run finds the labels of the first.
    Refused for a filter that there is not.
    """
    chosen = filter_named(filter_name)
    if chosen.round_id is not None and not version.rounds.filter(pk=chosen.round_id).exists():
        raise Invalid({"filter": f"{version} had no such calibration round."})
    arguments = run_arguments(version, chosen.name)
    if asked_at(AGREEMENT_TASK, arguments) is not None:
        return
    add_job(AGREEMENT_TASK, *arguments, project=version.rubric.project, now=now)
    record_event(
        "agreement.requested",
        project=version.rubric.project,
        now=now,
        actor=actor,
        version_id=version.pk,
        filter_name=chosen.name,
    )


def run_agreement(
    version_id: int,
    filter_name: str = FIRST_PASS.name,
    *,
    clock: Callable[[], datetime],
    tell: Tell = tell_nobody,
) -> None:
    """The job: one run of one version under one filter, of many items counted in parts by all workers that are free.

    Asked to stop between two parts or two questions, it leaves no run and no parts. Labels count that were there when
    it was asked for, and maybe later ones. Safe to repeat, see `make_agreement_run`.
    """
    version = RubricVersion.objects.select_related("rubric__project").get(pk=version_id)
    chosen, before = filter_named(filter_name), version_before(version)
    ranges = ranges_of([version, before] if before else [version], n_items=settings.RUN_SHARD_ITEMS)
    if len(ranges) == 1:
        make_agreement_run(version, now=clock(), chosen=chosen, tell=tell)
        return
    make_run_of_shards(
        version,
        chosen,
        ranges,
        counting_until=lambda until: counting_of(version, until=until, chosen=chosen),
        make_run=make_run_from_sums,
        code_version=CODE_VERSION,
        asked_at=asked_at(AGREEMENT_TASK, run_arguments(version, chosen.name)) or clock() - GO_ON_WITH,
        clock=clock,
        tell=tell,
        wait=lambda: sleep(WAIT_SECONDS),
    )


def help_with_run(
    version_id: int, filter_name: str, *, clock: Callable[[], datetime], tell: Tell = tell_nobody
) -> None:
    """The job of who helps: count parts of a run until none is left. Safe to repeat."""
    version, chosen = (
        RubricVersion.objects.select_related("rubric__project").get(pk=version_id),
        filter_named(filter_name),
    )
    help_counting(
        version,
        chosen.name,
        counting_until=lambda until: counting_of(version, until=until, chosen=chosen),
        code_version=CODE_VERSION,
        clock=clock,
        tell=tell,
    )


def make_agreement_run(
    version: RubricVersion,
    *,
    now: datetime,
    chosen: RatingFilter = FIRST_PASS,
    replicates: int = REPLICATES,
    seed: int = 0,
    tell: Tell = tell_nobody,
) -> AgreementRun:
    """Compute and keep the agreement on one rubric version; the same labels give the run that is there already.

    Counts what stood at `now`, read from the clock before the labels are: one that comes meanwhile is not in the
    numbers, and is said to have come since. Reading and computing hold no lock, so that reviewers go on; only the
    finished run is written. Of two at once on the same labels one writes, and both return it. Stopped by `tell` before
    a question, it keeps nothing. Safe to repeat.
    """
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    from labeling.services.agreement_sums import count_items

    counting = counting_of(version, until=now, chosen=chosen)
    sums = count_items(counting, ALL_ITEMS)
    return make_run_from_sums(sums, counting, replicates=replicates, seed=seed, tell=tell)


def counting_of(version: RubricVersion, *, until: datetime, chosen: RatingFilter) -> "Counting":
    """What there is to count for a run of a moment."""
    from labeling.services.agreement_sums import Counting

    before = version_before(version)
    asked_before = questions_to_measure(before, chosen) if before else []
    return Counting(version, chosen, until, questions_to_measure(version, chosen), before, asked_before)


def make_run_from_sums(
    sums: "VersionSums",
    counting: "Counting",
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
    tell: Tell = tell_nobody,
) -> AgreementRun:
    """The run of labels that were counted, or the one that is there. Computes outside the transaction that saves it.
    Safe to repeat."""
    from labeling.services.agreement_numbers import is_clustered, numbers_of_questions

    version, chosen, until = counting.version, counting.chosen, counting.until
    excluded = n_excluded_by_reason(version, until=until, chosen=chosen)
    excluded_before = n_excluded_by_reason(counting.before, until=until, chosen=chosen) if counting.before else {}
    identity = {
        "rubric_version": version,
        "filter_name": chosen.name,
        "input_hash": hash_of_sums(sums, excluded, excluded_before),
        "replicates": replicates,
        "seed": seed,
        "code_version": CODE_VERSION,
    }
    run = AgreementRun.objects.filter(**identity).first()
    if run is not None:
        return run
    questions = numbers_of_questions(sums, counting, replicates=replicates, seed=seed, tell=tell)
    n_put_off, n_turns = skips_of(version, until=until, chosen=chosen)
    judge = JudgeVersion.objects.filter(pk=sums.judge_id).first()
    numbers = {
        "questions": questions,
        "n_excluded": excluded,
        "rater_ids": sums.rater_ids,
        "skips": {"n_put_off": n_put_off, "n_turns": n_turns},
        "judge": {"id": judge.pk, "name": str(judge)} if judge else None,
    }
    resampled = "conversations, whose items are drawn together" if is_clustered(sums) else "items"
    unit = "conversation" if is_clustered(sums) else "item"
    nested = NESTED.format(unit=unit) if any(one.get("of_parts") for one in questions) else ""
    contents = {
        "filter_in_words": chosen.in_words,
        "method": METHOD.format(resampled=resampled) + nested,
        "numbers": numbers,
    }
    return save_run(AgreementRun, identity, contents, event="agreement.computed", now=until)


def hash_of_sums(sums: "VersionSums", *excluded: Mapping[str, int]) -> str:
    """A hash of every label that counts and of the counts beside them: the same, however read, are one input.

    Without the counts, the labels left when a new one was taken back would be those of the run before it, and the
    newest run would stay the one that rests on what was taken back.
    """
    counts = [sorted(one.items()) for one in (*excluded, *sums.n_not_applicable)]
    return hash_of_blocks(sums.digests, beside=[repr(counts), repr(sums.judge_id)])


def kept_categories(values: list[str], chosen: RatingFilter) -> list[str]:
    kept = [value for value in values if value not in chosen.dropped_values]
    return kept if len(kept) >= 2 else values


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

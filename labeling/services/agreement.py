"""Agreement runs: reading the labels that count, computing outside any transaction, saving the numbers once."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any

from django.db import transaction

from labeling.models import AgreementRun, Criterion, RubricVersion, User
from labeling.policy.rubrics import VERDICTS
from labeling.queries.agreement import RUN_TASK, open_request_of
from labeling.queries.ratings import FIRST_PASS, VERDICT, RatingFilter, VersionRatings, ratings_of
from labeling.services.events import record_event
from labeling.services.jobs import add_job
from labeling.services.runs import save_run

# Raised whenever the same labels could give other numbers: a run says by which code it was made.
CODE_VERSION = "agreement-3"
METHOD = "alpha by krippendorff, checked by our kernel to 1e-9; 95 % percentile bootstrap over items"
REPLICATES = 1000
# Apart from the first streams of a seed, which the numbers of the whole run draw from.
WEEK_STREAM = 1_000
MOST_DISPUTED = 50
LEVEL_OF_SCALE = {
    Criterion.Scale.BINARY: "nominal",
    Criterion.Scale.NOMINAL: "nominal",
    Criterion.Scale.PAIRWISE: "nominal",
    Criterion.Scale.ORDINAL: "ordinal",
}


@transaction.atomic
def request_agreement(version: RubricVersion, *, actor: User, now: datetime) -> None:
    """Ask for a run: a job row and its event. Asked again while one is under way, nothing is added.

    Locks nothing: of two at the same moment both add a job, and the second run finds the labels of the first.
    """
    if open_request_of(version) is not None:
        return
    add_job(RUN_TASK, version.pk, now=now)
    project = version.rubric.project
    record_event("agreement.requested", project=project, now=now, actor=actor, version_id=version.pk)


def run_agreement(version_id: int, *, clock: Callable[[], datetime]) -> None:
    """The job: one run of one version. Safe to repeat, see `make_agreement_run`."""
    version = RubricVersion.objects.select_related("rubric__project").get(pk=version_id)
    make_agreement_run(version, now=clock())


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
    identity = {
        "rubric_version": version,
        "filter_name": chosen.name,
        "input_hash": ratings.input_hash,
        "replicates": replicates,
        "seed": seed,
        "code_version": CODE_VERSION,
    }
    run = AgreementRun.objects.filter(**identity).first()
    if run is not None:
        return run
    numbers = {
        "questions": [
            {**question, **numbers_of(question, ratings, replicates=replicates, seed=seed)}
            for question in questions_to_measure(version)
        ],
        "n_excluded": ratings.n_excluded,
        "rater_ids": ratings.rater_ids,
    }
    contents = {"filter_in_words": chosen.in_words, "method": METHOD, "numbers": numbers}
    return save_run(AgreementRun, identity, contents, event="agreement.computed", now=now)


def questions_to_measure(version: RubricVersion) -> list[dict[str, Any]]:
    """The verdict and every criterion, each with its level of measurement and its declared categories."""
    questions = [
        {
            "key": criterion.key,
            "question": criterion.question,
            "level": LEVEL_OF_SCALE[criterion.scale],
            "categories": [option["value"] for option in criterion.options],
        }
        for criterion in version.criteria.all()
    ]
    verdict = {"key": VERDICT, "question": "Verdict", "level": "nominal", "categories": list(VERDICTS)}
    return [verdict, *questions] if version.asks_verdict else questions


def numbers_of(question: Mapping[str, Any], ratings: VersionRatings, *, replicates: int, seed: int) -> dict[str, Any]:
    """The coefficients of one question, whole and week by week, what people split on, and the items split on most."""
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    import numpy as np

    from labeling.stats.agreement import report_agreement
    from labeling.stats.ratings import make_ratings
    from labeling.stats.scales import make_scale, read_label

    level, rows = question["level"], ratings.rows.get(question["key"], [])
    scale = make_scale(level, declared=question["categories"], observed=())
    table = [(str(item_id), rater, read_label(value, level=level)) for item_id, rater, value in rows]
    report = report_agreement(make_ratings(table, scale=scale), replicates=replicates, rng=np.random.default_rng(seed))
    splits, disputed = splits_of(rows, order=question["categories"])
    return {
        **report.as_document(),
        "weeks": weeks_of(table, ratings.weeks, scale=scale, replicates=replicates, seed=seed),
        "n_not_applicable": ratings.n_not_applicable[question["key"]],
        "splits": [[first, second, n] for (first, second), n in splits.most_common()],
        "disputed": disputed,
    }


def weeks_of(
    table: Sequence[tuple[str, str, str]], week_of_item: Mapping[int, date], *, scale: Any, replicates: int, seed: int
) -> list[dict[str, Any]]:
    """Alpha of each week with an item that two people labelled, the oldest first.

    Each week has a stream of its own, so that the interval of a past one stays as it is when another week is added.
    """
    import numpy as np

    from labeling.stats.alpha import estimate_alpha
    from labeling.stats.ratings import make_ratings

    table_of_week: dict[date, list[tuple[str, str, str]]] = {}
    for row in table:
        table_of_week.setdefault(week_of_item[int(row[0])], []).append(row)
    weeks = []
    for week, own in sorted(table_of_week.items()):
        stream = np.random.SeedSequence(seed, spawn_key=(WEEK_STREAM, week.toordinal()))
        rng = np.random.default_rng(stream)
        alpha = estimate_alpha(make_ratings(own, scale=scale), replicates=replicates, rng=rng)
        if alpha.n:
            found = {"week": week.isoformat(), "n_units_pairable": alpha.n, "krippendorff_alpha": alpha.as_document()}
            weeks.append(found)
    return weeks


def splits_of(
    rows: Sequence[tuple[int, str, str]], *, order: Sequence[str]
) -> tuple[Counter[tuple[str, str]], list[int]]:
    """How often each two values stand against each other, and the items with the largest share of such pairs."""
    values_of_item: dict[int, list[str]] = {}
    for item_id, _, value in rows:
        values_of_item.setdefault(item_id, []).append(value)
    position = {value: index for index, value in enumerate(order)}
    splits: Counter[tuple[str, str]] = Counter()
    share_of_item = {}
    for item_id, values in values_of_item.items():
        pairs = [tuple(sorted(pair, key=position.__getitem__)) for pair in combinations(values, 2)]
        unequal = [pair for pair in pairs if pair[0] != pair[1]]
        splits.update(unequal)
        if unequal:
            share_of_item[item_id] = len(unequal) / len(pairs)
    worst = sorted(share_of_item, key=lambda item_id: (-share_of_item[item_id], item_id))
    return splits, worst[:MOST_DISPUTED]

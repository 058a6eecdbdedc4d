"""Agreement runs: which versions there are to measure, their newest run, how a request stands, and all its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from labeling.formats.writing import Column
from labeling.models import AgreementRun, CalibrationRun, ImportedLabel, Job, Project, Review, RubricVersion
from labeling.policy.agreement import LEAST_IN_SLICE, LEAST_ITEMS
from labeling.policy.jobs import AGREEMENT_TASK
from labeling.policy.triage import JUDGE
from labeling.queries.access import only_visible
from labeling.queries.ratings import FIRST_PASS, n_labels_since, questionings_since
from labeling.stats.results import OTHER_COEFFICIENTS

REST_HOURS = 20
MOST_SINCE = 1_000
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
EXCLUDED_IN_WORDS = {
    "gold": "reviews of gold cases, whose answer is known",
    "training": "reviews of training and screening cases, whose answer is known",
    "calibration_round": "reviews made in calibration rounds, which are measured apart",
    "repeat": "blind repeats of an item by the same person",
    "withdrawn": "reviews that were taken back",
    "extra": "reviews that came after their turn was given away",
    "questioned": "reviews in question, since their reviewer was paused, until others have labelled their items",
    "not_blind": "reviews by people who may see sources or judge verdicts",
    "later_pass": "repeated reviews of the same item by the same person",
    "imported_not_blind": "imported labels that are not declared blind",
    "imported_later_pass": "imported labels that their rater gave on a later pass over the same item",
}


def measurable_versions_of(project: Project) -> list[RubricVersion]:
    """Every rubric version: those with labels first, and of them the one about which most is known, then the newest.

    Drafts are left out: there is nothing to measure. `has_labels` tells the others apart; what is known is how many
    items of its newest run two people labelled.
    """
    reviews = Review.objects.filter(entry__rubric_version=OuterRef("pk"))
    imported = ImportedLabel.objects.filter(criterion__version=OuterRef("pk"))
    runs = first_pass_runs().filter(rubric_version=OuterRef("pk")).order_by("-made_at", "-id")
    versions = RubricVersion.objects.filter(rubric__project=project, in_use_from__isnull=False)
    versions = versions.select_related("rubric__project").annotate(
        has_labels=Exists(reviews) | Exists(imported),
        n_measured=Subquery(runs.values(n=Cast(KT("numbers__questions__0__n_units_pairable"), IntegerField()))[:1]),
    )
    newest_first = versions.order_by("-created_at", "-id")
    return sorted(newest_first, key=lambda version: (not version.has_labels, -(version.n_measured or 0)))


def newest_run_of(version: RubricVersion, *, filter_name: str = FIRST_PASS.name) -> AgreementRun | None:
    runs = AgreementRun.objects.filter(rubric_version=version, filter_name=filter_name)
    return runs.select_related("rubric_version__rubric").order_by("-made_at", "-id").first()


def run_in(project: Project, run_id: int) -> AgreementRun:
    of_project = AgreementRun.objects.filter(rubric_version__rubric__project=project, pk=run_id)
    return only_visible(of_project.select_related("rubric_version__rubric__project"))


def first_pass_runs() -> QuerySet[AgreementRun]:
    """Runs under another filter rest on other labels; what asks for none speaks of these."""
    return AgreementRun.objects.filter(filter_name=FIRST_PASS.name)


def versions_to_measure(*, now: datetime) -> QuerySet[RubricVersion]:
    """Versions whose newest run rested for a night, or that have none, and that got labels or questions about them
    since."""
    newest = first_pass_runs().filter(rubric_version=OuterRef("pk")).order_by("-made_at").values("made_at")[:1]
    reviews = Review.objects.filter(entry__rubric_version=OuterRef("pk"), submitted_at__gt=OuterRef("measured_until"))
    imported = ImportedLabel.objects.filter(
        criterion__version=OuterRef("pk"), imported_at__gt=OuterRef("measured_until")
    )
    questioned = questionings_since(OuterRef("measured_until")).filter(review__entry__rubric_version=OuterRef("pk"))
    versions = RubricVersion.objects.annotate(measured_until=Coalesce(Subquery(newest), Value(BEGINNING)))
    return versions.filter(
        Exists(reviews) | Exists(imported) | Exists(questioned), measured_until__lt=now - timedelta(hours=REST_HOURS)
    ).select_related("rubric__project")


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Where the newest request stands: `state` is computing, failed, stopped, unchanged or empty."""

    state: str
    asked_at: datetime | None = None
    error: str = ""


def requests_of(version: RubricVersion, filter_name: str = FIRST_PASS.name) -> QuerySet[Job]:
    return Job.objects.filter(task=AGREEMENT_TASK, arguments=run_arguments(version, filter_name)).order_by("-id")


def run_arguments(version: RubricVersion, filter_name: str) -> list[int | str]:
    """What a job of one run is asked for with."""
    return [version.pk] if filter_name == FIRST_PASS.name else [version.pk, filter_name]


def progress_of(version: RubricVersion, run: AgreementRun | None, *, filter_name: str = FIRST_PASS.name) -> RunProgress:
    job = requests_of(version, filter_name).first()
    if job is None:
        return RunProgress("")
    if job.state in (Job.State.DUE, Job.State.RUNNING):
        return RunProgress("computing", job.created_at, job.last_error)
    if job.state in (Job.State.FAILED, Job.State.CANCELLED):
        is_old = run is not None and run.made_at > job.created_at
        ended = "failed" if job.state == Job.State.FAILED else "stopped"
        return RunProgress("") if is_old else RunProgress(ended, job.created_at, job.last_error)
    # A done request without a newer run found the labels of the run that was there already.
    is_unchanged = run is not None and run.made_at < job.created_at
    return RunProgress("unchanged", job.created_at) if is_unchanged else RunProgress("")


def n_since(run: AgreementRun) -> int:
    return n_labels_since(run.rubric_version, run.made_at, at_most=MOST_SINCE + 1)


# --- what every report shows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """A stored estimate in the two decimals of a page."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    undefined: str | None
    flags: Sequence[str]

    @property
    def shown_value(self) -> str:
        return "" if self.value is None else two_decimals(self.value)

    @property
    def shown_interval(self) -> str:
        if self.low is None or self.high is None:
            return "no interval"
        separator = " to " if self.low < 0 else "–"
        return f"{two_decimals(self.low)}{separator}{two_decimals(self.high)}"

    @property
    def is_thin(self) -> bool:
        return self.n < LEAST_ITEMS

    def on_axis(self, name: str) -> str:
        """Where an end or the value stands on an axis from 0 to 1; what lies below is drawn at its edge."""
        return f"{min(1.0, max(0.0, getattr(self, name) or 0.0)):.1%}"

    @property
    def places(self) -> dict[str, str]:
        return {name: self.on_axis(name) for name in ("value", "low", "high")}


def estimate_from(document: Mapping[str, Any]) -> ShownEstimate:
    return ShownEstimate(**document)


def two_decimals(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def words_for(option: Mapping[str, Any]) -> str:
    """A point of a scale keeps its number, which is what people say; a category is called by its label."""
    return f"{option['value']} · {option['label']}" if option["value"].isdecimal() else option["label"]


def excluded_from(run: AgreementRun | CalibrationRun) -> list[tuple[int, str]]:
    """How many labels do not count, and why."""
    return [(n, EXCLUDED_IN_WORDS.get(reason, reason)) for reason, n in by_reason(run.numbers["n_excluded"])]


def by_reason(n_excluded: Mapping[str, int]) -> list[tuple[str, int]]:
    """In the order in which the reasons are told here: a database may keep another one, or none."""
    places = {reason: place for place, reason in enumerate(EXCLUDED_IN_WORDS)}
    return sorted(n_excluded.items(), key=lambda one: (places.get(one[0], len(places)), one[0]))


# --- the numbers, to take along -----------------------------------------------------------------------------------

# What is new comes last: others read the first ones by their place.
NUMBER_FILE_COLUMNS = (
    Column("question"),
    Column("level"),
    Column("coefficient"),
    Column("rater_a", "free_text"),
    Column("rater_b", "free_text"),
    Column("value", "real"),
    Column("low", "real"),
    Column("high", "real"),
    Column("n", "whole"),
    Column("undefined"),
    Column("flags"),
    Column("week"),
    Column("slice", "free_text"),
    Column("p_adjusted", "real"),
    Column("category", "free_text"),
    Column("other_category", "free_text"),
    Column("since", "free_text"),
    Column("cause"),
)
NUMBER_COLUMNS = tuple(column.name for column in NUMBER_FILE_COLUMNS)
FREE_TEXT = tuple(column.name for column in NUMBER_FILE_COLUMNS if column.kind == "free_text")
EMPTY = dict.fromkeys(NUMBER_COLUMNS, "") | dict.fromkeys(("value", "low", "high", "n", "p_adjusted"))
PAIR_NUMBERS = ("percent", "kappa", "kappa_linear", "kappa_quadratic")
Record = dict[str, Any]


def document_of(run: AgreementRun | CalibrationRun) -> dict[str, Any]:
    """A run as JSON: what its numbers rest on, then the numbers."""
    version = run.rubric_version
    return {
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "made_at": run.made_at.isoformat(),
        "filter": run.filter_in_words,
        "method": run.method,
        "replicates": run.replicates,
        "seed": run.seed,
        "code_version": run.code_version,
        "input_hash": run.input_hash,
        **run.numbers,
    }


def agreement_document_of(run: AgreementRun) -> dict[str, Any]:
    document = document_of(run)
    return {**document, "questions": [without_held_back(one) for one in document["questions"]]}


def without_held_back(question: Mapping[str, Any]) -> Mapping[str, Any]:
    """A question of a run without the items on which people and the judge differ, where the run was made before those
    of the sealed and the audit part were left out: whoever tunes the judge would learn from them."""
    causes = question.get("causes")
    if not causes or "n_held_back" in causes:
        return question
    against_judge = {"n": 0, "item_ids": []}
    return {**question, "causes": {**causes, "items": {**causes["items"], JUDGE: against_judge}}}


def number_rows(run: AgreementRun) -> Iterator[tuple[Any, ...]]:
    """The rows of `number_records` in the columns of `NUMBER_COLUMNS`, with names that a spreadsheet does not run."""
    for record in number_records(run):
        yield tuple((record | {name: as_text(record[name]) for name in FREE_TEXT}).values())


def number_records(run: AgreementRun) -> Iterator[Record]:
    """A row a number of every table of the report. `week` is its Monday; empty for all weeks together.

    A run made before there was a table has no row of it.
    """
    for question in run.numbers["questions"]:
        for record in (*whole_records(question), *pair_records(question), *part_records(question)):
            yield record | {"question": question["key"], "level": question["level"]}
    skips = run.numbers.get("skips", {})
    for name, n in sorted(skips.items()):
        yield counted(f"skips_{name}", n)
    for reason, n in by_reason(run.numbers["n_excluded"]):
        yield counted("n_excluded", n, cause=reason)


def whole_records(question: Mapping[str, Any]) -> Iterator[Record]:
    """What is said of all items and raters together."""
    for name in ("krippendorff_alpha", *OTHER_COEFFICIENTS):
        if name in question:
            yield estimated(name, question[name])
    for kind, one in sorted(question["percent_agreement"].items()):
        yield estimated(f"percent_agreement_{kind}", one)
    for key in ("before", "after", "difference"):
        change = question.get("change", {})
        if key in change:
            yield estimated(f"krippendorff_alpha_{key}", change[key], since=change["since"])
    for cause, found in sorted(question.get("causes", {}).get("items", {}).items()):
        yield counted("n_items_of_cause", found["n"], cause=cause)
    if "n_not_applicable" in question:
        yield counted("n_not_applicable", question["n_not_applicable"])
    if "n_items_pairable" in question:
        yield counted("n_items_pairable", question["n_items_pairable"])


def pair_records(question: Mapping[str, Any]) -> Iterator[Record]:
    """What is said of raters: of every two, and of each who stood alone against two or more."""
    for pair in question["pairs"]:
        for name in PAIR_NUMBERS:
            yield estimated(name, pair[name], rater_a=pair["a"], rater_b=pair["b"])
    for name, n in question.get("causes", {}).get("alone", ()):
        yield counted("n_stood_alone", n, rater_a=name)


def part_records(question: Mapping[str, Any]) -> Iterator[Record]:
    """What is said of a part: a week, a slice, a category."""
    for found in question.get("weeks", ()):
        yield estimated("krippendorff_alpha", found["krippendorff_alpha"], week=found["week"])
    for found in question.get("slices", ()):
        yield from slice_records(found)
    if behind := question.get("behind"):
        yield from category_records(behind)


def slice_records(found: Mapping[str, Any]) -> Iterator[Record]:
    name, n = slice_name(found), n_items_of_slice(found)
    if "krippendorff_alpha" not in found:
        undefined = f"fewer than {LEAST_IN_SLICE} items labelled by two or more"
        yield EMPTY | {"coefficient": "krippendorff_alpha", "n": n, "undefined": undefined, "slice": name}
        return
    yield estimated("krippendorff_alpha", found["krippendorff_alpha"], slice=name, p_adjusted=found.get("p_adjusted"))
    yield estimated("krippendorff_alpha_elsewhere", found["elsewhere"], slice=name)


def n_items_of_slice(found: Mapping[str, Any]) -> int:
    """Items that two or more labelled, be it a part of them; without parts they are the units."""
    return found.get("n_items_pairable", found["n_units_pairable"])


def slice_name(found: Mapping[str, Any]) -> str:
    return f"{found['by']}: {' × '.join(name or '(none)' for name in found['names'])}"


def category_records(behind: Mapping[str, Any]) -> Iterator[Record]:
    """Each category's own agreement, how often every two met on an item, and the disagreements alpha is made of."""
    for one in behind["categories"]:
        yield estimated("category_agreement", one["agreement"], category=one["label"])
        share = {"value": one["share"], "n": one["n_ratings"], "category": one["label"]}
        yield EMPTY | {"coefficient": "category_share", **share}
    labels = [one["label"] for one in behind["categories"]]
    for first, row in enumerate(behind["pairs"]):
        for second in range(first, len(row)):
            yield counted("n_pairs_of_labels", row[second], category=labels[first], other_category=labels[second])
    for name in ("observed_disagreement", "expected_disagreement"):
        why = "" if behind[name] is not None else "no unit was rated by two raters"
        yield EMPTY | {"coefficient": name, "value": behind[name], "n": behind["n_units"], "undefined": why}


def estimated(name: str, one: Mapping[str, Any], **more: Any) -> Record:
    ends = {end: one[end] for end in ("value", "low", "high", "n")}
    return EMPTY | {
        "coefficient": name,
        **ends,
        "undefined": one["undefined"] or "",
        "flags": "; ".join(one["flags"]),
        **more,
    }


def counted(name: str, n: int, **more: Any) -> Record:
    """A count, which has no interval; it stands where the values stand, and is its own n."""
    return EMPTY | {"coefficient": name, "value": n, "n": n, **more}


def as_text(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name

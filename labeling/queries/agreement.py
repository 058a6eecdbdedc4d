"""Agreement runs: which versions there are to measure, their newest run, how a request stands, and all its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from labeling.models import AgreementRun, CalibrationRun, ImportedLabel, Job, Project, Review, RubricVersion
from labeling.policy.agreement import LEAST_ITEMS
from labeling.queries.access import only_visible
from labeling.queries.ratings import FIRST_PASS, n_labels_since
from labeling.stats.results import OTHER_COEFFICIENTS

RUN_TASK = "make_agreement_run"
REST_HOURS = 20
MOST_SINCE = 1_000
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
EXCLUDED_IN_WORDS = {
    "gold": "reviews of gold cases, whose answer is known",
    "withdrawn": "reviews that were taken back",
    "extra": "reviews that came after their turn was given away",
    "not_blind": "reviews by people who may see sources or judge verdicts",
    "later_pass": "repeated reviews of the same item by the same person",
    "imported_not_blind": "imported labels that are not declared blind",
}


def measurable_versions_of(project: Project) -> list[RubricVersion]:
    """Every rubric version: those with labels first, and of them the one about which most is known, then the newest.

    `has_labels` tells them apart; what is known is how many items of its newest run two people labelled.
    """
    reviews = Review.objects.filter(entry__rubric_version=OuterRef("pk"))
    imported = ImportedLabel.objects.filter(criterion__version=OuterRef("pk"))
    runs = first_pass_runs().filter(rubric_version=OuterRef("pk")).order_by("-made_at", "-id")
    versions = RubricVersion.objects.filter(rubric__project=project).select_related("rubric__project")
    versions = versions.annotate(
        has_labels=Exists(reviews) | Exists(imported),
        n_measured=Subquery(runs.values(n=Cast(KT("numbers__questions__0__n_units_pairable"), IntegerField()))[:1]),
    )
    newest_first = versions.order_by("-created_at", "-id")
    return sorted(newest_first, key=lambda version: (not version.has_labels, -(version.n_measured or 0)))


def newest_run_of(version: RubricVersion) -> AgreementRun | None:
    runs = first_pass_runs().filter(rubric_version=version).select_related("rubric_version__rubric")
    return runs.order_by("-made_at", "-id").first()


def run_in(project: Project, run_id: int) -> AgreementRun:
    of_project = first_pass_runs().filter(rubric_version__rubric__project=project, pk=run_id)
    return only_visible(of_project.select_related("rubric_version__rubric"))


def first_pass_runs() -> QuerySet[AgreementRun]:
    """Runs under another filter rest on other labels; the pages speak of these only."""
    return AgreementRun.objects.filter(filter_name=FIRST_PASS.name)


def versions_to_measure(*, now: datetime) -> QuerySet[RubricVersion]:
    """Versions whose newest run rested for a night, or that have none, and that got labels since."""
    newest = first_pass_runs().filter(rubric_version=OuterRef("pk")).order_by("-made_at").values("made_at")[:1]
    reviews = Review.objects.filter(entry__rubric_version=OuterRef("pk"), submitted_at__gt=OuterRef("measured_until"))
    imported = ImportedLabel.objects.filter(
        criterion__version=OuterRef("pk"), imported_at__gt=OuterRef("measured_until")
    )
    versions = RubricVersion.objects.annotate(measured_until=Coalesce(Subquery(newest), Value(BEGINNING)))
    return versions.filter(
        Exists(reviews) | Exists(imported), measured_until__lt=now - timedelta(hours=REST_HOURS)
    ).select_related("rubric__project")


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Where the newest request stands: `state` is computing, failed, unchanged or empty."""

    state: str
    asked_at: datetime | None = None
    error: str = ""


def open_request_of(version: RubricVersion) -> Job | None:
    return requests_of(version).filter(state__in=[Job.State.DUE, Job.State.RUNNING]).first()


def requests_of(version: RubricVersion) -> QuerySet[Job]:
    return Job.objects.filter(task=RUN_TASK, arguments=[version.pk]).order_by("-id")


def progress_of(version: RubricVersion, run: AgreementRun | None) -> RunProgress:
    job = requests_of(version).first()
    if job is None:
        return RunProgress("")
    if job.state in (Job.State.DUE, Job.State.RUNNING):
        return RunProgress("computing", job.created_at, job.last_error)
    if job.state == Job.State.FAILED:
        is_old = run is not None and run.made_at > job.created_at
        return RunProgress("") if is_old else RunProgress("failed", job.created_at, job.last_error)
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
    return [(n, EXCLUDED_IN_WORDS.get(reason, reason)) for reason, n in run.numbers["n_excluded"].items()]


# --- the numbers, to take along -----------------------------------------------------------------------------------

NUMBER_COLUMNS = (
    *("question", "level", "coefficient", "rater_a", "rater_b"),
    *("value", "low", "high", "n", "undefined", "flags", "week"),
)


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


def number_rows(run: AgreementRun) -> Iterator[tuple[Any, ...]]:
    """A row an estimate, in the columns of `NUMBER_COLUMNS`. `week` is its Monday; empty for all weeks together."""
    for question in run.numbers["questions"]:
        # A run made before there were the others has alpha alone.
        whole = [(name, question[name]) for name in ("krippendorff_alpha", *OTHER_COEFFICIENTS) if name in question]
        whole += [(f"percent_agreement_{kind}", one) for kind, one in question["percent_agreement"].items()]
        for name, one in whole:
            yield number_row(question, name, one)
        for pair in question["pairs"]:
            for name in ("percent", "kappa", "kappa_linear", "kappa_quadratic"):
                yield number_row(question, name, pair[name], a=pair["a"], b=pair["b"])
        for found in question.get("weeks", ()):
            yield number_row(question, "krippendorff_alpha", found["krippendorff_alpha"], week=found["week"])


def number_row(
    question: Mapping[str, Any], name: str, one: Mapping[str, Any], *, a: str = "", b: str = "", week: str = ""
) -> tuple[Any, ...]:
    ends = (one["value"], one["low"], one["high"], one["n"], one["undefined"] or "")
    return (question["key"], question["level"], name, as_text(a), as_text(b), *ends, "; ".join(one["flags"]), week)


def as_text(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name

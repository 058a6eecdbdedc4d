"""The labels that statistics may rest on, and how many others there are and why they do not count.

Agreement speaks of first-pass, blind, independent human labels. Pages, commands and exports all come through here.
What counts, counts at a moment: a run of that moment and the pages about it, opened later, see the same labels.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Left, TruncDate
from django.db.models.lookups import Exact

from labeling.models import (
    KNOWN,
    Answer,
    EntryPurpose,
    ImportedLabel,
    ImportedLaterLabel,
    Qualification,
    QuestionedReview,
    QueueEntry,
    Rater,
    Review,
    RubricVersion,
)
from labeling.policy.errors import Invalid

VERDICT = "verdict"
# How files of labels made elsewhere tell their experts.
EXPERT_PREFIX = "expert_"
# Up to this moment is up to now, whatever the clock says.
END = datetime(9999, 12, 31, tzinfo=UTC)
Rows = list[tuple[int, str, str]]
# (item id, part, rater, value); of the whole output the part is empty.
PartRows = list[tuple[int, str, str, str]]
AnyRow = TypeVar("AnyRow", Review, ImportedLabel)
# Why a review does not count, in the order in which the reasons are asked.
EXCLUDING_FROM_ROUND = ("withdrawn", "extra", "not_blind", "later_pass")
EXCLUDING = ("gold", "training", "calibration_round", "repeat", "questioned", *EXCLUDING_FROM_ROUND)
LONGEST_ID = 19
# Whose entries stay as they are: what is known of them was known before, or was settled in another entry.
NEVER_SETTLED = (*KNOWN, EntryPurpose.Purpose.REPEAT)


@dataclass(frozen=True, slots=True)
class RatingFilter:
    """Which of the labels count beyond the rule: part of every number, so it has a name and says itself in words.

    Experts are who was qualified when they reviewed, not who is now: a run of the same labels stays the same run.
    """

    name: str = "first_pass"
    rater_prefix: str = ""
    dropped_values: Collection[str] = ()
    only_experts: bool = False
    round_id: int | None = None

    @property
    def chooses_raters(self) -> bool:
        """Whether which labels it keeps tells whose they are."""
        return self.only_experts or bool(self.rater_prefix)

    @property
    def shown_name(self) -> str:
        if self.round_id is not None:
            return "One calibration round"
        parts = ["experts only" if self.only_experts else "everybody"]
        if self.dropped_values:
            parts.append(f"{', '.join(sorted(self.dropped_values))} left out")
        return ", ".join(parts).capitalize()

    @property
    def in_words(self) -> str:
        if self.round_id is not None:
            return (
                "first-pass, blind, independent labels of one calibration round; withdrawn and extra ones, everything "
                "from production and all that was imported left out"
            )
        parts = ["first-pass, blind, independent human labels; gold, withdrawn, extra and adjudicated ones left out"]
        if self.only_experts:
            parts.append(
                f"only reviewers qualified for the queue at that time and imported raters named {EXPERT_PREFIX}…"
            )
        if self.rater_prefix:
            parts.append(f"only raters named {self.rater_prefix}…")
        if self.dropped_values:
            parts.append(f"labels {', '.join(sorted(self.dropped_values))} left out")
        return "; ".join(parts)

    def of_reviews(self, reviews: QuerySet[Review]) -> QuerySet[Review]:
        named = by_start(reviews, "reviewer__name", self.rater_prefix)
        return by_qualified(named) if self.only_experts else named

    def of_imported(self, labels: QuerySet[ImportedLabel]) -> QuerySet[ImportedLabel]:
        if self.round_id is not None:
            return labels.none()
        named = by_start(labels, "rater__name", self.rater_prefix)
        return by_start(named, "rater__name", EXPERT_PREFIX) if self.only_experts else named


def by_start(rows: QuerySet[AnyRow], path: str, start: str) -> QuerySet[AnyRow]:
    """Those whose name begins so, to the letter: SQLite's own *starts with* takes small letters for large ones."""
    return rows.filter(Exact(Left(path, len(start)), start)) if start else rows


def by_qualified(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """The reviews whose reviewer held a qualification for the queue at the moment of the review."""
    moment = OuterRef("submitted_at")
    was_held = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=moment)
    qualifications = Qualification.objects.filter(
        was_held,
        queue=OuterRef("entry__queue"),
        reviewer=OuterRef("reviewer"),
        granted_at__lte=moment,
        last_day__gte=OuterRef("submitted_on"),
    )
    return reviews.alias(submitted_on=TruncDate("submitted_at")).filter(Exists(qualifications))


FIRST_PASS = RatingFilter()
FILTERS = {
    one.name: one
    for one in (
        FIRST_PASS,
        RatingFilter("without_ties", dropped_values=("tie",)),
        RatingFilter("experts", only_experts=True),
        RatingFilter("experts_without_ties", dropped_values=("tie",), only_experts=True),
    )
}


ROUND_PREFIX = "round-"


def filter_of_round(round_id: int) -> RatingFilter:
    return RatingFilter(f"{ROUND_PREFIX}{round_id}", round_id=round_id)


def filter_named(name: str) -> RatingFilter:
    number = name.removeprefix(ROUND_PREFIX)
    if name.startswith(ROUND_PREFIX) and number.isascii() and number.isdigit() and len(number) < LONGEST_ID:
        return filter_of_round(int(number))
    if name not in FILTERS:
        raise Invalid({"filter": f"There is no filter {name!r}; choose one of {', '.join(FILTERS)}."})
    return FILTERS[name]


# --- what counts at a moment ----------------------------------------------------------------------------------------


def stands_at(moment: datetime, *, through: str = "") -> Q:
    """Submitted by then and not taken back by then. `through` leads from what is filtered to its review."""
    is_submitted = Q((f"{through}submitted_at__lte", moment))
    was_kept = Q((f"{through}withdrawal__isnull", True)) | Q((f"{through}withdrawal__withdrawn_at__gt", moment))
    return is_submitted & was_kept


def questionings_at(*, until: datetime, through: str = "") -> QuerySet[QuestionedReview]:
    """Whether the outer review was in question at a moment."""
    is_open = Q(settled_at__isnull=True) | Q(settled_at__gt=until)
    return QuestionedReview.objects.filter(is_open, review=OuterRef(f"{through}id"), questioned_at__lte=until)


def questionings_since(moment: datetime | OuterRef) -> QuerySet[QuestionedReview]:
    """What went into question or out of it since then, and with it changed what counts."""
    return QuestionedReview.objects.filter(Q(questioned_at__gt=moment) | Q(settled_at__gt=moment))


def counts_at(moment: datetime, *, through: str = "", chosen: RatingFilter = FIRST_PASS) -> Q:
    """The rule for reviews, all of it: a person's first pass on a live item, blind, in its turn, standing then and not
    in question.

    Of a calibration round, on an item of that round instead: the two are never measured together.
    """
    of_production = {"entry__purpose__purpose": EntryPurpose.Purpose.LIVE}
    of_round = {"entry__purpose__calibration_round": chosen.round_id}
    rule = {
        **(of_production if chosen.round_id is None else of_round),
        "slot__isnull": False,
        "is_first_pass": True,
        "blind_state": Review.BlindState.BLIND,
        "reviewer__kind": Rater.Kind.USER,
    }
    in_turn = Q(*((f"{through}{name}", wanted) for name, wanted in rule.items())) & stands_at(moment, through=through)
    return in_turn & Q(~Exists(questionings_at(until=moment, through=through)))


def reviews_that_count(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[Review]:
    counted = Review.objects.filter(counts_at(until, chosen=chosen), entry__rubric_version=version)
    return chosen.of_reviews(counted)


def answers_that_count(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[Answer]:
    counted = counts_at(until, through="review__", chosen=chosen)
    answers = Answer.objects.filter(counted, criterion__version=version)
    if chosen != FIRST_PASS:
        answers = answers.filter(review__in=reviews_that_count(version, until=until, chosen=chosen).values("id"))
    return answers.exclude(value__in=chosen.dropped_values)


def verdicts_that_count(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[Review]:
    given = reviews_that_count(version, until=until, chosen=chosen)
    return given.exclude(verdict__in=("", *chosen.dropped_values))


def imported_that_count(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[ImportedLabel]:
    labels = ImportedLabel.objects.filter(
        criterion__version=version,
        blind_state=ImportedLabel.BlindState.BLIND,
        rater__kind=Rater.Kind.IMPORTED,
        imported_at__lte=until,
    )
    return chosen.of_imported(labels).exclude(value__in=chosen.dropped_values)


def named_imported(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[ImportedLabel]:
    """With `shown_rater`: a name in a file that a reviewer has here too is told apart, or one person would seem to
    have labelled an item twice."""
    reviewers = Rater.objects.filter(
        project=OuterRef("rater__project"), kind=Rater.Kind.USER, name=OuterRef("rater__name")
    )
    shown = Case(When(Exists(reviewers), then=Concat("rater__name", Value(" (imported)"))), default="rater__name")
    return imported_that_count(version, until=until, chosen=chosen).annotate(shown_rater=shown)


# --- what stands behind a number -----------------------------------------------------------------------------------


def rows_behind(version: RubricVersion, key: str, *, moment: datetime, chosen: RatingFilter = FIRST_PASS) -> PartRows:
    """The labels on one question that a run of that moment rests on: what was taken back since counted then."""
    if key == VERDICT:
        given = verdicts_that_count(version, until=moment, chosen=chosen)
        return list(given.values_list("entry__item_id", Value(""), "reviewer__name", "verdict"))
    asked = {"criterion__key": key, "is_not_applicable": False}
    here = answers_that_count(version, until=moment, chosen=chosen).filter(**asked)
    elsewhere = named_imported(version, until=moment, chosen=chosen).filter(**asked)
    return [
        *here.values_list("review__entry__item_id", "part", "review__reviewer__name", "value"),
        *elsewhere.values_list("item_id", "part", "shown_rater", "value"),
    ]


def n_labels_since(version: RubricVersion, moment: datetime, *, at_most: int) -> int:
    """How many labels came after that moment, counted no further than `at_most`. Three queries."""
    newer = (
        answers_that_count(version, until=END).filter(review__submitted_at__gt=moment),
        imported_that_count(version, until=END).filter(imported_at__gt=moment),
        verdicts_that_count(version, until=END).filter(submitted_at__gt=moment),
    )
    return min(at_most, sum(labels.order_by()[:at_most].count() for labels in newer))


def reason_at(moment: datetime, *, chosen: RatingFilter = FIRST_PASS) -> Case:
    """Why one of `reviews_in_question` does not count at a moment: the first reason that holds, in the order of
    `EXCLUDING`; empty where none does."""
    of_rounds = Q(entry__purpose__purpose=EntryPurpose.Purpose.ROUND)
    to_learn = (EntryPurpose.Purpose.TRAINING, EntryPurpose.Purpose.SCREEN)
    return Case(
        When(entry__purpose__purpose=EntryPurpose.Purpose.GOLD, then=Value("gold")),
        When(entry__purpose__purpose__in=to_learn, then=Value("training")),
        When(entry__purpose__purpose=EntryPurpose.Purpose.REPEAT, then=Value("repeat")),
        *([When(of_rounds, then=Value("calibration_round"))] if chosen.round_id is None else []),
        When(Exists(questionings_at(until=moment)), then=Value("questioned")),
        When(withdrawal__withdrawn_at__lte=moment, then=Value("withdrawn")),
        When(slot__isnull=True, then=Value("extra")),
        When(blind_state=Review.BlindState.NOT_BLIND, then=Value("not_blind")),
        When(is_first_pass=False, then=Value("later_pass")),
        default=Value(""),
    )


def reviews_in_question(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> QuerySet[Review]:
    """The reviews of a version, or of one round of it, whether or not they count."""
    reviews = Review.objects.filter(entry__rubric_version=version, submitted_at__lte=until)
    if chosen.round_id is None:
        return reviews
    return reviews.filter(entry__purpose__calibration_round=chosen.round_id)


def unsettled_entries() -> QuerySet[QueueEntry]:
    """Entries that somebody reviewed and that wait for more or for a ruling, so that nobody may learn who said what.

    What has a known answer is never settled, nor is a blind repeat, and nobody rules on it; the items of a calibration
    round are settled once it is closed.
    """
    theirs = QueueEntry.objects.exclude(purpose__purpose__in=NEVER_SETTLED)
    return theirs.exclude(state=QueueEntry.State.SETTLED).filter(Exists(Review.objects.filter(entry=OuterRef("pk"))))


def unsettled_items_in(project_id: int) -> set[int]:
    """The items of a project that such an entry has, under whatever rubric."""
    entries = unsettled_entries().filter(queue__project=project_id)
    return set(entries.values_list("item_id", flat=True))


def is_unsettled(entry: QueueEntry) -> bool:
    """As `unsettled_entries`, of an entry with a review, read with its purpose."""
    return entry.state != QueueEntry.State.SETTLED and entry.purpose.purpose not in NEVER_SETTLED


def n_excluded_by_reason(
    version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> dict[str, int]:
    """How many reviews and imported labels do not count at a moment, each under the first reason that holds.

    Of a calibration round only its own reviews are looked at: production goes on beside it and is no part of it.
    """
    reviews = reviews_in_question(version, until=until, chosen=chosen).annotate(reason=reason_at(until, chosen=chosen))
    found = dict(reviews.order_by().values_list("reason").annotate(n=Count("id")))
    if chosen.round_id is not None:
        return {reason: found.get(reason, 0) for reason in EXCLUDING_FROM_ROUND}
    made_elsewhere = {"criterion__version": version, "imported_at__lte": until}
    is_blind = Q(blind_state=ImportedLabel.BlindState.BLIND)
    later = ImportedLaterLabel.objects.filter(**made_elsewhere).aggregate(
        blind=Count("id", filter=is_blind), undeclared=Count("id", filter=~is_blind)
    )
    n_undeclared = ImportedLabel.objects.filter(~is_blind, **made_elsewhere).count()
    return {
        **{reason: found.get(reason, 0) for reason in EXCLUDING},
        "imported_not_blind": n_undeclared + later["undeclared"],
        "imported_later_pass": later["blind"],
    }

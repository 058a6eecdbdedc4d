"""The agreement report as its page shows it: every number of a finished run with its interval, its n and its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from labeling.models import AgreementRun, Item, Project, RubricVersion
from labeling.policy.agreement import LEAST_ITEMS, TENTATIVE_ALPHA, TRUSTED_ALPHA, Reading, read_alpha, read_splits
from labeling.queries.agreement import ShownEstimate, estimate_from, words_for

HIGH_RAW = 0.80
FEW_UNITS = "fewer than 30 units"
KAPPA_OF_LEVEL = {
    "nominal": ("kappa", "unweighted"),
    "ordinal": ("kappa_quadratic", "quadratic weights"),
    "interval": ("kappa_quadratic", "quadratic weights by the order of the numbers given"),
}
# The bars of alpha, in percent of an axis from 0 to 1.
BARS = (f"{TENTATIVE_ALPHA:.1%}", f"{TRUSTED_ALPHA:.1%}")


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of the kappa matrix: above the diagonal an estimate, below it how many items both labelled."""

    first: str
    second: str
    estimate: ShownEstimate | None = None
    n_common: int | None = None


@dataclass(frozen=True, slots=True)
class ShownSplit:
    first: str
    second: str
    first_words: str
    second_words: str
    n_pairs: int
    share: str


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """Alpha of the items whose first label came in one week, which is named by its Monday (UTC)."""

    week: date
    alpha: ShownEstimate


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """One question of a run. `words_of` are the categories as reviewers read them; `weeks` the trend, oldest first,
    empty in runs made before there was one; `numbers` is all of it as stored."""

    key: str
    question: str
    level: str
    reading: Reading
    alpha: ShownEstimate
    raw: ShownEstimate
    n_raters: int
    n_not_applicable: int
    splits: Sequence[ShownSplit]
    sentence: str
    disputed: Sequence[int]
    pairs: Sequence[Mapping[str, Any]]
    words_of: Mapping[str, str] = field(default_factory=dict)
    weeks: Sequence[ShownWeek] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_items(self) -> int:
        """How many items two people labelled. Parts of one item are no items of their own: a hundred claims of ten
        answers say little about other answers."""
        return self.numbers.get("n_items_pairable", self.alpha.n)

    @property
    def rests_on(self) -> str:
        items = f"{self.n_items} item{'' if self.n_items == 1 else 's'}"
        return f"{self.alpha.n} parts of {items}" if self.numbers.get("of_parts") else items

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to look at; under fifty items its interval would span every word."""
        return self.alpha.value is not None and self.n_items >= LEAST_ITEMS

    @property
    def notes(self) -> list[str]:
        """What to know before quoting the number. That there are few items is said by the reading already."""
        notes = [flag for flag in self.alpha.flags if self.is_shown or flag != FEW_UNITS]
        paradox = self.numbers.get("behind", {}).get("paradox", "")
        if self.is_shown and paradox:
            notes.append(paradox)
        elif self.is_shown and (self.raw.value or 0.0) >= HIGH_RAW and (self.alpha.value or 0.0) < TENTATIVE_ALPHA:
            notes.append("raw agreement is high and alpha low, as where one label is given nearly always")
        return notes

    @property
    def raters(self) -> list[str]:
        return sorted({name for pair in self.pairs for name in (pair["a"], pair["b"])})

    @property
    def weighting(self) -> str:
        return KAPPA_OF_LEVEL[self.level][1]

    @property
    def matrix(self) -> list[tuple[str, list[ShownCell | None]]]:
        """A row a rater; the diagonal is None."""
        name = KAPPA_OF_LEVEL[self.level][0]
        cells = {}
        for pair in self.pairs:
            first, second = sorted((pair["a"], pair["b"]))
            cells[first, second] = ShownCell(first, second, estimate=estimate_from(pair[name]))
            cells[second, first] = ShownCell(first, second, n_common=pair["n"])
        return [(row, [cells.get((row, column)) for column in self.raters]) for row in self.raters]


# --- what a run says ----------------------------------------------------------------------------------------------


def questions_in(run: AgreementRun, version: RubricVersion) -> list[ShownQuestion]:
    """Every question of a run. One query, for the words of the categories."""
    words = {
        criterion.key: {option["value"]: words_for(option) for option in criterion.options}
        for criterion in version.criteria.all()
    }
    return [shown_question(found, words.get(found["key"], {})) for found in run.numbers["questions"]]


def shown_question(found: Mapping[str, Any], words: Mapping[str, str]) -> ShownQuestion:
    words_of = {value: words.get(value, value.capitalize()) for value in found["categories"]}
    alpha = estimate_from(found["krippendorff_alpha"])
    n_items = found.get("n_items_pairable", found["n_units_pairable"])
    n_pairs = sum(n for _, _, n in found["splits"])
    reading = read_alpha(value=alpha.value, low=alpha.low, n_items=n_items, undefined=alpha.undefined)
    return ShownQuestion(
        key=found["key"],
        question=found["question"],
        level=found["level"],
        reading=reading,
        alpha=alpha,
        raw=estimate_from(found["percent_agreement"]["pooled"]),
        n_raters=found["n_raters"],
        n_not_applicable=found["n_not_applicable"],
        splits=[
            ShownSplit(first, second, words_of[first], words_of[second], n_pairs=n, share=f"{n / n_pairs:.0%}")
            for first, second, n in found["splits"]
        ],
        sentence=read_splits({(words_of[first], words_of[second]): n for first, second, n in found["splits"]}),
        disputed=found["disputed"],
        pairs=found["pairs"],
        words_of=words_of,
        weeks=[shown_week(one) for one in found.get("weeks", ())],
        numbers=found,
    )


def shown_week(found: Mapping[str, Any]) -> ShownWeek:
    return ShownWeek(date.fromisoformat(found["week"]), estimate_from(found["krippendorff_alpha"]))


def weakest_of(questions: Sequence[ShownQuestion]) -> ShownQuestion | None:
    """The question to look at first: the lowest alpha among those that have one."""
    with_number = [question for question in questions if question.alpha.value is not None]
    return min(with_number or questions, key=lambda question: question.alpha.value or 0.0, default=None)


def disputed_items_of(question: ShownQuestion, project: Project) -> list[Item]:
    """The items people split on most, the worst first. One query."""
    items = {item.pk: item for item in Item.objects.filter(project=project, pk__in=question.disputed)}
    return [items[item_id] for item_id in question.disputed if item_id in items]

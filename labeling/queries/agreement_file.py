"""The agreement report as one file to hand on: the page's numbers with pictures that need no script.

What it names is what the page names: raters in sums over many items, items by their ids, and nobody's label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from labeling.models import AgreementRun, Item
from labeling.policy.agreement import LEAST_IN_SLICE, LEAST_ITEMS, TENTATIVE_ALPHA, TRUSTED_ALPHA
from labeling.queries.agreement import ShownEstimate, excluded_from
from labeling.queries.agreement_detail import Detail, ShownSlice, detail_of, shown_skips
from labeling.queries.agreement_report import BARS, ShownCell, ShownQuestion, ShownWeek, questions_in
from labeling.queries.charts import trend_in_words, with_empty_weeks
from labeling.stats.results import N_FEW_UNITS

# What fits across a sheet; more raters or labels are told as lists.
MOST_ACROSS = 8
MOST_LISTED = 40
MOST_ITEMS = 20
MOST_WEEK_NAMES = 14
# The picture of the weeks, in its own units.
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 640, 34, 596, 10, 150
# What is said of one question and of several, by what its reading comes to.
FINDINGS = {
    "ok": ("can be relied on", "can be relied on"),
    "tentative": ("allows tentative conclusions", "allow tentative conclusions"),
    "warn": (
        "may be good enough, which its interval leaves open",
        "may be good enough, which their intervals leave open",
    ),
    "danger": ("is not to be relied on", "are not to be relied on"),
    "missing": ("cannot be judged yet", "cannot be judged yet"),
}


@dataclass(frozen=True, slots=True)
class WeekMark:
    """One week in the picture: where its point and the ends of its interval are. Without `y` there is nothing."""

    name: str
    n: int
    x: str
    y: str = ""
    top: str = ""
    bottom: str = ""
    is_thin: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """`levels` are (y, words, kind): the bars of alpha, and the ends of the scale."""

    finding: str
    marks: Sequence[WeekMark]
    levels: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class FiledQuestion:
    """A question with all that the file says of it. Lists are cut, and `n_more_…` says by how much; `weeks` are two
    columns of them."""

    shown: ShownQuestion
    detail: Detail
    trend: Trend | None
    weeks: Sequence[Sequence[ShownWeek]]
    slices: Sequence[ShownSlice]
    too_few: Sequence[ShownSlice]
    pairs: Sequence[ShownCell]
    n_more_pairs: int
    has_matrix: bool
    has_confusion: bool
    disputed: Sequence[str]
    n_more_disputed: int
    flags: Sequence[str]


def report_file_of(run: AgreementRun) -> dict[str, Any]:
    """All that the file shows. Two queries, whatever the number of questions."""
    questions = questions_in(run, run.rubric_version)
    names = names_of_items({item_id for question in questions for item_id in question.disputed[:MOST_ITEMS]}, run)
    return {
        "run": run,
        "version": run.rubric_version,
        "project": run.rubric_version.rubric.project,
        "questions": [filed(question, names) for question in questions],
        "summary": summary_of(questions),
        "excluded": excluded_from(run),
        "skips": shown_skips(run),
        "bars": BARS,
        "least_items": LEAST_ITEMS,
        "least_in_slice": LEAST_IN_SLICE,
        "few_units": N_FEW_UNITS,
    }


def names_of_items(item_ids: set[int], run: AgreementRun) -> dict[int, str]:
    items = Item.objects.filter(project=run.rubric_version.rubric.project_id, pk__in=item_ids)
    return dict(items.values_list("id", "external_id"))


def summary_of(questions: Sequence[ShownQuestion]) -> list[tuple[str, int, str]]:
    """(finding, how many questions, in words), of the findings that occur, the best first."""
    found = [finding_of(question) for question in questions]
    return [(one, n, words[n > 1]) for one, words in FINDINGS.items() if (n := found.count(one))]


def finding_of(question: ShownQuestion) -> str:
    state, low = question.reading.state, question.alpha.low
    return "tentative" if state == "warn" and low is not None and low >= TENTATIVE_ALPHA else state


def filed(question: ShownQuestion, names: Mapping[int, str]) -> FiledQuestion:
    detail = detail_of(question.numbers, question.words_of)
    pairs = pairs_of(question)
    return FiledQuestion(
        shown=question,
        detail=detail,
        trend=trend_of(question),
        weeks=halves_of(question.weeks),
        slices=[one for one in detail.slices if one.alpha],
        too_few=[one for one in detail.slices if not one.alpha and one.n_items],
        pairs=pairs[:MOST_LISTED],
        n_more_pairs=max(0, len(pairs) - MOST_LISTED),
        has_matrix=len(question.raters) <= MOST_ACROSS,
        has_confusion=0 < len(detail.categories) <= MOST_ACROSS,
        disputed=[names[item_id] for item_id in question.disputed[:MOST_ITEMS] if item_id in names],
        n_more_disputed=max(0, len(question.disputed) - MOST_ITEMS),
        flags=list(dict.fromkeys(flag for one in detail.coefficients for flag in one.estimate.flags)),
    )


def pairs_of(question: ShownQuestion) -> list[ShownCell]:
    """Every two raters, the lowest kappa first and those without one last."""
    cells = [cell for _, row in question.matrix for cell in row if cell and cell.estimate]
    return sorted(cells, key=place_of_pair)


def place_of_pair(cell: ShownCell) -> tuple[bool, float, str, str]:
    value = cell.estimate.value if cell.estimate else None
    return value is None, value or 0.0, cell.first, cell.second


# --- the weeks as a picture -------------------------------------------------------------------------------------------


def halves_of(weeks: Sequence[ShownWeek]) -> list[Sequence[ShownWeek]]:
    half = ceil(len(weeks) / 2)
    return [weeks[:half], weeks[half:]]


def trend_of(question: ShownQuestion) -> Trend | None:
    """Alpha week by week; None before there are two weeks, which is no trend."""
    weeks = with_empty_weeks(question.weeks)
    if len(weeks) < 2:
        return None
    ends = [end for one in weeks for end in (one.alpha.value, one.alpha.low) if end is not None]
    lowest = min(0.0, floor(5 * min(ends, default=0.0)) / 5)
    every = ceil(len(weeks) / MOST_WEEK_NAMES)
    marks = [
        mark_of(
            one.alpha,
            name=f"{one.week:%d %b}".lstrip("0") if number % every == 0 else "",
            x=LEFT + (RIGHT - LEFT) * (number + 0.5) / len(weeks),
            lowest=lowest,
        )
        for number, one in enumerate(weeks)
    ]
    levels = [
        (height_of(1.0, lowest), "1", "end"),
        (height_of(TRUSTED_ALPHA, lowest), f"{TRUSTED_ALPHA:.2f}", "bar"),
        (height_of(TENTATIVE_ALPHA, lowest), f"{TENTATIVE_ALPHA:.3f}", "bar"),
        (height_of(0.0, lowest), "0", "end"),
    ]
    if lowest < 0:
        levels.append((height_of(lowest, lowest), f"{lowest:.1f}".replace("-", "−"), "end"))
    return Trend(trend_in_words(question.weeks), marks, levels)


def mark_of(alpha: ShownEstimate, *, name: str, x: float, lowest: float) -> WeekMark:
    if alpha.value is None:
        return WeekMark(name, alpha.n, f"{x:.1f}")
    y = height_of(alpha.value, lowest)
    top, bottom = ("", "") if alpha.low is None else (height_of(alpha.high, lowest), height_of(alpha.low, lowest))
    return WeekMark(name, alpha.n, f"{x:.1f}", y, top, bottom, is_thin=alpha.n < N_FEW_UNITS)


def height_of(value: float | None, lowest: float) -> str:
    """Where a value stands in the picture, whose zero is at its top."""
    inside = min(1.0, max(lowest, value or 0.0))
    return f"{BOTTOM - (BOTTOM - TOP) * (inside - lowest) / (1.0 - lowest):.1f}"

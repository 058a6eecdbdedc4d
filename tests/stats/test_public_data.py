"""Published figures of public data, straight from the files: no database, no page in between."""

import json

import numpy as np
import pytest

from labeling.formats.labels import LabelRow, find_duplicates, keep_one
from labeling.formats.records import read_records
from labeling.stats.alpha import estimate_alpha
from labeling.stats.kappa import estimate_kappas
from labeling.stats.scales import make_scale
from tests.stats.matrices import ratings_of_rows, report_of_rows

CRITERIA = ("grammar", "fluency", "verbosity", "structure", "success", "overall")
SIDES = ["model_a", "model_b", "tie"]


@pytest.fixture
def recipes(public_data):
    return public_data("recipe_ratings")


@pytest.fixture
def votes(public_data):
    """One `LabelRow` a vote, each pair of models in one order: it is stored in both."""
    rows = []
    for record in read_records(public_data("mtbench_pairwise") / "human_votes.jsonl").rows:
        unit, winner = one_order(record.cells)
        rows.append(LabelRow(record.number, unit, record.cells["judge"], winner))
    return rows


def one_order(cells):
    """The comparison and its winner as if the models had stood in alphabetical order."""
    first, second = sorted([cells["model_a"], cells["model_b"]])
    unit = f"{cells['question_id']}/{cells['turn']}/{first}/{second}"
    if cells["winner"] not in ("model_a", "model_b"):
        return unit, "tie"
    return unit, "model_a" if cells[cells["winner"]] == first else "model_b"


def alpha_of(rows, *, declared):
    ratings = ratings_of_rows([(row.unit, row.rater, row.value) for row in rows], "nominal", declared=declared)
    return estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_alphas_of_the_recipes(recipes, criterion):
    published = json.loads((recipes / "published_numbers.json").read_text())["published"][0]
    records = read_records(recipes / "ratings.tsv").rows
    rows = [
        (
            f"{record.cells['recipeid']}/{record.cells['condition']}",
            record.cells["participant"],
            record.cells[criterion],
        )
        for record in records
    ]

    ratings = ratings_of_rows(rows, "ordinal", declared=["1", "2", "3", "4", "5", "6"])
    alpha = estimate_alpha(ratings, replicates=200, rng=np.random.default_rng(0))

    assert len(rows) == 1056
    assert alpha.n == 52
    assert alpha.value == pytest.approx(published[criterion], abs=5e-7)
    assert alpha.low < alpha.value < alpha.high


@pytest.mark.parametrize("level", ["interval", "nominal"])
def test_other_levels_of_the_recipes(recipes, level):
    # published_numbers.json, recomputed_here.
    known = json.loads((recipes / "published_numbers.json").read_text())["recomputed_here"]
    records = read_records(recipes / "ratings.tsv").rows
    rows = [
        (f"{one.cells['recipeid']}/{one.cells['condition']}", one.cells["participant"], one.cells["overall"])
        for one in records
    ]

    ratings = ratings_of_rows(rows, level)
    alpha = estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0))

    expected = known["krippendorff_alpha_52_texts"]["overall"][level]
    assert alpha.value == pytest.approx(expected, abs=5e-7)


def test_second_vote_of_a_rater_is_named(votes):
    (earlier, later), *others = find_duplicates(votes)

    assert others == []
    assert (earlier.rater, earlier.unit) == ("author_0", "128/1/claude-v1/gpt-3.5-turbo")
    assert earlier.number < later.number


@pytest.mark.parametrize("keep", ["first", "latest"])
def test_alpha_of_the_votes(votes, keep):
    # One vote per rater: 0.484896 on 960 comparisons, whichever of the two is kept, since they are the same.
    alpha = alpha_of(keep_one(votes, keep=keep), declared=SIDES)

    assert (alpha.n, round(alpha.value, 6)) == (960, 0.484896)


def test_published_alpha_of_the_votes_comes_from_the_doubled_rater(votes):
    # judgelab publishes 0.4855 on 961: author_0 counted as two raters on one comparison.
    (_, later), *_ = find_duplicates(votes)
    doubled = [LabelRow(r.number, r.unit, f"{r.rater} again", r.value) if r == later else r for r in votes]

    alpha = alpha_of(doubled, declared=SIDES)

    assert alpha.n == 961
    assert alpha.value == pytest.approx(0.485461, abs=5e-7)


@pytest.mark.parametrize(
    ("ties_count", "n", "agreement", "kappa"),
    # judgelab reports/mtbench-gpt4.json: plurality of people against GPT-4, all raters.
    [(True, 1814, 0.672, 0.5047), (False, 1078, 0.884, 0.767)],
)
def test_people_against_gpt_4(votes, public_data, ties_count, n, agreement, kappa):
    told = dict(one_order(record.cells) for record in gpt_4_verdicts(public_data))
    plural = plurality_of(votes)
    units = [unit for unit in plural if unit in told]
    if not ties_count:
        units = [unit for unit in units if "tie" not in (plural[unit], told[unit])]
    scale = make_scale("nominal", declared=SIDES, observed=[])
    human, judge = (np.array([SIDES.index(labels[unit]) for unit in units]) for labels in (plural, told))

    pair = estimate_kappas(human, judge, scale=scale, replicates=1000, rng=np.random.default_rng(0))

    assert pair.n == n
    assert pair.percent.value == pytest.approx(agreement, abs=5e-4)
    assert pair.kappa.value == pytest.approx(kappa, abs=5e-4)
    if ties_count:
        # Its published interval, 0.4719 to 0.5378, is a bootstrap of another seed.
        assert (pair.kappa.low, pair.kappa.high) == (pytest.approx(0.4719, abs=0.004), pytest.approx(0.5378, abs=0.004))


def gpt_4_verdicts(public_data):
    return read_records(public_data("mtbench_pairwise") / "judge_gpt4_pair.jsonl").rows


def plurality_of(votes):
    """The most frequent vote on each comparison, a tie where there is no single one."""
    by_unit = {}
    for row in votes:
        by_unit.setdefault(row.unit, []).append(row.value)
    labels = {}
    for unit, given in by_unit.items():
        n_of = {side: given.count(side) for side in SIDES}
        best = [side for side in SIDES if n_of[side] == max(n_of.values())]
        labels[unit] = best[0] if len(best) == 1 else "tie"
    return labels


def test_report_of_65_raters_has_every_pair(votes):
    rows = [(row.unit, row.rater, row.value) for row in keep_one(votes, keep="first")]

    report = report_of_rows(rows, declared=SIDES)

    assert len(report.pairs) == report.n_raters * (report.n_raters - 1) // 2
    assert sum(pair.kappas.kappa.undefined == "no unit was rated by both" for pair in report.pairs) > 0

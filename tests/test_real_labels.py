"""Published figures of public data, the whole way: items and labels come in by command, queries and stats do the rest.

The same figures straight from the files are in stats/test_public_data.py; these show that nothing is lost on the way.
"""

import json
from collections import Counter
from itertools import product

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from labeling.models import Event, ImportedLabel, Item, JudgeVersion
from labeling.policy.presets import Preset
from labeling.policy.rubrics import Option, Question
from labeling.queries.judges import criteria_to_compare
from labeling.queries.rating_columns import ratings_of
from labeling.queries.ratings import filter_named
from labeling.stats.agreement import estimate_percent_agreement
from labeling.stats.alpha import estimate_alpha
from labeling.stats.judging import report_judge
from labeling.stats.ratings import count_patterns, make_ratings
from labeling.stats.scales import make_scale

CRITERIA = ("grammar", "fluency", "verbosity", "structure", "success", "overall")
POINTS = ("1", "2", "3", "4", "5", "6")
RECIPE_QUALITY = Preset(
    key="recipe-quality",
    name="Recipe quality",
    description="",
    kinds=("other",),
    instructions="",
    asks_verdict=False,
    questions=tuple(
        Question(key, f"How good is the {key}?", "ordinal", tuple(Option(point, point) for point in POINTS))
        for key in CRITERIA
    ),
)
SIDES = ["a", "tie", "b"]


def run(capsys, command, *arguments):
    capsys.readouterr()
    call_command(command, *arguments, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def votes(world, capsys, public_data):
    """The pairs are ingested; this imports the people's votes on them and gives what the command said."""
    folder = str(public_data("mtbench_pairwise"))
    run(capsys, "ingest", "shop", folder)
    return lambda: run(capsys, "import_labels", "shop", "preference", folder, "--blind", "yes")


@pytest.fixture
def recipes(world, capsys, public_data):
    folder = str(public_data("recipe_ratings"))
    items = run(capsys, "ingest", "shop", folder)
    assert (items["format"], items["counts"]["created"]) == ("recipe_ratings", 52)
    version = world.make_rubric(RECIPE_QUALITY)
    labels = run(capsys, "import_labels", "shop", "recipe-quality", folder, "--blind", "yes")
    assert (labels["read"], labels["counts"]["created"]) == (1056 * 6, 1056 * 6)
    return version


def matrix(rows, *, level, declared):
    scale = make_scale(level, declared=declared, observed=())
    return make_ratings([(str(item_id), rater, value) for item_id, rater, value in rows], scale=scale)


def alpha_of(rows, *, level, declared):
    return estimate_alpha(matrix(rows, level=level, declared=declared), replicates=0, rng=np.random.default_rng(0))


def published(public_data, name):
    return json.loads((public_data(name) / "published_numbers.json").read_text())


# --- votes on pairs -----------------------------------------------------------------------------------------------


def test_every_vote_is_read_once_and_the_doubled_one_is_named(world, votes):
    said, again = votes(), votes()

    assert said["read"] == 3355
    assert said["counts"] == {"created": 3354, "unchanged": 1, "conflict": 0, "invalid": 0}
    assert again["counts"] == {"created": 0, "unchanged": 3355, "conflict": 0, "invalid": 0}
    (repeat,) = said["repeats"]
    assert (repeat["line"], repeat["external_id"]) == (1972, "128-1-claude-v1-gpt-3.5-turbo")
    assert "author_0" in repeat["message"]
    assert "line 1970" in repeat["message"]
    assert ImportedLabel.objects.values("rater").distinct().count() == 65
    assert Event.objects.filter(kind="labels.imported").count() == 2


def test_published_figures_of_the_votes_come_out_of_the_queries_that_pages_use(world, votes, public_data):
    # One test, since the pairs take seconds to ingest.
    votes()
    rows = list(ratings_of(world.preference_rubric, until=world.now).on("preference"))
    judge = JudgeVersion.objects.get(name="gpt4_pair")
    comparison = criteria_to_compare(judge, world.preference_rubric, until=world.now, part=None)
    (compared,) = [one for one in comparison.criteria if one.key == "preference"]
    gpt_4 = {item_id: judged.label for item_id, judged in compared.judged.items()}
    table_5, judgelab = published(public_data, "mtbench_pairwise")["published"]

    assert sorted(compared.rows) == sorted(rows)
    assert (compared.n_tied, compared.n_undeclared, len(gpt_4)) == (0, 0, 1814)
    check_alpha(rows)
    check_plurality(plurality_of(rows), gpt_4, judgelab)
    check_table_5(world, gpt_4, table_5)


def check_alpha(rows):
    alpha = alpha_of(rows, level="nominal", declared=SIDES)

    # The published 0.4855 on 961 counts author_0 as two raters on one comparison.
    assert (alpha.n, round(alpha.value, 6)) == (960, 0.484896)


def check_plurality(people, gpt_4, numbers):
    """The judgelab repository: all raters, no single most frequent vote = tie."""
    turns = turn_of_items()
    for name, is_wanted in (
        ("with_ties", lambda item_id: True),
        ("ties_excluded", lambda item_id: "tie" not in (people[item_id], gpt_4[item_id])),
        ("turn_1", lambda item_id: turns[item_id] == "1"),
        ("turn_2", lambda item_id: turns[item_id] == "2"),
    ):
        report = report_of([(people[item_id], gpt_4[item_id]) for item_id in people if is_wanted(item_id)])

        assert report.n == numbers[name]["n"], name
        assert report.kappas.percent.value == pytest.approx(numbers[name]["agreement"], abs=5e-4), name
        assert report.kappas.kappa.value == pytest.approx(numbers[name]["cohen_kappa"], abs=5e-5), name


def check_table_5(world, gpt_4, numbers):
    """Zheng et al. 2023, Table 5, of experts only: every pair of votes on a comparison counts once; (agree, all)."""
    turns = turn_of_items()
    rows = {name: list(rows_under(world, name)) for name in ("without_ties", "experts", "experts_without_ties")}
    set_ups = {"S1": ("experts", ()), "S2": ("experts_without_ties", ("tie",))}
    assert {value for _, _, value in rows["without_ties"]} == {"a", "b"}
    assert len(rows["without_ties"]) > len(rows["experts_without_ties"])
    for turn, set_up in product("12", set_ups):
        name, dropped = set_ups[set_up]
        expected = numbers[f"turn_{turn}"][set_up]
        kept = [row for row in rows[name] if turns[row[0]] == turn]
        beside_gpt_4 = [(value, gpt_4[item_id]) for item_id, _, value in kept if gpt_4[item_id] not in dropped]
        among_people = matrix(kept, level="nominal", declared=SIDES)
        report = report_of(beside_gpt_4)
        pooled = estimate_percent_agreement(among_people, replicates=0, rng=np.random.default_rng(0)).pooled

        assert [sum(cell[at] for at, cell in enumerate(report.confusion)), report.n] == expected["gpt4_human"]
        assert count_pairs(among_people) == expected["human_human"]
        assert pooled.value == pytest.approx(expected["human_human"][0] / expected["human_human"][1])


def rows_under(world, name):
    return ratings_of(world.preference_rubric, until=world.now, chosen=filter_named(name)).on("preference")


def turn_of_items():
    return {item_id: name.split("-")[1] for item_id, name in Item.objects.values_list("id", "external_id")}


def plurality_of(rows):
    values = {}
    for item_id, _, value in rows:
        values.setdefault(item_id, []).append(value)
    return {item_id: most_frequent(given) for item_id, given in values.items()}


def most_frequent(values):
    (first, n_first), *others = Counter(values).most_common(2)
    return "tie" if others and others[0][1] == n_first else first


def report_of(pairs):
    scale = make_scale("nominal", declared=SIDES, observed=())
    human, judge = np.array([[scale.categories.index(label) for label in pair] for pair in pairs]).T
    return report_judge(human, judge, scale=scale, replicates=0, rng=np.random.default_rng(0))


def count_pairs(ratings):
    """Pairs of ratings of one item that agree, and all of them."""
    patterns = count_patterns(ratings)
    times, counts = patterns.sample.observed[0], patterns.counts
    n_rated = counts.sum(axis=1)
    n_agreeing, n_pairs = (counts * (counts - 1)).sum(axis=1) / 2, n_rated * (n_rated - 1) / 2
    return [round(float(times @ n_agreeing)), round(float(times @ n_pairs))]


# --- ratings of recipes -------------------------------------------------------------------------------------------


def test_six_alphas_of_the_recipes_to_six_digits(recipes, public_data):
    numbers = published(public_data, "recipe_ratings")
    ratings = ratings_of(recipes, until=timezone.now())

    for criterion in CRITERIA:
        others = numbers["recomputed_here"]["krippendorff_alpha_52_texts"][criterion]
        for level, known in {**others, "ordinal": numbers["published"][0][criterion]}.items():
            alpha = alpha_of(ratings.on(criterion), level=level, declared=POINTS)
            assert (alpha.n, alpha.value) == (52, pytest.approx(known, abs=5e-7)), (criterion, level)


def test_what_wrote_a_recipe_is_its_hidden_source_and_nowhere_a_reviewer_looks(recipes):
    item = Item.objects.select_related("payload").get(external_id="baked_ziti_5-context")

    assert item.payload.context == {"prompt": "Recipe: Baked Ziti"}
    assert item.outputs.get().model == "context"
    assert item.metadata == {}
    assert item.cluster_key == "recipe-baked_ziti_5"

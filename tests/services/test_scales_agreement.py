"""Agreement on parts, boxes and numbers: parts nested in their items, words in no number."""

import pytest

from labeling.formats import Line
from labeling.models import ImportedLabel, Item
from labeling.queries.agreement_detail import plans_for, slices_in
from labeling.queries.agreement_diagnosis import diagnosis_rows, n_diagnosis_rows
from labeling.queries.agreement_items import PairChoice, items_behind
from labeling.queries.agreement_matrix import matrix_of
from labeling.queries.agreement_report import questions_in
from labeling.queries.exports import label_rows
from labeling.queries.judges import overall_rows, wanted_criteria
from labeling.queries.rating_columns import ratings_of
from labeling.queries.triage import Surroundings
from labeling.services.agreement import make_agreement_run
from labeling.services.agreement_sums import digests_of
from labeling.services.labels import import_labels
from tests.world_scales import CLEAN, Panel, two_claims


@pytest.fixture
def labelled(world, clock):
    """Four items, each labelled by Ana and Ben; Ben finds the second claim of every other one unsupported."""
    panel = Panel(world, overlap=2)
    panel.ingest(*(two_claims(f"r-{number}") for number in range(4)))
    for number in range(4):
        panel.review(world.ana, {**CLEAN, "score": str(2 + number % 2)})
    for number in range(4):
        doubts = {"supported~claim-2": "no", "hedged~claim-2": "no"} if number % 2 else {}
        faults = {"faults~cold": "yes"} if number == 0 else {"faults": "none"}
        answers = {**{key: value for key, value in CLEAN.items() if key != "faults"}, **doubts, **faults}
        panel.review(world.ben, {**answers, "score": str(2 + number % 2)})
    clock.shift(31)
    return panel


def numbers_on(run, key):
    return next(one for one in run.numbers["questions"] if one["key"] == key)


def run_of(world, panel):
    return make_agreement_run(panel.version, now=world.now, replicates=50)


def test_a_part_is_a_unit_and_its_item_is_what_is_drawn(world, labelled):
    run = run_of(world, labelled)

    supported = numbers_on(run, "supported")
    assert (supported["n_units_pairable"], supported["n_items_pairable"]) == (8, 4)
    assert supported["percent_agreement"]["pooled"]["value"] == 6 / 8
    assert "parts nested in items, intervals by item" in run.method


def test_the_page_counts_items_and_not_their_parts(world, labelled):
    run = run_of(world, labelled)

    supported = next(one for one in questions_in(run, labelled.version) if one.key == "supported")

    assert supported.rests_on == "8 parts of 4 items"
    assert supported.reading.words == "Not enough yet: 4 of about 50 items labelled by two or more"
    assert plans_for(supported.numbers)[0].startswith("cannot be planned")


def test_each_option_is_a_unit_of_its_own(world, labelled):
    faults = numbers_on(run_of(world, labelled), "faults")

    assert (faults["level"], faults["categories"], faults["n_units_pairable"]) == ("nominal", ["yes", "no"], 12)
    assert faults["percent_agreement"]["pooled"]["value"] == 11 / 12


def test_numbers_are_measured_at_the_interval_level(world, labelled):
    score = numbers_on(run_of(world, labelled), "score")

    assert (score["level"], score["categories"]) == ("interval", ["2", "3"])
    assert score["krippendorff_alpha"]["value"] == 1


def test_words_are_in_no_number(world, labelled):
    run = run_of(world, labelled)

    assert "story" not in [one["key"] for one in run.numbers["questions"]]


def test_a_run_under_a_rubric_without_parts_says_nothing_of_them(world):
    run = make_agreement_run(world.rubric, now=world.now, replicates=0)

    assert "nested" not in run.method
    assert all("of_parts" not in one for one in run.numbers["questions"])


def test_the_digests_tell_which_part_a_label_speaks_of(world, labelled):
    ratings = ratings_of(labelled.version, until=world.now)
    before = digests_of(ratings, None, Surroundings())
    parts = ratings.labels["supported"].part_nos
    parts[0] = 1 - parts[0]

    assert digests_of(ratings, None, Surroundings()) != before


def test_items_behind_a_number_name_the_part(world, labelled):
    run = run_of(world, labelled)

    found = items_behind(
        run, "supported", PairChoice(only_disputed=True), words_of={"yes": "Yes", "no": "No"}, number=None
    )

    assert [row.part for row in found.rows] == ["claim-2", "claim-2"]


def test_the_matrix_has_a_row_a_part_and_tells_its_item(world, labelled):
    world.settle_all()
    rows = list(matrix_of(run_of(world, labelled), "supported").rows)

    assert [row["unit"] for row in rows[:2]] == ["r-0#claim-1", "r-0#claim-2"]
    assert rows[0]["cluster"] == rows[1]["cluster"] != rows[2]["cluster"]


def test_diagnosis_and_export_carry_the_part(world, labelled):
    run = run_of(world, labelled)
    rows = list(diagnosis_rows(run))
    clock_later = world.now

    assert len(rows) == n_diagnosis_rows(run)
    assert {row["part"] for row in rows if row["question"] == "supported"} == {"claim-1", "claim-2"}
    exported = [row for row in label_rows(world.project, clock_later) if row["criterion"] == "faults"]
    assert {row["part"] for row in exported} <= {"cold", "long", "invented"}


def test_one_failed_part_or_fault_is_a_failed_review_beside_a_judge(world):
    panel = Panel(world, overlap=3)
    panel.ingest(two_claims("r-0"))
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, {**CLEAN, "supported~claim-1": "no", "hedged~claim-1": "yes"})
    with_fault = {key: value for key, value in CLEAN.items() if key != "faults"} | {"faults~cold": "yes"}
    panel.review(world.cleo, with_fault)

    rows = overall_rows(panel.version, ratings_of(panel.version, until=world.now))

    # Cold is a fault that passes.
    assert {(rater, label) for _, rater, label in rows} == {("ana", "pass"), ("ben", "fail"), ("cleo", "pass")}


def test_a_judge_is_compared_on_no_part_number_or_words(world, labelled):
    asked = wanted_criteria(labelled.version, ratings_of(labelled.version, until=world.now), {})

    assert [one.key for one in asked] == ["overall"]


def test_a_later_run_compares_the_same_parts(world, labelled):
    first = run_of(world, labelled)

    assert run_of(world, labelled).pk == first.pk


# --- labels made elsewhere --------------------------------------------------------------------------------------------


def import_one(panel, world, **vote):
    row = {"external_id": "r-0", "rater": "expert_1", "not_applicable": False, **vote}
    return import_labels(panel.version, [Line(2, row)], blind_state="blind", clock=lambda: world.now)


@pytest.mark.parametrize(
    ("vote", "stored"),
    [
        ({"criterion": "supported", "part": "claim-2", "value": "no"}, ("claim-2", "no")),
        ({"criterion": "faults", "part": "cold", "value": "yes"}, ("cold", "yes")),
        ({"criterion": "score", "value": "3.50"}, ("", "3.5")),
    ],
)
def test_an_imported_label_may_speak_of_a_part(world, vote, stored):
    panel = Panel(world)
    panel.ingest(two_claims("r-0"))

    outcome = import_one(panel, world, **vote)

    label = ImportedLabel.objects.get()
    assert outcome.counts["created"] == 1
    assert (label.part, label.value) == stored


@pytest.mark.parametrize(
    ("vote", "field"),
    [
        ({"criterion": "supported", "value": "no"}, "part"),
        ({"criterion": "supported", "part": "step-1", "value": "no"}, "part"),
        ({"criterion": "supported", "part": "claim-1~cold", "value": "no"}, "part"),
        ({"criterion": "faults", "part": "warm", "value": "yes"}, "part"),
        ({"criterion": "faults", "part": "cold", "value": "cold"}, "value"),
        ({"criterion": "score", "part": "claim-1", "value": "3"}, "part"),
        ({"criterion": "score", "value": "5.1"}, "value"),
        ({"criterion": "story", "value": "The lid."}, "criterion"),
    ],
)
def test_an_imported_label_that_does_not_fit_its_question_is_refused_by_field(world, vote, field):
    panel = Panel(world)
    panel.ingest(two_claims("r-0"))

    outcome = import_one(panel, world, **vote)

    assert [refusal.field for refusal in outcome.refusals] == [field]
    assert not ImportedLabel.objects.exists()


def test_a_slice_has_as_many_items_as_it_has_however_many_parts_they_have(world, labelled, monkeypatch):
    Item.objects.filter(external_id__in=["r-0", "r-1"]).update(intent="warranty")
    monkeypatch.setattr("labeling.services.agreement_numbers.LEAST_IN_SLICE", 3)

    run = run_of(world, labelled)

    faults = numbers_on(run, "faults")["slices"]
    assert {(one["n_units_pairable"], one["n_items_pairable"]) for one in faults if one["by"] == "intent"} == {(6, 2)}
    assert not any("krippendorff_alpha" in one for one in faults if one["by"] == "intent")
    assert {one.n_items for one in slices_in(faults) if one.by == "intent"} == {2}

"""Which versions the nightly clock measures, and which labels a run rests on."""

from collections import Counter
from datetime import date, timedelta
from itertools import permutations

from labeling import tasks
from labeling.formats import Line
from labeling.models import AgreementRun
from labeling.queries.agreement import NUMBER_COLUMNS, ShownEstimate, number_rows, versions_to_measure
from labeling.queries.agreement_items import PairChoice
from labeling.queries.agreement_report import questions_in, shown_question
from labeling.queries.item_ranges import BlockDigests
from labeling.queries.rating_columns import LabelColumns, Positions, VersionRatings, ratings_of
from labeling.queries.ratings import rows_behind
from labeling.services.agreement import make_agreement_run
from labeling.services.labels import import_labels
from labeling.services.reviews import take_back
from labeling.services.standing import pause
from tests.world import chat_row


def label_once(world, name="r-1"):
    world.ingest(chat_row(name))
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    return hand_out


def test_a_version_with_labels_and_no_run_is_measured_and_one_without_labels_is_not(world):
    label_once(world)

    assert list(versions_to_measure(now=world.now)) == [world.rubric]


def test_a_version_rests_for_twenty_hours_and_then_waits_for_new_labels(world, clock):
    label_once(world)
    make_agreement_run(world.rubric, now=world.now, replicates=0)
    in_a_day = world.now + timedelta(hours=21)
    at_rest = list(versions_to_measure(now=in_a_day))
    clock.shift(60)
    label_once(world, "r-2")

    assert at_rest == []
    assert list(versions_to_measure(now=world.now + timedelta(hours=19))) == []
    assert list(versions_to_measure(now=in_a_day)) == [world.rubric]


def test_a_version_is_measured_anew_when_labels_of_it_went_into_question(world, clock):
    label_once(world)
    make_agreement_run(world.rubric, now=world.now, replicates=0)
    clock.shift(21 * 3600)
    before = list(versions_to_measure(now=world.now))

    pause(world.queue, world.rater(world.ana), reason="Too fast.", actor=world.olga, now=world.now)

    assert before == []
    assert list(versions_to_measure(now=world.now)) == [world.rubric]


def test_the_clock_makes_the_runs_that_are_due_and_no_second(world):
    label_once(world)

    tasks.make_nightly_runs()
    tasks.make_nightly_runs()

    assert AgreementRun.objects.get().rubric_version == world.rubric


def test_rows_behind_a_run_are_its_ratings_even_after_a_take_back(world, clock):
    hand_out = label_once(world)
    moment, ratings = world.now, ratings_of(world.rubric, until=world.now)
    clock.shift(5)
    take_back(hand_out, now=world.now)

    assert rows_behind(world.rubric, "tone", moment=moment) == list(ratings.on("tone").with_parts())
    assert rows_behind(world.rubric, "verdict", moment=moment) == list(ratings.on("verdict").with_parts())
    assert rows_behind(world.rubric, "tone", moment=world.now) == []


def test_what_was_left_out_is_counted_as_it_was_at_the_moment(world, clock):
    hand_out = label_once(world)
    moment = world.now
    clock.shift(5)
    take_back(hand_out, now=world.now)

    then, now = (ratings_of(world.rubric, until=when).n_excluded for when in (moment, world.now))

    assert (then["withdrawn"], now["withdrawn"]) == (0, 1)


def digests_of(labels, weeks):
    digests = BlockDigests()
    VersionRatings(labels, {}, weeks, Counter(), {}).add_to(digests)
    return digests.by_block()


def test_the_digests_of_labels_know_their_weeks():
    first, same, later = (
        digests_of({"tone": columns_of((1, "ana", "4"))}, {1: date(2026, 11, day)}) for day in (2, 2, 9)
    )

    assert first == same != later


def test_the_digests_are_the_same_in_whatever_order_labels_are_read():
    rows = [(1, "ana", "4"), (1, "ben", "5"), (2, "ben", "4")]

    first, *others = (digests_of({"tone": columns_of(*order)}, {}) for order in permutations(rows))

    assert all(one == first for one in others)
    assert digests_of({"tone": columns_of(*rows[:2])}, {}) != first


def test_the_digest_of_a_block_says_nothing_of_the_labels_on_others(monkeypatch):
    monkeypatch.setattr("labeling.queries.item_ranges.IDS_OF_BLOCK", 2)
    rows = [(2, "ben", "4"), (3, "ana", "5"), (4, "ana", "9")]

    both, one = (digests_of({"tone": columns_of(*some)}, {}) for some in (rows, rows[:2]))

    assert (list(both), list(one)) == ([1, 2], [1])
    assert both[1] == one[1]


def columns_of(*rows):
    labels = LabelColumns(Positions())
    for item_id, rater, value in rows:
        labels.add(item_id, labels.raters[rater], value)
    return labels


def test_weeks_are_shown_and_written_and_a_run_from_before_has_none(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    for user in (world.ana, world.ben):
        world.review_next(user)
    run = make_agreement_run(world.rubric, now=world.now, replicates=0)
    (shown, *_) = questions_in(run, world.rubric)
    rows = [dict(zip(NUMBER_COLUMNS, row, strict=True)) for row in number_rows(run)]
    for one in run.numbers["questions"]:
        del one["weeks"]

    (old, *_) = questions_in(run, world.rubric)

    assert [(one.week, one.alpha.n) for one in shown.weeks] == [(date(2026, 11, 2), 1)]
    of_weeks = [(row["question"], row["coefficient"], row["week"], row["n"]) for row in rows if row["week"]]
    assert ("verdict", "krippendorff_alpha", "2026-11-02", 1) in of_weeks
    assert (list(old.weeks), any(row[NUMBER_COLUMNS.index("week")] for row in number_rows(run))) == ([], False)


def test_a_name_in_a_file_that_a_reviewer_has_too_is_another_rater(world):
    label_once(world)
    vote = {"external_id": "r-1", "rater": "ana", "criterion": "correct", "value": "no"}
    import_labels(world.rubric, [Line(1, vote)], blind_state="blind", clock=lambda: world.now)

    rows = rows_behind(world.rubric, "correct", moment=world.now)

    assert {(rater, value) for _, _, rater, value in rows} == {("ana", "yes"), ("ana (imported)", "no")}
    assert sorted(rows) == sorted(ratings_of(world.rubric, until=world.now).on("correct").with_parts())
    assert make_agreement_run(world.rubric, now=world.now, replicates=0)


def test_a_pair_is_chosen_by_who_and_what_but_never_by_who_said_what():
    pair = (("ana", "yes"), ("ben", "no"))

    assert PairChoice(raters=["ana"], values=["no"]).covers(*pair)
    assert PairChoice(raters=["ben", "ana"], values=["no", "yes"]).covers(*pair)
    assert not PairChoice(raters=["ana", "ana"]).covers(*pair)
    assert not PairChoice(values=["yes", "yes"]).covers(*pair)


def test_a_value_below_zero_is_written_with_a_minus_and_drawn_at_the_edge():
    shown = ShownEstimate(value=-0.251, low=-0.6, high=0.2, n=60, undefined=None, flags=[])

    assert (shown.shown_value, shown.shown_interval) == ("−0.25", "−0.60 to 0.20")
    assert shown.places == {"value": "0.0%", "low": "0.0%", "high": "20.0%"}


def test_high_raw_agreement_beside_a_low_alpha_is_explained():
    def estimate(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.05, "n": 80, "undefined": None, "flags": []}

    document = {
        "key": "correct",
        "question": "Is it right?",
        "level": "nominal",
        "categories": ["yes", "no"],
        "krippendorff_alpha": estimate(0.3),
        "percent_agreement": {"pooled": estimate(0.9)},
        "n_units_pairable": 80,
        "n_raters": 2,
        "n_not_applicable": 0,
        "splits": [["yes", "no", 8]],
        "disputed": [],
        "pairs": [],
    }

    shown = shown_question(document, {"yes": "Yes", "no": "No"})

    assert shown.reading.state == "danger"
    assert any("one label is given nearly always" in note for note in shown.notes)

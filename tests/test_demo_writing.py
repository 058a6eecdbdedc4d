"""The demonstration's generated mail: what is wrong with it is known, and follows from its text."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from labeling.formats.rows import parse_row
from labeling.management.demo_world.cases import HARM
from labeling.management.demo_world.facts import working_day
from labeling.management.demo_world.replies import SCENARIOS, write_scenario_case
from labeling.management.demo_world.reviewers import habits_of, submission_of
from labeling.management.demo_world.writing import Writer
from labeling.policy.presets import PREFERENCE, SUPPORT_REPLY
from labeling.policy.rubrics import complaints_about

DAY = date(2026, 10, 7)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
NUMBER = re.compile(rf"(?<![A-Za-z\d.])\d+(?:\.\d+)?(?: (?:{MONTHS}))?|(?:{MONTHS}) \d{{4}}")


def cases_of(n_cases, *, seed=1, is_flawed):
    writer = Writer(Random(seed))
    return [writer.write_case(DAY + timedelta(days=n // 40), is_flawed=is_flawed) for n in range(n_cases)]


def numbers_in(text):
    """Every number of a text, a day with its month being one; the days of a record as a letter spells them."""
    days = [date.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d", text)]
    return set(NUMBER.findall(text)) | {f"{day.day} {day:%B}" for day in days}


@pytest.fixture(scope="module")
def flawed_scenarios():
    """Every scenario with every one of its flaws, in a few drawings each."""
    dice = Random(5)
    return [
        write_scenario_case(dice, DAY, {**scenario, "flaw": [flaw]}, is_flawed=True)
        for scenario in SCENARIOS
        for flaw in scenario["flaw"]
        for _ in range(4)
    ]


def test_a_wrong_number_is_not_in_the_policy_the_record_or_the_question(flawed_scenarios):
    wrong = [case for case in flawed_scenarios if case.flaw_kind == "wrong_number"]
    # What is done is judged by its reason: an action's own amount and arguments are no source.
    sources = [json.dumps({**case.row["context"], "action": ""}, ensure_ascii=False) for case in wrong]

    consistent = [
        case.scenario
        for case, source in zip(wrong, sources, strict=True)
        if not numbers_in(case.row["output"]) - numbers_in(source)
    ]

    assert len(wrong) > 80
    assert consistent == []


def test_every_flaw_says_what_is_wrong_and_fails_the_output(flawed_scenarios):
    truths = [case.truth for case in flawed_scenarios]

    assert {case.flaw_kind for case in flawed_scenarios} <= HARM.keys()
    assert all(truth["is_bad"] and truth["flaw"] and truth["verdict"] != "approve" for truth in truths)


def test_a_reply_without_a_flaw_is_right_and_complete():
    truths = [case.truth for case in cases_of(300, is_flawed=False)]

    assert {truth["verdict"] for truth in truths} == {"approve"}
    assert {(truth["answers"]["correct"], truth["answers"]["complete"]) for truth in truths} == {("yes", "4")}


def test_no_name_is_left_unfilled():
    texts = [json.dumps([case.row, case.truth], ensure_ascii=False) for case in cases_of(600, is_flawed=True)]

    assert [text for text in texts if re.search(r"\{[a-z_]+\}", text)] == []


def test_a_misquoted_sheet_is_quoted_in_the_flaw():
    misquotes = [case for case in cases_of(600, is_flawed=True) if case.flaw_kind == "misquote"]

    said = [re.findall(r"“(.*?)”", case.truth["flaw"]) for case in misquotes]

    assert len(misquotes) > 50
    assert all(wrong in case.row["output"] for case, (wrong, _) in zip(misquotes, said, strict=True))
    assert all(
        sheet in json.dumps(case.row["context"], ensure_ascii=False)
        for case, (_, sheet) in zip(misquotes, said, strict=True)
    )


def test_the_same_dice_write_the_same_mail_and_others_do_not():
    first, again, other = (cases_of(40, seed=seed, is_flawed=False) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_no_output_of_three_thousand_repeats_another():
    writer = Writer(Random(2026))

    rows = [writer.write_item(working_day(DAY, n // 50), newer_share=0.5) for n in range(3_000)]

    shipped = Counter(row["output"] for row in rows if len(row["output"]) >= 40)
    assert shipped.most_common(1)[0][1] == 1
    assert len({row["external_id"] for row in rows}) == 3_000


def test_the_mail_is_as_mixed_as_a_shop_s_and_mostly_right():
    writer = Writer(Random(2026))

    rows = [writer.write_item(DAY, newer_share=0.5) for _ in range(1_500)]

    kinds = Counter(row["kind"] for row in rows)
    n_bad = sum(writer.truth[row["external_id"]]["is_bad"] for row in rows)
    assert kinds["chat_reply"] > kinds["rag_answer"] > kinds["pending_action"] > 50
    assert 0.07 < n_bad / len(rows) < 0.12
    assert Counter(row["stakes"] for row in rows)["high"] < 100


def test_every_row_can_be_stored():
    writer = Writer(Random(3))
    rows = [writer.write_item(DAY, newer_share=0.5) for _ in range(100)]
    rows += [writer.write_comparison(DAY) for _ in range(20)]

    parsed = [parse_row(row, default_source_system="file") for row in rows]

    assert len(parsed) == 120


def test_the_better_one_of_a_pair_is_the_one_without_a_flaw():
    writer = Writer(Random(4))

    better = Counter(writer.write_pair(DAY).truth["answers"]["preference"] for _ in range(100))

    assert set(better) == {"a", "b", "tie"}
    assert min(better.values()) > 10


@pytest.mark.parametrize(("name", "last_week"), [("ana", 0.97), ("cleo", 0.95), ("ben", 0.35)])
def test_one_reviewer_drifts_and_the_others_do_not(name, last_week):
    first, last = habits_of(name, week=0), habits_of(name, week=11)

    assert first.sees >= 0.95
    assert last.sees == pytest.approx(last_week)


def test_what_reviewers_say_answers_the_rubric():
    writer, dice = Writer(Random(6)), Random(6)
    rows = [writer.write_item(DAY, newer_share=1) for _ in range(200)] + [writer.write_comparison(DAY)]

    complaints = []
    for row in rows:
        preset = PREFERENCE if row["kind"] == "pairwise" else SUPPORT_REPLY
        known = writer.truth[row["external_id"]]
        said = submission_of(dice, known, habits=habits_of("ben", week=9), note=known["flaw"])
        complaints += complaints_about(said, preset.questions, asks_verdict=preset.asks_verdict)

    assert complaints == []

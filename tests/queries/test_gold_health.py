"""What the answers to gold say of the gold: hints at what got known, and the curve of accuracy over cases."""

from types import SimpleNamespace

import pytest

from labeling.models import GoldCase
from labeling.queries.gold_health import gold_health_of, health_chart, suspected
from labeling.services.gold import retire_gold_case
from tests.world import BAD, chat_row


def answer(is_right, ms):
    return SimpleNamespace(is_right=is_right, active_ms=ms)


LEAKED = [answer(False, 40_000)] * 6 + [answer(True, 8_000)] * 6
HONEST = [answer(number % 3 > 0, 30_000) for number in range(12)]


def cases(n):
    return {number: GoldCase(pk=number) for number in range(n)}


def test_a_case_that_is_suddenly_right_and_fast_is_a_hint():
    hints, n_looked_at = suspected(cases(5), {0: LEAKED, **dict.fromkeys(range(1, 5), HONEST)})

    assert [hint.case.pk for hint in hints] == [0]
    assert (n_looked_at, round(hints[0].p, 4), hints[0].seconds) == (5, round(5 / 924, 4), (40, 8))


@pytest.mark.parametrize(
    "given",
    [
        [answer(one.is_right, 40_000) for one in LEAKED],
        [answer(one.is_right, one.active_ms + 30_000) for one in LEAKED],
        LEAKED[::-1],
        LEAKED[3:9],
    ],
    ids=["not faster", "slower than other cases", "got worse", "too few answers"],
)
def test_what_is_not_both_better_and_faster_is_no_hint(given):
    assert suspected(cases(3), {0: given, 1: HONEST, 2: HONEST})[0] == []


def test_looking_at_more_cases_asks_for_a_smaller_p():
    weaker = [answer(one, 40_000 - 5_000 * number) for number, one in enumerate([False] * 4 + [True] * 4)]

    alone = suspected(cases(1), {0: weaker})[0]
    among_many = suspected(cases(30), {0: weaker, **dict.fromkeys(range(1, 30), HONEST)})[0]

    assert (len(alone), len(among_many)) == (1, 0)


def test_no_answers_give_no_hint():
    assert suspected({}, {}) == ([], 0)


def test_the_curve_counts_every_case_once_with_its_interval():
    chart = health_chart([0.7, 0.75, 0.8, 0.8, 0.3, 1.0, 0.9, 0.65, 0.7, 0.75])

    counts = {row[0]: row[1] for row in chart.rows}
    assert sum(map(int, counts.values())) == 10
    assert counts["70 to under 80 %"] == "4"
    assert counts["90 to 100 %"] == "2"
    assert chart.rows[3][2] == "10 % (2–40)"
    assert sum(one["n"] for one in chart.spec["data"]["values"]) == 10


def test_too_few_cases_draw_no_curve():
    assert health_chart([0.8] * 9) is None


def test_health_is_that_of_live_cases_in_use(world):
    case = world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(gold_share=1.0)
    for user in world.reviewers:
        world.review_next(user, verdict="reject", answers=BAD)
    before = gold_health_of(world.project, now=world.now)

    retire_gold_case(case=case, actor=world.olga, now=world.now)

    assert "Not enough yet: 0 of about 10" in before.reading
    assert (before.n_looked_at, gold_health_of(world.project, now=world.now).n_looked_at) == (0, 0)

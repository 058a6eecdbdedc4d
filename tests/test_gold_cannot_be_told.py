"""Gold cannot be told: 4,000 items, split at random into gold and live, met one after the other by HTTP.

A classifier that is given everything the browser received does no better than a coin, and it would if anything leaked.
"""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from django.urls import reverse

from labeling.formats import Line
from labeling.models import HandOut, Queue
from labeling.services.gold import plant_gold
from labeling.services.gold_imports import MOST_CASES, import_gold
from labeling.stats.separation import estimate_auc
from tests.telling import Turn, auc_of_guesses
from tests.views.desks import COMPLETE, HTMX, start
from tests.world import BAD, GOOD, chat_row

pytestmark = pytest.mark.slow

SEED = 20_261_102
N_OF_EACH = 2_000
# So many lie ready at most, so the worker comes before they can have run out.
TURNS_BETWEEN_PLANTINGS = 4
WORDS = (
    *("kettle", "parcel", "refund", "window", "order", "invoice", "courier", "voucher", "sorry", "please", "label"),
    *("replacement", "arrived", "broken", "late", "blue", "steel", "warranty", "box", "shop", "customer", "agent"),
    *("weekend", "Tuesday", "within", "days", "money", "account", "number", "photo", "receipt", "return"),
)
# What was collected once serves every test: going through the items takes most of the time.
collected: dict[str, list[Turn]] = {}


def some_words(rng, n_from, n_to):
    return " ".join([*rng.choice(WORDS, rng.integers(n_from, n_to)), f"{rng.integers(100_000, 999_999)}"])


def pool(rng):
    """The texts; what an item is for is drawn afterwards."""
    for number in range(2 * N_OF_EACH):
        context = {"conversation": [{"role": "customer", "text": some_words(rng, 5, 40)}], "policy": "Thirty days."}
        yield chat_row(f"i-{number}", context=context, output=some_words(rng, 10, 90), judge_verdicts=[])


def fill(world, rng):
    """The pool, split at random: half is gold, of it half known to be bad, and half is live."""
    rows = list(pool(rng))
    order = rng.permutation(len(rows))
    live, gold = ([rows[place] for place in sorted(part)] for part in (order[:N_OF_EACH], order[N_OF_EACH:]))
    for begin in range(0, N_OF_EACH, 500):
        world.ingest(*live[begin : begin + 500])
    for begin in range(0, N_OF_EACH, MOST_CASES):
        lines = [Line(number, with_answer(row, rng)) for number, row in enumerate(gold[begin : begin + MOST_CASES])]
        assert import_gold(world.rubric, lines, author=world.olga, now=world.now).bad == ()


def with_answer(row, rng):
    verdict, answers = [("approve", GOOD), ("reject", BAD)][rng.integers(2)]
    return row | {"gold": {"verdict": verdict, "answers": answers, "explanation": "It is known."}}


def timed(request):
    """An answer and the seconds it took."""
    began = time.perf_counter()
    response = request()
    return response, time.perf_counter() - began


def turn_from(response, seconds):
    token = re.search(r"/review/([^/]+)/", response.headers["HX-Push-Url"])[1]
    del response.headers["X-Request-ID"]  # drawn anew for every request
    return Turn(response.content, response.serialize_headers(), token, seconds, is_gold=False)


def go_through(world, client, clock, rng):
    """Every turn of one reviewer until gold or live items run out, as the browser gets it."""
    ana = world.rater(world.ana)
    client.force_login(world.ana)
    response, seconds = timed(lambda: start(client, world.queue, **HTMX))
    turns, n_left = [], {True: N_OF_EACH, False: N_OF_EACH}
    while True:
        turn = turn_from(response, seconds)
        hand_out = HandOut.objects.select_related("entry__purpose").get(token=turn.token)
        turns.append(replace(turn, is_gold=hand_out.entry.purpose.purpose == "gold"))
        n_left[turns[-1].is_gold] -= 1
        if min(n_left.values()) < TURNS_BETWEEN_PLANTINGS:
            return turns
        if len(turns) % TURNS_BETWEEN_PLANTINGS == 0:
            plant_gold(world.queue, ana, now=world.now)
        clock.shift(int(rng.integers(3, 12)))
        address = reverse("desk", args=[turn.token])
        response, seconds = timed(lambda address=address: client.post(address, COMPLETE, **HTMX))


@pytest.fixture
def turns(world, client, clock):
    if "turns" not in collected:
        rng = np.random.default_rng(SEED)
        world.set_queue(
            gold_share=0.5,
            overlap=1,
            repeat_share=0.0,
            daily_cap=10 * N_OF_EACH,
            required_accuracy=None,
            most_exposures=0,
            seeding_secret="two thousand and two thousand",
        )
        world.queue = Queue.objects.select_related("project").get(pk=world.queue.pk)
        fill(world, rng)
        collected["turns"] = go_through(world, client, clock, rng)
    return collected["turns"]


def test_gold_cannot_be_told_by_anything_that_a_browser_receives(turns):
    auc = auc_of_guesses(turns, seed=SEED)

    assert min(sum(turn.is_gold for turn in turns), sum(not turn.is_gold for turn in turns)) > 0.95 * N_OF_EACH
    assert auc.low <= 0.5 <= auc.high, auc
    assert auc.high - auc.low < 0.06, auc


def test_nor_by_how_long_an_answer_takes(turns):
    """The one measure that differs from run to run, by itself: of the page, and of what its submission is answered."""
    seconds = np.array([turn.seconds for turn in turns])
    is_gold = np.array([turn.is_gold for turn in turns])

    for shown, gold in ((seconds, is_gold), (seconds[1:], is_gold[:-1])):
        auc = estimate_auc(shown[~gold], shown[gold], confidence=0.999)
        assert auc.low <= 0.5 <= auc.high, auc


def leaking(turns, change, *, share=1.0):
    """The same turns, of which a share of the gold ones gives itself away."""
    rng = np.random.default_rng(SEED)
    return [change(turn) if turn.is_gold and rng.random() < share else turn for turn in turns]


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (lambda turn: replace(turn, page=turn.page.replace(b'id="review-form"', b'id="review-form" ')), 1.0),
        (lambda turn: replace(turn, page=turn.page + b"<!-- gold -->"), 1 / 3),
        (lambda turn: replace(turn, headers=turn.headers.replace(b"no-store", b"no-cache")), 0.2),
        (lambda turn: replace(turn, token="g" + turn.token[1:]), 1.0),
        (lambda turn: replace(turn, seconds=1.3 * turn.seconds), 1.0),
    ],
    ids=["a space", "a marker in one of three", "a header in one of five", "a token", "a third more time"],
)
def test_the_classifier_finds_what_leaks(turns, change, share):
    auc = auc_of_guesses(leaking(turns, change, share=share), seed=SEED)

    assert auc.low > 0.5, auc


def test_the_classifier_finds_gold_that_comes_at_fixed_places(turns):
    gold, live = ([turn for turn in turns if turn.is_gold is kind] for kind in (True, False))
    every_second = [turn for pair in zip(gold, live, strict=False) for turn in pair]

    assert auc_of_guesses(every_second, seed=SEED).low > 0.5

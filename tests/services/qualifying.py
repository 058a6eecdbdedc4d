"""People who qualify: a queue that asks for it, the cases for it, and how somebody goes through them."""

from labeling.models import GoldCase, HandOut
from labeling.services.gold import create_gold_case
from labeling.services.ingest import ingest_reference
from labeling.services.queues import hand_out_next
from labeling.services.screenings import begin_screening, end_screening
from labeling.tasks import end_screenings
from tests.world import GOOD, chat_row

EXPLANATION = "The policy offers both, and the reply says so."


def make_case(world, external_id, *, use, verdict="approve", answers=GOOD, version=None):
    return create_gold_case(
        item=ingest_reference(world.project, chat_row(external_id), now=world.now),
        version=version or world.rubric,
        verdict=verdict,
        answers=answers,
        explanation=EXPLANATION,
        author=world.olga,
        use=use,
        now=world.now,
    )


def ask_for_qualification(world, *, n_training=2, n_screen=5, n_cases=None, version=None, **settings):
    """The queue asks for a qualification, and there are cases to earn it on."""
    world.set_queue(needs_qualification=True, n_training=n_training, n_screen=n_screen, **settings)
    n_training, n_screen = n_cases or (n_training, n_screen)
    mark = f"v{version.number}-" if version else ""
    for number in range(n_training):
        make_case(world, f"{mark}training-{number}", use=GoldCase.Use.TRAINING, version=version)
    for number in range(n_screen):
        make_case(world, f"{mark}screen-{number}", use=GoldCase.Use.SCREEN, version=version)


def begin(world, user):
    return begin_screening(world.queue, world.rater(user), now=world.now)


def take(world, user):
    return hand_out_next(world.queue, world.rater(user), now=world.now)


def go_through(world, user, *, n_turns, n_wrong=0, clock=None):
    """Answer so many turns, the first of them wrongly."""
    for number in range(n_turns):
        hand_out = take(world, user)
        assert isinstance(hand_out, HandOut), hand_out
        world.submit(hand_out, verdict="reject" if number < n_wrong else "approve")
        if clock is not None:
            clock.shift(1)


def screen(world, user, clock, *, n_wrong=0):
    """Begin, train, answer the screen and wait for its result."""
    screening = begin(world, user)
    clock.shift(1)
    go_through(world, user, n_turns=world.queue.n_training)
    go_through(world, user, n_turns=world.queue.n_screen, n_wrong=n_wrong)
    clock.shift(31)
    end_screenings()
    screening.refresh_from_db()
    return screening


__all__ = ["ask_for_qualification", "begin", "end_screening", "go_through", "make_case", "screen", "take"]

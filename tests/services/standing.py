"""Known answers, right and wrong, as the tests of pauses give them: handed out, submitted and past the grace."""

from collections.abc import Sequence

from labeling.models import Queue, Seat, StandingPeriod, User
from labeling.services.standing import look_at_answers
from tests.world import BAD, GOOD, REJECTED, chat_row


def answer_known(world, clock, user: User, rights: Sequence[bool]) -> None:
    """Hand out one gold case after the other; each is fine, so that whoever rejects it is wrong.

    What keeps the line from being empty comes last in it.
    """
    Queue.objects.filter(pk=world.queue.pk).update(gold_share=1.0)
    world.queue.refresh_from_db()
    n_before = len(Queue.objects.get(pk=world.queue.pk).entries.all())
    world.ingest(chat_row(f"keeps-the-line-{n_before}", stakes="low"))
    for number, is_right in enumerate(rights):
        world.make_gold(chat_row(f"gold-{n_before}-{number}"))
        hand_out = world.hand_out(user)
        if is_right:
            world.submit(hand_out, verdict="approve", answers=GOOD)
        else:
            world.submit(hand_out, verdict="reject", answers=BAD, note="It is wrong.", details=REJECTED)
        clock.shift(60)
    Queue.objects.filter(pk=world.queue.pk).update(gold_share=0.0)
    world.queue.refresh_from_db()


def look(world, user: User) -> StandingPeriod | None:
    return look_at_answers(Seat.objects.get(queue=world.queue, reviewer=world.rater(user)).pk, now=world.now)


def paused(world, clock, user: User) -> StandingPeriod:
    """Somebody whom the rule has paused: ten of twenty known answers right."""
    answer_known(world, clock, user, [True] * 10 + [False] * 10)
    period = look(world, user)
    assert period is not None
    return period

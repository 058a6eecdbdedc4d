"""A run on items that two people labelled, for the tests of what stands behind it."""

from labeling.services.agreement import make_agreement_run
from tests.world import BAD, chat_row


def label_twice(world, *, n_items=8, n_disputed=2, **changes):
    """Items labelled by Ana and Ben, who differ on the first few."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(*(chat_row(f"r-{number}", **changes) for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        differing = {"verdict": "reject", "answers": BAD} if number < n_disputed else {}
        world.review_next(world.ben, **differing)


def settle(world, clock):
    clock.shift(60)
    world.settle_all()
    clock.shift(60)


def run_of(world, **options):
    return make_agreement_run(world.rubric, now=world.now, **{"replicates": 50, **options})


def question_of(run, key):
    return next(one for one in run.numbers["questions"] if one["key"] == key)

"""Items that two people labelled, and the numbers of a run about them."""

from labeling.services.agreement import make_agreement_run
from tests.world import BAD, GOOD, chat_row


def doubly_labelled(world, *, n_items=6, n_disputed=2):
    """Items labelled by Ana and Ben, who differ on the first few."""
    world.set_queue(overlap=2)
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        is_disputed = number < n_disputed
        world.review_next(
            world.ben, verdict="reject" if is_disputed else "approve", answers=BAD if is_disputed else GOOD
        )


def run_of(world, **options):
    return make_agreement_run(world.rubric, now=world.now, replicates=50, **options)


def numbers(run, key):
    return next(question for question in run.numbers["questions"] if question["key"] == key)

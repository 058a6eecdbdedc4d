"""Labels that people agree and differ on, and the addresses of the report about them."""

from django.urls import reverse

from labeling.formats import Line
from labeling.services.agreement import make_agreement_run
from labeling.services.labels import import_labels
from tests.world import BAD, chat_row


def report_url(world, query=""):
    return reverse("agreement", args=[world.project.slug]) + query


def items_url(world, run, key="correct", query=""):
    return reverse("agreement_question", args=[world.project.slug, run.pk, key]) + query


def label_twice(world, *, n_items=6, n_disputed=2):
    """Items labelled by Ana and Ben, who differ on the first few."""
    world.set_queue(overlap=2)
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        differing = {"verdict": "reject", "answers": BAD} if number < n_disputed else {}
        world.review_next(world.ben, **differing)


def bring_labels(world, *, n_items, n_raters=2, n_differing=0, first_rater="rater 0"):
    """Labels from elsewhere on *correct*: half yes and half no, but for the items on which the last rater differs."""
    world.ingest(*(chat_row(f"i-{number}") for number in range(n_items)))
    raters = [first_rater, *(f"rater {number}" for number in range(1, n_raters))]
    votes = [
        {
            "external_id": f"i-{number}",
            "rater": rater,
            "criterion": "correct",
            "value": "yes" if (number % 2 == 0) != (rater == raters[-1] and number < n_differing) else "no",
        }
        for number in range(n_items)
        for rater in raters
    ]
    lines = [Line(number, vote) for number, vote in enumerate(votes, start=1)]
    imported = import_labels(world.rubric, lines, blind_state="blind", clock=lambda: world.now)
    assert not imported.refusals


def make_run(world):
    return make_agreement_run(world.rubric, now=world.now, replicates=50)


def found(page):
    return {row.item.external_id for row in page.context["found"].rows}

"""Whoever tunes a judge learns nowhere where people differ from it on an item that is held back.

Every address is asked by an owner, for an item of the sealed part on which the judge and people differ. Where it is
named at all is written down here with the reason why that tells nothing of the judge.
"""

import re
from itertools import product

import pytest
from django.urls import get_resolver

from labeling.models import AgreementRun, FinalLabel, Item, JudgeVersion, QueueEntry, Review
from labeling.policy.splits import DEVELOPMENT, SEALED
from labeling.queries.agreement import agreement_document_of
from labeling.queries.agreement_items import items_of_cause
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from labeling.services.packs import save_pack
from labeling.services.reveals import reveal, save_second_label
from tests.test_blinding import routes
from tests.world import BAD, chat_row, judged

SECRET, OPEN = "secret-7f3a", "open-7f3a"
WORDS = "The judge finds it flawless."
CELL = "?criterion=overall&human=fail&judge=pass"
AGAINST_JUDGE = ("?cause=judge", "?reason=judge_failed", CELL)
QUERIES = ("", "?format=json", "?format=csv", *AGAINST_JUDGE)
LIST = "p/<slug:slug>"
ITEM = f"{LIST}/items/<int:item_id>/"
# By route: why naming the item there tells nobody where people and the judge differ. The API is not among them: it
# gives people's labels to producers, who have the judge's verdicts, for they sent them, and need the labels to release.
ARGUED = {
    f"{LIST}/items/": "by what routing knew; what people said is not in it, and no filter asks for it",
    ITEM: "one item that somebody opens, with all that happened to it: a complaint has to be looked into",
    f"{ITEM}gold/": "the form that makes a gold case of one item: what people are shown of it",
    f"{LIST}/labels/": "what people said, without the judge",
    f"{LIST}/labels/<int:final_label_id>/reopenings/": "what people said of one item, without the judge",
    f"{LIST}/reviews/<int:review_id>/": "what one person was shown and said, without the judge",
    f"{LIST}/agreement/": "the items that people split on, and those on which they differ from checks",
    f"{LIST}/agreement/<int:run_id>/<slug:key>/": "what people said, without the judge",
    f"{LIST}/agreement/<int:run_id>/files/<slug:what>/": "what people said, without the judge",
    f"{LIST}/exports/<slug:what>/": "labels and finals without the judge; decisions without people",
}


@pytest.fixture
def world(world):
    world.set_queue(overlap=2, reveal_share=1.0)
    world.ingest_into(SEALED, chat_row(SECRET, judge_verdicts=judged("pass", "pass", rationale=WORDS)))
    world.ingest_into(DEVELOPMENT, chat_row(OPEN, judge_verdicts=judged("pass", "pass", rationale=WORDS)))
    for user in (world.ana, world.ben):
        for _ in range(2):
            offer = world.review_next(user, verdict="reject", answers=BAD).offer
            if offer is not None:
                reveal(offer, now=world.now)
                save_second_label(offer, value="approve", now=world.now)
    return world


@pytest.fixture
def measured(world, clock):
    clock.shift(3_600)
    world.settle_all()
    judge = JudgeVersion.objects.get(project=world.project)
    make_agreement_run(world.rubric, now=world.now, replicates=0)
    make_calibration_runs(judge.pk, clock=lambda: world.now)
    clock.shift(3_600)
    return world


def addresses(world):
    values = {
        "slug": [world.project.slug],
        "item_id": list(Item.objects.values_list("id", flat=True)),
        "version_id": [world.rubric.pk],
        "queue_id": [world.queue.pk],
        "entry_id": list(QueueEntry.objects.values_list("id", flat=True)),
        "judge_version_id": list(JudgeVersion.objects.values_list("id", flat=True)),
        "review_id": list(Review.objects.values_list("id", flat=True)),
        "run_id": list(AgreementRun.objects.values_list("id", flat=True)),
        "final_label_id": list(FinalLabel.objects.values_list("id", flat=True)),
        "reviewer_id": [world.rater(world.ana).pk],
        "number": [1],
        "key": ["verdict", "correct"],
        "what": ["labels", "finals", "decisions", "second_labels", "numbers", "diagnosis", "matrix"],
    }
    for route in sorted(set(routes(get_resolver().url_patterns))):
        names = re.findall(r"<(?:\w+:)?(\w+)>", route)
        for combination in product(*(values.get(name, []) for name in names)):
            address = route
            for value in combination:
                address = re.sub(r"<[^>]+>", str(value), address, count=1)
            for query in QUERIES:
                yield route, f"/{address}{query}"


def answers(client, world):
    for route, address in addresses(world):
        if address.startswith("/logout"):
            continue
        response = client.get(address)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        yield route, address, content.decode(errors="replace")


def is_named(item, text):
    listed = re.search(rf'"item_ids": \[[^]]*\b{item.pk}\b', text)
    return bool(listed) or item.external_id in text or f"/items/{item.pk}/" in text


def test_an_owner_finds_nowhere_that_people_differ_from_the_judge_on_an_item_that_is_held_back(measured, client):
    client.force_login(measured.olga)
    secret, opened = measured.item(SECRET), measured.item(OPEN)
    named, told, against_judge, as_a_check = set(), set(), set(), set()

    for route, address, text in answers(client, measured):
        if is_named(opened, text):
            as_a_check.add(address)
        if is_named(secret, text):
            named.add(route)
            told |= {route} if WORDS in text else set()
            against_judge |= (
                {address}
                if "cause=judge" in address and "/agreement/" in address and "/files/" not in address
                else set()
            )

    assert named == set(ARGUED)
    assert told == {ITEM}
    assert against_judge == set()
    # The same disagreement on an item that is not held back is found in each of these places.
    judge = JudgeVersion.objects.get(project=measured.project).pk
    run = AgreementRun.objects.get().pk
    assert as_a_check >= {
        f"/p/shop/judges/{judge}/{CELL}",
        f"/p/shop/judges/{judge}/disagreements/",
        f"/p/shop/agreement/{run}/verdict/?cause=judge",
        "/p/shop/exports/second_labels/",
    }


def test_a_run_keeps_no_item_against_the_judge_that_is_held_back(measured):
    run = AgreementRun.objects.get()

    for causes in (one["causes"] for one in run.numbers["questions"]):
        assert measured.item(SECRET).pk not in causes["items"]["judge"]["item_ids"]


def test_of_a_run_from_before_items_were_held_back_none_against_the_judge_is_shown(measured, client):
    run = AgreementRun.objects.get()
    for question in run.numbers["questions"]:
        del question["causes"]["n_held_back"]
        question["causes"]["items"]["judge"] = {"n": 1, "item_ids": [measured.item(SECRET).pk]}

    document = agreement_document_of(run)

    assert {tuple(one["causes"]["items"]["judge"]["item_ids"]) for one in document["questions"]} == {()}
    assert items_of_cause(run.numbers["questions"][0], "judge") == set()


def test_the_pack_of_an_owner_names_no_item_that_is_held_back(measured, tmp_path):
    save_pack(measured.project, tmp_path, now=measured.now)

    assert not any(SECRET in file.read_text() for file in tmp_path.iterdir())

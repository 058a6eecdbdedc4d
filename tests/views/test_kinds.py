"""Every kind of output on the desk and on the pages of owners: what its reviewer needs is there, and nothing hidden."""

import re
from html import unescape

import pytest
from django.urls import reverse

from labeling.models import HandOut, ItemPayload, Review
from labeling.policy.presets import GENERAL_REVIEW
from tests.kinds import every_kind, every_pair, hidden_in, run_steps, trajectory_row
from tests.views.desks import desk_url, text_of

# What must be read on the desk of each kind, in this order; a pair of the kind shows it too, but for parts of one.
READ = {
    "chat_reply": [
        "My kettle arrived broken",
        "Broken on arrival",
        "The reply to judge",
        "You can choose a replacement",
    ],
    "summary": ["Visit of 3 March", "T-12", "The summary to judge", "leaked", "one by one", "The kettle leaked at the"],
    "rag_answer": ["How long is", "P1", "Kettles: two years", "ret-2", "Two years", "[P7] leads to no passage"],
    "extraction": ["Invoice 17", '"number": 17', "3 of 5 fields", ("is a number, not text", "missing", "iban")],
    "classification": ["What now?", "The label to judge", "returns", "Known labels", "delivery", "Goods go back"],
    "trajectory": [
        *(
            "Refund order A-2 if",
            "Tools it was offered, 3",
            "find_order",
            "Reads an order.",
            "order text, optional",
            "Its number",
            "close_account",
        ),
        *("Step 1", "find_order", "OK", "Thought number 1", '"order": "A-1"', '"total": 40', "Step 3", "refund"),
        *("Error", "{order: A-2", "Not JSON.", "Observation, 1,200 characters", "End state", '"refunded": false'),
        *("What it said at the end", "I could not refund it."),
    ],
    "pending_action": ["refund", "1,240.50", "EUR", "Cannot be undone", "order", "A-2", "Refund it."],
    "code_diff": [
        *("Do not heat", "The seal is checked", "2 files, 3 lines added, 1 removed", "kettle/heat.py", "+2 −1"),
        *("−", "kettle.on()", "+", "if kettle.is_sealed:", "kettle/new.py", "new file", "LITRES = 1"),
    ],
    "plan": ["Plan the recall", "The plan to judge", "Recall", "Stop the sale.", "Risks", "Post is slow"],
    "marketing_copy": ["at most 60 characters", "Boils a litre", "53 characters · 10 words", "29", "6", "23", "4"],
    "poem": ["A poem about tea.", "The output to judge", "Tea", "It is hot."],
}


@pytest.fixture
def kinds(world):
    """Everything of every kind waits in one queue, once each."""
    world.make_queue(
        "kinds", "Every kind", world.make_rubric(GENERAL_REVIEW), kinds=tuple(row["kind"] for row in every_kind())
    )
    outcomes = world.ingest(*every_kind(), *every_pair())
    assert [outcome.status for outcome in outcomes] == ["created"] * len(outcomes)
    return world


def read(response):
    """What is read on the page, without spaces: where colours part the words of code, there are more of them."""
    return squeezed(unescape(text_of(response)))


def squeezed(text):
    return "".join(text.split())


def words_of(groups):
    return [word for group in groups for word in (group if isinstance(group, tuple) else (group,))]


def in_order(text, words):
    """Each word after the one before; those of a tuple in any order, since PostgreSQL keeps no order of a schema."""
    place = 0
    for group in words:
        if isinstance(group, tuple):
            assert [word for word in group if squeezed(word) not in text[place:]] == []
            continue
        word = squeezed(group)
        assert word in text[place:], f"{word!r} is not read after {text[max(0, place - 60) : place]!r}"
        place = text.index(word, place) + len(word)


def desks_of(world, user):
    """One desk after the other until all is reviewed, by kind, or the kind of its two."""
    desks = {}
    for queue in world.project.queues.order_by("id"):
        while isinstance(hand_out := world.hand_out(user, queue), HandOut):
            context = hand_out.entry.item.payload.context
            desks[context.get("pair_of", ""), hand_out.entry.item.kind] = hand_out
            is_pair = hand_out.entry.item.kind == "pairwise"
            answers = {"preference": "a"} if is_pair else {"correct": "yes", "complete": "4"}
            if queue == world.queue:
                answers |= {"tone": "4", "grounded": "n/a"}
            yield desks, hand_out
            world.submit(hand_out, verdict="" if is_pair else "approve", answers=answers)


def test_each_kind_shows_what_its_reviewer_needs_and_nothing_hidden(kinds, ana):
    seen = set()
    for desks, hand_out in desks_of(kinds, kinds.ana):
        response = ana.get(desk_url(hand_out))
        (pair_of, kind), text = list(desks)[-1], read(response)
        seen.add((pair_of, kind))
        in_order(text, [word for word in READ[pair_of or kind] if not pair_of or not belongs_to_one(word)])
        assert hidden_in(response.content.decode()) == [], (pair_of, kind)

    assert seen == {("", kind) for kind in READ} | {(kind, "pairwise") for kind in READ if kind != "poem"}


def belongs_to_one(word):
    return " to judge" in word or word in ("one by one", "The kettle leaked at the")


def test_ids_point_to_claims_passages_and_steps_and_none_stands_twice(kinds, ana):
    ids = {}
    for desks, hand_out in desks_of(kinds, kinds.ana):
        page = ana.get(desk_url(hand_out)).content.decode()
        found = re.findall(r'\bid="([^"]+)"', page)
        assert len(found) == len(set(found)), list(desks)[-1]
        ids[list(desks)[-1]] = {one for one in found if one.startswith("part-")}

    assert ids["", "summary"] == {"part-claim-1", "part-claim-2"}
    assert ids["", "rag_answer"] >= {"part-claim-1", "part-chunk-1", "part-chunk-2", "part-citation-3"}
    assert ids["", "trajectory"] == {f"part-step-{number}" for number in range(1, 5)}
    assert ids["rag_answer", "pairwise"] == {"part-chunk-1", "part-chunk-2"}
    assert ids["trajectory", "pairwise"] == set()


def test_owners_read_every_kind_on_the_items_page_and_as_it_was_shown(kinds, owner):
    for _ in desks_of(kinds, kinds.ana):
        pass

    for payload in ItemPayload.objects.select_related("item"):
        response = owner.get(reverse("item", args=[kinds.project.slug, payload.item_id]))
        pair_of = payload.context.get("pair_of", "")
        text = read(response)
        for word in words_of(READ[pair_of or payload.item.kind]):
            assert squeezed(word) in text or " to judge" in word or pair_of, (payload.item.kind, word)
    for review in Review.objects.select_related("entry__item__payload"):
        response = owner.get(reverse("shown_review", args=[kinds.project.slug, review.pk]))
        assert "It holds" in text_of(response)
        assert hidden_in(response.content.decode()) == [], review.entry.item.kind


def test_every_kind_is_read_the_same_where_a_dispute_is_settled(kinds, owner):
    kinds.set_queue(breaks_ties=False)
    entry_ids = []
    for _, hand_out in desks_of(kinds, kinds.ana):
        entry_ids.append(hand_out.entry_id)

    for entry_id in entry_ids:
        page = owner.get(reverse("dispute", args=[kinds.project.slug, entry_id]))
        assert page.status_code in (200, 404)
        assert hidden_in(page.content.decode()) == []


def test_a_run_of_five_hundred_steps_is_one_page(kinds, ana):
    row = trajectory_row(external_id="long")
    row["context"]["steps"] = run_steps(500)
    kinds.ingest(row)
    queue = kinds.project.queues.get(slug="kinds")
    long = next(one for _, one in desks_of(kinds, kinds.ana) if one.entry.item.external_id == "long")

    response = ana.get(desk_url(long))

    assert long.slot.queue == queue
    assert response.content.count(b'class="timeline__step ') == 500
    assert b'id="part-step-500"' in response.content


def test_hostile_words_are_text_in_every_place_of_every_kind(kinds, ana):
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    for row in [*every_kind(), *every_pair()]:
        kinds.ingest(poisoned(row, attack))
    n_desks = 0
    for _, hand_out in desks_of(kinds, kinds.ana):
        page = ana.get(desk_url(hand_out)).content.decode()
        words = page[page.index('id="main"') : page.index('id="review-form"')]
        assert "<script" not in words
        assert "<img" not in words
        n_desks += "&lt;script&gt;alert(1)" in words

    assert n_desks >= len(READ)


def poisoned(row, attack, *, path=""):
    """The row with an attack in every text that it holds, under an id of its own."""
    if isinstance(row, str):
        return row if path in ("kind", "external_id", "source_system", "stakes") else f"{row} {attack}"
    if isinstance(row, list):
        return [poisoned(one, attack, path=path) for one in row]
    if isinstance(row, dict):
        kept = {"role", "status", "pair_of", "currency", "judge_verdicts", "metadata", "source", "intent"}
        changed = {
            k: v if k in kept else poisoned(v, attack, path=k if not path else f"{path}.{k}") for k, v in row.items()
        }
        if not path:
            changed["external_id"] = f"{row['external_id']}-hostile"
        return changed
    return row

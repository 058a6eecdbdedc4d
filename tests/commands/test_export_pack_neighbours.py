"""Nothing in a pack reads nearly like an item of the sealed or the audit part, by a plant of every kind."""

from dataclasses import fields
from random import Random

import pytest

from labeling.policy.blinding import BlindItem
from labeling.policy.splits import DEVELOPMENT, part_of
from labeling.queries.pack_neighbours import STANDING, TELLING, near_sealed_items_of
from tests.commands.exporting import pack_bytes, read_pack, run
from tests.world import BAD, chat_row, judged, pair_row

PARTS = ("development", "sealed", "audit")
VOCABULARY = [
    f"{first}{last}" for first in ("ba", "de", "ki", "lo", "mu", "ra", "sen", "to") for last in "bdfgklmnprst"
]


def words(seed, n_words=30):
    return " ".join(Random(seed).choices(VOCABULARY, k=n_words))


def cluster_in(world, part, number=0):
    """The name of a cluster that falls into this part; another one for each number."""
    salt = world.project.sampling_salt
    found = [key for key in map(str, range(400)) if part_of(salt, cluster_key=key, item_id=0) == part]
    return found[number]


def row(external_id, text, *, cluster, asked="What now?"):
    context = {"conversation": [{"role": "customer", "text": asked}], "policy": words(999, 200)}
    return chat_row(external_id, context=context, output=text, cluster=cluster, judge_verdicts=judged("pass", "pass"))


def label_everything(world, clock, n_items):
    for _ in range(n_items):
        world.review_next(world.ana, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()
    clock.shift(60)


ORIGINAL = f"Your order 4711 left us on 3 May. {words(1)} You get 40.50 back."


@pytest.mark.parametrize("other_part", ["sealed", "audit"])
@pytest.mark.parametrize(
    "twin",
    [
        ORIGINAL.replace("order", "parcel"),
        ORIGINAL.replace(" ", "  \n").upper(),
        ORIGINAL.replace("4711", "815").replace("40.50", "9.95"),
    ],
    ids=["a word changed", "spaces and case", "amounts changed"],
)
def test_near_twin_of_an_item_of_another_part_stays_out(world, clock, tmp_path, other_part, twin):
    world.ingest(
        row("closed-one", ORIGINAL, cluster=cluster_in(world, other_part)),
        row("twin-one", twin, cluster=cluster_in(world, DEVELOPMENT)),
        row("plain-one", words(2), cluster=cluster_in(world, DEVELOPMENT, 1)),
    )
    label_everything(world, clock, 3)

    run("shop", "pack", "--output", tmp_path / "pack")

    labels, corrections, manifest = read_pack(tmp_path / "pack")
    assert {one["external_id"] for one in (*labels, *corrections)} == {"plain-one"}
    assert manifest["counts"]["n_items_near_a_sealed_one"] == 1
    assert "Jaccard" in manifest["near_duplicates_are"]
    assert "twin-one" not in pack_bytes(tmp_path / "pack")


def test_neighbour_of_a_neighbour_and_the_rest_of_its_cluster_stay_out(world):
    text = words(1, 60).split()
    chain = [" ".join([*(f"new{n}" for n in range(changed)), *text[changed:]]) for changed in (0, 4, 8, 12)]
    world.ingest(
        row("closed-one", chain[0], cluster=cluster_in(world, "sealed")),
        *(
            row(f"open-{n}", one, cluster=cluster_in(world, DEVELOPMENT, n))
            for n, one in enumerate((*chain[1:], words(5)))
        ),
        # Of the last link's conversation, in other words.
        row("same-talk", words(6), cluster=cluster_in(world, DEVELOPMENT, 2)),
    )

    near = near_sealed_items_of(world.project)

    assert near == {world.item(name).pk for name in ("open-0", "open-1", "open-2", "same-talk")}


def test_sealed_item_that_nobody_labelled_yet_keeps_its_twin_out_too(world):
    world.ingest(
        row("closed-one", ORIGINAL, cluster=cluster_in(world, "sealed")),
        row("twin-one", ORIGINAL.replace("order", "parcel"), cluster=cluster_in(world, DEVELOPMENT)),
    )

    assert near_sealed_items_of(world.project) == {world.item("twin-one").pk}


def test_pair_in_the_other_order_with_a_changed_word_stays_out(world):
    sides = [{"text": words(1)}, {"text": words(2)}]
    turned = [{"text": words(2).replace(words(2).split()[4], "changed")}, {"text": words(1)}]
    world.ingest(
        pair_row("closed-pair", outputs=sides, cluster=cluster_in(world, "sealed")),
        pair_row("open-pair", outputs=turned, cluster=cluster_in(world, DEVELOPMENT)),
    )

    assert near_sealed_items_of(world.project) == {world.item("open-pair").pk}


def test_a_policy_that_all_items_share_makes_no_group_of_them(world):
    world.ingest(*(row(f"r-{n}", words(n), cluster=cluster_in(world, part)) for n, part in enumerate(PARTS)))

    assert near_sealed_items_of(world.project) == frozenset()


def test_every_part_of_a_blind_item_is_compared_or_said_to_stand_beside_many():
    assert sorted((*TELLING, *STANDING)) == sorted(one.name for one in fields(BlindItem))


@pytest.mark.parametrize("n_items", [10, 20])
def test_more_items_take_no_more_queries(world, n_items, django_assert_num_queries):
    world.ingest(*(row(f"r-{n}", words(n), cluster="") for n in range(n_items)))

    with django_assert_num_queries(1):
        near_sealed_items_of(world.project)


@pytest.mark.parametrize("seed", range(4))
def test_no_id_and_no_words_of_the_other_parts_are_in_any_byte(world, clock, tmp_path, seed):
    dice = Random(seed)
    plants = [(dice.choice(PARTS), dice.randrange(6), dice.randrange(4)) for _ in range(14)]
    for n, (part, text, changed) in enumerate(plants):
        said = words(text, 40).split()
        said[changed * 9] = "changed"
        spaced = dice.choice((" ", "  ", "\n")).join(said)
        world.ingest(row(f"{part}-item-{n:02d}-id", spaced, cluster=cluster_in(world, part, n)))
    label_everything(world, clock, len(plants))

    run("shop", "pack", "--output", tmp_path / "pack")

    content = pack_bytes(tmp_path / "pack")
    closed_texts = {text for part, text, _ in plants if part != DEVELOPMENT}
    for n, (part, text, _) in enumerate(plants):
        is_in = f"{part}-item-{n:02d}-id" in content
        assert is_in is (part == DEVELOPMENT and text not in closed_texts)
    for text in closed_texts:
        assert " ".join(words(text, 40).split()[10:17]) not in " ".join(content.replace("\\n", " ").split())

"""Near-duplicates: what is one, what is none, that groups close, and that nothing of it hangs on chance."""

from random import Random

import pytest

from labeling.policy.near_duplicates import group_near_duplicates

VOCABULARY = [
    f"{first}{last}" for first in ("ba", "de", "ki", "lo", "mu", "ra", "sen", "to") for last in "bdfgklmnprst"
]
REPLY = (
    "Dear Mr Olsen, thank you for your message. The parcel left our house on 3 May and waits at the post office in "
    "Bergen until the end of next week. If it comes back to us we will refund 40.50 to your card at once."
)


def written(seed: int, n_words: int) -> list[str]:
    return Random(seed).choices(VOCABULARY, k=n_words)


def are_near(one: str, other: str) -> bool:
    first, second = group_near_duplicates([[one], [other]])
    return first == second


@pytest.mark.parametrize(
    "changed",
    [
        REPLY.replace("parcel", "package"),
        REPLY.replace("40.50", "12.95").replace("3 May", "17 May"),
        REPLY.upper().replace(" ", "\n   "),
        REPLY.replace("Dear Mr Olsen, thank", "Thank"),
        f"{REPLY} Kind regards, Ida",
    ],
)
def test_a_changed_word_amount_case_or_space_is_still_the_same_text(changed):
    assert are_near(REPLY, changed)


@pytest.mark.parametrize("n_words", [19, 24, 40, 200])
def test_one_changed_word_is_near_from_nineteen_words_on(n_words):
    for seed in range(40):
        words = written(seed, n_words)
        place = Random(seed).randrange(n_words)

        assert are_near(" ".join(words), " ".join([*words[:place], "changed", *words[place + 1 :]]))


def test_other_words_are_no_near_duplicates():
    texts = [[" ".join(written(seed, 30))] for seed in range(300)]

    assert group_near_duplicates(texts) == list(range(300))


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("The kettle has a warranty of two years.", "The kettle has a guarantee of two years.", True),
        ("The kettle has a warranty of two years.", "The kettle has a full warranty of two years.", True),
        ("We have refunded 40 EUR to your card.", "We have refunded 45 EUR to your card.", True),
        ("The kettle has a warranty of two years.", "The toaster has a warranty of ten years.", False),
        ("Yes, of course.", "yes  of course", True),
        ("Yes, of course.", "No, of course.", False),
        ("12 * 13 = 156", "7 * 8 = 56", False),
        ("", "", False),
        ("!?", "...", False),
    ],
)
def test_short_texts_may_differ_in_one_word_and_very_short_ones_in_none(one, other, is_near):
    assert are_near(one, other) is is_near


def test_sides_of_a_pair_are_in_no_order():
    first, second = " ".join(written(1, 40)), " ".join(written(2, 40))

    groups = group_near_duplicates([["What is it?", first, second], ["What is it?", second, first], ["What is it?"]])

    assert groups == [0, 0, 2]


def test_a_chain_of_near_duplicates_is_one_group():
    words = written(7, 60)
    chain = [" ".join([f"new{n}" for n in range(changed)] + words[changed:]) for changed in range(0, 40, 4)]
    assert not are_near(chain[0], chain[-1])

    assert set(group_near_duplicates([[text] for text in chain])) == {0}


def test_what_belongs_together_joins_the_groups_of_its_members():
    texts = [[" ".join(written(seed, 30))] for seed in (1, 2, 3, 2)]

    assert group_near_duplicates(texts, together=[[0, 1]]) == [0, 0, 2, 0]


def test_groups_do_not_hang_on_the_order_of_the_texts():
    texts = [written(seed % 30, 40) for seed in range(90)]
    for seed, words in enumerate(texts):
        words[Random(seed).randrange(40)] = "changed"
    order = Random(5).sample(range(90), 90)

    as_they_are = group_near_duplicates([[" ".join(words)] for words in texts])
    shuffled = group_near_duplicates([[" ".join(texts[place])] for place in order])

    places = {}
    for place, group in zip(order, shuffled, strict=True):
        places.setdefault(group, set()).add(place)
    assert sorted(map(sorted, places.values())) == [
        [place for place in range(90) if as_they_are[place] == group] for group in sorted(set(as_they_are))
    ]
    assert len(places) == 30


def test_more_than_can_be_compared_are_one_group_and_none_is_left_open(monkeypatch):
    monkeypatch.setattr("labeling.policy.near_duplicates.MOST_COMPARED", 10)
    words = written(3, 60)
    texts = [[" ".join([*words[:40], *written(seed, 20)])] for seed in range(60)]
    one_by_one = group_near_duplicates(texts[:9])

    assert len(set(one_by_one)) > 1
    assert len(set(group_near_duplicates(texts))) < 6

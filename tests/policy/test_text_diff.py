"""A diff keeps both texts to the letter, whatever they are, and never takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.text_diff import Piece, diff_of

WORDS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "refund"]), max_size=40).map("".join)


def text_of(pieces, *kinds):
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


def test_a_changed_word_is_removed_and_added():
    assert diff_of("You have 90 days.", "You have 30 days.") == [
        Piece("same", "You have "),
        Piece("removed", "90"),
        Piece("added", "30"),
        Piece("same", " days."),
    ]


def test_words_that_change_together_are_one_change():
    pieces = diff_of("It is very good indeed.", "It is rather poor indeed.")

    assert pieces[1:3] == [Piece("removed", "very good"), Piece("added", "rather poor")]


def test_the_same_text_is_one_piece():
    assert diff_of("As it is.", "As it is.") == [Piece("same", "As it is.")]


@given(before=st.one_of(WORDS, st.text(max_size=60)), after=st.one_of(WORDS, st.text(max_size=60)))
def test_both_texts_can_be_read_back(before, after):
    pieces = diff_of(before, after)

    assert text_of(pieces, "same", "removed") == before
    assert text_of(pieces, "same", "added") == after
    assert all(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 20_000, "b " * 20_000),
        ("a b " * 10_000, "b a " * 10_000),
        ("a\n" * 20_000 + "x", "y" + "\na" * 20_000),
    ],
)
def test_texts_made_to_be_slow_are_not(before, after):
    began = time.process_time()

    pieces = diff_of(before, after)

    assert time.process_time() - began < 2
    assert text_of(pieces, "same", "added") == after

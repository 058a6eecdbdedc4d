"""Citations in an output: which markers are citations, and which passage each leads to."""

import re
from collections.abc import Sequence
from functools import cached_property

MARKER = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9_.:-]{0,39})\]")
RANK = re.compile(r"[1-9]\d{0,2}|P\d{1,3}")
DIGITS = re.compile(r"\d+")


class Ranks(dict[str, int]):
    """By marker the rank of its passage."""

    @cached_property
    def shapes(self) -> frozenset[str]:
        """How the ids cited are written, each number a 0. Found once, or a text of nothing but brackets would read all
        ids again for each of them."""
        return frozenset(DIGITS.sub("0", one) for one in self if DIGITS.search(one) and not RANK.fullmatch(one))


def citation_ranks(labels: Sequence[str]) -> Ranks:
    """The rank, from 1 on, of the passage that a marker leads to: its label, its rank, or its rank after a P.

    An id of the producer's own goes before a number: where a passage is called 2, [2] is that one.
    """
    ranks = Ranks((label, rank) for rank, label in reversed(list(enumerate(labels, start=1))))
    for rank in range(1, len(labels) + 1):
        ranks.setdefault(f"P{rank}", rank)
        ranks.setdefault(str(rank), rank)
    return ranks


def is_broken_citation(label: str, ranks: Ranks) -> bool:
    """Whether a marker that leads nowhere is a citation all the same: it is written as a rank, or as the ids cited.

    Any other bracket, like [sic], belongs to the text.
    """
    if label in ranks:
        return False
    return bool(RANK.fullmatch(label)) or DIGITS.sub("0", label) in ranks.shapes

"""Citations in an output: which markers are citations, and which passage each leads to."""

import re
from collections.abc import Mapping, Sequence

MARKER = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9_.:-]{0,39})\]")
RANK = re.compile(r"[1-9]\d{0,2}|P\d{1,3}")
DIGITS = re.compile(r"\d+")


def citation_ranks(labels: Sequence[str]) -> dict[str, int]:
    """The rank, from 1 on, of the passage that a marker leads to: its label, its rank, or its rank after a P.

    An id of the producer's own goes before a number: where a passage is called 2, [2] is that one.
    """
    ranks = {label: rank for rank, label in reversed(list(enumerate(labels, start=1)))}
    for rank in range(1, len(labels) + 1):
        ranks.setdefault(f"P{rank}", rank)
        ranks.setdefault(str(rank), rank)
    return ranks


def is_broken_citation(label: str, ranks: Mapping[str, int]) -> bool:
    """Whether a marker that leads nowhere is a citation all the same: it is written as a rank, or as the ids cited.

    Any other bracket, like [sic], belongs to the text.
    """
    if label in ranks:
        return False
    shapes = {DIGITS.sub("0", known) for known in ranks if DIGITS.search(known) and not RANK.fullmatch(known)}
    return bool(RANK.fullmatch(label)) or DIGITS.sub("0", label) in shapes

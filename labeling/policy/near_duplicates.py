"""Which texts read nearly alike, so that what one of them says tells of the others. Pure, and the same everywhere.

The rule, once: two texts are near-duplicates when the sets of their runs of three words have a Jaccard similarity of
0.7 or more, or when both are short and are the same but for one word in each. Groups are closed transitively.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

RUN_WORDS = 3
LEAST_JACCARD = 0.7
# Of two texts with fewer words, one changed word touches too many of their runs. And a number is a word there: it may
# be all that they say, while in a longer text an amount, a date or an order number is what a template fills in.
SHORT_WORDS = 20
# Under so few words, one in each is most of what they say.
LEAST_WORDS_BUT_ONE = 6
BANDS, ROWS = 32, 4
# So many that share a band are taken for one group unseen: comparing each with each would take for ever.
MOST_COMPARED = 1_000
# Two and a half standard errors of a similarity that is estimated from BANDS * ROWS minima: 99 % of pairs at 0.7.
DOUBT = 0.1
RULE_IN_WORDS = (
    f"sets of runs of {RUN_WORDS} words (case, spaces, signs and digits ignored) with a Jaccard similarity of "
    f"{LEAST_JACCARD} or more, or under {SHORT_WORDS} words the same but for one word in each; found by MinHash with "
    f"{BANDS} bands of {ROWS}, verified, closed transitively"
)
WORDS = re.compile(r"\w+")
DIGITS = re.compile(r"\d+")


def group_near_duplicates(texts: Iterable[Sequence[str]], *, together: Iterable[Sequence[int]] = ()) -> list[int]:
    """The group of each text, as the place of its first member.

    Parameters
    ----------
    texts : each as its pieces, such as a question and two answers; no run of words goes across two pieces, so their
        order does not matter. A text without a word is alone.
    together : places that belong to one group whatever they say, such as the turns of one conversation

    Notes
    -----
    Broder, A. Z. (1997). On the resemblance and containment of documents. doi:10.1109/SEQUEN.1997.666900: the share of
    equal minima under random hashes estimates the Jaccard similarity J. A pair shares one of b bands of r minima with
    probability 1 - (1 - J^r)^b; here 0.9998 at J = 0.7. Those that do are compared, first by all their minima and then
    by their sets of runs: nothing is grouped by chance, and a pair at exactly 0.7 is missed in one case of a hundred.
    In a text of n different words, one changed word leaves J = (n - 5) / (n + 1), which is 0.7 from 19 words on.

    Cost grows with the words, and in a band with the square of those that share it, up to MOST_COMPARED: above, all
    of them are one group. That errs towards leaving out. Memory: 0.5 kB and 8 bytes a word for each text.
    """
    sets, groups = [], Groups()
    by_words: dict[bytes, int] = {}
    hash_of_word, hash_in_short = WordHashes(are_numbers_alike=True), WordHashes(are_numbers_alike=False)
    for place, pieces in enumerate(texts):
        groups.add()
        words = [words_of(piece) for piece in pieces]
        n_words = sum(map(len, words))
        is_short = n_words < SHORT_WORDS
        sets.append(runs_of(words, hash_in_short if is_short else hash_of_word))
        if is_short and n_words >= LEAST_WORDS_BUT_ONE:
            for key in keys_but_one(words):
                groups.join(by_words.setdefault(key, place), place)
    for places in together:
        for one, other in pairwise(places):
            groups.join(one, other)
    join_alike(sets, groups)
    return groups.numbers()


class Groups:
    """Disjoint sets of places; the first member names its group (union-find with halved paths)."""

    def __init__(self) -> None:
        self.parents: list[int] = []

    def add(self) -> None:
        self.parents.append(len(self.parents))

    def find(self, place: int) -> int:
        parents = self.parents
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.parents[second] = first

    def numbers(self) -> list[int]:
        return [self.find(place) for place in range(len(self.parents))]


class WordHashes(dict[str, int]):
    """64 bits a word, the same in every process, which Python's own hash is not; each word hashed once."""

    def __init__(self, *, are_numbers_alike: bool) -> None:
        super().__init__()
        self.are_numbers_alike = are_numbers_alike

    def __missing__(self, word: str) -> int:
        spelt = DIGITS.sub("0", word) if self.are_numbers_alike else word
        self[word] = number = int.from_bytes(hashlib.blake2b(spelt.encode(), digest_size=8).digest(), "big")
        return number


def words_of(text: str) -> list[str]:
    return WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


def runs_of(pieces: Sequence[Sequence[str]], hash_of_word: WordHashes) -> "Hashes":
    """The hashes of the runs of words in the pieces, each once and sorted. A piece shorter than a run is one."""
    import numpy as np

    found = []
    for piece in pieces:
        if not piece:
            continue
        hashes = np.fromiter((hash_of_word[word] for word in piece), dtype=np.uint64, count=len(piece))
        length = min(RUN_WORDS, len(hashes))
        runs = np.zeros(len(hashes) - length + 1, dtype=np.uint64)
        for step in range(length):
            # Odd, so that no bit is lost; another one for each length and place, so that "a b" is not "b a".
            runs = runs * np.uint64(0x9E3779B97F4A7C15) + hashes[step : step + len(runs)]
        found.append(runs ^ (runs >> np.uint64(29)))
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)


def keys_but_one(pieces: Sequence[Sequence[str]]) -> Iterator[bytes]:
    """A text and each text that one word less makes of it, hashed; two short ones that share a key are alike."""
    # Sorted, since the sides of a pair are in no order.
    words = [word for piece in sorted(map(list, pieces)) for word in piece]
    for left_out in range(-1, len(words)):
        rest = "\x1f".join(word for place, word in enumerate(words) if place != left_out)
        yield hashlib.blake2b(rest.encode(), digest_size=16).digest()


def join_alike(sets: Sequence["Hashes"], groups: Groups) -> None:
    """Join those whose sets of runs are alike. The same set twice is compared once, and no pair twice."""
    import numpy as np

    first_with: dict[bytes, int] = {}
    for place, runs in enumerate(sets):
        if len(runs):
            groups.join(first_with.setdefault(runs.tobytes(), place), place)
    places = np.fromiter(first_with.values(), dtype=np.intp, count=len(first_with))
    minima = minima_of([sets[place] for place in places])
    refused: set[tuple[int, int]] = set()
    for band in range(BANDS):
        for sharing in sharing_a_band(minima[:, band * ROWS : (band + 1) * ROWS]):
            if len(sharing) > MOST_COMPARED:
                for one, other in pairwise(places[sharing]):
                    groups.join(one, other)
                continue
            for one, other in likely_pairs(sharing, minima, [groups.find(place) for place in places[sharing]]):
                pair = (int(places[one]), int(places[other]))
                if pair in refused or groups.find(pair[0]) == groups.find(pair[1]):
                    continue
                if jaccard(sets[pair[0]], sets[pair[1]]) >= LEAST_JACCARD:
                    groups.join(*pair)
                else:
                    refused.add(pair)


def minima_of(sets: Sequence["Hashes"]) -> "NDArray[np.uint32]":
    """The signature of each set: under each of the hashes a * x + b mod 2^64, the least, of its upper 32 bits."""
    import numpy as np

    n_hashes = BANDS * ROWS
    seeds = hashlib.shake_256(b"near-duplicates").digest(16 * n_hashes)
    factors, offsets = np.frombuffer(seeds, dtype="<u8").reshape(2, n_hashes, 1)
    minima = np.empty((len(sets), n_hashes), dtype=np.uint32)
    for place, runs in enumerate(sets):
        hashed = runs[np.newaxis, :] * (factors | np.uint64(1)) + offsets
        minima[place] = (hashed >> np.uint64(32)).min(axis=1)
    return minima


def sharing_a_band(rows: "NDArray[np.uint32]") -> Iterator["NDArray[np.intp]"]:
    """The places of rows that are equal, for each such row that occurs more than once."""
    import numpy as np

    order = np.lexsort(rows.T)
    is_new = np.any(rows[order][1:] != rows[order][:-1], axis=1)
    begins = np.concatenate([[0], np.flatnonzero(is_new) + 1, [len(order)]])
    for place in np.flatnonzero(np.diff(begins) > 1):
        yield order[begins[place] : begins[place + 1]]


def likely_pairs(
    sharing: "NDArray[np.intp]", minima: "NDArray[np.uint32]", groups: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """The pairs of those that share a band, are of two groups still and look alike by all their minima."""
    import numpy as np

    group = np.array(groups)
    if (group == group[0]).all():
        return
    for at in range(len(sharing) - 1):
        rest = at + 1 + np.flatnonzero(group[at + 1 :] != group[at])
        if len(rest):
            n_alike = np.count_nonzero(minima[sharing[rest]] == minima[sharing[at]], axis=1)
            for near in rest[n_alike >= (LEAST_JACCARD - DOUBT) * minima.shape[1]]:
                yield int(sharing[at]), int(sharing[near])


def jaccard(one: "Hashes", other: "Hashes") -> float:
    """The share of runs that two sets have in common, of all that either has. Both are sorted."""
    import numpy as np

    found = np.minimum(np.searchsorted(other, one), len(other) - 1)
    n_common = np.count_nonzero(other[found] == one)
    return float(n_common / (len(one) + len(other) - n_common))

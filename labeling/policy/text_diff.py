"""Where two texts differ: by words, or by lines where the words are too many to compare."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Cells of the table that is compared: a quarter of a million take some hundredths of a second.
MOST_CELLS = 250_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the `same` in both, was `removed` from the first, or was `added` in the second."""

    kind: str
    text: str


def diff_of(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in reading order: the same and the removed ones are the first, the same and the added
    ones the second, to the letter. Where even the lines are too many, everything between what is the same at both
    ends counts as changed."""
    before_words, after_words = words_of(before), words_of(after)
    head = common_head(before_words, after_words)
    tail = common_head(before_words[head:][::-1], after_words[head:][::-1])
    middle = (before_words[head : len(before_words) - tail], after_words[head : len(after_words) - tail])
    pieces = [Piece("same", "".join(before_words[:head]))]
    pieces += changed_pieces("".join(middle[0]), "".join(middle[1]))
    pieces.append(Piece("same", "".join(before_words[len(before_words) - tail :])))
    return joined(pieces)


def changed_pieces(before: str, after: str) -> list[Piece]:
    for split in (words_of, lines_of):
        tokens = (split(before), split(after))
        if len(tokens[0]) * len(tokens[1]) <= MOST_CELLS:
            return aligned(*tokens)
    return [Piece("removed", before), Piece("added", after)]


def words_of(text: str) -> list[str]:
    """Words and the space between them, apart: a word at the end of a line is the same as one before a space."""
    return re.findall(r"\s+|\S+", text)


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def common_head(one: Sequence[str], other: Sequence[str]) -> int:
    n = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        n += 1
    return n


def aligned(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """By the longest common subsequence; removed before added where both stand in one place."""
    width = len(after)
    lengths = [[0] * (width + 1) for _ in range(len(before) + 1)]
    for i in range(len(before) - 1, -1, -1):
        row, below, token = lengths[i], lengths[i + 1], before[i]
        for j in range(width - 1, -1, -1):
            row[j] = below[j + 1] + 1 if token == after[j] else max(below[j], row[j + 1])
    pieces, i, j = [], 0, 0
    while i < len(before) and j < width:
        if before[i] == after[j]:
            pieces.append(Piece("same", before[i]))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            pieces.append(Piece("removed", before[i]))
            i += 1
        else:
            pieces.append(Piece("added", after[j]))
            j += 1
    pieces += [Piece("removed", token) for token in before[i:]]
    return pieces + [Piece("added", token) for token in after[j:]]


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """One piece for each run of a kind. A space alone between two changes is part of them, or every changed word
    would stand in pieces of its own."""
    runs: list[list[str]] = []
    removed: list[str] = []
    added: list[str] = []

    def flush() -> None:
        for kind, words in (("removed", removed), ("added", added)):
            if words:
                runs.append([kind, "".join(words)])
                words.clear()

    for position, piece in enumerate(pieces):
        following = pieces[position + 1].kind if position + 1 < len(pieces) else "same"
        if piece.kind == "removed":
            removed.append(piece.text)
        elif piece.kind == "added":
            added.append(piece.text)
        elif piece.text.isspace() and removed and added and following != "same":
            removed.append(piece.text)
            added.append(piece.text)
        elif piece.text:
            flush()
            if runs and runs[-1][0] == "same":
                runs[-1][1] += piece.text
            else:
                runs.append(["same", piece.text])
    flush()
    return [Piece(kind, text) for kind, text in runs]

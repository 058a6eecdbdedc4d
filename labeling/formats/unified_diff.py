"""A unified diff as files, hunks and lines. Read leniently: a model's counts are often wrong, and that is told, not
refused. No line of the text is dropped; what belongs to no file is kept as prose around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_DIFF, MOST_LINES = 200_000, 4_000
# A line number of more digits is none, and too long a one could not even be read.
HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)")
FENCE = re.compile(r"```\w*\s*")
REMARKS = {
    "new file mode": "new file",
    "deleted file mode": "deleted",
    "rename to": "renamed",
    "Binary files": "binary",
    "GIT binary patch": "binary",
}
HEADERS = (
    *REMARKS,
    "index ",
    "old mode",
    "new mode",
    "rename from",
    "copy ",
    "similarity index",
    "dissimilarity index",
)
LINE_KINDS = {"+": "added", "-": "removed", " ": "kept", "": "kept", "\\": "note"}


@dataclass(slots=True)
class DiffLine:
    """One line of a hunk; its numbers in the old and the new file, 0 where it is not in one."""

    kind: str
    text: str
    old: int = 0
    new: int = 0


@dataclass(slots=True)
class Hunk:
    heading: str
    counts_told: tuple[int, int]
    lines: list[DiffLine] = field(default_factory=list)

    @property
    def is_miscounted(self) -> bool:
        n_old = sum(line.old > 0 for line in self.lines)
        n_new = sum(line.new > 0 for line in self.lines)
        return (n_old, n_new) != self.counts_told


@dataclass(slots=True)
class FileDiff:
    name: str
    remark: str = ""
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def n_added(self) -> int:
        return sum(line.kind == "added" for hunk in self.hunks for line in hunk.lines)

    @property
    def n_removed(self) -> int:
        return sum(line.kind == "removed" for hunk in self.hunks for line in hunk.lines)


@dataclass(slots=True)
class Diff:
    """All of it; `before` and `after` are the words around the files."""

    files: list[FileDiff] = field(default_factory=list)
    before: str = ""
    after: str = ""

    @property
    def n_added(self) -> int:
        return sum(file.n_added for file in self.files)

    @property
    def n_removed(self) -> int:
        return sum(file.n_removed for file in self.files)


def read_diff(text: str) -> Diff | None:
    """The diff in a text; None where there is none, or where it is longer than a page can show."""
    lines = text.splitlines()
    if len(text) > LONGEST_DIFF or len(lines) > MOST_LINES:
        return None
    diff = Diff()
    around: list[str] = []
    rest = Lines(lines)
    while rest.has_more:
        file = read_file(rest)
        if file is None:
            line = rest.take()
            around += [] if FENCE.fullmatch(line) else [line]
            continue
        if not diff.files:
            diff.before, around = "\n".join(around).strip(), []
        diff.files.append(file)
    diff.after = "\n".join(around).strip()
    return diff if any(file.hunks or file.remark for file in diff.files) else None


@dataclass(slots=True)
class Lines:
    """The lines not read yet."""

    lines: list[str]
    place: int = 0

    @property
    def has_more(self) -> bool:
        return self.place < len(self.lines)

    def peek(self, ahead: int = 0) -> str:
        return self.lines[self.place + ahead] if self.place + ahead < len(self.lines) else ""

    def take(self) -> str:
        self.place += 1
        return self.lines[self.place - 1]

    def starts_file(self) -> bool:
        return self.peek().startswith("diff --git ") or (
            self.peek().startswith("--- ") and self.peek(1).startswith("+++ ")
        )


def read_file(rest: Lines) -> FileDiff | None:
    if not rest.starts_file():
        return None
    file = FileDiff("")
    if rest.peek().startswith("diff --git "):
        file.name = rest.take().rpartition(" b/")[2]
    while rest.has_more and rest.peek().startswith(HEADERS):
        line = rest.take()
        file.remark = next((said for start, said in REMARKS.items() if line.startswith(start)), file.remark)
    if rest.peek().startswith("--- ") and rest.peek(1).startswith("+++ "):
        names = [name_in(rest.take()) for _ in range(2)]
        file.name = next((name for name in reversed(names) if name != "/dev/null"), file.name)
        if "/dev/null" in names and not file.remark:
            file.remark = "new file" if names[0] == "/dev/null" else "deleted"
    file.hunks = list(read_hunks(rest))
    return file


def name_in(line: str) -> str:
    name = line[4:].partition("\t")[0].strip()
    return name[2:] if name[:2] in ("a/", "b/") else name


def read_hunks(rest: Lines) -> Iterator[Hunk]:
    while match := HUNK.match(rest.peek()):
        rest.take()
        old, new = int(match[1]), int(match[3])
        hunk = Hunk(match[5].strip(), (count_in(match[2]), count_in(match[4])))
        while rest.has_more and is_line_of(hunk, rest):
            line = rest.take()
            kind = LINE_KINDS[line[:1]]
            told = DiffLine(kind, line[1:])
            if kind in ("removed", "kept"):
                told.old, old = old, old + 1
            if kind in ("added", "kept"):
                told.new, new = new, new + 1
            hunk.lines.append(told)
        yield hunk


def is_line_of(hunk: Hunk, rest: Lines) -> bool:
    line = rest.peek()
    if line[:1] not in LINE_KINDS or rest.starts_file():
        return False
    # An empty line is a kept one whose space was lost; after the last line told, it is the end of the diff.
    return bool(line) or hunk.is_miscounted


def count_in(digits: str | None) -> int:
    return 1 if digits is None else int(digits)

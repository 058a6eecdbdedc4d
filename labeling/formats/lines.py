"""What every format is made of: a `Format`, the `Line`s it yields, and physical lines of bounded length."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labeling.formats.fields import Object, RowError

MAX_LINE_BYTES = 5 * 1024 * 1024
SKIP_BYTES = 64 * 1024
# UTF-32 little-endian begins like UTF-16, so these three cover both.
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"

# A file or a folder, or an upload that is open for reading bytes.
Source = Path | BinaryIO


class BadFile(Exception):
    """A whole file or folder that cannot be read, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file: the row it holds, or why it holds none. A blank line has neither.

    `number` is the line on which the record starts, counted from 1.
    """

    number: int
    raw: Object | None = None
    error: RowError | None = None

    @property
    def is_blank(self) -> bool:
        return self.raw is None and self.error is None


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file that other tools write, known by its suffix, or by the files its folder holds."""

    name: str
    title: str
    read: Callable[[Source, int], Iterator[Line]]
    suffixes: tuple[str, ...] = ()
    folder_files: tuple[str, ...] = ()


def rebuild_lines(lines: Iterable[Line], build: Callable[[Object], Object]) -> Iterator[Line]:
    """Another tool's records as ours. A record that `build` refuses keeps its line, and reading goes on."""
    for line in lines:
        if line.raw is None:
            yield line
            continue
        try:
            yield Line(line.number, build(line.raw))
        except RowError as error:
            yield Line(line.number, error=error)


@contextmanager
def open_source(source: Source) -> Iterator[BinaryIO]:
    """The bytes of a file. A stream that was handed in stays open: it belongs to whoever opened it."""
    if not isinstance(source, Path):
        yield source
        return
    if source.is_dir():
        raise BadFile(f"{source.name} is a folder, and this format reads one file; name the file.")
    try:
        stream = source.open("rb")
    except OSError as error:
        raise BadFile(f"{source.name} cannot be opened: {error.strerror}.") from error
    with stream:
        yield stream


def require_folder(source: Source, one: Format) -> Path:
    """The folder, after making sure that every file the format needs is in it."""
    if not isinstance(source, Path) or not source.is_dir():
        raise BadFile(f"{one.name} reads a folder with {', '.join(one.folder_files)}; name the folder.")
    for name in one.folder_files:
        if not (source / name).is_file():
            raise BadFile(f"{name} is missing in the folder {source.name}; {one.name} cannot be read without it.")
    return source


class BoundedLines:
    """The lines of a byte stream, one at a time, none over the limit. `number` is that of the last one."""

    def __init__(self, stream: BinaryIO, max_line_bytes: int) -> None:
        self.stream = stream
        self.max_line_bytes = max_line_bytes
        self.number = 0

    def next_line(self) -> bytes | None:
        """The next line without its end, or None after the last. After a `RowError` reading may go on."""
        # Two more bytes than the limit: the line's end, as Windows writes it, does not count.
        chunk = self.stream.readline(self.max_line_bytes + 2)
        if not chunk:
            return None
        self.number += 1
        if self.number == 1:
            chunk = strip_mark(chunk)
        line = chunk.removesuffix(b"\n").removesuffix(b"\r")
        if len(line) > self.max_line_bytes:
            self.skip_rest(chunk)
            message = f"the line is over the limit of {show_size(self.max_line_bytes)}; shorten or split it"
            raise RowError("", message)
        return line

    def skip_rest(self, chunk: bytes) -> None:
        while chunk and not chunk.endswith(b"\n"):
            chunk = self.stream.readline(SKIP_BYTES)


def strip_mark(chunk: bytes) -> bytes:
    if chunk.startswith(WIDE_MARKS):
        raise BadFile("The file is UTF-16 or UTF-32, not UTF-8; save it again as UTF-8.")
    return chunk.removeprefix(UTF8_MARK)


def decode_line(line: bytes, where: str = "the line") -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 at byte {error.start + 1} of {where}; save the file as UTF-8"
        raise RowError("", message) from error


def show_size(n_bytes: int) -> str:
    mebibyte = 1024 * 1024
    return f"{n_bytes // mebibyte} MiB" if n_bytes and n_bytes % mebibyte == 0 else f"{n_bytes:,} bytes"

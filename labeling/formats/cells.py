"""Delimited text as rows of cells: quoting, physical line numbers and every way in which a row can be broken.

What the columns mean is said in `tables.py`; adapters whose tools write tables use this too.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from labeling.formats.fields import Object, RowError
from labeling.formats.lines import BadFile, BoundedLines, Line, Source, decode_line, open_source, show_size


@dataclass(frozen=True, slots=True)
class Cells:
    """One row by column name, or why it is none. `number` is the physical line on which it starts."""

    number: int
    by_column: dict[str, str] | None = None
    error: RowError | None = None


class DecodedLines(Iterator[str]):
    """What csv.reader is fed. A class, since a generator that raises is finished, and reading must go on."""

    def __init__(self, lines: BoundedLines, delimiter: str) -> None:
        self.lines = lines
        self.delimiter = delimiter.encode()
        self.begin_row()

    def begin_row(self) -> None:
        self.n_bytes = 0
        self.is_in_quote = False

    def __next__(self) -> str:
        line = self.lines.next_line()
        if line is None:
            raise StopIteration
        self.is_in_quote = ends_in_quote(line, self.delimiter, is_in_quote=self.is_in_quote)
        self.n_bytes += len(line)
        if self.n_bytes > self.lines.max_line_bytes:
            # Quoted line ends may chain lines without end; csv.reader alone would collect them all.
            limit = show_size(self.lines.max_line_bytes)
            raise RowError("", f"the row is over the limit of {limit}; split it")
        where = f"line {self.lines.number}"
        if b"\0" in line:
            raise RowError("", f"holds a NUL character on {where}; save the file as UTF-8 text")
        return decode_line(line, where) + "\n"

    def skip_open_quote(self) -> None:
        """Leave a quoted cell given up in its middle; its remaining lines would else be read as rows."""
        while self.is_in_quote:
            try:
                next(self)
            except RowError:
                continue
            except StopIteration:
                return


def ends_in_quote(line: bytes, delimiter: bytes, *, is_in_quote: bool) -> bool:
    """Whether the line's last cell goes on on the next line.

    Counting quotes is not enough: in a cell that does not begin with one (5" pipe) they mean nothing.
    """
    at = 0
    while True:
        if not is_in_quote and line[at : at + 1] == b'"':
            is_in_quote, at = True, at + 1
        if is_in_quote:
            at = line.find(b'"', at)
            if at < 0:
                return True
            if line[at + 1 : at + 2] == b'"':
                at += 2
                continue
            is_in_quote = False
        at = line.find(delimiter, at) + 1
        if at == 0:
            return False


def read_cells(stream: BinaryIO, *, delimiter: str, max_line_bytes: int) -> Iterator[Cells]:
    """The header, as a row whose columns can be judged before any row is read; then the rows under it."""
    lines = BoundedLines(stream, max_line_bytes)
    decoded = DecodedLines(lines, delimiter)
    # strict: text after a closing quote is an error, not something to glue on.
    reader = csv.reader(decoded, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        start = lines.number + 1
        decoded.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except (csv.Error, RowError) as error:
            decoded.skip_open_quote()
            refusal = explain_refusal(error, start=start, end=lines.number)
            if header is None:
                raise BadFile(f"The header cannot be read: {refusal}.") from error
            yield Cells(start, error=refusal)
            continue
        if header is None:
            if not cells:
                continue
            header = clean_header(cells)
            yield Cells(start, dict.fromkeys(header, ""))
        else:
            yield match_cells(header, cells, start)
    if header is None:
        raise BadFile("The file is empty; its first line must be a header with the names of the columns.")


def explain_refusal(error: csv.Error | RowError, *, start: int, end: int) -> RowError:
    if isinstance(error, RowError):
        return error
    where = f"line {start}" if end <= start else f"lines {start} to {end}"
    message = str(error)
    if "field limit" in message:
        return RowError(
            "",
            f"{where}: a cell is over the limit of {csv.field_size_limit():,} characters; close its quote "
            "if that is missing, or send such long texts as JSON Lines",
        )
    if "unexpected end of data" in message:
        return RowError("", f"{where}: a quoted cell is never closed; close its quote")
    if "new-line character" in message:
        return RowError("", f"{where}: line ends of old Macs (CR alone); save the file with LF or CRLF")
    return RowError("", f"{where}: quoting is broken ({message}); double the quotes inside a quoted cell")


def clean_header(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for index, name in enumerate(header):
        if not name:
            raise BadFile(f"Column {index + 1} has no name; name it in the header or remove it.")
        if name in header[:index]:
            raise BadFile(f"The column {name!r} is in the header twice; keep one of them.")
    return header


def match_cells(header: list[str], cells: list[str], number: int) -> Cells:
    if not cells:
        return Cells(number)
    if len(cells) != len(header):
        message = (
            f"the row on line {number} has {len(cells)} cells and the header {len(header)}; "
            "quote cells that hold the delimiter"
        )
        return Cells(number, error=RowError("", message))
    return Cells(number, dict(zip(header, cells, strict=True)))


def build_lines(
    source: Source,
    max_line_bytes: int,
    *,
    delimiter: str,
    check_columns: Callable[[list[str]], None],
    build: Callable[[dict[str, str]], Object],
) -> Iterator[Line]:
    """A table's rows as lines: the header is checked once, and a row that cannot be built costs only itself."""
    with open_source(source) as stream:
        rows = read_cells(stream, delimiter=delimiter, max_line_bytes=max_line_bytes)
        check_columns(list(next(rows).by_column or {}))
        for row in rows:
            if row.by_column is None:
                yield Line(row.number, error=row.error)
                continue
            try:
                yield Line(row.number, build(row.by_column))
            except RowError as error:
                yield Line(row.number, error=error)

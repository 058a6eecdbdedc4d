"""JSON Lines: one ingest row a line, as rows are written by most producers and by our own export."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

from labeling.formats.fields import MAX_DEPTH, Object, RowError, name_type, show
from labeling.formats.lines import BoundedLines, Format, Line, Source, decode_line, open_source


def read_jsonl(source: Source, max_line_bytes: int) -> Iterator[Line]:
    with open_source(source) as stream:
        lines = BoundedLines(stream, max_line_bytes)
        while True:
            try:
                line = lines.next_line()
                if line is None:
                    return
                raw = decode_object(line) if line.strip() else None
            except RowError as error:
                yield Line(lines.number, error=error)
            else:
                yield Line(lines.number, raw)


def decode_object(line: bytes) -> Object:
    value = decode_json(decode_line(line))
    if not isinstance(value, dict):
        raise RowError("", f"must be a JSON object, not {name_type(value)}; write one object a line")
    return value


def decode_json(text: str) -> object:
    """One JSON value, strictly: json.loads alone takes NaN, and drops the first of two equal keys."""
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RowError("", f"is not JSON at column {error.colno}: {error.msg}; write one object a line") from error
    except RecursionError as error:
        raise RowError("", f"is nested deeper than {MAX_DEPTH} levels; flatten it") from error
    except RowError:
        raise
    except ValueError as error:
        # Python declines to read a whole number of more than 4,300 digits.
        raise RowError("", "holds a number with too many digits; write it as text") from error


def refuse_duplicates(pairs: list[tuple[str, object]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise RowError("", f"the key {show(twice)} is given twice in one object; keep one of them")
    return found


def refuse_constant(name: str) -> NoReturn:
    raise RowError("", f"{name} is not a JSON number; leave it out or write null")


DECODER = json.JSONDecoder(object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant)

FORMAT = Format("jsonl", "JSON Lines, one item a line", read_jsonl, suffixes=(".jsonl", ".ndjson"))

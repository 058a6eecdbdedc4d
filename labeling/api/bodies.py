"""Reading a request's JSON strictly: bad text is refused with its place, a bad row without the rows beside it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from labeling.api.problems import Problem
from labeling.formats.jsonl import DECODER
from labeling.formats.lines import show_size
from labeling.formats.rows import RowError
from labeling.services.ingest import ReadRow

MOST_ROWS = 1_000
UTF8_MARK = b"\xef\xbb\xbf"
SPACE = re.compile(r"[ \t\n\r]*")
# Finds the end of a row that the strict decoder refused, so that only this row is lost.
LENIENT = json.JSONDecoder(parse_int=str)


def read_rows(request: HttpRequest) -> tuple[list[ReadRow], bool]:
    """The rows of a body with their place in it from 0, and whether it was a list. Refuses the whole body or none."""
    text = read_text(request)
    start = skip_space(text, 0)
    try:
        if text[start : start + 1] == "[":
            rows = list(rows_of_list(text, start + 1))
            is_list = True
        else:
            row, end = read_row(text, start)
            require_end(text, end)
            rows, is_list = [(0, row)], False
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Problem(400, f"The body is not JSON at {place}: {error.msg}.") from error
    except RecursionError as error:
        raise Problem(400, "The body is nested too deep to be read; flatten it.") from error
    if not rows:
        raise Problem(422, f"The list is empty; send 1 to {MOST_ROWS:,} objects.")
    if len(rows) > MOST_ROWS:
        raise Problem(422, f"The list holds {len(rows):,} objects, the limit is {MOST_ROWS:,}; split it.")
    return rows, is_list


def read_text(request: HttpRequest) -> str:
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if request.content_type != "application/json" or charset not in ("utf-8", "utf8"):
        raise Problem(415, "Send the body as Content-Type: application/json in UTF-8.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem(415, "Send the body uncompressed; a Content-Encoding cannot be read here.")
    body = request.body.removeprefix(UTF8_MARK)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(400, f"The body is not UTF-8 at byte {error.start + 1}; JSON is sent as UTF-8.") from error


def rows_of_list(text: str, place: int) -> Iterator[ReadRow]:
    """The rows between `[`, after which `place` is, and `]`. Reading goes on after a row that is refused."""
    place = skip_space(text, place)
    if text[place : place + 1] == "]":
        require_end(text, place + 1)
        return
    index = 0
    while True:
        row, place = read_row(text, place)
        yield index, row
        index += 1
        place = skip_space(text, place)
        mark = text[place : place + 1]
        if mark == "]":
            require_end(text, place + 1)
            return
        if mark != ",":
            raise json.JSONDecodeError("expected ',' or ']' after an object", text, place)
        place = skip_space(text, place + 1)


def read_row(text: str, start: int) -> tuple[Any | RowError, int]:
    try:
        row, end = DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except (RowError, ValueError) as error:
        # ValueError: Python declines to read a whole number of more than 4,300 digits.
        too_long = RowError("", "holds a number with too many digits; write it as text")
        row, end = error if isinstance(error, RowError) else too_long, LENIENT.raw_decode(text, start)[1]
    # A character takes at most four bytes: most rows need not be encoded again to be measured.
    limit = settings.MAX_LINE_BYTES
    if (end - start) * 4 > limit and len(text[start:end].encode()) > limit:
        row = RowError("", f"the object is over the limit of {show_size(limit)}; shorten or split it")
    return row, end


def skip_space(text: str, place: int) -> int:
    return SPACE.match(text, place).end()


def require_end(text: str, place: int) -> None:
    place = skip_space(text, place)
    if place != len(text):
        raise json.JSONDecodeError("something follows after the end", text, place)

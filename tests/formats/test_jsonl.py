"""JSON Lines: every kind of broken line is refused by number, and reading goes on."""

import io
import tracemalloc

import pytest

from labeling.formats import BadFile, read_rows


def messages(lines):
    return [(line.number, str(line.error)) for line in lines if line.error]


def test_each_line_is_one_row(read_bytes):
    lines = read_bytes(b'{"a": 1}\n{"a": 2}\r\n{"a": 3}', "jsonl")

    assert [(line.number, line.raw) for line in lines] == [(1, {"a": 1}), (2, {"a": 2}), (3, {"a": 3})]


def test_blank_lines_are_passed_over_and_counted():
    rows = read_rows(io.BytesIO(b'\n{"a": 1}\n  \n\n{"a": 2}\n'), "jsonl")

    assert [line.number for line in rows] == [2, 5]
    assert rows.n_blank == 3


def test_byte_order_mark_of_utf_8_is_accepted(read_bytes):
    assert read_bytes(b'\xef\xbb\xbf{"a": 1}\n', "jsonl")[0].raw == {"a": 1}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-be"])
def test_utf_16_and_utf_32_are_refused_with_advice(read_bytes, encoding):
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"

    with pytest.raises(BadFile, match="save it again as UTF-8"):
        read_bytes((mark + '{"a": 1}\n').encode(encoding), "jsonl")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": 1', "is not JSON at column 8: Expecting ',' delimiter; write one object a line"),
        (b"{'a': 1}", "is not JSON at column 2: Expecting property name enclosed in double quotes"),
        (b'{"a": 1} {"a": 2}', "is not JSON at column 10: Extra data"),
        (b'{"a": "\xff"}', "is not UTF-8 at byte 8 of the line; save the file as UTF-8"),
        (b"[1, 2]", "must be a JSON object, not a list; write one object a line"),
        (b"17", "must be a JSON object, not a number"),
        (b'{"a": {"b": 1, "b": 2}}', "the key 'b' is given twice in one object; keep one of them"),
        (b'{"a": NaN}', "NaN is not a JSON number; leave it out or write null"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds a number with too many digits; write it as text"),
        (b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "is nested deeper than 20 levels; flatten it"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_a_broken_line_is_refused_and_the_next_is_read(read_bytes, line, message):
    lines = read_bytes(b'{"a": 1}\n' + line + b'\n{"a": 3}\n', "jsonl")

    assert [one.number for one in lines] == [1, 2, 3]
    assert str(lines[1].error).startswith(message)
    assert lines[2].raw == {"a": 3}


def test_a_line_of_exactly_the_limit_is_read_whatever_its_line_end(read_bytes):
    line = b'{"a": "xxxxx"}'

    for content in (line, line + b"\n", line + b"\r\n"):
        assert read_bytes(content, "jsonl", max_line_bytes=len(line))[0].raw == {"a": "xxxxx"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_over_the_limit_is_refused_naming_the_limit(read_bytes, end):
    lines = read_bytes(b'{"a": 12345}' + end + b'{"a": 1}' + end, "jsonl", max_line_bytes=11)

    assert messages(lines) == [(1, "the line is over the limit of 11 bytes; shorten or split it")]
    assert lines[1].raw == {"a": 1}


def test_the_usual_limit_is_five_mebibytes(read_bytes):
    lines = read_bytes(b'{"a": "' + b"x" * (5 * 1024 * 1024) + b'"}\n{"a": 1}', "jsonl")

    assert messages(lines) == [(1, "the line is over the limit of 5 MiB; shorten or split it")]
    assert lines[1].number == 2


def test_memory_does_not_grow_with_the_length_of_a_line(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"x" * 20_000_000 + b'\n{"a": 1}\n')
    tracemalloc.start()

    lines = list(read_rows(path, "jsonl", max_line_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [line.raw for line in lines] == [None, {"a": 1}]
    assert peak < 2_000_000


def test_a_stream_that_was_handed_in_stays_open():
    stream = io.BytesIO(b'{"a": 1}\n')

    list(read_rows(stream, "jsonl"))

    assert not stream.closed


def test_an_empty_file_has_no_lines(read_bytes):
    assert read_bytes(b"", "jsonl") == []

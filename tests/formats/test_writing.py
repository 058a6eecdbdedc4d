"""Rows as CSV, JSON lines and Parquet."""

import builtins
import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from zipfile import ZipFile

import pytest

from labeling.formats.writing import (
    CannotWrite,
    Column,
    chunked,
    write_csv,
    write_json,
    write_jsonl,
    write_parquet,
    write_text,
    zip_folder,
)

COLUMNS = (
    Column("name"),
    Column("note", "free_text"),
    Column("n", "whole"),
    Column("share", "real"),
    Column("is_bad", "truth"),
    Column("at_utc", "moment"),
    Column("codes", "codes"),
    Column("answers", "object"),
)
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FULL = {
    "name": "r-1",
    "note": 'He said "no",\nthen left.',
    "n": 3,
    "share": 0.1,
    "is_bad": False,
    "at_utc": AT.astimezone(timezone(timedelta(hours=2))),
    "codes": ["audit", "novel"],
    "answers": {"tone": "4"},
    "left_over": "never written",
}
EMPTY = dict.fromkeys((column.name for column in COLUMNS), None)


def read_back(rows, columns=COLUMNS):
    return list(csv.DictReader(io.StringIO("".join(write_csv(columns, rows)), newline="")))


def test_csv_reads_back():
    full, empty = read_back([FULL, EMPTY])

    assert full == {
        "name": "r-1",
        "note": 'He said "no",\nthen left.',
        "n": "3",
        "share": "0.1",
        "is_bad": "false",
        "at_utc": "2026-11-02T09:30:00Z",
        "codes": "audit novel",
        "answers": '{"tone":"4"}',
    }
    assert set(empty.values()) == {""}


def test_csv_of_no_rows_is_its_header():
    assert "".join(write_csv(COLUMNS, [])) == "name,note,n,share,is_bad,at_utc,codes,answers\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", '=HYPERLINK("http://x","y")'])
def test_free_text_that_would_be_a_formula_gets_an_apostrophe(text):
    [row] = read_back([{"note": text}], (Column("note", "free_text"),))

    assert row["note"] == f"'{text}"


@pytest.mark.parametrize("text", ["", "plain", "1 = 1", "a@b", "'quoted"])
def test_other_free_text_stays(text):
    [row] = read_back([{"note": text, "id": "x"}], (Column("note", "free_text"), Column("id")))

    assert row["note"] == text


def test_keys_and_numbers_stay_as_they_are():
    columns = (Column("name"), Column("n", "whole"), Column("share", "real"))

    [row] = read_back([{"name": "-42", "n": -1, "share": -0.5}], columns)

    assert row == {"name": "-42", "n": "-1", "share": "-0.5"}


def test_jsonl_changes_no_text_and_has_one_line_a_row():
    note = "=1+1 \u2028 über\u0085\n"

    text = "".join(write_jsonl(COLUMNS, [{**FULL, "note": note}, EMPTY]))

    first, second = (json.loads(line) for line in text.splitlines())
    assert first["note"] == note
    assert "über" in text
    assert first["at_utc"] == "2026-11-02T09:30:00Z"
    assert first["codes"] == ["audit", "novel"]
    assert list(first) == [column.name for column in COLUMNS]
    assert set(second.values()) == {None}


@pytest.mark.parametrize("write", [write_csv, write_jsonl])
def test_rows_are_written_one_by_one(write):
    def endless():
        while True:
            yield FULL

    pieces = write(COLUMNS, endless())

    assert "r-1" in [next(pieces) for _ in range(3)][2]


def test_chunks_hold_the_same_text():
    texts = [f"{number}\n" for number in range(2_500)]

    pieces = list(chunked(texts))

    assert len(pieces) == 3
    assert "".join(pieces) == "".join(texts)


def test_written_file_says_its_hash_and_size(tmp_path):
    written = write_text(tmp_path / "rows", ["ä\n", "b\n"])

    content = (tmp_path / "rows").read_bytes()
    assert content == "ä\nb\n".encode()
    assert (written.sha256, written.n_bytes, written.n_rows) == (hashlib.sha256(content).hexdigest(), 5, 2)


def test_archive_holds_the_files_and_has_the_same_bytes_again(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.txt", "a.txt"):
        (folder / name).write_text(name)

    zip_folder(folder, tmp_path / "one.zip")
    zip_folder(folder, tmp_path / "two.zip")

    with ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
        assert archive.read("a.txt") == b"a.txt"
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_parquet_keeps_the_types(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    n_rows = write_parquet(tmp_path / "rows.parquet", COLUMNS, [FULL, EMPTY] * 750)

    full, empty = parquet.read_table(tmp_path / "rows.parquet").to_pylist()[:2]
    assert n_rows == 1_500
    expected = {name: FULL[name] for name in EMPTY}
    assert full == {**expected, "at_utc": AT, "answers": '{"tone":"4"}'}
    assert empty == EMPTY


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    real_import = builtins.__import__

    def import_without_pyarrow(name, *arguments, **options):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", import_without_pyarrow)

    with pytest.raises(CannotWrite, match=r"the extra 'parquet'.*csv or jsonl"):
        write_parquet(tmp_path / "rows.parquet", COLUMNS, [])
    assert not list(tmp_path.iterdir())


def test_json_is_one_array_with_a_row_a_line():
    columns = [Column("name"), Column("n", "whole")]
    rows = [{"name": "a\nb", "n": 1}, {"name": "c", "n": None}]

    text = "".join(write_json(columns, rows))

    assert json.loads(text) == rows
    assert len(text.splitlines()) == 4
    assert json.loads("".join(write_json(columns, []))) == []

"""The registry: a format is found by name, and a file or folder of none is refused."""

from pathlib import Path

import pytest

from labeling.formats import FORMATS, BadFile, detect_format, read_rows


@pytest.mark.parametrize(
    ("name", "format_name"),
    [("a.jsonl", "jsonl"), ("a.NDJSON", "jsonl"), ("a.csv", "csv"), ("a.tsv", "tsv"), ("a.b.tab", "tsv")],
)
def test_a_file_is_known_by_its_suffix(name, format_name):
    assert detect_format(Path(name)) == format_name


def test_a_folder_is_known_by_its_files(tmp_path):
    (tmp_path / "real_dialogues.jsonl").touch()

    assert detect_format(tmp_path) == "llm_rubric"


def test_an_unknown_suffix_is_refused_with_the_known_ones():
    with pytest.raises(BadFile, match=r"'a.xlsx' is not known by its name \(known are .jsonl, .ndjson, .csv"):
        detect_format(Path("a.xlsx"))


def test_a_folder_without_known_files_is_refused(tmp_path):
    with pytest.raises(BadFile, match="holds none of the files of a known format"):
        detect_format(tmp_path)


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(BadFile, match="Unknown format 'jsnol'; did you mean 'jsonl'"):
        read_rows(Path("a"), "jsnol")


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(BadFile, match=r"gone.csv cannot be opened: No such file"):
        list(read_rows(tmp_path / "gone.csv", "csv"))


def test_a_folder_given_for_a_file_is_refused(tmp_path):
    with pytest.raises(BadFile, match="is a folder, and this format reads one file"):
        list(read_rows(tmp_path, "jsonl"))


@pytest.mark.parametrize("format_name", [one.name for one in FORMATS.values() if one.folder_files])
def test_a_file_given_for_a_folder_is_refused(tmp_path, format_name):
    with pytest.raises(BadFile, match=f"{format_name} reads a folder with"):
        list(read_rows(tmp_path / "a.jsonl", format_name))


@pytest.mark.parametrize(
    ("format_name", "missing"),
    [(one.name, name) for one in FORMATS.values() for name in one.folder_files],
)
def test_a_file_missing_in_a_folder_is_named(tmp_path, format_name, missing):
    for name in FORMATS[format_name].folder_files:
        if name != missing:
            (tmp_path / name).touch()

    with pytest.raises(BadFile, match=f"{missing} is missing in the folder"):
        list(read_rows(tmp_path, format_name))


def test_every_format_is_registered_under_its_own_name():
    assert all(name == one.name for name, one in FORMATS.items())

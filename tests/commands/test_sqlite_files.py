"""Files that take their name once they are whole, beside others that want the same name."""

import pytest
from django.core.management.base import CommandError

from labeling.management.sqlite_files import copy_whole, place_for


def write(path, text, *, first=lambda: None):
    with place_for(path) as unfinished:
        first()
        unfinished.write_text(text)


def test_of_two_that_want_one_name_the_first_gets_it_and_the_other_leaves_it_alone(tmp_path):
    path = tmp_path / "backup.sqlite3"

    with pytest.raises(CommandError, match="came into being meanwhile"):
        write(path, "second", first=lambda: write(path, "first"))

    assert path.read_text() == "first"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_copied_leaves_nothing(tmp_path):
    source = tmp_path / "source.sqlite3"
    source.write_text("no database" * 1_000)

    with (
        pytest.raises(CommandError, match="file is not a database") as refused,
        place_for(tmp_path / "backup.sqlite3") as unfinished,
    ):
        copy_whole(source, unfinished)

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == [source]


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        write(tmp_path / "none" / "backup.sqlite3", "")

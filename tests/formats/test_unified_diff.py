"""Unified diffs as models write them: read where they can be, and no line lost where they cannot."""

import pytest

from labeling.formats.unified_diff import LONGEST_DIFF, MOST_LINES, read_diff
from tests.kinds import DIFF


def rows(file):
    return [(line.kind, line.old, line.new, line.text) for hunk in file.hunks for line in hunk.lines]


def test_files_hunks_and_lines_have_their_names_and_numbers():
    diff = read_diff(DIFF)

    assert diff.before == "The seal is checked before the kettle heats."
    assert [(file.name, file.remark, file.n_added, file.n_removed) for file in diff.files] == [
        ("kettle/heat.py", "", 2, 1),
        ("kettle/new.py", "new file", 1, 0),
    ]
    assert diff.files[0].hunks[0].heading == "def heat"
    assert rows(diff.files[0]) == [
        ("kept", 1, 1, "def heat(kettle):"),
        ("removed", 2, 0, "    kettle.on()"),
        ("added", 0, 2, "    if kettle.is_sealed:"),
        ("added", 0, 3, "        kettle.on()"),
        ("kept", 3, 4, "    return kettle"),
        ("kept", 4, 5, "# the end"),
    ]
    assert not any(hunk.is_miscounted for file in diff.files for hunk in file.hunks)


def test_a_diff_in_a_fence_with_words_around_it_keeps_the_words():
    diff = read_diff("Here:\n```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n```\nDone.")

    assert (diff.before, diff.after) == ("Here:", "Done.")
    assert rows(diff.files[0]) == [("removed", 1, 0, "a"), ("added", 0, 1, "b")]


def test_wrong_counts_are_told_and_lose_no_line():
    diff = read_diff("--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\n c")

    assert diff.files[0].hunks[0].is_miscounted
    assert len(rows(diff.files[0])) == 3


def test_a_removed_line_of_dashes_is_no_new_file():
    diff = read_diff("--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1 @@\n--- old comment\n select 1")

    assert rows(diff.files[0]) == [("removed", 1, 0, "-- old comment"), ("kept", 2, 1, "select 1")]


@pytest.mark.parametrize(
    ("header", "name", "remark"),
    [
        ("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", "y", "renamed"),
        ("diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n", "p.png", "binary"),
        ("diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "x", "deleted"),
        ("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", "x", "new file"),
    ],
)
def test_what_became_of_a_file_is_said(header, name, remark):
    (file,) = read_diff(header).files

    assert (file.name, file.remark) == (name, remark)


def test_no_newline_at_the_end_is_a_note():
    diff = read_diff("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n")

    assert [kind for kind, *_ in rows(diff.files[0])] == ["removed", "note", "added"]
    assert not diff.files[0].hunks[0].is_miscounted


@pytest.mark.parametrize(
    "text",
    ["", "No diff at all.", "--- a\nwords", "x" * (LONGEST_DIFF + 1), "+a\n" * (MOST_LINES + 1), "--- a\n+++ b\n"],
)
def test_what_is_no_diff_or_too_long_is_left_as_it_came(text):
    assert read_diff(text) is None


def test_every_line_of_a_diff_is_kept_somewhere():
    text = DIFF.replace("@@ -1,4 +1,5 @@ def heat", "@@ -1,2 +1,2 @@").replace("# the end", "# the end\n stray\nprose")
    diff = read_diff(text)

    kept = [diff.before, diff.after, *(line.text for file in diff.files for hunk in file.hunks for line in hunk.lines)]
    for line in ("stray", "prose", "# the end", "LITRES = 1"):
        assert any(line in one for one in kept), line


def test_a_line_number_that_nobody_could_count_to_is_no_hunk():
    assert read_diff(f"--- a\n+++ b\n@@ -{'1' * 5000} +1 @@\n x\n") is None

"""Counts that the web processes of one machine share."""

import pytest

from reviewapp.counts import SharedCounts


@pytest.fixture
def process(tmp_path):
    """Each call is a process's own cache on the same file."""
    return lambda: SharedCounts(str(tmp_path / "counts.sqlite3"), {})


def test_what_one_process_counts_the_others_count_on(process):
    first, second = process(), process()

    assert first.add("guesses", 0, timeout=60)
    assert not second.add("guesses", 0, timeout=60)

    assert [first.incr("guesses"), second.incr("guesses"), first.incr("guesses")] == [1, 2, 3]
    assert second.get("guesses") == 3


def test_a_count_that_ran_out_is_none(process):
    counts = process()
    counts.set("guesses", 7, timeout=-1)

    assert counts.get("guesses", 0) == 0
    assert not counts.touch("guesses", 60)
    with pytest.raises(ValueError, match="guesses"):
        counts.incr("guesses")
    assert counts.add("guesses", 0, timeout=60)


def test_a_count_lives_on_for_as_long_as_it_is_touched_and_until_it_is_deleted(process):
    counts = process()
    counts.set("guesses", 7, timeout=60)

    assert counts.touch("guesses", 120)
    assert counts.delete("guesses")
    assert not counts.delete("guesses")
    assert counts.get("guesses") is None


def test_what_ran_out_is_thrown_away(process):
    counts = process()
    for number in range(5):
        counts.set(f"minute-{number}", 1, timeout=-1)

    counts.add("minute-5", 0, timeout=None)

    assert counts.run("SELECT count(*) FROM counts").fetchone() == (1,)
    counts.clear()
    assert counts.get("minute-5") is None

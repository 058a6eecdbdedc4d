"""What the desk weighs. Times are for `python -m tests.bench page`: a timing never decides a test."""

from tests.bench.page import bytes_of

MOST_KB = 60


def test_the_desk_with_scripts_and_styles_is_under_sixty_kilobytes_compressed(sit_down):
    page = sit_down("Support replies")

    _, compressed = bytes_of(page.context, page)

    assert 20 < compressed < MOST_KB


def test_the_words_of_a_pair_are_compared_by_a_script_that_comes_with_the_first_press(sit_down):
    page = sit_down("Comparisons")

    page.keyboard.press("KeyV")

    page.locator("[data-toggle-diff][aria-pressed=true]").wait_for()
    assert page.locator(".pair__side ins").count() > 0

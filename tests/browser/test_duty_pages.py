"""Who holds what, who is away and who is on duty: each page as a person gets to it, for everybody to read."""

from playwright.sync_api import expect

from tests.browser.test_pages import PROJECT, logged_in, quiet, scrolls_sideways, violations

__all__ = ["quiet"]


def test_a_held_turn_is_shown_and_released(chromium, quiet):
    with logged_in(chromium, quiet, "cleo") as page:
        page.locator(".start", has_text="Support replies").get_by_role("button").click()
        page.wait_for_url("**/review/**")
    with logged_in(chromium, quiet, "ada") as page:
        page.goto(quiet.address + PROJECT + "hand-outs/")
        assert violations(page) == []
        assert not scrolls_sideways(page)
        page.get_by_role("link", name="cleo", exact=True).click()
        expect(page.get_by_role("link", name="Release all of cleo")).to_be_visible()

        page.locator("tbody").get_by_role("link", name="Release").first.click()
        assert violations(page) == []
        assert not scrolls_sideways(page)
        page.get_by_label("Reason").fill("She went home.")
        page.get_by_role("button", name="Release it").click()

        expect(page.get_by_text("is open to the next reviewer")).to_be_visible()
        expect(page.locator("tbody", has_text="cleo")).to_have_count(0)


def test_a_reviewer_goes_away_and_comes_back(chromium, quiet):
    with logged_in(chromium, quiet, "cleo") as page:
        page.get_by_text("cleo").first.click()
        page.get_by_role("link", name="Days away").click()
        today = page.evaluate("new Date().toISOString().slice(0, 10)")
        page.get_by_label("First day").fill(today)
        page.get_by_label("Last day").fill(today)
        page.get_by_role("button", name="Enter them").click()
        expect(page.get_by_text("Nothing is handed to you on these days.", exact=True)).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)

        page.goto(quiet.address)
        assert violations(page) == []
        page.locator(".start", has_text="Support replies").get_by_role("link", name="See why").click()
        expect(page.get_by_role("heading", name="You are away")).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
        page.get_by_role("link", name="Your days away").click()
        page.get_by_role("button", name="End it now").click()

        expect(page.get_by_text("you can go on")).to_be_visible()


def test_duties_are_set_and_shown(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        page.goto(quiet.address + PROJECT + "queues/")
        page.get_by_role("link", name="Comparisons", exact=True).click()
        page.get_by_role("link", name="Change the duties").click()
        for name in ("ana", "ben", "cleo"):
            page.get_by_label(f"Duty of {name}").select_option(label="Regular")
        page.get_by_label("Reason").fill("A rota.")
        page.get_by_role("button", name="Set the duties").click()

        expect(page.get_by_role("region", name="Reviewers and their duties")).to_contain_text("On duty")
        assert violations(page) == []
        assert not scrolls_sideways(page)

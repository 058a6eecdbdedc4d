"""Model output on a page: formatted where it is safe, shown as text where it is not."""

import re
import time
from pathlib import Path

import pytest

from labeling.templatetags.model_text import LONGEST_MARKDOWN, citations_by_rank, html_of_markdown, laid_out
from labeling.templatetags.outputs import n_words
from labeling.templatetags.rendering import json_pretty, markdown, moment


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='https://evil.example'></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "</div></main><form action='/logout/' method=post>",
    ],
)
def test_raw_html_is_shown_as_text(hostile):
    html = html_of_markdown(f"Hello {hostile}")

    assert not re.search(r"<(script|img|iframe|style|form|/main|/div)", html)
    assert "&lt;" in html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/logout/",
        "#main",
    ],
)
def test_only_web_addresses_become_links(address):
    assert "<a " not in html_of_markdown(f"[press me]({address})")


def test_link_shows_where_it_leads_and_tells_nothing_about_us():
    html = html_of_markdown("[the policy](https://example.com/x?a=1&b=2)")

    assert 'rel="nofollow noopener noreferrer"' in html
    assert "(https://example.com/x?a=1&amp;b=2)" in html


def test_link_that_pretends_to_be_another_is_exposed():
    assert "(https://evil.example)" in html_of_markdown("[https://shop.example](https://evil.example)")


def test_pictures_are_never_loaded():
    html = html_of_markdown("![a cat](https://tracker.example/p.png)")

    assert "<img" not in html
    assert "Picture, not loaded: a cat (https://tracker.example/p.png)" in html


def test_citation_leads_to_its_passage_and_a_broken_one_is_marked():
    html = html_of_markdown("Two years [P1], or three [P9]. See [note].", passage_labels=["P1", "P2"])

    assert '<a class="citation" id="part-citation-1" href="#part-chunk-1"' in html
    assert '<span class="citation--broken" id="part-citation-2">[P9] leads to no passage</span>' in html
    assert "[note]" in html


@pytest.mark.parametrize(
    ("marker", "rank"),
    [("1", 1), ("P1", 1), ("w-2", 2), ("2", 2), ("3", 0), ("w-7", 0), ("P0", 0), ("sic", None), ("2024", None)],
)
def test_a_marker_is_a_citation_by_label_or_by_rank(marker, rank):
    html = html_of_markdown(f"So it is [{marker}].", passage_labels=["P1", "w-2"])

    assert ("citation" in html) == (rank is not None)
    assert (f'href="#part-chunk-{rank}"' in html) == bool(rank)
    assert ("leads to no passage" in html) == (rank == 0)


def test_a_passage_leads_back_to_each_place_that_cites_it():
    text = "Two years [P1], `not [P1] here`, then [9] and [2], and once more [1]."

    html = html_of_markdown(text, passage_labels=["P1", "P2"])

    assert citations_by_rank(text, passage_labels=["P1", "P2"]) == {
        1: ["part-citation-1", "part-citation-4"],
        0: ["part-citation-2"],
        2: ["part-citation-3"],
    }
    assert re.findall(r'id="(part-citation-\d)" href="#part-chunk-(\d)"', html) == [
        ("part-citation-1", "1"),
        ("part-citation-3", "2"),
        ("part-citation-4", "1"),
    ]


def test_the_two_of_a_pair_have_citations_of_their_own():
    assert 'id="b-citation-1"' in html_of_markdown("[P1]", passage_labels=["P1"], side="b")


def test_output_cannot_redefine_what_a_citation_means():
    html = html_of_markdown("Two years [P1].\n\n[P1]: https://evil.example", passage_labels=["P1"])

    assert 'href="https://evil.example"' not in html


def test_citations_in_code_stay_code():
    assert "citation" not in html_of_markdown("`x[P1]`", passage_labels=["P1"])


def test_headings_stand_below_the_headings_of_the_page():
    html = html_of_markdown("# Big\n\n###### Small")

    assert "<h3>Big</h3>" in html
    assert "<h6>Small</h6>" in html


def test_lines_of_a_signature_stay_lines():
    assert "Kind regards<br>" in html_of_markdown("Kind regards\nSupport")


def test_code_is_coloured_by_class_and_never_by_style():
    html = html_of_markdown("```python\nx = 'a'\n```")

    assert '<span class="s1">' in html
    assert "style=" not in html


def test_unknown_language_is_plain_code():
    assert "<code>&lt;b&gt;" in html_of_markdown("```made-up\n<b>\n```")


def test_table_alignment_brings_no_inline_style():
    assert "style" not in html_of_markdown("|a|b|\n|-|-:|\n|1|2|")


def test_json_output_is_laid_out_with_its_digits_as_written():
    html = html_of_markdown('{"total": 12.00, "note": "<b>"}')

    assert "12.00" in html
    assert "&lt;b&gt;" in html


def test_deeply_nested_json_does_not_grow_into_a_page_of_spaces():
    text = "[" * 900 + "1," * 20_000 + "1" + "]" * 900

    assert len(html_of_markdown(text)) < 1_000_000


def test_laid_out_json_keeps_strings_as_they_are():
    text = '{"a":"x, {y}: \\"z\\\\","b":[],"c":{}}'

    assert laid_out(text) == '{\n  "a": "x, {y}: \\"z\\\\",\n  "b": [],\n  "c": {}\n}'


def test_very_long_output_is_shown_without_formatting_and_says_so():
    html = html_of_markdown("**a** " * 40_000)

    assert "without formatting" in html
    assert "<strong>" not in html
    assert "**a**" in html


@pytest.mark.parametrize("pattern", ["[", "*a ", "> ", "`a``", "|a", "![[", "_a*b", "<a ", "- "])
def test_crafted_output_cannot_hold_up_a_page(pattern):
    started = time.process_time()

    html_of_markdown(pattern * (LONGEST_MARKDOWN // len(pattern)))

    assert time.process_time() - started < 5


def test_filters_mark_only_sanitised_html_as_safe():
    assert hasattr(markdown("**x**"), "__html__")
    assert not hasattr(json_pretty("<b>no json</b>"), "__html__")
    assert hasattr(json_pretty('{"a": "<b>"}'), "__html__")
    assert "<b>" not in json_pretty('{"a": "<b>"}')


def test_moment_reads_without_a_script(world):
    assert "2 November 2026, 09:00 UTC" in moment(world.now)
    assert moment(None) == ""


def test_the_words_of_a_long_line_of_dashes_are_soon_counted():
    assert n_words("-" * 200_000 + " one 2 – x-y") == 3


def test_a_text_of_nothing_but_brackets_is_soon_read_beside_many_passages():
    brackets = "".join(f"[{letter}{number}x]" for number in range(2_000) for letter in "abc")
    started = time.process_time()

    html_of_markdown(brackets, passage_labels=[f"doc-{number}" for number in range(1_000)])

    # Reading all the labels again for each bracket took twelve.
    assert time.process_time() - started < 2


def test_whatever_a_template_names_is_there():
    folder = Path(__file__).resolve().parents[2] / "templates"
    named = {
        (page.relative_to(folder), name)
        for page in folder.rglob("*.html")
        for name in re.findall(r'{% (?:include|extends) "([^"]+)"', page.read_text())
    }

    assert len(named) > 100
    assert sorted(str(page) for page, name in named if not (folder / name).is_file()) == []

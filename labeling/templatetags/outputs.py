"""Filters that show an output by its kind: a run, an extraction, a label, a diff, a copy with its lengths."""

import re
from dataclasses import dataclass
from functools import cache
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from labeling.formats.unified_diff import LONGEST_DIFF, MOST_LINES, Diff, DiffLine, FileDiff, read_diff
from labeling.policy.blind_parts import Passage
from labeling.policy.blind_runs import Run
from labeling.policy.blinding import BlindItem
from labeling.policy.extraction import ExtractionResult, try_fields
from labeling.templatetags.model_text import citations_by_rank, html_of_markdown, wrapped_html

register = template.Library()

# A text up to here stands open on the page; a longer observation is folded behind its length.
LONGEST_OPEN = 600
MOST_LINES_COUNTED = 40
WORD = re.compile(r"\w")
TITLES = {
    "summary": "The summary to judge",
    "rag_answer": "The answer to judge",
    "extraction": "The extraction to judge",
    "classification": "The label to judge",
    "trajectory": "The run to judge",
    "pending_action": "The action to judge, before it runs",
    "code_diff": "The change to judge",
    "plan": "The plan to judge",
    "marketing_copy": "The copy to judge",
    "other": "The output to judge",
}

KINDS_IN_WORDS = {
    "chat_reply": "Chat reply",
    "summary": "Summary",
    "rag_answer": "Answer from sources",
    "extraction": "Extraction",
    "classification": "Classification",
    "trajectory": "Agent run",
    "pending_action": "Pending action",
    "code_diff": "Code change",
    "plan": "Plan",
    "marketing_copy": "Marketing copy",
    "pairwise": "Pair",
}


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a text is, and each of its lines where there are a few."""

    text: str
    characters: int
    words: int
    lines: tuple["Lengths", ...] = ()


@register.filter
def kind_in_words(kind: str) -> str:
    return KINDS_IN_WORDS.get(kind, kind)


@register.filter
def title_of_output(item: BlindItem) -> str:
    return TITLES.get(item.kind, "The reply to judge")


@register.filter
def run_of(item: BlindItem, place: int) -> BlindItem | Run | None:
    """Whose steps and end state go with an output: of a pair its own run's, else the item's."""
    if not item.is_pair:
        return item
    return item.runs[place] if item.runs else None


@register.simple_tag
def prose(text: str, item: BlindItem, side: str = "") -> SafeString:
    """An output as sanitised HTML; a citation like [P1] or [1] leads to its passage."""
    labels = [passage.label for passage in item.passages]
    return mark_safe(html_of_markdown(text, passage_labels=labels, side=side or "part"))


@register.filter
def with_citations(item: BlindItem) -> list[tuple[Passage, list[tuple[str, str]]]]:
    """Each passage, with the places in the outputs that cite it: the id of each, and its number or its side."""
    labels = [passage.label for passage in item.passages]
    sides = ("a", "b") if item.is_pair else ("part",)
    by_rank = [
        citations_by_rank(text, passage_labels=labels, side=side) for side, text in zip(sides, item.texts, strict=False)
    ]
    cited = []
    for rank, passage in enumerate(item.passages, start=1):
        places = [place for found in by_rank for place in found.get(rank, [])]
        names = [place[0].upper() if item.is_pair else str(n) for n, place in enumerate(places, start=1)]
        cited.append((passage, list(zip(places, names, strict=True))))
    return cited


@register.filter
def fields_of(item: BlindItem, text: str) -> ExtractionResult:
    return try_fields(text, item.fields)


@register.filter
def knows_label(item: BlindItem, name: str) -> bool:
    return any(label.name == name for label in item.labels)


@register.filter
def lengths(text: str) -> Lengths:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    few = lines if 1 < len(lines) <= MOST_LINES_COUNTED else []
    return Lengths(text, len(text.strip()), n_words(text), tuple(Lengths(one, len(one), n_words(one)) for one in few))


def n_words(text: str) -> int:
    # A dash or a heading's marks between spaces are no words.
    return sum(WORD.search(one) is not None for one in text.split())


@register.simple_tag
def kind_styles(item: BlindItem) -> SafeString:
    """The styles that an item's kind needs, drawn once in a process for each kind."""
    return styles_of(item.kind_of_texts, has_conversation=bool(item.conversation), has_passages=bool(item.passages))


@cache
def styles_of(kind: str, *, has_conversation: bool, has_passages: bool) -> SafeString:
    context = {"kind": kind, "has_conversation": has_conversation, "has_passages": has_passages}
    return render_to_string("labeling/reviews/_kind_styles.html", context)


@register.filter
def thousands(number: int) -> str:
    return f"{number:,}"


@register.filter
def is_long(text: str) -> bool:
    return len(text) > LONGEST_OPEN


@register.filter
def code_or_json(text: str) -> SafeString:
    """JSON laid out and coloured, any other text as it came; both with their lines wrapped."""
    return mark_safe(wrapped_html(text))


# --- diffs --------------------------------------------------------------------------------------------------------


@register.filter
def unified_diff(text: str) -> Diff | None:
    return read_diff(text)


@register.filter
def longest_diff(text: str) -> str:
    return f"{LONGEST_DIFF:,} characters or {MOST_LINES:,} lines"


@register.filter
def diff_rows(file: FileDiff) -> SafeString:
    """A file's hunks as one table. Line numbers stand in attributes, so that copying takes the code alone."""
    region = f'<div class="table-scroll" tabindex="0" role="region" aria-label="Changes of {escape(file.name)}">'
    parts = [region, '<table class="code-diff__table">']
    for hunk in file.hunks:
        remark = " (its line counts do not add up)" if hunk.is_miscounted else ""
        heading = f"{escape(hunk.heading) or '…'}{remark}"
        parts.append(f'<tbody><tr class="code-diff__hunk"><td colspan="4">{heading}</td></tr>')
        parts += map(diff_row, hunk.lines)
        parts.append("</tbody>")
    return mark_safe("".join([*parts, "</table></div>"]))


def diff_row(line: DiffLine) -> str:
    sign = {"added": "+", "removed": "−"}.get(line.kind, "")
    element = {"added": "ins", "removed": "del"}.get(line.kind, "span")
    numbers = f'<td data-n="{line.old or ""}"></td><td data-n="{line.new or ""}"></td>'
    code = f"<td>{sign}</td><td><{element}>{escape(line.text)}</{element}></td>"
    return f'<tr class="code-diff__line--{line.kind}">{numbers}{code}</tr>'

"""Model output as safe HTML: Markdown without raw HTML, then an allow-list of tags. Pure text in, HTML text out.

Nothing is cached: an item that others saw before would render faster, and the time would tell gold from live.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import JsonLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from labeling.policy.citations import MARKER, citation_ranks, is_broken_citation

# Above this a text is shown as it is: crafted Markdown costs the parser more than its length suggests.
LONGEST_MARKDOWN = 50_000
LONGEST_HIGHLIGHT = 20_000
DEEPEST_INDENT = 20
LINK_SCHEMES = ("http://", "https://")
# Made once: a run of five hundred steps has a thousand texts, and making these took longer than colouring them.
JSON, FORMATTER = JsonLexer(stripnl=False), HtmlFormatter(nowrap=True)
CITATION_ID = re.compile(r"(?:part|a|b)-citation-\d+")

TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "a", "code", "pre", "span", "blockquote"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "id"}, "span": {"id"}, "ol": {"start"}}
CLASSES = {
    "span": {name for name in STANDARD_TYPES.values() if name} | {"citation--broken", "faint"},
    "a": {"citation"},
    "pre": {"code--wrap"},
}
FIXED_ATTRIBUTES = {"a": {"target": {"_blank"}}, "pre": {"tabindex": {"0"}}}


def html_of_markdown(text: str, *, passage_labels: Sequence[str] = (), side: str = "part") -> str:
    """The text as sanitised HTML. Citations of `passage_labels` lead to the passage; `side` tells a pair's apart."""
    if len(text) > LONGEST_MARKDOWN:
        return plain_html(text, remark=f"Longer than {LONGEST_MARKDOWN:,} characters, so shown without formatting.")
    if looks_like_json(text):
        return sanitised(code_html(text if "\n" in text.strip() else laid_out(text), "json"))
    return sanitised(MARKDOWN.render(text, citing(passage_labels, side)))


def citations_by_rank(text: str, *, passage_labels: Sequence[str], side: str = "part") -> dict[int, list[str]]:
    """The ids of the places in the text that cite each passage, by the passage's rank: the way back."""
    if not passage_labels or len(text) > LONGEST_MARKDOWN or looks_like_json(text):
        return {}
    env = citing(passage_labels, side)
    MARKDOWN.parse(text, env)
    places: dict[int, list[str]] = {}
    for number, rank in enumerate(env["cited"], start=1):
        places.setdefault(rank, []).append(f"{side}-citation-{number}")
    return places


def citing(passage_labels: Sequence[str], side: str) -> dict:
    """What the parser is told of citations, and where it notes the rank of each that it met (0: leads nowhere)."""
    return {"ranks": citation_ranks(passage_labels), "side": side, "cited": []}


def plain_html(text: str, *, remark: str) -> str:
    return f'<p class="faint">{escape(remark)}</p><div class="prose--plain">{escape(text)}</div>'


def sanitised(html: str) -> str:
    """The allow-list behind the parser, so that a bug in the one is not a hole in the page."""
    return CLEANER.clean(html)


def kept_attribute(tag: str, attribute: str, value: str) -> str | None:
    # The only ids are those of citations: another one could lead a link on the page astray.
    return value if attribute != "id" or CITATION_ID.fullmatch(value) else None


CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    tag_attribute_values=FIXED_ATTRIBUTES,
    url_schemes={"http", "https"},
    link_rel="nofollow noopener noreferrer",
    attribute_filter=kept_attribute,
)


def looks_like_json(text: str) -> bool:
    stripped = text.strip()
    if stripped[:1] + stripped[-1:] not in ("{}", "[]"):
        return False
    try:
        return isinstance(json.loads(stripped), dict | list)
    except (ValueError, RecursionError):
        return False


def laid_out(text: str) -> str:
    """JSON on one line, indented for reading.

    The text is walked, not parsed and written anew: 12.00 must not become 12.0 before a reviewer's eyes.
    """
    parts, depth, is_string, is_escaped, follows_bracket = [], 0, False, False, False
    for character in text.strip():
        if is_string:
            parts.append(character)
            is_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
            continue
        if character.isspace():
            continue
        is_closing = character in "}]"
        depth -= is_closing
        if follows_bracket != is_closing:
            parts.append(new_line(depth))
        parts.append({",": f",{new_line(depth)}", ":": ": "}.get(character, character))
        depth += character in "{["
        follows_bracket = character in "{["
        is_string = character == '"'
    return "".join(parts)


def new_line(depth: int) -> str:
    # Bounded, or 50 kB of brackets become 45 MB of spaces.
    return "\n" + "  " * min(depth, DEEPEST_INDENT)


def wrapped_html(text: str) -> str:
    """A tool's answer or its arguments: JSON laid out and coloured, else the text; lines are wrapped, not scrolled."""
    if len(text) <= LONGEST_MARKDOWN and looks_like_json(text):
        inner = highlighted(text if "\n" in text.strip() else laid_out(text), "json")
    else:
        inner = escape(text)
    return sanitised(f'<pre class="code--wrap"><code>{inner}</code></pre>')


def code_html(code: str, language: str) -> str:
    return f'<pre tabindex="0"><code>{highlighted(code, language)}</code></pre>'


def highlighted(code: str, language: str) -> str:
    if not language or len(code) > LONGEST_HIGHLIGHT:
        return escape(code)
    try:
        lexer = JSON if language == "json" else get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return escape(code)
    return highlight(code, lexer, FORMATTER)


# --- the parser ---------------------------------------------------------------------------------------------------


def is_web_address(url: str) -> bool:
    return url.lower().startswith(LINK_SCHEMES)


def adapt_tokens(state) -> None:
    """After parsing: headings below the page's own, addresses beside their links, citations led to passages."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type == "inline":
            token.children = list(adapted_children(token.children or [], state.env))


def adapted_children(children: list[Token], env: Mapping) -> Iterator[Token]:
    open_links: list[tuple[str, int]] = []
    said: list[str] = []
    for child in children:
        if child.type == "link_open":
            child.attrSet("target", "_blank")
            open_links.append((str(child.attrGet("href")), len(said)))
        if child.type == "image":
            child = text_token(f"[Picture, not loaded: {child.content or 'without words'} ({child.attrGet('src')})]")
        if child.type == "text" and env.get("ranks") and not open_links:
            yield from cited(child.content, env)
        else:
            yield child
        if child.type == "text":
            said.append(child.content)
        if child.type == "link_close":
            url, n_said = open_links.pop()
            if "".join(said[n_said:]) != url:
                yield html_token(f' <span class="faint">({escape(url)})</span>')


def cited(text: str, env: Mapping) -> Iterator[Token]:
    """The text with its citations as links, and citations of a passage that is not there marked."""
    end = 0
    for match in MARKER.finditer(text):
        label = match[1]
        rank = env["ranks"].get(label, 0)
        if not rank and not is_broken_citation(label, env["ranks"]):
            continue
        env["cited"].append(rank)
        place = f'id="{env["side"]}-citation-{len(env["cited"])}"'
        if rank:
            html = f'<a class="citation" {place} href="#part-chunk-{rank}">{escape(label)}</a>'
        else:
            html = f'<span class="citation--broken" {place}>[{escape(label)}] leads to no passage</span>'
        yield text_token(text[end : match.start()])
        yield html_token(html)
        end = match.end()
    yield text_token(text[end:])


def text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)


def html_token(html: str) -> Token:
    """HTML of our own making; what the text itself brings stays escaped, because the parser knows no raw HTML."""
    return Token("html_inline", "", 0, content=html)


def render_code(self, tokens, index, options, env) -> str:
    token = tokens[index]
    return code_html(token.content, token.info.split()[0] if token.info.split() else "")


def build_parser() -> MarkdownIt:
    # breaks: support replies sign off on lines of their own.
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    # Without reference definitions nobody can turn a citation like [P1] into a link of their own.
    parser.disable("reference")
    parser.validateLink = is_web_address
    parser.core.ruler.push("adapt", adapt_tokens)
    parser.add_render_rule("fence", render_code)
    parser.add_render_rule("code_block", render_code)
    return parser


MARKDOWN = build_parser()

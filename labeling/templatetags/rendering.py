"""Filters that show stored text: thin names over `model_text`, which does the work and is tested by itself."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from labeling.templatetags.model_text import (
    code_html,
    html_of_markdown,
    laid_out,
    looks_like_json,
    sanitised,
)

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Model output as sanitised HTML."""
    return mark_safe(html_of_markdown(str(text)))


@register.filter
def json_pretty(text: str) -> SafeString | str:
    """JSON laid out and coloured; anything else stays the text it is."""
    if not looks_like_json(str(text)):
        return text
    return mark_safe(sanitised(code_html(laid_out(str(text)), "json")))


@register.filter
def moment(at: datetime | None, detail: str = "") -> SafeString | str:
    """A time that reads without a script; with one it is told in the reader's own zone. `seconds`: of today."""
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    words = f"{utc:%H:%M:%S}" if detail == "seconds" else f"{utc:%d %B %Y, %H:%M}".lstrip("0")
    return format_html('<time datetime="{}" data-format="{}">{} UTC</time>', utc.isoformat(), detail, words)


@register.filter
def amount(sum_of_money: Decimal) -> str:
    """A sum as exact as it was given, without the zeros that its column adds."""
    plain = f"{sum_of_money:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@register.simple_tag
def questions(form: Any) -> SafeString:
    """The questions and the verdict of a `ReviewForm`. One that nobody touched yet is drawn once in a process: it takes
    half of a desk's time, and is the same for every item that asks this rubric version."""
    return drawn_once(form) if form.is_same_for_all else drawn(form)


def drawn(form: Any) -> SafeString:
    return render_to_string("labeling/reviews/_questions.html", {"form": form})


drawn_once = lru_cache(maxsize=256)(drawn)

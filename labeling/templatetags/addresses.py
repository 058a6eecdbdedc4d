"""Addresses of what has a token, ten of them on every desk."""

from functools import cache

from django import template
from django.urls import reverse

register = template.Library()

ANY_TOKEN = "any-token"


@register.filter
def address(token: str, name: str) -> str:
    """As `{% url name token %}`, which works an address out anew each time: that took a seventh of a desk's drawing."""
    before, after = around_token(name)
    return f"{before}{token}{after}"


@cache
def around_token(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[ANY_TOKEN]).partition(ANY_TOKEN)
    return before, after

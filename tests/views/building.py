"""What a browser would post of the builder, for the tests of its pages."""

import re
from html import unescape

from django.http import QueryDict

URL = "/p/shop/rubrics/"
HTMX = {"HX-Request": "true"}


def fields_of(page):
    """What a browser would post of the builder as it stands."""
    html = page.text[page.text.index('id="builder"') : page.text.index('aria-labelledby="preview-title"')]
    posted = QueryDict(mutable=True)
    for tag in re.findall(r"<input\b[^>]*>", html):
        attributes = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        is_box = attributes.get("type") in ("checkbox", "radio")
        if "name" in attributes and (not is_box or re.search(r"\bchecked\b", tag)):
            posted.appendlist(attributes["name"], attributes.get("value", "on"))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        posted[name] = unescape(text)
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        posted[name] = chosen[1] if chosen else ""
    return posted


def post(client, version, posted, do="save", **headers):
    posted = posted.copy()
    posted["do"] = do
    address = f"{URL}{version.pk}/draft/"
    return client.post(
        address, posted.urlencode(), content_type="application/x-www-form-urlencoded", headers=headers.get("headers")
    )

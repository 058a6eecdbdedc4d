"""Who is calling: bearer tokens, what they open, and how often they may call."""

from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from labeling.api.problems import Problem
from labeling.models import ApiToken, Project
from labeling.policy.errors import NotAllowed
from labeling.queries.access import project_for_token, token_for

WINDOW_SECONDS = 60


class TokenAuth(HttpBearer):
    """`Authorization: Bearer <token>` and nothing else: a session cookie opens no address of the API."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        try:
            found = token_for(token.strip(), now=timezone.now())
        except NotAllowed as refusal:
            raise Problem(401, str(refusal)) from refusal
        limit_requests(found, now=timezone.now())
        return found


def limit_requests(token: ApiToken, *, now: datetime) -> None:
    """Count a token's requests in the current minute and refuse those over the limit."""
    seconds = int(now.timestamp())
    key = f"api-requests-{token.pk}-{seconds // WINDOW_SECONDS}"
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        n_requests = cache.incr(key)
    except ValueError:  # a full cache dropped the counter just now; one request more does no harm
        return
    if n_requests > settings.API_REQUESTS_PER_MINUTE:
        raise Problem(
            429,
            f"This token has used its {settings.API_REQUESTS_PER_MINUTE:,} requests of this minute; send more items "
            "in one request or wait.",
            retry_after=WINDOW_SECONDS - seconds % WINDOW_SECONDS,
        )


def project_of(request: HttpRequest, slug: str, *, scope: str) -> Project:
    return project_for_token(request.auth, slug, scope=scope)

"""Who is signed in: Django's own sessions and accounts, read by prepared statements, since every request asks both."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as StoredSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from labeling.models import User
from labeling.queries.prepared import Given, Prepared

SESSION: Prepared[Session] = Prepared(Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now")))
ACCOUNT: Prepared[User] = Prepared(User.objects.filter(pk=Given("user")))


class SessionStore(StoredSessions):
    """What `SESSION_ENGINE` names. A session that is over is forgotten, as Django does it."""

    def decode(self, session_data: str) -> dict[str, Any]:
        return dict(decoded(session_data))

    def _get_session_from_db(self) -> Session | None:
        session = SESSION.first(key=self.session_key, now=timezone.now())
        if session is None:
            self._session_key = None
        return session


@lru_cache(maxsize=1_000)
def decoded(session_data: str) -> dict[str, Any]:
    """What a stored session says. Its signature holds for these very letters, so it is looked at once."""
    return StoredSessions().decode(session_data)


class AccountBackend(ModelBackend):
    """What `AUTHENTICATION_BACKENDS` names: an account for as long as it may sign in."""

    def get_user(self, user_id: int) -> User | None:
        user = ACCOUNT.first(user=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

"""Reading settings from the environment; a value that cannot be understood stops the start."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from labeling.policy.destinations import Reach, parse_reach
from labeling.policy.sendings import MailServer

SHORTEST_TOKEN = 20
DATABASE_SCHEMES = ("postgres://", "postgresql://", "pgsql://", "sqlite://")
BROKERS = ("redis://", "rediss://")
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def read_flag(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is neither yes nor no; write 1 or 0.")


def read_number(name: str, *, default: int, least: int = 0) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number.") from None
    if number < least:
        raise ImproperlyConfigured(f"{name}={number} is below {least}.")
    return number


def read_choice(name: str, *, default: str, choices: tuple[str, ...]) -> str:
    text = os.environ.get(name, "").strip() or default
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r} is not one of {', '.join(choices)}.")
    return text


def read_database(name: str, *, default: str, conn_max_age: int) -> dict[str, Any]:
    """Django's settings of the database at that address; a refusal repeats nothing of it, for it holds a password."""
    url = os.environ.get(name, "").strip() or default
    if not url.lower().startswith(DATABASE_SCHEMES):
        raise ImproperlyConfigured(f"{name} begins with none of {', '.join(DATABASE_SCHEMES)}.")
    try:
        return dict(dj_database_url.parse(url, conn_max_age=conn_max_age))
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is not understood; PostgreSQL's is postgres://name:password@host:5432/database, with the signs "
            "that a password may not hold percent-encoded."
        ) from None


def read_broker() -> str:
    """The address of Redis; without one jobs run beside the web process."""
    url = os.environ.get("REDIS_URL", "").strip()
    if url and not url.startswith(BROKERS):
        raise ImproperlyConfigured(f"REDIS_URL begins with none of {', '.join(BROKERS)}.")
    return url


def read_log_format() -> str:
    return read_choice("LOG_FORMAT", default="line", choices=("line", "json"))


def read_list(name: str, *, default: tuple[str, ...] = ()) -> list[str]:
    text = os.environ.get(name, "")
    return [part.strip() for part in text.split(",") if part.strip()] or list(default)


def read_secret_key(*, demo: bool, var_folder: Path) -> str:
    """The secret that signs sessions; only the demonstration may make up its own.

    A known key means forged sessions (Label Studio's CVE-2023-43791 was a key in the source), so there is no
    default: outside the demonstration a missing or short key refuses to start.
    """
    key = os.environ.get("SECRET_KEY", "")
    if key:
        if len(key) < 32 or key.startswith("django-insecure"):
            raise ImproperlyConfigured("SECRET_KEY is too short or a placeholder; use 50 random characters.")
        return key
    if not demo:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    key_file = var_folder / "demo-secret-key"
    try:
        with os.fdopen(os.open(key_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(get_random_secret_key())
    except FileExistsError:
        pass
    return key_file.read_text()


def read_token(name: str) -> str:
    """A secret that another program shows, or nothing. One that could be guessed stops the start."""
    token = os.environ.get(name, "").strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise ImproperlyConfigured(f"{name} is too short; use {SHORTEST_TOKEN} random characters or more.")
    return token


def read_reach(name: str, *, includes_public: bool) -> Reach:
    try:
        return parse_reach(read_list(name), includes_public=includes_public)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None


def read_mail_server(name: str, *, sender: str) -> MailServer | None:
    """The mail server of an address like smtp+tls://user:password@host:587. Complaints never repeat the password."""
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} is no address; write smtp+tls://user:password@host:587.") from None
    if parts.scheme not in MAIL_PORTS or not host or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(
            f"{name} is not understood; write {', '.join(MAIL_PORTS)}://user:password@host:port and nothing after it."
        )
    if "@" not in sender or any(char in sender for char in "\r\n"):
        raise ImproperlyConfigured(f"With {name}, EMAIL_FROM names who writes: reviews@example.com.")
    return MailServer(
        host=host,
        port=port or MAIL_PORTS[parts.scheme],
        sender=sender,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtps",
    )

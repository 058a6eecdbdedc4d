"""Counts that all web processes of one machine share: failed logins, and what a token asked for in this minute.

Each process by itself would let a stranger guess as often again. They stand in a file of their own, so that counting
waits for nobody who writes labels; one lost at a power cut is no loss.
"""

import math
import sqlite3
import time
from functools import cached_property
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

TABLE = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, value INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counts_by_expiry ON counts (expires);
"""


class SharedCounts(BaseCache):
    """What `CACHES` names where there is no Redis. Whole numbers only; Django makes one for each thread."""

    def __init__(self, location: str, params: dict[str, Any]):
        super().__init__(params)
        self.location = location

    @cached_property
    def file(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.location, timeout=5, isolation_level=None)
        connection.executescript(TABLE)
        return connection

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self.file.execute(statement, values)

    def add(self, key: str, value: int, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if self.get(key, version=version) is not None:
            return False
        self.run("DELETE FROM counts WHERE expires <= ?", time.time())
        name, expires = self.make_and_validate_key(key, version=version), self.expiry_of(timeout)
        return (
            self.run("INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO NOTHING", name, value, expires).rowcount == 1
        )

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        name = self.make_and_validate_key(key, version=version)
        found = self.run("SELECT value FROM counts WHERE key = ? AND expires > ?", name, time.time()).fetchone()
        return default if found is None else found[0]

    def set(self, key: str, value: int, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        name = self.make_and_validate_key(key, version=version)
        self.run("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", name, value, self.expiry_of(timeout))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """One statement: two processes that count at once both count."""
        name = self.make_and_validate_key(key, version=version)
        found = self.run(
            "UPDATE counts SET value = value + ? WHERE key = ? AND expires > ? RETURNING value",
            delta,
            name,
            time.time(),
        ).fetchall()
        if not found:
            raise ValueError(f"Nothing is counted under {key!r}.")
        return found[0][0]

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)
        until, now = self.expiry_of(timeout), time.time()
        return self.run("UPDATE counts SET expires = ? WHERE key = ? AND expires > ?", until, name, now).rowcount == 1

    def delete(self, key: str, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)
        return self.run("DELETE FROM counts WHERE key = ?", name).rowcount == 1

    def clear(self) -> None:
        self.run("DELETE FROM counts")

    def expiry_of(self, timeout: Any) -> float:
        expires = self.get_backend_timeout(timeout)
        return math.inf if expires is None else expires

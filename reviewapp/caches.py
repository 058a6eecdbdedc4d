"""The cache in Redis, which holds counts of logins and API requests, and what takes its place while Redis is away."""

from typing import Any

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache


class SteadyRedisCache(RedisCache):
    """While Redis does not answer each process counts for itself: limits get looser, and nobody is locked out.

    Without it every login and every delivery would fail for want of a count.
    """

    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(server, params)
        self.meanwhile = LocMemCache("while Redis is away", {"OPTIONS": {"MAX_ENTRIES": 100_000}})

    def add(self, *given: Any, **more: Any) -> Any:
        return self.asked("add", *given, **more)

    def get(self, *given: Any, **more: Any) -> Any:
        return self.asked("get", *given, **more)

    def set(self, *given: Any, **more: Any) -> Any:
        return self.asked("set", *given, **more)

    def touch(self, *given: Any, **more: Any) -> Any:
        return self.asked("touch", *given, **more)

    def delete(self, *given: Any, **more: Any) -> Any:
        return self.asked("delete", *given, **more)

    def incr(self, *given: Any, **more: Any) -> Any:
        return self.asked("incr", *given, **more)

    def asked(self, what: str, *given: Any, **more: Any) -> Any:
        try:
            return getattr(super(), what)(*given, **more)
        except redis.RedisError:
            return getattr(self.meanwhile, what)(*given, **more)

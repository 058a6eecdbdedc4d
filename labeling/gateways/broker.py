"""The broker, where there is one: only whether it answers. Work is found in the tables, never in it."""

import redis

PATIENCE_SECONDS = 2


def is_broker_reachable(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()

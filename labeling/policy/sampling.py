"""Random draws that can be replayed: a keyed hash of names, never a generator with a state."""

import hashlib
import hmac


def uniform_draw(secret: str, *names: object) -> float:
    """A number in [0, 1) that only the holder of the secret can predict.

    HMAC-SHA256 of the names, its first 53 bits as a fraction: as fine as a float can say. The names are joined by
    the unit separator, so that ("ab", "c") and ("a", "bc") differ.
    """
    message = "\x1f".join(str(name) for name in names).encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def sampling_u(salt: str, *, source_system: str, external_id: str) -> float:
    """The one draw of an item: the same under every rule and policy version, so a replay redraws nothing.

    Producers choose external ids; the project's secret salt keeps them from choosing what escapes review.
    """
    return uniform_draw(salt, "item", source_system, external_id)

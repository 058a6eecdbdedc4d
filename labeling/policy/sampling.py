"""Random draws that can be replayed: a keyed hash of names, never a generator with a state."""

import hashlib
import hmac


def uniform_draw(secret: str, *names: object) -> float:
    """A number in [0, 1) that only the holder of the secret can predict.

    HMAC-SHA256 of the names, its first 53 bits as a fraction: as fine as a float can say. The names are joined by
    the unit separator, so that ("ab", "c") and ("a", "bc") differ.
    """
    # Escaped, or a producer could spell several ids that share one draw and send again what has once escaped.
    escaped = (str(name).replace("\x1e", "\x1e0").replace("\x1f", "\x1e1") for name in names)
    message = "\x1f".join(escaped).encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def sampling_u(salt: str, *, source_system: str, external_id: str) -> float:
    """The one draw of an item: the same under every rule and policy version, so a replay redraws nothing.

    Producers choose external ids; the project's secret salt keeps them from choosing what escapes review.
    """
    return uniform_draw(salt, "item", source_system, external_id)


def staging_draw(salt: str, *, source_system: str, external_id: str) -> float:
    """Whether a staged policy decides an item: below its share it does. The same for ever, so that a wider share only
    adds items; another draw than `sampling_u`, or the staged items would be those that are reviewed most."""
    return uniform_draw(salt, "staging", source_system, external_id)

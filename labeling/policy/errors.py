"""What can go wrong in the product's own terms. A message says what to do next; a door turns it into an answer."""

from collections.abc import Mapping


class Refused(Exception):
    """The request was understood and is refused; the message is for the person or service that asked."""


class NotVisible(Refused):
    """There is no such thing, or none that this person or token may know of: the two look the same."""


class NotAllowed(Refused):
    """They may see it, and may not do this with it."""


class Conflict(Refused):
    """It has changed since they looked, or has been done already."""


class Invalid(Refused):
    """Parts of what was sent cannot be accepted; `complaints` says what, by field."""

    def __init__(self, complaints: Mapping[str, str]):
        self.complaints = dict(complaints)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.complaints.items()))

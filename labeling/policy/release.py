"""Whether an output may leave: asked by the producer, answered from what was decided, never from the time."""

from dataclasses import dataclass

UNDECIDED = {
    "unrouted": "no routing policy has decided this item yet",
    "awaiting": "it waits for signals; if they do not come, a person decides",
    "in_review": "a person has still to decide",
    "disputed": "the reviewers disagree, and the dispute is not settled",
}
REOPENED = "it was final and is being decided again; nothing clears it until somebody has settled it anew"
REFUSED = {
    "bounced": "a check bounced it; the decision names the check",
    "reference": "it is a reference case and not an output to release",
}


@dataclass(frozen=True, slots=True)
class Release:
    """The answer to *may it leave?*; `is_decided` says that asking again later cannot change it by itself."""

    is_cleared: bool
    is_decided: bool
    reason: str
    is_revised: bool = False

    @property
    def outcome(self) -> str:
        """In one word. What was revised is refused as it came; its correction is another output, not cleared either."""
        if self.is_cleared:
            return "cleared"
        if self.is_revised:
            return "revised"
        return "refused" if self.is_decided else "undecided"


def release_of(
    status: str, *, verdict: str | None = None, is_bad: bool | None = None, is_reopened: bool = False
) -> Release:
    """Clear what was shipped or finally approved; refuse everything else, known or not.

    `verdict` and `is_bad` are those of the final label that stands: None when there is none, and an empty verdict
    when the rubric asks for none. `is_reopened` says that an earlier one was put back into dispute, or in question.
    """
    if status == "shipped":
        return Release(True, True, "the routing policy shipped it")
    if status == "final":
        return release_of_final(verdict, is_bad)
    if status in ("disputed", "in_review") and is_reopened:
        return Release(False, False, REOPENED)
    if status in UNDECIDED:
        return Release(False, False, UNDECIDED[status])
    return Release(False, True, REFUSED.get(status, f"nothing clears an item with the status {status!r}"))


def release_of_final(verdict: str | None, is_bad: bool | None) -> Release:
    if verdict is None or is_bad is None:
        return Release(False, True, "it is final without a final label, and nothing clears it")
    if not verdict:
        return Release(False, True, "its rubric asks for no verdict, so nobody approved it")
    if verdict != "approve":
        return Release(False, True, f"the final verdict is {verdict}", is_revised=verdict == "revise")
    if is_bad:
        return Release(False, True, "the final verdict is approve, but a gating criterion failed")
    return Release(True, True, "the final verdict is approve")

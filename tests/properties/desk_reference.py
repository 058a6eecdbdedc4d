"""The desk in plain dictionaries: who holds what and what counts, as the product's words say it and no faster."""

from typing import Any

LEASE, GRACE, POSTPONED = 15 * 60, 30, 30 * 60


class Refused(Exception):
    """The reference says that this is refused."""


class DeskReference:
    """Entries with their slots, and everybody's turns, reviews, drafts and postponements. Time is in seconds."""

    def __init__(self) -> None:
        self.now = 0
        self.entries: dict[str, dict[str, Any]] = {}
        self.turns: dict[int, dict[str, str]] = {}
        self.given: dict[int, tuple[dict[str, Any], int]] = {}
        self.reviews: list[dict[str, Any]] = []
        self.drafts: dict[tuple[str, str], str] = {}
        self.postponed: dict[tuple[str, str], int] = {}
        self.away: set[str] = set()
        self.n_slots = 0

    # --- what is there ----------------------------------------------------------------------------------------

    def add_entry(self, name: str, *, overlap: int) -> None:
        self.entries[name] = {"overlap": overlap, "at": self.now, "state": "waiting", "settle_at": None, "slots": []}
        for number in range(overlap):
            self.add_slot(name, state="waiting" if number else "open")

    def add_slot(self, name: str, *, state: str) -> None:
        self.n_slots += 1
        self.entries[name]["slots"].append(
            {"id": self.n_slots, "state": state, "who": None, "until": None, "lease_no": 0}
        )

    def slot_of(self, name: str, who: str) -> dict[str, Any] | None:
        return next((slot for slot in self.entries[name]["slots"] if slot["who"] == who), None)

    def is_for(self, name: str, who: str) -> bool:
        """Whether they may label it: they hold no turn at it and no review of theirs stands, counted or not."""
        return self.slot_of(name, who) is None and not self.has_standing(name, who)

    def has_standing(self, name: str, who: str) -> bool:
        """Whether a review of theirs stands, whichever of their turns at it they sent it from."""
        return any(one["name"] == name and one["who"] == who and not one["is_withdrawn"] for one in self.reviews)

    def counted(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.reviews if one["name"] == name and one["slot"] and not one["is_withdrawn"]]

    def reviews_of(self, turn: int) -> list[dict[str, Any]]:
        return [one for one in self.reviews if one["turn"] == turn]

    # --- turns ------------------------------------------------------------------------------------------------

    def held_first(self, who: str) -> set[str]:
        """What a claim brings back: of what they hold, what runs out first."""
        held = {name: self.slot_of(name, who) for name in self.entries}
        until = {name: slot["until"] for name, slot in held.items() if slot and slot["state"] == "leased"}
        return {name for name, at in until.items() if at == min(until.values())}

    def first_in_line(self, who: str) -> str | None:
        if who in self.away:
            return None
        line = [
            (entry["at"], slot["id"], name)
            for name, entry in self.entries.items()
            for slot in entry["slots"]
            if slot["state"] == "open" and self.is_for(name, who) and self.postponed_until(name, who) is None
        ]
        return min(line)[2] if line else None

    def postponed_until(self, name: str, who: str) -> int | None:
        until = self.postponed.get((name, who), 0)
        return until if until > self.now else None

    def reason_for_empty(self, who: str) -> tuple[str, int | None]:
        if who in self.away:
            return "away", None
        for_them = [name for name in self.entries if self.is_for(name, who)]
        slots = [(name, slot) for name in for_them for slot in self.entries[name]["slots"]]
        if self.first_in_line(who):
            return "busy", None
        later = [self.postponed_until(name, who) for name, slot in slots if slot["state"] == "open"]
        if any(later):
            return "postponed", min(later)
        held = [slot["until"] for _, slot in slots if slot["state"] == "leased"]
        return ("held", max(min(held), self.now + 5)) if held else ("done", None)

    def hand_out(self, turn: int, *, name: str, who: str) -> None:
        """Note that the desk gave this turn: a new one takes the first open slot, a known one is renewed."""
        slot = self.slot_of(name, who)
        if slot is None:
            slot = min((one for one in self.entries[name]["slots"] if one["state"] == "open"), key=lambda s: s["id"])
            slot.update(state="leased", who=who, lease_no=slot["lease_no"] + 1)
            self.open_next(name, slot)
            self.turns[turn] = {"name": name, "who": who}
            self.given[turn] = (slot, slot["lease_no"])
        slot["until"] = self.now + LEASE

    def open_next(self, name: str, slot: dict[str, Any]) -> None:
        slots = self.entries[name]["slots"]
        following = slots[slots.index(slot) + 1 :][:1]
        for one in following:
            if one["state"] == "waiting":
                one["state"] = "open"

    def heartbeat(self, turn: int) -> bool:
        slot = self.slot_of(**self.turns[turn])
        if slot is None or slot["state"] != "leased":
            return False
        slot["until"] = self.now + LEASE
        return True

    def give_back(self, slot: dict[str, Any]) -> None:
        slot.update(state="open", who=None, until=None)

    def sweep(self) -> None:
        for entry in self.entries.values():
            for slot in entry["slots"]:
                if slot["state"] == "leased" and slot["until"] < self.now:
                    self.give_back(slot)

    def postpone(self, turn: int) -> None:
        name, who = self.turns[turn]["name"], self.turns[turn]["who"]
        slot = self.slot_of(name, who)
        if slot and slot["state"] == "leased":
            self.give_back(slot)
        self.postponed[name, who] = self.now + POSTPONED

    def release(self, turn: int) -> None:
        slot, lease_no = self.given[turn]
        if slot["state"] != "leased" or slot["lease_no"] != lease_no:
            raise Refused
        self.give_back(slot)

    def release_all_of(self, who: str) -> None:
        for name in self.entries:
            slot = self.slot_of(name, who)
            if slot and slot["state"] == "leased":
                self.give_back(slot)

    def go_away(self, who: str) -> None:
        self.away.add(who)
        self.release_all_of(who)

    def come_back(self, who: str) -> None:
        self.away.discard(who)

    # --- reviews ----------------------------------------------------------------------------------------------

    def save_draft(self, turn: int, content: str) -> None:
        name, who = self.turns[turn]["name"], self.turns[turn]["who"]
        if self.has_standing(name, who):
            raise Refused
        self.drafts[name, who] = content

    def submit(self, turn: int, *, verdict: str, note: str) -> str:
        name, who = self.turns[turn]["name"], self.turns[turn]["who"]
        before = self.reviews_of(turn)
        if before and not before[-1]["is_withdrawn"]:
            raise Refused
        slot = self.slot_of(name, who)
        if slot is not None and slot["state"] == "done":
            raise Refused
        if slot is None:  # it came late: whatever is open, or nothing
            slot = next((one for one in self.entries[name]["slots"] if one["state"] == "open"), None)
        if slot is not None:
            slot.update(state="done", who=who, until=None)
            self.open_next(name, slot)
            is_complete = all(one["state"] == "done" for one in self.entries[name]["slots"])
            self.entries[name]["settle_at"] = self.now + GRACE if is_complete else None
        review = {"turn": turn, "name": name, "who": who, "slot": slot, "verdict": verdict, "note": note}
        self.reviews.append({**review, "at": self.now, "is_withdrawn": False})
        self.drafts.pop((name, who), None)
        return "counted" if slot else "extra"

    def take_back(self, turn: int) -> None:
        name, who = self.turns[turn]["name"], self.turns[turn]["who"]
        review = next(iter(self.reviews_of(turn)[-1:]), None)
        if review is None:
            raise Refused
        if review["is_withdrawn"]:
            return
        is_late = self.now > review["at"] + GRACE or self.entries[name]["state"] != "waiting"
        if is_late or review["slot"] is None:
            raise Refused
        review["is_withdrawn"] = True
        review["slot"].update(state="leased", until=self.now + LEASE)
        self.entries[name]["settle_at"] = None
        self.drafts[name, who] = review["note"]

    def settle(self) -> None:
        for name, entry in self.entries.items():
            if entry["settle_at"] is None or entry["settle_at"] > self.now:
                continue
            entry["settle_at"] = None
            verdicts = [one["verdict"] for one in self.counted(name)]
            if len(set(verdicts)) == 1 or len(verdicts) == entry["overlap"] + 1:
                entry["state"] = "settled"
            elif entry["overlap"] == 2:
                self.add_slot(name, state="open")
            else:
                entry["state"] = "disputed"

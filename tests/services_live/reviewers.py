"""A scripted reviewer at a page with its script: works, is interrupted, comes back, and notes what was confirmed."""

import html
import http.client
import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.services_live.breakable import Ledger, Page, Server
from tests.services_live.plan import Interruption

ON_DESK = re.compile(r'data-draft-url="/review/([\w-]+)/draft/"')
LABEL = re.compile(r"Answer ([gi]\d+)\.")
REVISION = re.compile(r'id="review-form".*?name="revision" value="(\d+)"', re.DOTALL)
NOTE = re.compile(r'<textarea id="note"[^>]*>(.*?)</textarea>', re.DOTALL)
IS_EXTRA = "kept but not counted"
PATIENCE_SECONDS = 60
THEFT_SECONDS = 8
MOST_THEFT_TRIES = 12
VERDICTS = ("approve",) * 17 + ("reject", "revise", "escalate")


@dataclass
class Written:
    """One thing a reviewer sent, and what they know of it: `unknown` until an answer was read to its end."""

    kind: str
    label: str
    token: str
    revision: int = 0
    note: str = ""
    verdict: str = ""
    outcome: str = "unknown"


@dataclass
class Log:
    """Everything one reviewer knows: what they sent, what was confirmed, and what was wrong."""

    written: list[Written] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_collateral: int = 0

    def drafts_possible_for(self, label: str) -> set[str]:
        """What may be the draft of an item by all that was confirmed; more than one where an answer never came."""
        possible, submitted, n_open = {""}, "", set()
        for one in self.written:
            if one.label != label or one.outcome == "refused":
                continue
            is_known = one.outcome != "unknown"
            if one.kind == "submit":
                submitted = one.note
                (n_open.discard if is_known else n_open.add)((one.token, one.revision))
            result = {"draft": one.note, "submit": "", "take back": submitted}[one.kind]
            possible = ({result} if is_known else possible | {result}) | ({""} if n_open else set())
        return possible


@dataclass(frozen=True)
class Desk:
    token: str
    label: str
    revision: int


class ScriptedReviewer:
    def __init__(self, number: int, *, server: Server, ledger: Ledger, person: dict, queue_id: int, seed: int):
        self.number, self.server, self.ledger, self.person = number, server, ledger, person
        self.hand_outs = f"/queues/{queue_id}/hand-outs/"
        self.dice = random.Random(f"{seed}-{number}")
        self.log = Log()
        self.desk: Desk | None = None
        self.n_notes = 0
        self.open_browser()

    # --- one request, however long it takes -------------------------------------------------------------------

    def open_browser(self) -> None:
        """A new browser that has nothing but its session."""
        self.page = Page(self.server.host, self.server.port, session=self.person["session"])

    def close(self) -> None:
        self.page.close()

    def patiently(self, ask: Callable):
        """Ask again and again while somebody else's kill has the server down, as a person would."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return ask()
            except (OSError, http.client.HTTPException):
                self.page.close()
                self.log.n_collateral += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.03)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        status, _path, text = self.patiently(lambda: self.page.post(path, fields))
        if status >= 500 or status in (400, 403, 404, 422):
            self.log.problems.append(f"reviewer {self.number}: {status} at {path}: {text[:300]}")
        return status, text

    def take(self) -> None:
        """Log in again with nothing but the session, and ask for the item as the start page's button does."""
        self.patiently(lambda: self.page.get("/"))
        self.read_desk(self.post(self.hand_outs, {})[1])

    def come_back(self) -> None:
        self.close()
        self.open_browser()
        self.take()

    def read_desk(self, text: str) -> None:
        """What is on the desk now. Its draft must be one that this reviewer knows to be possible."""
        found = ON_DESK.search(text)
        if found is None:
            self.desk = None
            return
        self.desk = Desk(found[1], LABEL.search(text)[1], int(REVISION.search(text)[1]))
        draft, possible = html.unescape(NOTE.search(text)[1]), self.log.drafts_possible_for(self.desk.label)
        if draft not in possible:
            self.log.problems.append(f"{self.desk} of {self.number} shows {draft[:40]!r}, not one of {possible}")

    # --- what a reviewer does ---------------------------------------------------------------------------------

    def write(self, kind: str, *, verdict: str | None = None) -> tuple[str, dict[str, str], Written]:
        """Address and fields of an action on the item on the desk, noted as sent. Every note is like no other."""
        self.n_notes += 1
        desk, verdict = self.desk, verdict or self.dice.choice(VERDICTS)
        note = f"{kind} {self.number}-{self.n_notes}: " + "word " * self.dice.randint(0, 300) + "end"
        note = "" if kind == "take back" else note
        one = Written(kind, desk.label, desk.token, desk.revision, note, verdict)
        self.log.written.append(one)
        fields = {"revision": str(one.revision)} if kind == "take back" else self.fields_of(one)
        if kind == "draft":  # as the script counts changes
            fields |= {"page": f"{self.number}-{id(self.page)}", "change": str(self.n_notes)}
        ending = {"submit": "", "draft": "draft/", "take back": "withdrawals/"}[kind]
        return f"/review/{desk.token}/{ending}", fields, one

    def fields_of(self, one: Written) -> dict[str, str]:
        """In the order of the form: the note comes last."""
        answers = {"correct": "yes", "complete": "4", "tone": "3", "grounded": "n/a"}
        return {
            "revision": str(one.revision),
            "active_ms": "4000",
            **{f"answer-{key}": value for key, value in answers.items()},
            "verdict": one.verdict,
            **({"failure_kind": "factual_error", "failure_severity": "major"} if one.verdict == "reject" else {}),
            "note": one.note,
        }

    def press(self, path: str, fields: dict[str, str], one: Written) -> None:
        """Send it and note what the answer says."""
        status, text = self.post(path, fields)
        if status == 409:
            one.outcome = "refused"
            if one.kind != "draft":
                self.take()
            return
        one.outcome = "extra" if one.kind == "submit" and IS_EXTRA in text else "confirmed"
        if one.kind != "draft":
            self.read_desk(text)

    def do(self, kind: str) -> Written:
        path, fields, one = self.write(kind)
        self.press(path, fields, one)
        return one

    def label_one(self) -> None:
        """One item from start to end, with drafts and heartbeats between, and now and then taken back or put off."""
        if not self.has_item():
            return
        if self.dice.random() < 0.5:
            self.do("draft")
            self.post(f"/review/{self.desk.token}/heartbeat/", {})
        if self.dice.random() < 0.03:
            self.read_desk(self.post(f"/review/{self.desk.token}/postponements/", {})[1])
            return
        submitted_from = self.desk
        if self.do("submit").outcome == "confirmed" and self.dice.random() < 0.08:
            self.desk = submitted_from
            self.do("take back")

    def has_item(self) -> bool:
        if self.desk is None:
            self.take()
        return self.desk is not None

    def label_all(self) -> None:
        while self.has_item():
            self.label_one()

    # --- what happens to them ---------------------------------------------------------------------------------

    def interrupt(self, one: Interruption) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.has_item() and time.monotonic() < deadline:
            time.sleep(0.2)
        if self.desk is None:
            self.log.problems.append(f"no item was left for interruption {one.number}")
            return
        steps = {
            "browser killed": self.lose_browser,
            "connection cut": self.lose_connection,
            "server killed": self.lose_server,
            "lease stolen": self.lose_turn,
        }
        before = self.desk
        outcome = steps[one.kind](one)
        self.log.lines.append(f"{one}  {before.label:<6} {before.token}  {outcome}")

    def prepared(self, action: str) -> tuple[str, dict[str, str], Written | None]:
        if action == "take":  # leaving the item asks for another one
            return f"/review/{self.desk.token}/postponements/", {}, None
        if action == "take back":
            self.desk = self.submitted_desk()
        return self.write(action)

    def submitted_desk(self) -> Desk:
        """Submit what is on the desk; it is what may then be taken back."""
        desk = self.desk
        self.do("submit")
        return desk

    def lose_browser(self, one: Interruption) -> str:
        path, fields, written = self.prepared(one.action)
        if one.moment == "before the request":
            if written is not None:
                self.log.written.remove(written)
        else:
            self.send_partly(path, fields, one, is_reset=False)
        self.come_back()
        return f"came back to {self.desk.label if self.desk else 'an empty queue'}"

    def send_partly(self, path: str, fields: dict[str, str], one: Interruption, *, is_reset: bool) -> None:
        body = urlencode({"csrfmiddlewaretoken": self.page.csrf, **fields})
        with suppress(OSError):  # somebody else's kill has the server down: that cut it too
            self.page.post_partly(path, body, moment=one.moment, share=one.share, is_reset=is_reset)

    def lose_connection(self, one: Interruption) -> str:
        """The page stays as it is: its script saves the draft if there is one, and the person presses again."""
        path, fields, written = self.prepared(one.action)
        self.send_partly(path, fields, one, is_reset=True)
        if written is None:
            self.read_desk(self.post(path, fields)[1])
            return "asked again"
        if one.is_edited and written.kind != "take back":
            if written.kind == "submit":
                self.do("draft")
            path, fields, written = self.write(written.kind)
        self.press(path, fields, written)
        return f"again{', edited' if one.is_edited else ''}: {written.outcome}"

    def lose_server(self, one: Interruption) -> str:
        path, fields, written = self.prepared(one.action)
        killer = threading.Thread(target=self.server.kill, args=(one.moment,), kwargs={"after_ms": one.delay_ms})
        with self.server.one_at_a_time:  # others' kills are over: this one hits this request
            killer.start()
        if written is None:
            self.read_desk(self.post(path, fields)[1])
        else:
            self.press(path, fields, written)
        killer.join()
        return written.outcome if written else "asked"

    def lose_turn(self, one: Interruption) -> str:
        """Let the lease run out and wait until somebody else has the turn; what nobody can take is labelled."""
        for _ in range(MOST_THEFT_TRIES):
            if not self.has_item():
                continue
            if self.ledger.holder_of(self.desk.token)[2] is None and self.is_stolen():
                break
            self.do("submit")
        else:
            self.log.problems.append(f"nobody took a turn for interruption {one.number}")
            return "not stolen"
        status, text = self.post(f"/review/{self.desk.token}/heartbeat/", {})
        if status != 200 or '"held": false' not in text:
            self.log.problems.append(f"a heartbeat of a lost turn says {text}")
        lost = self.desk.label
        if one.moment == "gives up":
            self.take()
            return f"gave {lost} up with its draft"
        return f"submitted {lost} late: {self.do('submit').outcome}"

    def is_stolen(self) -> bool:
        self.do("draft")
        self.ledger.let_run_out(self.desk.token)
        deadline = time.monotonic() + THEFT_SECONDS
        while time.monotonic() < deadline:
            state, user_id, _reserved = self.ledger.holder_of(self.desk.token)
            if state in ("leased", "done") and user_id != self.person["user_id"]:
                return True
            time.sleep(0.05)
        return False

"""Who is out in the storm: people who label, a producer who sends and an owner who imports and asks for reports.

Each keeps what was confirmed to them, and tries again for as long as anybody would.
"""

import json
import random
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.services_live.breakable import Page, Server
from tests.services_live.reviewers import ScriptedReviewer

ITEMS_A_SECOND = 100
FIRST_SENT, FIRST_UPLOADED = 1_000_000, 100_000_000
SHARE_HIGH = 0.06
N_UPLOADED = 300
OWNER_SECONDS = 45
OUTAGE_SECONDS = 180


class StormReviewer(ScriptedReviewer):
    """Waits out an outage: a page that says so, or none at all, is asked for again."""

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        deadline = time.monotonic() + OUTAGE_SECONDS
        while True:
            status, _, text = self.patiently(lambda: self.page.post(path, fields))
            if status not in (502, 503, 504) or time.monotonic() > deadline:
                break
            self.log.n_collateral += 1
            time.sleep(0.5)
        if status >= 500 or status in (400, 403, 404, 422):
            self.log.problems.append(f"reviewer {self.number}: {status} at {path}: {text[:300]}")
        return status, text

    def take(self) -> None:
        deadline = time.monotonic() + OUTAGE_SECONDS
        while self.patiently(lambda: self.page.get("/"))[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        self.read_desk(self.post(self.hand_outs, {})[1])


@dataclass
class Producer:
    """Sends a hundred items a second, each delivery under a key of its own, again until it is answered."""

    url: str
    secret: str
    dice: random.Random
    confirmed: set[str] = field(default_factory=set)
    n_again: int = 0
    problems: list[str] = field(default_factory=list)

    def work(self, until: float) -> None:
        start, number = time.monotonic(), 0
        while time.monotonic() < until:
            rows = [
                row(FIRST_SENT + ITEMS_A_SECOND * number + place, is_high=self.dice.random() < SHARE_HIGH)
                for place in range(ITEMS_A_SECOND)
            ]
            self.send(rows, key=f"delivery-{number}")
            number += 1
            time.sleep(max(0.0, start + number - time.monotonic()))

    def send(self, rows: list[dict], *, key: str) -> None:
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        content = json.dumps(rows).encode()
        while True:
            try:
                request = urllib.request.Request(self.url, data=content, headers=headers)
                with urllib.request.urlopen(request, timeout=60) as answer:
                    told = json.load(answer)["counts"]
                break
            except urllib.error.HTTPError as error:
                if error.code not in (409, 429, 502, 503, 504):
                    self.problems.append(f"{error.code} for {key}: {error.read()[:300]!r}")
                    return
            except (OSError, HTTPException, ValueError):
                pass
            self.n_again += 1
            time.sleep(0.3)
        # A delivery that was stored when its answer was lost is told as unchanged.
        if told["created"] + told["unchanged"] != len(rows):
            self.problems.append(f"{key} was told {told}")
        self.confirmed.update(one["external_id"] for one in rows)


def row(number: int, *, is_high: bool) -> dict:
    """As the reviewers' script reads it: the text says the item's name."""
    from tests.world import chat_row

    stakes = "high" if is_high else "low"
    return chat_row(f"i{number}", source_system="storm", output=f"Answer i{number}.", stakes=stakes)


@dataclass
class Owner:
    """Uploads a file and asks for a report, every so often; tries again until it is answered."""

    server: Server
    session: str
    slug: str
    confirmed: set[str] = field(default_factory=set)
    n_asked: int = 0
    problems: list[str] = field(default_factory=list)

    def work(self, until: float) -> None:
        while time.monotonic() < until:
            rows = [
                row(FIRST_UPLOADED + N_UPLOADED * self.n_asked + place, is_high=False) for place in range(N_UPLOADED)
            ]
            if self.until_answered(lambda page, rows=rows: upload(page, self.slug, rows)):
                self.confirmed.update(one["external_id"] for one in rows)
            self.until_answered(lambda page: page.post(f"/p/{self.slug}/agreement/", {})[0])
            self.n_asked += 1
            time.sleep(OWNER_SECONDS)

    def until_answered(self, ask) -> bool:
        deadline = time.monotonic() + OUTAGE_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, HTTPException), closing(Page(*self.address, session=self.session)) as page:
                page.headers = {}
                if page.get(f"/p/{self.slug}/import/")[0] == 200:
                    status = ask(page)
                    if status < 500:
                        if status >= 400:
                            self.problems.append(f"the owner was told {status}")
                        return status < 400
            time.sleep(0.5)
        self.problems.append("the owner got no answer")
        return False

    @property
    def address(self) -> tuple[str, int]:
        return self.server.host, self.server.port


def upload(page: Page, slug: str, rows: list[dict]) -> int:
    """The status of one upload, sent as a browser sends a file."""
    limit = "storm-boundary"
    lines = "".join(json.dumps(one) + "\n" for one in rows)
    parts = (
        f'--{limit}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{page.csrf}\r\n'
        f'--{limit}\r\nContent-Disposition: form-data; name="file_format"\r\n\r\njsonl\r\n'
        f'--{limit}\r\nContent-Disposition: form-data; name="file"; filename="rows.jsonl"\r\n'
        f"Content-Type: application/jsonl\r\n\r\n{lines}\r\n--{limit}--\r\n"
    )
    headers = {**page.headers_for(None), "Content-Type": f"multipart/form-data; boundary={limit}"}
    page.connection.request("POST", f"/p/{slug}/import/", body=parts.encode(), headers=headers)
    with page.connection.getresponse() as answer:
        answer.read()
        return answer.status

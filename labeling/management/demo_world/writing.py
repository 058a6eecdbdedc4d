"""Writing twelve weeks of mail: one case after the other, none twice, with the version that wrote it and its judge."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from labeling.management.demo_world.cases import Case
from labeling.management.demo_world.judging import verdicts_of
from labeling.management.demo_world.products import write_product_case
from labeling.management.demo_world.replies import NEWER, OLDER, SCENARIOS, write_pair_case, write_scenario_case

PRODUCT_SHARE = 0.3
# The newer version is a little better.
FLAWED_SHARE = {OLDER["version"]: 0.105, NEWER["version"]: 0.09}
# Now and then no verdict comes, the assistant says how sure it is, or the producer wants a person to look.
NO_VERDICT_SHARE, STATED_SHARE, ASKED_FOR_SHARE = 0.004, 0.12, 0.004
RIGHT_GOLD = (
    "Nothing is wrong here: what it says is in the record or the policy, every question is answered, and nothing is "
    "promised. When all of that holds, approve without looking for trouble."
)
FIRST_NUMBER = 10_001
TRIES = 80


@dataclass
class Writer:
    """Writes items that never repeat one another, the same for the same dice."""

    dice: Random
    n_written: int = 0
    n_gold: int = 0
    texts: set[str] = field(default_factory=set)
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write_item(self, day: date, *, newer_share: float) -> dict[str, Any]:
        """One output as a row to ingest; the truth about it is kept under its external id."""
        source = NEWER if self.dice.random() < newer_share else OLDER
        is_flawed = self.dice.random() < FLAWED_SHARE[source["version"]]
        case = self.write_case(day, is_flawed=is_flawed)
        row = {**self.row_of(case), "source": source}
        if self.dice.random() >= NO_VERDICT_SHARE:
            row["judge_verdicts"] = verdicts_of(case, self.dice)
        if self.dice.random() < STATED_SHARE:
            value = round(self.dice.uniform(0.55, 0.85) + (0 if is_flawed else 0.1), 2)
            row["signals"] = [{"name": "stated_confidence", "kind": "stated", "value": value}]
        if self.dice.random() < ASKED_FOR_SHARE:
            row["review_requested"] = True
        return row

    def write_comparison(self, day: date) -> dict[str, Any]:
        """Two outputs for one mail, which the producer wants compared by people."""
        case = self.write_pair(day)
        return {**self.row_of(case), "judge_verdicts": verdicts_of(case, self.dice), "review_requested": True}

    def write_gold(self, day: date, n_cases: int) -> list[dict[str, Any]]:
        """References with their known answers, half of them flawed: what would ship teaches nobody."""
        rows = []
        for place in range(n_cases):
            case = self.write_case(day, is_flawed=place % 2 == 0)
            row = {**self.row_of(case), "external_id": f"fh-g{101 + self.n_gold}", "source": OLDER}
            self.n_gold += 1
            known = {**case.truth, "explanation": case.truth["flaw"] or RIGHT_GOLD}
            self.truth[row["external_id"]] = known
            rows.append({**row, "gold": known})
        return rows

    def write_case(self, day: date, *, is_flawed: bool) -> Case:
        for _ in range(TRIES):
            if self.dice.random() < PRODUCT_SHARE:
                case = write_product_case(self.dice, day, is_flawed=is_flawed)
            else:
                case = write_scenario_case(self.dice, day, self.draw_scenario(), is_flawed=is_flawed)
            if self.is_new(case):
                return case
        raise ValueError("The scenarios are used up; write more of them.")

    def write_pair(self, day: date) -> Case:
        for _ in range(TRIES):
            case = write_pair_case(self.dice, day, self.draw_scenario())
            if case is not None and self.is_new(case):
                return case
        raise ValueError("The scenarios are used up; write more of them.")

    def draw_scenario(self) -> dict[str, Any]:
        return self.dice.choices(SCENARIOS, [scenario["weight"] for scenario in SCENARIOS])[0]

    def is_new(self, case: Case) -> bool:
        """Whether nothing that was written before reads the same; it is noted at once."""
        # What no policy lets through may repeat itself: an empty greeting has nothing to vary.
        text = "\n".join(case.texts) if case.flaw_kind != "empty" else str(case.row["context"])
        is_new = text not in self.texts
        self.texts.add(text)
        return is_new

    def row_of(self, case: Case) -> dict[str, Any]:
        external_id = f"fh-{FIRST_NUMBER + self.n_written}"
        self.n_written += 1
        self.truth[external_id] = case.truth
        return {"external_id": external_id, "source_system": "helpdesk", **case.row}

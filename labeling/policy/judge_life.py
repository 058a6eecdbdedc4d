"""What a judge version may do now: let items past people, only send them to people, or nothing at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from labeling.policy.agreement import Reading

State = Literal["cleared", "unproven", "member", "stale", "suspended"]
CLEARED: State = "cleared"
UNPROVEN: State = "unproven"
MEMBER: State = "member"
STALE: State = "stale"
SUSPENDED: State = "suspended"

Finding = Literal["may_gate", "triage", "missing", "broken"]
MAY_GATE: Finding = "may_gate"
TRIAGE: Finding = "triage"
MISSING: Finding = "missing"
BROKEN: Finding = "broken"
FINDING_OF_READING: dict[str, Finding] = {"ok": MAY_GATE, "warn": TRIAGE, "missing": MISSING, "danger": BROKEN}
WORST_FIRST = (BROKEN, TRIAGE, MISSING, MAY_GATE)
WORDS_OF_FINDING = {
    MAY_GATE: "May gate: eligible, which is not switched on",
    TRIAGE: "Triage only: it may send items to people, never past them",
    MISSING: "Not enough yet: too few sealed items to say anything",
    BROKEN: "Broken: the rubric or the judge; do not rely on it",
}
UNPROVEN_BECAUSE: dict[str, str] = {
    MAY_GATE: "was examined and may gate, and nobody has cleared it yet",
    TRIAGE: "was examined and may not gate: it is good for triage only",
    MISSING: "was examined, on too few sealed items to say anything",
}
VALID_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """What is stored of one judge version's life.

    is_first : no version of its name is older
    finding : of its newest examination on sealed items; none before any
    lapsed : why the examination behind its clearance holds no longer, or nothing
    is_name_cleared : some version of its name was cleared at some time
    is_latecomer : some judge of its project was cleared at some time, or suspended or found broken before it came
    proved_on : the criteria of the examination behind its clearance
    speaks_through : the ensemble that counts its verdicts, or nothing
    """

    name: str
    model: str
    is_first: bool
    finding: str = ""
    is_cleared: bool = False
    was_cleared: bool = False
    lapsed: str = ""
    is_name_cleared: bool = False
    is_latecomer: bool = False
    proved_on: frozenset[str] = frozenset()
    suspended_because: str = ""
    speaks_through: str = ""


@dataclass(frozen=True, slots=True)
class JudgeStanding:
    """What a judge version may do now, and why in words. Only one that `is_heard` may let an item past people: of all
    that it says, or where it is cleared of the criteria that it was examined on, `proved_on`."""

    state: State
    words: str
    proved_on: frozenset[str] | None = None

    @property
    def is_heard(self) -> bool:
        return self.state in (CLEARED, UNPROVEN)


@dataclass(frozen=True, slots=True)
class Unheard:
    """Whose verdicts decide nothing now, by judge as evidence names them.

    `why` is of judges that are not heard at all; where it is empty another judge speaks for them, or will. `proved_on`
    is of cleared judges: on what they were not examined on, they have proved nothing.
    """

    why: Mapping[str, str] = field(default_factory=dict)
    proved_on: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def why_not(self, judge: str, criterion: str) -> str | None:
        """Why a judge is not heard on a criterion; None where it is."""
        if judge in self.why:
            return self.why[judge]
        if criterion in self.proved_on.get(judge, (criterion,)):
            return None
        return f"the judge is cleared, but was never examined on {criterion}"


def standing_of(record: JudgeRecord) -> JudgeStanding:
    """The one rule of what a judge version may do.

    The first version of a name is governed by the policy's cold start, until a judge of the project is cleared: then
    something has proved itself, and all others have to as well. Nor does the cold start speak of one that came after a
    judge was suspended or found broken: it may be that very judge under another name. Whatever changed since has
    proved nothing; its verdicts are stored, and decide nothing. An examination that found it broken, or whose time is
    over, takes the word from any version.
    """
    who = f"{record.name} ({record.model})" if record.model else record.name
    if record.suspended_because:
        return JudgeStanding(SUSPENDED, f"{who} is suspended: {record.suspended_because}")
    if record.finding == BROKEN:
        return JudgeStanding(STALE, f"{who} was examined on sealed items and found broken")
    if record.is_cleared:
        if record.lapsed:
            return JudgeStanding(STALE, f"the validation of {who} holds no longer: {record.lapsed}")
        return JudgeStanding(CLEARED, f"{who} was validated and cleared", record.proved_on)
    if record.was_cleared:
        return JudgeStanding(STALE, f"the clearance of {who} was withdrawn")
    if record.speaks_through:
        return JudgeStanding(MEMBER, f"{who} is one vote of {record.speaks_through}, and is not heard on its own")
    if record.is_first and not (record.is_name_cleared or record.is_latecomer):
        return JudgeStanding(UNPROVEN, f"{who} {UNPROVEN_BECAUSE.get(record.finding, 'was not examined yet')}")
    if record.finding == MAY_GATE:
        return JudgeStanding(STALE, f"{who} was validated, and nobody has cleared it yet")
    if record.finding:
        return JudgeStanding(STALE, f"{who} was examined and may not gate")
    if record.is_first and record.is_name_cleared:
        return JudgeStanding(STALE, f"{who} has not been validated, as a later version of it was")
    if record.is_first:
        return JudgeStanding(STALE, f"{who} has not been validated, and the cold start ended with another judge")
    return JudgeStanding(
        STALE, f"{record.name} changed (model {record.model or 'not stated'}) and has not been validated"
    )


def weakest(findings: Iterable[str]) -> Finding:
    """What several criteria come to: the worst of them, since a judge that gates gates on all it says."""
    found = set(findings)
    return next((one for one in WORST_FIRST if one in found), MISSING)


def finding_of(reading: Reading) -> Finding:
    return FINDING_OF_READING[reading.state]

"""The life of judges on pages: the registry by name, and one version with what it may do, why, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeling.models import (
    Clearance,
    DriftLook,
    Job,
    JudgeVersion,
    Project,
    RubricVersion,
    SealedOpening,
    Suspension,
    Validation,
    VersionComparison,
)
from labeling.policy.jobs import EXAMINATION_TASK
from labeling.policy.judge_life import BROKEN, STALE, TRIAGE, UNPROVEN, JudgeStanding
from labeling.policy.policies import parse_policy
from labeling.queries.agreement import ShownEstimate, estimate_from
from labeling.queries.job_pages import ShownJob, newest_jobs, shown_job
from labeling.queries.judge_life import (
    is_over,
    newest_validation_of,
    standing_of_version,
    standings_of,
    why_not_to_clear,
)
from labeling.queries.judge_pages import ShownJudge
from labeling.queries.judge_watch import newest_look_at
from labeling.queries.judges import rubric_versions_of_judge
from labeling.queries.routing import live_policy_of
from labeling.queries.rubric_versions import versions_in_use

LOOKS = {"cleared": "ok", "unproven": "warn", "member": "missing", "stale": "danger", "suspended": "danger"}
NAMES = {
    "cleared": "Cleared",
    "unproven": "Not cleared",
    "member": "A vote of an ensemble",
    "stale": "In shadow: ships nothing",
    "suspended": "Suspended",
}
WHAT_FOLLOWS = {
    "cleared": "What it passes may ship, as far as the routing policy lets it.",
    "member": "Its verdicts are votes; its ensemble speaks once all members did.",
    "stale": "Its verdicts are stored and decide nothing: an item that no other judge speaks of goes to a person.",
    "suspended": "Its verdicts are stored and decide nothing: an item that no other judge speaks of goes to a person.",
}
MEND_IT = (
    "What helps: its disagreements and the calibration pack below say where it errs. A changed model, prompt or "
    "parameter is a new version, and is examined anew."
)
LOOK_OF_FINDING = {"may_gate": "ok", "triage": "warn", "missing": "missing", "broken": "danger"}


@dataclass(frozen=True, slots=True)
class ListedJudge:
    """One version in the registry: what it may do, who cleared it, and what its newest runs say."""

    shown: ShownJudge
    standing: JudgeStanding
    clearance: Clearance | None

    @property
    def look(self) -> str:
        return LOOKS[self.standing.state]

    @property
    def name(self) -> str:
        return NAMES[self.standing.state]


@dataclass(frozen=True, slots=True)
class JudgeGroup:
    """The versions of one judge's name, the newest first, and how often the sealed part was opened for them."""

    name: str
    n_openings: int
    versions: Sequence[ListedJudge]


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """What a validation found on one criterion."""

    key: str
    look: str
    words: str
    n_items: int
    kappa: ShownEstimate

    @property
    def verdict(self) -> str:
        """The finding in two words; what it means stands in `meaning`."""
        return self.words.partition(": ")[0]

    @property
    def meaning(self) -> str:
        meaning = self.words.partition(": ")[2]
        return f"{meaning[:1].upper()}{meaning[1:]}." if meaning else ""


@dataclass(frozen=True, slots=True)
class ShownOpening:
    """One opening of the sealed part and what it found; no validation while it is being computed, or where that
    failed."""

    opening: SealedOpening
    validation: Validation | None
    findings: Sequence[ShownFinding]
    job: ShownJob | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class ShownComparison:
    """A version and the one before it on the same items, on one criterion."""

    comparison: VersionComparison
    key: str
    n: int
    only_before: int
    only_after: int
    p: str
    percent_change: ShownEstimate
    kappa_change: ShownEstimate

    @property
    def words(self) -> str:
        low, high = self.kappa_change.low, self.kappa_change.high
        if low is None or high is None:
            return "No interval, so nothing can be said of a change."
        if low > 0:
            return "It agrees with people more than the version before."
        return "It agrees with people less." if high < 0 else "No change that chance would not also give."


@dataclass(frozen=True, slots=True)
class JudgeLife:
    """All that a judge's page says of its life. `can_open` are the rubric versions on which it may be examined now."""

    standing: JudgeStanding
    clearance: Clearance | None
    suspension: Suspension | None
    openings: Sequence[ShownOpening]
    n_openings_of_name: int
    can_open: Sequence[RubricVersion]
    why_not_to_clear: str
    cold_start: str
    history: Sequence[tuple[datetime, str, str, str]]
    look: DriftLook | None
    versions: Sequence[ShownComparison]

    @property
    def status(self) -> str:
        return LOOKS[self.standing.state]

    @property
    def name(self) -> str:
        return NAMES[self.standing.state]

    @property
    def is_in_shadow(self) -> bool:
        return self.standing.state == STALE

    @property
    def what_follows(self) -> str:
        """What its standing means for the items that it judges."""
        return self.cold_start if self.standing.state == UNPROVEN else WHAT_FOLLOWS[self.standing.state]

    @property
    def next_step(self) -> str:
        """What helps a version that was examined and may not be cleared."""
        found = next((one.validation for one in self.openings if one.validation), None)
        if found is None or not self.why_not_to_clear or self.clearance or self.suspension:
            return ""
        if found.finding in (TRIAGE, BROKEN):
            return MEND_IT
        return f"It cannot be cleared. {self.why_not_to_clear}"

    @property
    def drift(self) -> dict[str, Any] | None:
        return drift_in_words(self.look) if self.look else None


# --- the registry ---------------------------------------------------------------------------------------------------


def judge_groups(project: Project, judges: Sequence[ShownJudge], *, now: datetime) -> list[JudgeGroup]:
    """The versions by judge name, the name with the newest version first. Three queries."""
    standings = standings_of(project, now=now)
    in_force = Clearance.objects.filter(judge_version__project=project, ended_at__isnull=True)
    clearances = {one.judge_version_id: one for one in in_force.select_related("cleared_by")}
    opened = SealedOpening.objects.filter(judge_version__project=project)
    names = list(opened.values_list("judge_version__name", flat=True))
    groups: dict[str, list[ListedJudge]] = {}
    for one in judges:
        listed = ListedJudge(one, standings[one.judge.pk], clearances.get(one.judge.pk))
        groups.setdefault(one.judge.name, []).append(listed)
    return [JudgeGroup(name, names.count(name), versions) for name, versions in groups.items()]


# --- one version ----------------------------------------------------------------------------------------------------


def life_of(version: JudgeVersion, *, now: datetime) -> JudgeLife:
    """A fixed number of queries, but for the rubric versions on which it could be examined."""
    openings = shown_openings(version, now=now)
    running = {(one.opening.rubric_version_id) for one in openings if not one.is_over}
    used = versions_in_use().filter(pk__in=[one.pk for one in rubric_versions_of_judge(version)])
    clearances = list(version.clearances.select_related("cleared_by", "ended_by").order_by("-id"))
    suspensions = list(version.suspensions.select_related("began_by", "ended_by", "incident").order_by("-id"))
    siblings = SealedOpening.objects.filter(judge_version__project=version.project_id, judge_version__name=version.name)
    return JudgeLife(
        standing=standing_of_version(version, now=now),
        clearance=next((one for one in clearances if one.ended_at is None), None),
        suspension=next((one for one in suspensions if one.ended_at is None), None),
        openings=openings,
        n_openings_of_name=siblings.count(),
        can_open=[one for one in used.select_related("rubric") if one.pk not in running],
        why_not_to_clear=why_not_to_clear(version, newest_validation_of(version), now=now),
        cold_start=cold_start_in_words(version.project),
        history=history_of(clearances, suspensions),
        look=newest_look_at(version),
        versions=comparisons_of(version),
    )


def cold_start_in_words(project: Project) -> str:
    """What becomes of items that only a judge without clearance speaks of. One query."""
    live = live_policy_of(project)
    if live is None:
        return "No policy is live, so it decides nothing."
    policy = parse_policy(live.definition)
    if policy.reviews_all_on_cold_start:
        return "Nobody cleared it: until then, the policy sends everything that it judges to people."
    return f"Nobody cleared it. Items ship on its word all the same; the policy says why: {policy.cold_start_reason}"


def comparisons_of(version: JudgeVersion) -> list[ShownComparison]:
    """Of each rubric version the newest comparison with the version before. One query."""
    found = version.comparisons.select_related("before", "rubric_version__rubric").order_by("id")
    newest = {one.rubric_version_id: one for one in found}
    return [
        ShownComparison(
            comparison,
            one["key"],
            one["n"],
            one["only_before"],
            one["only_after"],
            "< 0.001" if one["p"] < 0.001 else f"{one['p']:.3f}",
            estimate_from(one["percent_change"]),
            estimate_from(one["kappa_change"]),
        )
        for comparison in newest.values()
        for one in comparison.numbers["criteria"]
    ]


def shown_openings(version: JudgeVersion, *, now: datetime) -> list[ShownOpening]:
    openings = version.openings.select_related("rubric_version__rubric", "opened_by", "validation").order_by("-id")
    newest = newest_jobs(EXAMINATION_TASK, [one.pk for one in openings])
    return [shown_opening(one, job=newest.get(one.pk), now=now) for one in openings]


def shown_opening(opening: SealedOpening, *, job: Job | None, now: datetime) -> ShownOpening:
    validation = getattr(opening, "validation", None)
    findings = [
        ShownFinding(
            one["key"], LOOK_OF_FINDING[one["finding"]], one["words"], one["n_items"], estimate_from(one["kappa"])
        )
        for one in (validation.numbers["criteria"] if validation else [])
    ]
    waited_for = shown_job(job, now=now) if validation is None else None
    return ShownOpening(opening, validation, findings, waited_for, is_over=is_over(opening, now=now))


def history_of(
    clearances: Sequence[Clearance], suspensions: Sequence[Suspension]
) -> list[tuple[datetime, str, str, str]]:
    """(when, what, by whom, why) of everything that was switched, the newest first."""
    rows = []
    for one in clearances:
        rows.append((one.cleared_at, "Cleared", one.cleared_by.shown_name, one.reason))
        if one.ended_at and one.ended_by:
            rows.append((one.ended_at, "Clearance ended", one.ended_by.shown_name, one.ended_because))
    for found in suspensions:
        who = found.began_by.shown_name if found.began_by else "the drift watch"
        rows.append((found.began_at, "Suspended", who, found.reason))
        if found.ended_at and found.ended_by:
            rows.append((found.ended_at, "Suspension lifted", found.ended_by.shown_name, found.ended_because))
    return sorted(rows, key=lambda row: row[0], reverse=True)


def drift_in_words(look: DriftLook) -> dict[str, Any]:
    """The newest look at the watch, as a page says it."""
    numbers = look.numbers
    level = numbers["path"][-1] if numbers["path"] else 0.0
    return {
        "look": look,
        "is_alarm": look.is_alarm,
        "level": f"{level:.1f}",
        "threshold": f"{numbers['threshold']:.1f}",
        "usual": f"{numbers['usual']:.0%}",
        "usual_value": f"{numbers['usual_value']:.0%}",
        "n_usual": numbers["n_usual"],
        "raised": f"{numbers['raised']:.0%}",
        "n_days_false": round(numbers["days_between_false_alarms"]),
        "n_days_found": max(1, round(numbers["days_until_found"])),
    }

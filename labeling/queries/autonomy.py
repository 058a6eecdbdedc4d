"""What a project's guardrails measure now, where it stands on the ladder, and what might come next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet

from labeling.models import (
    AgreementRun,
    Clearance,
    Contraction,
    FallbackPolicy,
    Guardrail,
    Project,
    Review,
    RoutingPolicy,
    Suspension,
)
from labeling.models.autonomy import GuardrailKind
from labeling.policy.autonomy import (
    AGREEMENT,
    DRIFT,
    ESCAPED,
    EVERYTHING,
    GOLD,
    HELD,
    QUIET_DAYS,
    Judgement,
    Reading,
    Rung,
    judge_reading,
    next_step,
    rung_of,
)
from labeling.policy.policies import parse_policy
from labeling.queries.agreement import first_pass_runs
from labeling.queries.audited import audited_items
from labeling.queries.in_force import DECIDING
from labeling.queries.known_answers import known_answers
from labeling.queries.routing import live_policy_of
from labeling.queries.rubric_versions import versions_in_use
from labeling.queries.thresholds import newest_promise

# How far back known answers and final labels count.
WINDOW = timedelta(days=28)
# What an admin is offered before anything is set.
USUAL_LIMITS: Mapping[str, float | None] = {AGREEMENT: 0.667, GOLD: 0.8, ESCAPED: 0.02, DRIFT: None}


@dataclass(frozen=True, slots=True)
class ShownGuardrail:
    """One guardrail with what it measures now. `standing` is the contraction of its own that lasts."""

    kind: str
    name: str
    limit: float | None
    is_on: bool
    set_row: Guardrail | None
    reading: Reading
    judgement: Judgement
    standing: Contraction | None

    @property
    def limit_percent(self) -> float | None:
        return None if self.limit is None else round(100 * self.limit, 6)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An expansion that the evidence allows; a person begins it as a draft, or does not. `why` names the evidence."""

    definition: dict
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Autonomy:
    rung: Rung
    guardrails: list[ShownGuardrail]
    fallback: FallbackPolicy | None
    contractions: list[Contraction]
    proposal: Proposal | None
    why_none: str


def projects_to_guard() -> QuerySet[Project]:
    """Projects with a guardrail that is on. Whether anything could be contracted is looked at with each."""
    return Project.objects.filter(Exists(Guardrail.objects.filter(project=OuterRef("pk"), is_on=True))).order_by("id")


def autonomy_of(project: Project, *, now: datetime) -> Autonomy:
    guardrails = guardrails_of(project, now=now)
    contractions = list(
        project.contractions.select_related("before", "published", "incident", "ended_by").order_by("-id")[:50]
    )
    proposal, why_none = proposal_for(project, guardrails, contractions, now=now)
    return Autonomy(
        rung=rung_now(project, now=now),
        guardrails=guardrails,
        fallback=fallback_of(project),
        contractions=contractions,
        proposal=proposal,
        why_none=why_none,
    )


def fallback_of(project: Project) -> FallbackPolicy | None:
    return FallbackPolicy.objects.filter(project=project).select_related("policy", "set_by").first()


def rung_now(project: Project, *, now: datetime) -> Rung:
    """By what rests on least among the versions that ship; one that is staged ships, too."""
    cleared = Clearance.objects.filter(
        judge_version__project=project, ended_at__isnull=True, validation__expires_at__gt=now
    ).exists()
    rungs = [
        rung_of(
            parse_policy(version.definition),
            has_cleared_judge=cleared,
            certified_cut=certified_cut_of(project, version, now=now),
        )
        for version in project.policies.filter(state__in=DECIDING)
    ]
    shipping = [rung for rung in rungs if rung != EVERYTHING]
    return min(shipping, key=lambda rung: rung.number, default=EVERYTHING)


def certified_cut_of(project: Project, live: RoutingPolicy, *, now: datetime) -> float | None:
    """From which confidence on a certificate in force lets items ship; None without one."""
    promise = newest_promise(project, parse_policy(live.definition).confidence_signal, now=now)
    return promise.certificate.threshold if promise is not None and promise.is_in_force else None


# --- guardrails -------------------------------------------------------------------------------------------------------


def guardrails_of(project: Project, *, now: datetime) -> list[ShownGuardrail]:
    """All four, whether they are on or not, so that an admin sees what a limit would meet before switching it on."""
    set_rows = {one.kind: one for one in project.guardrails.select_related("set_by")}
    standing = {one.kind: one for one in project.contractions.filter(ended_at__isnull=True)}
    shown = []
    for kind, name in GuardrailKind.choices:
        row = set_rows.get(kind)
        limit = row.limit if row else USUAL_LIMITS[kind]
        reading = read_guardrail(project, kind, now=now)
        judgement = judge_reading(kind, reading, limit)
        shown.append(
            ShownGuardrail(
                kind, name, limit, row is not None and row.is_on, row, reading, judgement, standing.get(kind)
            )
        )
    return shown


def read_guardrail(project: Project, kind: str, *, now: datetime) -> Reading:
    """What one guardrail measures. Only what came since the last contraction began or ended counts: neither does the
    same evidence contract twice, nor what was seen under the policy before it the fallback."""
    times = Contraction.objects.filter(project=project).aggregate(began=Max("began_at"), ended=Max("ended_at"))
    since = max((at for at in times.values() if at is not None), default=None)
    return READERS[kind](project, since, now)


def read_agreement(project: Project, since: datetime | None, now: datetime) -> Reading:
    """Of the questions that decide, on every rubric version in use, the newest alpha whose upper end is lowest."""
    readings = []
    for version in versions_in_use().filter(rubric__project=project).select_related("rubric"):
        run = newest_run_since(version.pk, since, now)
        if run is None:
            continue
        gating = {"verdict", *version.criteria.filter(is_gating=True).values_list("key", flat=True)}
        for found in run.numbers["questions"]:
            if found["key"] in gating:
                alpha = found["krippendorff_alpha"]
                n_items = found.get("n_items_pairable", found["n_units_pairable"])
                about = f"alpha of {found['key']} on {version}, computed {run.made_at:%Y-%m-%d}"
                readings.append(
                    Reading(alpha["value"], alpha["low"], alpha["high"], n_items, about, alpha["undefined"] or "")
                )
    known = [one for one in readings if one.high is not None]
    if known:
        return min(known, key=lambda one: one.high)
    return readings[0] if readings else unread("No agreement run on a rubric in use counts yet.")


def newest_run_since(version_id: int, since: datetime | None, now: datetime) -> AgreementRun | None:
    runs = first_pass_runs().filter(rubric_version=version_id, made_at__lte=now)
    if since is not None:
        runs = runs.filter(made_at__gt=since)
    return runs.order_by("-made_at", "-id").first()


def read_gold(project: Project, since: datetime | None, now: datetime) -> Reading:
    """The share of live gold that all reviewers together answered right."""
    from labeling.stats.intervals import wilson_share

    reviews = Review.objects.filter(entry__queue__project=project, submitted_at__gt=window_from(since, now))
    answers = known_answers(reviews, until=now)
    if not answers:
        return unread("No known answer counts yet.")
    share = wilson_share(sum(one.is_right for one in answers), len(answers))
    about = f"share right on live gold, last {WINDOW.days} days, all reviewers"
    return Reading(share.value, share.low, share.high, len(answers), about)


def read_escaped(project: Project, since: datetime | None, now: datetime) -> Reading:
    """The share of bad outputs among what ships, from items that were drawn for review and are final."""
    import numpy as np

    from labeling.stats.escapes import estimate_escaped

    start = window_from(since, now)
    final = [one for one in audited_items(project, until=now) if one.decided_at > start]
    drawn = [one for one in final if one.inclusion_probability < 1]
    if not drawn:
        return unread("Nothing that was drawn for audit became final.")
    chances = np.array([one.inclusion_probability for one in drawn])
    _, groups = np.unique([one.group for one in drawn], return_inverse=True)
    is_bad = np.array([one.is_bad for one in drawn], dtype=np.float64)
    share = estimate_escaped(is_bad, chances, 1 - chances, clusters=groups.ravel()).estimate
    about = f"share of bad outputs among what ships, final in the last {WINDOW.days} days"
    return Reading(share.value, share.low, share.high, share.n, about, share.undefined or "")


def read_drift(project: Project, since: datetime | None, now: datetime) -> Reading:
    """The judges that a drift alarm suspended, and that nobody let back. `n` counts them."""
    alarms = Suspension.objects.filter(
        judge_version__project=project, cause=Suspension.Cause.DRIFT, ended_at__isnull=True, began_at__lte=now
    ).select_related("judge_version")
    if since is not None:
        alarms = alarms.filter(began_at__gt=since)
    reasons = [f"{one.judge_version.name[:60]}: {one.reason}" for one in alarms.order_by("id")]
    return Reading(None, None, None, len(reasons), "; ".join(reasons)[:280])


READERS: Mapping[str, Callable[[Project, datetime | None, datetime], Reading]] = {
    AGREEMENT: read_agreement,
    GOLD: read_gold,
    ESCAPED: read_escaped,
    DRIFT: read_drift,
}


def window_from(since: datetime | None, now: datetime) -> datetime:
    return max(since, now - WINDOW) if since else now - WINDOW


def unread(why: str) -> Reading:
    return Reading(None, None, None, 0, "", why)


# --- what might come next ---------------------------------------------------------------------------------------------


def proposal_for(
    project: Project, guardrails: list[ShownGuardrail], contractions: list[Contraction], *, now: datetime
) -> tuple[Proposal | None, str]:
    """The next expansion with its evidence, or why there is none. Nothing is stored; nothing expands by itself."""
    quiet_since = now - timedelta(days=QUIET_DAYS)
    on = [one for one in guardrails if one.is_on and one.set_row is not None]
    live = live_policy_of(project)
    if live is None:
        return None, "No policy is live."
    if not on:
        return None, "No guardrail is on, so nothing says that it would be safe."
    if any(one.ended_at is None or one.began_at > quiet_since for one in contractions):
        return None, f"A guardrail made it contract in the last {QUIET_DAYS} days, or one still lasts."
    late = [one.name for one in on if one.set_row.set_at > quiet_since]
    if late or live.published_at > quiet_since:
        return None, f"The live policy and every guardrail have to stand for {QUIET_DAYS} days first."
    not_held = [one.name for one in on if one.judgement.state != HELD]
    if not_held:
        return None, f"Not every guardrail is known to hold: {', '.join(not_held)}."
    if ESCAPED not in {one.kind for one in on}:
        return None, "The escaped-error budget is off, so nothing says what would get through."
    step = next_step(live.definition, certified_cut=certified_cut_of(project, live, now=now))
    if step is None:
        return None, "There is no smallest next step: it ships nothing, or no share is left to halve."
    definition, words = step
    held = "; ".join(f"{one.name}: {evidence_in_words(one)}" for one in on)
    return Proposal(definition, words, f"For {QUIET_DAYS} days nothing tripped, and now all hold. {held}."), ""


def evidence_in_words(one: ShownGuardrail) -> str:
    reading = one.reading
    if reading.value is None or reading.low is None or reading.high is None:
        return one.judgement.words.rstrip(".").lower()
    return f"{reading.value:.3f} ({reading.low:.3f} to {reading.high:.3f}, n {reading.n}, limit {one.limit:g})"

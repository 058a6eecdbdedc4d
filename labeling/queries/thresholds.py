"""Thresholds with a promise: which labels they may be read from, what they rest on, and which of them hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from labeling.models import ChosenMap, Item, JudgeVersion, Project, RoutingPolicy, ThresholdCertificate, ThresholdSearch
from labeling.policy.confidence import MapsInUse
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import Policy, parse_policy
from labeling.policy.promises import Basis, hash_of_grounds, reach_of, score_of, why_lapsed
from labeling.policy.splits import AUDIT
from labeling.queries.audited import AuditedItem, audited_items
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.judge_life import standings_of, unheard_judges
from labeling.queries.routing import live_policy_of
from labeling.queries.rubric_versions import versions_in_use
from labeling.queries.traffic_sample import newest_items

State = ThresholdCertificate.State
READ_AT_ONCE = 500
# The evidence of each is read, and somebody waits for it.
MOST_AUDITED = 10_000


@dataclass(frozen=True, slots=True)
class UsableLabel:
    """One label that may be read for a threshold: of an item that only its score, or a draw, would keep from shipping,
    one of its group, and drawn with the same chance as all others of its policy version."""

    item_id: int
    score: float
    is_bad: bool


@dataclass(frozen=True, slots=True)
class UsableLabels:
    """The labels, newest first, and how many were left out for which cause."""

    labels: Sequence[UsableLabel]
    n_audited: int
    n_never_ship: int
    n_of_a_group: int
    n_thinned: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A certificate as it stands now: `lapsed` says why it holds no longer, empty while it does."""

    certificate: ThresholdCertificate
    lapsed: str

    @property
    def is_in_force(self) -> bool:
        return self.certificate.state == State.CERTIFIED and not self.lapsed


@dataclass(frozen=True, slots=True)
class Cover:
    """What is promised of one cut of a policy: `kind` is covered, lapsed, looser or none, `words` say it."""

    kind: str
    words: str


# --- which labels -------------------------------------------------------------------------------------------------


def scores_of_traffic(project: Project, policy: RoutingPolicy, *, signal: str, now: datetime) -> list[float]:
    """The signal's values of the newest items that only it, or a draw, would stop. No label is asked for."""
    reach = reach_of(parse_policy(policy.definition), signal=signal)
    return [score for _, score in scored(newest_items(project), reach, *readings_of(project, now=now))]


def usable_labels(project: Project, policy: RoutingPolicy, *, signal: str, now: datetime, most: int) -> UsableLabels:
    """The newest labels of the audit part that form an even sample of what the policy would ship at any threshold.

    At most `MOST_AUDITED` of them are read.

    The audit part teaches nobody, so no map or judge was fitted on it. Of one group the first item counts. Of items
    that one policy version sent to people with different chances, those are kept whose draw lies below the smallest of
    these chances (`is_in_even_sample`); versions are then put together, which takes traffic to be alike under them, as
    every promise about traffic to come does.
    """
    audited = [one for one in audited_items(project, until=now) if one.part == AUDIT][-MOST_AUDITED:]
    found = scores_of(project, policy, audited, signal=signal, now=now)
    shippable = sorted((one for one in audited if one.item_id in found), key=lambda one: one.item_id)
    firsts = list({one.group: one for one in reversed(shippable)}.values())
    kept = sorted(even_sample(firsts), key=lambda one: (one.decided_at, one.item_id), reverse=True)
    return UsableLabels(
        [UsableLabel(one.item_id, found[one.item_id], one.is_bad) for one in kept[:most]],
        n_audited=len(audited),
        n_never_ship=len(audited) - len(shippable),
        n_of_a_group=len(shippable) - len(firsts),
        n_thinned=len(firsts) - len(kept),
    )


def even_sample(audited: Sequence[AuditedItem]) -> list[AuditedItem]:
    import numpy as np

    from labeling.stats.certification import is_in_even_sample

    kept = []
    for policy_id in {one.policy_id for one in audited}:
        under = [one for one in audited if one.policy_id == policy_id]
        chances = np.array([one.inclusion_probability for one in under])
        is_kept = is_in_even_sample(chances, np.array([one.draw for one in under]))
        kept += [one for one, is_in in zip(under, is_kept.tolist(), strict=True) if is_in]
    return kept


def scores_of(
    project: Project, policy: RoutingPolicy, audited: Sequence[AuditedItem], *, signal: str, now: datetime
) -> dict[int, float]:
    reach = reach_of(parse_policy(policy.definition), signal=signal)
    readings = readings_of(project, now=now)
    item_ids = [one.item_id for one in audited]
    found: dict[int, float] = {}
    for start in range(0, len(item_ids), READ_AT_ONCE):
        items = with_evidence(Item.objects.filter(pk__in=item_ids[start : start + READ_AT_ONCE], payload__isnull=False))
        found.update((item.pk, score) for item, score in scored(items, reach, *readings))
    return found


def readings_of(project: Project, *, now: datetime) -> tuple[Unheard, MapsInUse]:
    return unheard_judges(project, now=now), maps_in_use(project)


def scored(items: Iterable[Item], reach: Policy, unheard: Unheard, maps: MapsInUse) -> Iterable[tuple[Item, float]]:
    for item in items:
        score = score_of(evidence_of(item, unheard=unheard, maps=maps), reach)
        if score is not None:
            yield item, score


# --- what a promise rests on --------------------------------------------------------------------------------------


def basis_of(project: Project, policy: RoutingPolicy, *, now: datetime) -> Basis:
    """What a promise made now would rest on. Four queries."""
    heard = [pk for pk, standing in standings_of(project, now=now).items() if standing.is_heard]
    judges = JudgeVersion.objects.filter(pk__in=heard).order_by("id")
    rubrics = versions_in_use().filter(rubric__project=project).select_related("rubric").order_by("id")
    maps = ChosenMap.objects.filter(judge_version__project=project, ended_at__isnull=True)
    return Basis(
        judges={str(one.pk): f"{one.name} ({one.model})" if one.model else one.name for one in judges},
        rubrics={str(one.pk): str(one) for one in rubrics},
        maps=sorted(maps.values_list("pk", flat=True)),
        grounds=hash_of_grounds(policy.definition),
    )


def searches_of(project: Project) -> QuerySet[ThresholdSearch]:
    """Every plan with what came of it, newest first."""
    return project.threshold_searches.select_related("certificate__made_by", "planned_by", "policy").order_by("-id")


def open_search_of(project: Project, signal: str) -> ThresholdSearch | None:
    """The plan on a signal whose look is still to come."""
    return project.threshold_searches.filter(signal=signal, certificate__isnull=True).order_by("-id").first()


def n_looks_at(project: Project, signal: str) -> int:
    return ThresholdCertificate.objects.filter(search__project=project, search__signal=signal).count()


def promise_of(certificate: ThresholdCertificate, *, basis: Basis | None, now: datetime) -> Promise:
    """The certificate as it stands; without a live policy nothing is promised."""
    if basis is None:
        return Promise(certificate, "no policy is live")
    return Promise(certificate, why_lapsed(certificate.rests_on, basis, expires_at=certificate.expires_at, now=now))


def newest_promises(project: Project, *, now: datetime) -> list[Promise]:
    """Of each signal what its newest look found, the newest first."""
    certificates = ThresholdCertificate.objects.filter(search__project=project).order_by("-search_id")
    newest: dict[str, ThresholdCertificate] = {}
    for certificate in certificates.select_related("search", "made_by"):
        newest.setdefault(certificate.search.signal, certificate)
    live = live_policy_of(project)
    basis = basis_of(project, live, now=now) if live and newest else None
    return [promise_of(certificate, basis=basis, now=now) for certificate in newest.values()]


@dataclass(frozen=True, slots=True)
class OpenSearch:
    """A plan whose look is to come, with the labels there are for it."""

    search: ThresholdSearch
    usable: UsableLabels

    @property
    def is_ready(self) -> bool:
        return len(self.usable.labels) >= self.search.n_labels


def open_searches(project: Project, live: RoutingPolicy, *, now: datetime) -> list[OpenSearch]:
    """The plans to look at, at most one a signal. Labels are counted here, and what they say is not told."""
    searches = searches_of(project).filter(certificate__isnull=True)
    return [
        OpenSearch(one, usable_labels(project, live, signal=one.signal, now=now, most=one.n_labels)) for one in searches
    ]


def newest_promise(project: Project, signal: str, *, now: datetime) -> Promise | None:
    """What the newest look at a signal found. An earlier certificate never outlives a later look."""
    certificates = ThresholdCertificate.objects.filter(search__project=project, search__signal=signal)
    certificate = certificates.select_related("search").order_by("-search_id").first()
    if certificate is None:
        return None
    live = live_policy_of(project)
    basis = basis_of(project, live, now=now) if live else None
    return promise_of(certificate, basis=basis, now=now)


def cover_of(project: Project, definition: Any, *, now: datetime) -> Cover:
    """Whether a certificate in force covers the cut of a live policy's definition, in words."""
    signal, cut = definition["confidence"]["signal"], float(definition["confidence"]["cut"])
    promise = newest_promise(project, signal, now=now)
    if promise is None:
        return Cover("none", f"No certificate: nothing is promised of what ships at {cut:g} of {signal} or above.")
    certificate, search = promise.certificate, promise.certificate.search
    made = f"{certificate.made_at:%Y-%m-%d}"
    if certificate.state != State.CERTIFIED:
        found = certificate.get_state_display().lower()
        return Cover("none", f"No certificate: the look of {made} came out {found}, so nothing is promised at {cut:g}.")
    if promise.lapsed:
        return Cover("lapsed", f"The certificate of {made} has lapsed: {promise.lapsed}.")
    promised = f"at most {100 * search.target:g} % of what ships is bad, with {100 * search.confidence:g} % confidence"
    if cut >= certificate.threshold:
        until = f"{certificate.expires_at:%Y-%m-%d}"
        return Cover("covered", f"Certified down to {certificate.threshold:.3g} until {until}: {promised}.")
    return Cover(
        "looser", f"Not covered: {cut:g} is looser than {certificate.threshold:.3g}, from which on {promised}."
    )

"""The signals of a project beside labels: which there are, and whether each ranks errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.models import Item, JudgeVerdict, Project, Signal
from labeling.policy.confidence import DERIVED_NAMES, WEAK_KINDS, Vote, derive_signals
from labeling.policy.signal_standing import SignalStanding, standing_of_signal
from labeling.queries.audited import AuditedItem, audited_items
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.judge_life import unheard_judges
from labeling.queries.routing import live_policy_of
from labeling.stats.results import Estimate

# Names show soon: reading every item of a large project would find no more.
NEWEST = 2_000
MOST_LABELLED = 5_000
AT_ONCE = 2_000
N_BANDS = 5


@dataclass(frozen=True, slots=True)
class Band:
    """Labelled outputs whose score lies from `low` to `high`, both of which occur, and the share of bad ones in the
    traffic of that band."""

    low: float
    high: float
    n_bad: int
    share_bad: Estimate


@dataclass(frozen=True, slots=True)
class SignalReport:
    """One signal beside labels. `auc` is of all traffic, `auc_labelled` of the labelled rows as they lie."""

    name: str
    kind: str
    is_weak: bool
    n_good: int
    n_bad: int
    auc: Estimate
    auc_labelled: Estimate
    bands: Sequence[Band]
    standing: SignalStanding


def signal_names_of(project: Project) -> list[str]:
    """The live policy's signal first, then all that the newest items have, by name."""
    names = set(kinds_of(project))
    live = live_policy_of(project)
    first = [live.definition["confidence"]["signal"]] if live else []
    return [*first, *sorted(names - set(first))]


def kinds_of(project: Project) -> dict[str, str]:
    """The kind of evidence behind each signal of the newest items. Two queries."""
    newest = list(Item.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)[:NEWEST])
    return dict(Signal.objects.filter(item__in=newest).order_by("item_id").values_list("name", "kind"))


def reports_of(project: Project, *, now: datetime) -> list[SignalReport]:
    """Every signal of the newest items beside the newest labels of the development and the audit part."""
    kinds = kinds_of(project)
    labelled = labelled_items(project, now=now)
    values = values_by_signal(project, [one.item_id for one in labelled], now=now)
    return [
        report_of(name, kinds.get(name, "other"), labelled, values.get(name, {})) for name in signal_names_of(project)
    ]


def standing_of(project: Project, signal: str, *, now: datetime) -> SignalStanding:
    labelled = labelled_items(project, now=now)
    values = values_by_signal(project, [one.item_id for one in labelled], now=now)
    return report_of(signal, "other", labelled, values.get(signal, {})).standing


def labelled_items(project: Project, *, now: datetime) -> list[AuditedItem]:
    """One labelled item of each group, the first, so that none tells of another."""
    newest = audited_items(project, until=now)[-MOST_LABELLED:]
    firsts: dict[str, AuditedItem] = {}
    for one in sorted(newest, key=lambda one: one.item_id):
        firsts.setdefault(one.group, one)
    return list(firsts.values())


def values_by_signal(project: Project, item_ids: Sequence[int], *, now: datetime) -> dict[str, dict[int, float]]:
    """What each signal says of each item today: stored ones as they came, derived ones from the votes that count."""
    unheard, maps = unheard_judges(project, now=now), maps_in_use(project)
    found: dict[str, dict[int, float]] = {}
    for start in range(0, len(item_ids), AT_ONCE):
        chunk = item_ids[start : start + AT_ONCE]
        stored = Signal.objects.filter(item__in=chunk).exclude(name__in=DERIVED_NAMES)
        for name, item_id, value in stored.values_list("name", "item_id", "value"):
            found.setdefault(name, {})[item_id] = value
        votes: dict[int, list[Vote]] = {}
        columns = ("item_id", "judge_version_id", "criterion", "run", "order", "label", "confidence")
        for item_id, judge, *rest in JudgeVerdict.objects.filter(item__in=chunk).values_list(*columns):
            vote = Vote(str(judge), *rest)
            if unheard.why_not(vote.judge, vote.criterion) is None:
                votes.setdefault(item_id, []).append(vote)
        for item_id, given in votes.items():
            for signal in derive_signals(given, maps=maps):
                found.setdefault(signal.name, {})[item_id] = signal.value
    return found


def report_of(name: str, kind: str, labelled: Sequence[AuditedItem], values: Mapping[int, float]) -> SignalReport:
    import numpy as np

    from labeling.stats.separation import estimate_auc, estimate_weighted_auc

    rows = [one for one in labelled if one.item_id in values]
    scores = np.array([values[one.item_id] for one in rows], dtype=float)
    weight = np.array([1 / one.inclusion_probability for one in rows], dtype=float)
    bad = np.array([one.is_bad for one in rows], dtype=bool)
    auc = estimate_weighted_auc(scores[bad], scores[~bad], weight_of_first=weight[bad], weight_of_second=weight[~bad])
    n_bad = int(bad.sum())
    return SignalReport(
        name,
        kind,
        is_weak=kind in WEAK_KINDS,
        n_good=len(rows) - n_bad,
        n_bad=n_bad,
        auc=auc,
        auc_labelled=estimate_auc(scores[bad], scores[~bad]),
        bands=bands_of(scores.tolist(), bad.tolist(), weight.tolist()),
        standing=standing_of_signal(auc.value, low=auc.low, high=auc.high, n_good=len(rows) - n_bad, n_bad=n_bad),
    )


def bands_of(scores: Sequence[float], bad: Sequence[bool], weight: Sequence[float]) -> list[Band]:
    """From doubtful to sure: a band for each value where there are few, else fifths of the labelled outputs."""
    import numpy as np

    from labeling.stats.effective import estimate_share

    if not scores:
        return []
    values, hits, weights = np.array(scores), np.array(bad), np.array(weight)
    edges = np.unique(values)
    if len(edges) > N_BANDS:
        edges = np.unique(np.quantile(values, np.arange(N_BANDS) / N_BANDS, method="lower"))
    of_band = np.searchsorted(edges, values, side="right") - 1
    bands = []
    for number in range(len(edges)):
        within = of_band == number
        share = estimate_share(hits[within], weight=weights[within])
        bands.append(Band(float(values[within].min()), float(values[within].max()), int(hits[within].sum()), share))
    return bands

"""Many stored items as columns that a policy decides at once, read part by part as policies ask for them.

What is derived of an item is derived by the functions that `assess` uses: who is heard, the signals, the facts, the
checks. Only columns are kept, never the items' words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from labeling.models import Item, ItemPayload, Output, Project
from labeling.policy.assessing import Evidence, facts_of, one_of_tied
from labeling.policy.checks import Check, CheckedOutput, run_checks
from labeling.policy.conditions import MISSING
from labeling.policy.confidence import MapsInUse
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import Policy
from labeling.queries.spoken import read_spoken
from labeling.queries.traffic_sample import ItemRow, in_parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labeling.policy.columnar import Column, Traffic

# Payloads may be long: so many lie in memory at once.
WIDE_AT_ONCE = 500
# What rules said of the items so far; each is three arrays as long as the sample.
MOST_REMEMBERED, MOST_MEANINGS, MOST_COLUMNS = 200, 8, 300
# A column whose values are longer than this together is somebody's words, and is read again when asked for again.
MOST_CHARACTERS_KEPT = 1_000_000


class StoredTraffic:
    """Some items of one project, read once, under those judges and maps that count now."""

    def __init__(self, project: Project, rows: Sequence[ItemRow], *, unheard: Unheard, maps: MapsInUse):
        self.project = project
        self.rows = rows
        self.ids = [row.item_id for row in rows]
        self.spoken = read_spoken(self.ids, unheard=unheard, maps=maps)
        self.kept: dict[Any, Column] = {}
        self.remembered: dict[Any, dict[str, Any]] = {}
        self.lock = RLock()

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def draws(self) -> "NDArray[np.float64]":
        import numpy as np

        return np.array([row.draw for row in self.rows], dtype=np.float64)

    @cached_property
    def came_at(self) -> "NDArray[np.float64]":
        """(n_items,) seconds since 1970."""
        import numpy as np

        return np.array([row.came_at.timestamp() for row in self.rows], dtype=np.float64)

    @cached_property
    def held_until(self) -> "NDArray[np.float64]":
        """(n_items,) seconds since 1970; never where nothing held the item."""
        import numpy as np

        return np.array([row.hold_until.timestamp() if row.hold_until else np.inf for row in self.rows])

    @cached_property
    def is_uncleared(self) -> "NDArray[np.bool_]":
        import numpy as np

        return np.array([one.is_uncleared for one in self.spoken], dtype=bool)

    def under(self, policy: Policy, *, at: float) -> "Traffic":
        """The items with all that a policy reads, at one moment. What rules said of them is remembered for as long as
        the policy's checks and passing labels stay: those alone change what the same path holds."""
        from labeling.policy.columnar import Traffic, paths_read_by

        paths = paths_read_by(policy)
        with self.lock:
            if len(self.kept) > MOST_COLUMNS:
                self.kept.clear()
            outcomes = self.check_outcomes(policy)
            missing = [path for path in paths if not is_about_policy(path) and path not in self.kept]
            long_ones = self.read(missing)
            columns = {path: self.column(path, policy, outcomes, long_ones) for path in paths}
            answers = self.answers_under(policy)
        return Traffic(columns, self.draws, self.held_until <= at, self.is_uncleared, answers)

    def answers_under(self, policy: Policy) -> dict[str, Any]:
        meaning = (policy.judge_passes, policy.checks, policy.confidence_signal)
        if len(self.remembered) > MOST_MEANINGS:
            self.remembered.clear()
        answers = self.remembered.setdefault(meaning, {})
        if len(answers) > MOST_REMEMBERED:
            # Another one: somebody may be asking the old one right now.
            answers = self.remembered[meaning] = {}
        return answers

    def column(
        self, path: str, policy: Policy, outcomes: Mapping[str, "Column"], long_ones: Mapping[str, "Column"]
    ) -> "Column":
        first = path.partition(".")[0]
        if first == "check":
            return column_of_checks(path, outcomes, len(self))
        if first == "judge":
            return self.keep((path, policy.judge_passes), lambda: self.column_of_labels(path, policy))
        return long_ones[path] if path in long_ones else self.kept[path]

    def keep(self, key: Any, make: Callable[[], "Column"]) -> "Column":
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def column_of_labels(self, path: str, policy: Policy) -> "Column":
        from labeling.policy.columnar import column_of, value_at

        labels: dict[int, Any] = {}
        for one in self.spoken:
            if id(one) not in labels:
                labels[id(one)] = value_at({"judge": one_of_tied(one.tied, passing=policy.judge_passes)}, path)
        return column_of(labels[id(one)] for one in self.spoken)

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, paths: Sequence[str]) -> dict[str, "Column"]:
        """Read and keep these columns, with one walk through the metadata and one through the contexts, if at all.
        Returns those that are too long to be kept."""
        from labeling.policy.columnar import column_of, value_at

        by_home: dict[str, list[str]] = {}
        for path in paths:
            by_home.setdefault(home_of(path), []).append(path)
        for path in by_home.pop("row", ()):
            self.kept[path] = column_of(value_at(facts_of_row(row), path) for row in self.rows)
        for path in by_home.pop("signal", ()):
            self.kept[path] = column_of(value_at({"signal": one.signals}, path) for one in self.spoken)
        long_ones = {}
        for home, here in by_home.items():
            found: dict[str, dict[int, Any]] = {path: {} for path in here}
            for item_id, facts in FACTS_OF_HOME[home](self.ids):
                for path in here:
                    found[path][item_id] = value_at(facts, path)
            for path, values in found.items():
                column = column_of(values.get(item_id, MISSING) for item_id in self.ids)
                is_short = sum(map(len, map(repr, column.values))) <= MOST_CHARACTERS_KEPT
                (self.kept if is_short else long_ones)[path] = column
        return long_ones

    def check_outcomes(self, policy: Policy) -> dict[str, "Column"]:
        """What each of the policy's checks says; those that were not asked before are asked in one walk."""
        keys = {check: key_of_check(check, policy) for check in policy.checks}
        if new := [check for check in policy.checks if keys[check] not in self.kept]:
            for check, column in zip(new, self.run(new, policy), strict=True):
                self.kept[keys[check]] = column
        return {check.name: self.kept[keys[check]] for check in policy.checks}

    def run(self, checks: Sequence[Check], policy: Policy) -> list["Column"]:
        from labeling.policy.columnar import column_of

        said: dict[str, dict[int, str]] = {check.name: {} for check in checks}
        spoken = dict(zip(self.ids, self.spoken, strict=True))
        rows = {row.item_id: row for row in self.rows}
        # Nothing else than a required field looks into the metadata.
        words = words_of(self.ids, with_metadata=any(check.kind == "required_fields" for check in checks))
        for item_id, metadata, context, texts, source_names in words:
            row, one = rows[item_id], spoken[item_id]
            evidence = Evidence(
                kind=row.kind,
                stakes=row.stakes,
                intent=row.intent,
                segment=row.segment,
                metadata=metadata,
                context=context,
                texts=texts,
                source_names=source_names,
                votes=(),
                signals={},
                is_review_requested=row.is_review_requested,
            )
            labels = one_of_tied(one.tied, passing=policy.judge_passes)
            facts = facts_of(evidence, policy, signals=one.signals, judge_labels=labels)
            for outcome in run_checks(checks, CheckedOutput(texts, facts, source_names)):
                said[outcome.check_name][item_id] = outcome.outcome
        return [column_of(said[check.name].get(item_id, MISSING) for item_id in self.ids) for check in checks]


def key_of_check(check: Check, policy: Policy) -> Any:
    # A required field may be a judge's label or the confidence, which are what the policy says they are.
    return (check, policy.judge_passes, policy.confidence_signal) if check.kind == "required_fields" else check


def is_about_policy(path: str) -> bool:
    return path.partition(".")[0] in ("check", "judge")


def home_of(path: str) -> str:
    first = path.partition(".")[0]
    if first in ("metadata", "signal"):
        return first
    return "context" if first in ("action", "context") else "row"


def facts_of_row(row: ItemRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "stakes": row.stakes,
        "intent": row.intent,
        "segment": row.segment,
        "review_requested": row.is_review_requested,
    }


def metadata_of(item_ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for some in in_parts(item_ids):
        for item_id, metadata in Item.objects.filter(id__in=some).order_by().values_list("id", "metadata"):
            yield item_id, {"metadata": metadata}


def contexts_of(item_ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for some in in_parts(item_ids):
        payloads = ItemPayload.objects.filter(item__in=some).order_by().values_list("item_id", "context")
        for item_id, context in payloads.iterator(WIDE_AT_ONCE):
            yield item_id, {"context": context, "action": context.get("action", {})}


FACTS_OF_HOME: dict[str, Callable[[Sequence[int]], Iterator[tuple[int, dict[str, Any]]]]] = {
    "metadata": metadata_of,
    "context": contexts_of,
}


def words_of(item_ids: Sequence[int], *, with_metadata: bool) -> Iterator[tuple[int, Any, Any, Any, list[str]]]:
    """Metadata or nothing, context, texts and the names of its sources, of each item."""
    for some in in_parts(item_ids):
        names: dict[int, list[str]] = {}
        outputs = Output.objects.filter(item__in=some).exclude(model="").order_by("item", "side")
        for item_id, model in outputs.values_list("item_id", "model"):
            names.setdefault(item_id, []).append(model)
        payloads = ItemPayload.objects.filter(item__in=some).order_by()
        columns = ("item_id", "context", "texts", *(("item__metadata",) if with_metadata else ()))
        for item_id, context, texts, *metadata in payloads.values_list(*columns).iterator(WIDE_AT_ONCE):
            yield item_id, metadata[0] if metadata else {}, context, texts, names.get(item_id, [])


def column_of_checks(path: str, outcomes: Mapping[str, "Column"], n_items: int) -> "Column":
    from labeling.policy.columnar import column_of, value_at

    if path.startswith("check.") and path.removeprefix("check.") in outcomes:
        return outcomes[path.removeprefix("check.")]
    # A path that runs into a result, or names no check of this policy.
    by_item = [dict[str, Any]() for _ in range(n_items)]
    for name, column in outcomes.items():
        for said, code in zip(by_item, column.codes.tolist(), strict=True):
            if column.values[code] is not MISSING:
                said[name] = column.values[code]
    return column_of(value_at({"check": said}, path) for said in by_item)

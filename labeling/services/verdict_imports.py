"""Storing judge verdicts from files: each chunk whole or not at all, every row answered, nothing twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats import Line
from labeling.formats.fields import RowError, show
from labeling.formats.verdicts import Told, VerdictLine, parse_verdict_line
from labeling.models import Item, JudgeCriterion, JudgeVerdict, Project
from labeling.services.events import record_event
from labeling.services.ingest import MOST_KEPT_REFUSALS, REFUSED, STATUSES, ReadRow, RowOutcome
from labeling.services.item_signals import identity_of, identity_of_row, save_verdicts
from labeling.services.judge_versions import key_of_version, version_key_of, versions_of
from labeling.services.routing import ROUTE_BATCH, decide_again, locked_items
from labeling.services.uploads import read_chunks

# An item and which verdict of it: judge version, criterion, run and order.
Identity = tuple[Any, ...]
Judged = tuple[int, VerdictLine | RowOutcome]


@dataclass(frozen=True, slots=True)
class ImportedVerdicts:
    """What became of a file: how many rows by status, which add up to those read, and the first refused ones."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(STATUSES, 0)))
    refusals: list[RowOutcome] = field(default_factory=list)

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.status] += 1
            if outcome.status in REFUSED and len(self.refusals) < MOST_KEPT_REFUSALS:
                self.refusals.append(outcome)

    def as_document(self) -> dict[str, Any]:
        return {
            "read": self.counts.total(),
            "counts": dict(self.counts),
            "refusals": [asdict(one) for one in self.refusals],
        }


def import_verdicts(
    project: Project, lines: Iterable[Line], *, told: Told, clock: Callable[[], datetime], actor_name: str
) -> ImportedVerdicts:
    """Store read lines as judge verdicts, and decide again the items that waited for them.

    A transaction a chunk, which is whole or not there. A verdict that is there already with the same label is
    *unchanged*; with another label, or where the other direction was told, it is a *conflict* and the first counts.
    Safe to repeat: a killed import, run again, ends in the same rows.
    """
    imported = ImportedVerdicts()
    for chunk in read_chunks(lines):
        imported.add(store_chunk(project, chunk, told=told, actor_name=actor_name, now=clock()))
    return imported


def try_verdicts(project: Project, lines: Iterable[Line], *, told: Told) -> ImportedVerdicts:
    """What `import_verdicts` would answer to these lines. Stores nothing."""
    imported, given = ImportedVerdicts(), dict[Identity, str]()
    for chunk in read_chunks(lines):
        outcomes, _ = judge_chunk(project, chunk, told=told, given=given)
        imported.add(outcomes)
    return imported


@transaction.atomic
def store_chunk(
    project: Project, chunk: Sequence[ReadRow], *, told: Told, actor_name: str, now: datetime
) -> list[RowOutcome]:
    """Judge and store one chunk. Locks its items in the order of their ids, so that whoever brings the same verdicts
    at the same time waits and then finds them here."""
    outcomes, new = judge_chunk(project, chunk, told=told, given={}, is_locking=True)
    if not new:
        return outcomes
    by_item: dict[int, tuple[Item, list[VerdictLine]]] = {}
    for item, line in new:
        by_item.setdefault(item.pk, (item, []))[1].append(line)
    save_verdicts([(item, [line.verdict for line in lines]) for item, lines in by_item.values()], now=now)
    save_directions(project, [line for _, line in new], now=now)
    record_event(
        "verdicts.imported",
        project=project,
        now=now,
        actor_name=actor_name,
        n_items=len(by_item),
        n_verdicts=len(new),
    )
    item_ids = sorted(by_item)
    for first in range(0, len(item_ids), ROUTE_BATCH):
        waiting = locked_items(pk__in=item_ids[first : first + ROUTE_BATCH], status=Item.Status.AWAITING)
        decide_again(waiting, project=project, now=now)
    return outcomes


def save_directions(project: Project, lines: Sequence[VerdictLine], *, now: datetime) -> None:
    with_direction = [line for line in lines if line.higher_is]
    versions = versions_of(project, [line.verdict for line in with_direction], now=now)
    JudgeCriterion.objects.bulk_create(
        [
            JudgeCriterion(
                judge_version=versions[version_key_of(line.verdict)],
                criterion=line.verdict.criterion,
                higher_is=line.higher_is,
                told_at=now,
            )
            for line in with_direction
        ],
        ignore_conflicts=True,
    )


# --- judging rows -----------------------------------------------------------------------------------------------------


def judge_chunk(
    project: Project,
    chunk: Sequence[ReadRow],
    *,
    told: Told,
    given: dict[Identity, str],
    is_locking: bool = False,
) -> tuple[list[RowOutcome], list[tuple[Item, VerdictLine]]]:
    """One outcome a row, in order, and the verdicts to store. Three queries; writes nothing but into `given`, the
    labels that the rows gave so far."""
    parsed: list[Judged] = [(number, parse_one(number, raw, told)) for number, raw in chunk]
    lines = [line for _, line in parsed if isinstance(line, VerdictLine)]
    items = items_named(project, lines, is_locking=is_locking)
    directions = directions_told(project)
    stored = stored_labels([item for found in items.values() for item in found])
    outcomes, new = [], []
    for number, line in parsed:
        if isinstance(line, RowOutcome):
            outcomes.append(line)
            continue
        item = item_of(line, items)
        if isinstance(item, RowError):
            outcomes.append(RowOutcome(number, "invalid", line.external_id, item.field, item.message))
            continue
        identity = (item.pk, *identity_of_row(line.verdict))
        earlier = stored.get(identity, given.get(identity))
        complaint = contradiction(line, earlier, directions)
        status = "conflict" if complaint else "created" if earlier is None else "unchanged"
        wrong = complaint or RowError("", "")
        outcomes.append(RowOutcome(number, status, line.external_id, wrong.field, wrong.message))
        if status == "created":
            given[identity] = line.verdict.label
            new.append((item, line))
    return outcomes, new


def parse_one(number: int, raw: Any | RowError, told: Told) -> VerdictLine | RowOutcome:
    try:
        if isinstance(raw, RowError):
            raise raw
        return parse_verdict_line(raw, told)
    except RowError as error:
        named = raw.get("external_id") if isinstance(raw, dict) else None
        external_id = named[:200] if isinstance(named, str) and named.isprintable() else ""
        return RowOutcome(number, "invalid", external_id, error.field, error.message)


def items_named(project: Project, lines: Sequence[VerdictLine], *, is_locking: bool) -> dict[str, list[Item]]:
    """The project's items by external id; one id may be of several source systems."""
    named = Item.objects.filter(project=project, external_id__in={line.external_id for line in lines}).order_by("pk")
    found: dict[str, list[Item]] = {}
    for item in named.select_for_update(no_key=True) if is_locking else named:
        item.project = project
        found.setdefault(item.external_id, []).append(item)
    return found


def item_of(line: VerdictLine, items: dict[str, list[Item]]) -> Item | RowError:
    there = items.get(line.external_id, [])
    named = [item for item in there if line.source_system in ("", item.source_system)]
    if len(named) == 1:
        return named[0]
    if named:
        return RowError("source_system", "is open: several systems use this id; name one, or all with --system")
    if there:
        message = f"{show(line.source_system)} has no such item; {show(there[0].source_system)} has one of this id"
        return RowError("source_system", message)
    return RowError("external_id", f"{show(line.external_id)} is no item here; send the item first")


def stored_labels(items: Sequence[Item]) -> dict[Identity, str]:
    verdicts = JudgeVerdict.objects.filter(item__in=[item.pk for item in items]).select_related("judge_version")
    return {(verdict.item_id, *identity_of(verdict)): verdict.label for verdict in verdicts}


def directions_told(project: Project) -> dict[Identity, str]:
    """Which way scores go, by judge version and criterion: of files before, and then of the lines read so far."""
    told = JudgeCriterion.objects.filter(judge_version__project=project).select_related("judge_version")
    return {(*key_of_version(one.judge_version), one.criterion): one.higher_is for one in told}


def contradiction(line: VerdictLine, earlier: str | None, directions: dict[Identity, str]) -> RowError | None:
    verdict = line.verdict
    if earlier is not None and earlier != verdict.label:
        message = (
            f"run {verdict.run} ({verdict.order}) already says {show(earlier)}; send a changed verdict as another run"
        )
        return RowError("label", message)
    if line.higher_is:
        told = directions.setdefault((*version_key_of(verdict), verdict.criterion), line.higher_is)
        if told != line.higher_is:
            return RowError(
                "higher_is", f"is {line.higher_is}, but this judge's scores were told to be {told} where higher"
            )
    return None

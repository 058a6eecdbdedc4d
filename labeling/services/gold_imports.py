"""Gold from a file: all of it or none, and every row that cannot be taken named with its line and field."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats import Line
from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    read_choice,
    read_text,
    refuse_unknown,
    refuse_unstorable,
)
from labeling.formats.rows import parse_row
from labeling.models import GoldCase, Item, RubricVersion, User
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.queries.known_answers import known_case_of
from labeling.queries.labels import FINAL_VERDICTS
from labeling.queries.rubrics import asked_of_item
from labeling.services.events import record_event
from labeling.services.gold import create_gold_case
from labeling.services.ingest import ingest_reference

# Stored in one transaction, and SQLite lets nobody else write meanwhile.
MOST_CASES = 1_000
GOLD_FIELDS = frozenset({"verdict", "answers", "explanation", "use"})
VERDICTS = tuple(value for value, _ in FINAL_VERDICTS)


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why one line cannot be taken."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {f'{self.field}: ' if self.field else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class ImportedGold:
    """What became of a file. With a bad row in it nothing was stored, and the counts say what would have been."""

    n_made: int
    n_unchanged: int
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What a line says under `gold`."""

    verdict: str
    answers: Mapping[str, str]
    explanation: str
    use: str


@transaction.atomic
def import_gold(
    version: RubricVersion, lines: Iterable[Line], *, author: User | None, now: datetime, is_trial: bool = False
) -> ImportedGold:
    """Store the gold cases of a file for one rubric version, each with its item, in one transaction.

    One row that cannot be taken, and nothing is stored; all of them are named. Whoever stores one of the items or
    cases meanwhile makes that row a bad one. Safe to repeat: a case that is there with the same answer is *unchanged*.
    A trial stores nothing.
    """
    bad: list[BadRow] = []
    counts = {True: 0, False: 0}
    for line in lines:
        if sum(counts.values()) + len(bad) >= MOST_CASES:
            bad.append(BadRow(line.number, "", f"a file holds at most {MOST_CASES:,} cases; make several files of it"))
            break
        try:
            with transaction.atomic():
                counts[take_line(version, line, author=author, now=now)] += 1
        except RowError as error:
            bad.append(BadRow(line.number, error.field, error.message))
        except Conflict as error:
            bad.append(BadRow(line.number, "external_id", str(error)))
        except Invalid as error:
            bad.extend(BadRow(line.number, field_of(key), text) for key, text in error.complaints.items())
    imported = ImportedGold(counts[True], counts[False], tuple(bad))
    if bad or is_trial:
        transaction.set_rollback(True)
    elif imported.n_made:
        record_event(
            "gold.imported",
            project=version.rubric.project,
            now=now,
            actor=author,
            version_id=version.pk,
            n_made=imported.n_made,
            n_unchanged=imported.n_unchanged,
        )
    return imported


def field_of(key: str) -> str:
    """The place in a row that a complaint is about."""
    if key in ("verdict", "explanation"):
        return f"gold.{key}"
    return "gold.explanation" if key == "note" else f"gold.answers.{key}"


def take_line(version: RubricVersion, line: Line, *, author: User | None, now: datetime) -> bool:
    """Store one line's case; False where it is there already."""
    if line.raw is None:
        raise line.error or RowError("", "is blank; write one object a line")
    refuse_unstorable(line.raw)
    raw = dict(line.raw)
    known = known_row(raw.pop("gold", None))
    item = item_of(version, raw, now=now)
    # By content, since a reference carries that of the item it was made of.
    same = GoldCase.objects.filter(rubric_version=version, item__project=item.project_id)
    existing = same.filter(item__content_hash=item.content_hash).first()
    if existing is not None:
        refuse_other_answer(existing, known)
        return False
    refuse_unasked(version, item, known)
    create_gold_case(
        item=item,
        version=version,
        verdict=known.verdict,
        answers=known.answers,
        explanation=known.explanation,
        use=known.use,
        author=author,
        now=now,
    )
    return True


def item_of(version: RubricVersion, raw: Object, *, now: datetime) -> Item:
    """The item of a row: the one that is here with the same content, or a new reference."""
    project = version.rubric.project
    row = parse_row(raw, default_source_system="reference")
    item = Item.objects.filter(project=project, source_system=row.source_system, external_id=row.external_id).first()
    if item is None:
        return ingest_reference(project, raw, now=now)
    if item.content_hash != row.content_hash:
        raise Conflict("this id is taken by other content; send changed content under a new id")
    return item


def known_row(raw: object) -> KnownRow:
    if raw is None:
        raise RowError("gold", "is required: its verdict, answers, explanation and use")
    gold = as_object(raw, "gold")
    refuse_unknown(gold, GOLD_FIELDS, "gold")
    verdict = gold.get("verdict")
    return KnownRow(
        verdict=read_choice(gold, "verdict", "gold", choices=VERDICTS) if verdict else "",
        answers=dict(read_answers(gold.get("answers") or {})),
        explanation=read_text(gold, "explanation", "gold"),
        use=read_choice(gold, "use", "gold", choices=tuple(GoldCase.Use.values), default=GoldCase.Use.LIVE),
    )


def read_answers(raw: object) -> Iterator[tuple[str, str]]:
    """Answers by question; null and `n/a` both say *not applicable*."""
    for key, value in as_object(raw, "gold.answers").items():
        if value is not None and not isinstance(value, str):
            raise RowError(f"gold.answers.{key}", "must be text, or null where it is not applicable")
        yield key, NOT_APPLICABLE if value is None else value


def refuse_unasked(version: RubricVersion, item: Item, known: KnownRow) -> None:
    """An answer to what nobody asks would be dropped in silence."""
    asked = {question.key for question in asked_of_item(version, item) if question.is_compared}
    unasked = {key: f"is not asked; asked are {', '.join(sorted(asked))}" for key in known.answers.keys() - asked}
    if unasked:
        raise Invalid(unasked)


def refuse_other_answer(case: GoldCase, known: KnownRow) -> None:
    stored: dict[str, Any] = {
        "verdict": case.verdict,
        "explanation": case.explanation,
        "use": case.use,
        "answers": known_case_of(case).known.answers,
    }
    sent = {
        "verdict": known.verdict,
        "explanation": known.explanation.strip(),
        "use": known.use,
        "answers": {key: value for key, value in known.answers.items() if value},
    }
    for name, value in sent.items():
        if stored[name] != value:
            raise RowError(f"gold.{name}", "differs from the gold case that is here already; retire that one first")

"""What an extraction should hold, and where it does not: the part of JSON Schema that says which field has which type.

Only `type`, `properties`, `required`, `items`, `enum` and `description` are read. Anything else that a schema says is
neither shown nor tried.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.policy.blind_parts import listed, shown_text, shown_value

# A schema with more fields than this is read by nobody; and one that nests without end must not stop a queue.
MOST_FIELDS, DEEPEST_FIELD = 300, 8
LONGEST_TRIED = 200_000
MOST_NAMED = 5
EACH = "[]"
WORDS_OF_TYPE = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field that an extraction should have: the way to it, its JSON types and the values it may take."""

    path: tuple[str, ...]
    types: tuple[str, ...]
    is_required: bool
    choices: tuple[str, ...]
    note: str

    @property
    def name(self) -> str:
        return place_of(self.path)

    @property
    def types_in_words(self) -> str:
        return " or ".join(WORDS_OF_TYPE.get(one, one) for one in self.types)


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What was found where a field should be. `is_wrong` when it is missing, of another type or of another value."""

    field: Field
    words: str
    is_wrong: bool
    is_absent: bool = False

    @property
    def look(self) -> str:
        return "danger" if self.is_wrong else "draft" if self.is_absent else "ok"


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """How an output stands to the fields that were asked for; `complaint` when it could not be tried at all."""

    complaint: str = ""
    fields: tuple[FieldResult, ...] = ()
    unasked: tuple[str, ...] = ()

    @property
    def n_wrong(self) -> int:
        return sum(one.is_wrong for one in self.fields)


def shown_fields(value: Any) -> tuple[Field, ...]:
    """The fields that a JSON Schema asks for, of the keywords that say what belongs where; no other keyword of it."""
    fields = []
    for field in fields_under(value, (), DEEPEST_FIELD):
        fields.append(field)
        if len(fields) == MOST_FIELDS:
            break
    return tuple(fields)


def fields_under(schema: Any, path: tuple[str, ...], levels: int) -> Iterator[Field]:
    if not isinstance(schema, Mapping) or levels == 0:
        return
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from fields_under(items, (*path, EACH), levels - 1)
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping):
        return
    needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    for name, inner in sorted(properties.items()):
        here = (*path, str(name))
        told = inner if isinstance(inner, Mapping) else {}
        choices = told.get("enum")
        yield Field(
            path=here,
            types=tuple(one for one in listed(told.get("type")) if isinstance(one, str)),
            is_required=name in needed,
            choices=tuple(map(shown_value, choices)) if isinstance(choices, list) else (),
            note=shown_text(told.get("description")),
        )
        yield from fields_under(told, here, levels - 1)


def try_fields(text: str, fields: Sequence[Field]) -> ExtractionResult:
    """What became of each field in an output, and the keys that nobody asked for."""
    if len(text) > LONGEST_TRIED:
        return ExtractionResult(f"Longer than {LONGEST_TRIED:,} characters, so its fields were not tried.")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return ExtractionResult(f"This is not JSON: {error.msg.lower()} in line {error.lineno}, column {error.colno}.")
    except (ValueError, RecursionError):
        return ExtractionResult("This is not JSON that can be read: it nests too deep, or a number in it is too long.")
    if not fields:
        return ExtractionResult()
    # Looked for once each: a list may have very many entries, and each of them all of the fields.
    holders = {way: objects_along(document, way) for way in {field.path[:-1] for field in fields}}
    return ExtractionResult(
        fields=tuple(try_field(field, holders[field.path[:-1]]) for field in fields),
        unasked=tuple(dict.fromkeys(unasked_keys(document, fields))),
    )


def try_field(field: Field, holders: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> FieldResult:
    """The result over every place where the field belongs: of a list, each of its entries."""
    name = field.path[-1]
    complaints: list[str] = []
    n_found = n_wrong = 0
    for place, holder in holders:
        is_there = name in holder
        n_found += is_there
        wrong = what_is_wrong(field, holder[name]) if is_there else "is missing" if field.is_required else ""
        n_wrong += bool(wrong)
        # Of a list with very many entries the places of the first are spelled out, and no more.
        if wrong and n_wrong <= MOST_NAMED:
            complaints.append(wrong if len(holders) == 1 else f"{place_of((*place, name))} {wrong}")
    if complaints:
        more = f" and {n_wrong - MOST_NAMED} more" if n_wrong > MOST_NAMED else ""
        return FieldResult(field, "; ".join(complaints) + more, is_wrong=True)
    return FieldResult(field, "found" if n_found else "not there", is_wrong=False, is_absent=not n_found)


def what_is_wrong(field: Field, value: Any) -> str:
    if field.types and not any(is_of_type(value, one) for one in field.types):
        return f"is {WORDS_OF_TYPE[type_of(value)]}, not {field.types_in_words}"
    if field.choices and shown_value(value) not in field.choices:
        return f"is {shown_value(value)[:60]!r}, none of its values"
    return ""


def is_of_type(value: Any, name: str) -> bool:
    if name == "integer":
        # As JSON Schema has it, 3.0 is a whole number.
        return type_of(value) == "number" and (isinstance(value, int) or value.is_integer())
    return name not in WORDS_OF_TYPE or type_of(value) == name


def type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def values_along(document: Any, way: Sequence[str]) -> list[tuple[tuple[str, ...], Any]]:
    """Every value at the end of the way, with its place in the document; what is not there leads nowhere."""
    reached: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for part in way:
        onward: list[tuple[tuple[str, ...], Any]] = []
        for place, value in reached:
            if part == EACH and isinstance(value, list):
                onward += [((*place, f"[{index}]"), one) for index, one in enumerate(value)]
            elif isinstance(value, Mapping) and part in value:
                onward.append(((*place, part), value[part]))
        reached = onward
    return reached


def objects_along(document: Any, way: Sequence[str]) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    return [(place, value) for place, value in values_along(document, way) if isinstance(value, Mapping)]


def unasked_keys(document: Any, fields: Sequence[Field]) -> Iterator[str]:
    by_way: dict[tuple[str, ...], set[str]] = {}
    for field in fields:
        by_way.setdefault(field.path[:-1], set()).add(field.path[-1])
    for way, known in by_way.items():
        for _, holder in values_along(document, way):
            if isinstance(holder, Mapping):
                yield from (place_of((*way, name)) for name in holder if name not in known)


def place_of(path: Sequence[str]) -> str:
    """A way as one writes it: lines[2].amount."""
    return "".join(part if part.startswith("[") else f".{part}" for part in path).removeprefix(".")

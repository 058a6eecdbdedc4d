"""Deterministic checks that run on every output, before any person: free, and never wrong twice differently."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.policy.blinding import BlindItem, blind_item
from labeling.policy.citations import MARKER, citation_ranks, is_broken_citation
from labeling.policy.conditions import MISSING, CannotCompare, PolicyError, look_up
from labeling.policy.extraction import try_fields

# What each kind of check is told, besides its name, its kind and what failing means.
KEYS_OF_KIND = {
    "required_fields": {"fields"},
    "forbidden_strings": {"strings"},
    "length": {"least", "most"},
    "names_its_source": set[str](),
    "cites_passages": set[str](),
    "matches_schema": set[str](),
    "known_label": set[str](),
}
SHARED_KEYS = {"name", "kind", "on_failure", "only"}
KINDS = tuple(KEYS_OF_KIND)
ON_FAILURE = ("bounce", "review")
# Shorter source names ("a", "x1") occur in ordinary words; looking for them would fail every output.
SHORTEST_SOURCE_NAME = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a policy: what to look for and what failing means (back to the producer, or to a person).

    `only`: the kinds of output that it looks at; of any other it has nothing to say. Empty looks at all.
    """

    name: str
    kind: str
    on_failure: str
    fields: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedOutput:
    """What checks may look at: the texts, the facts rules see, and the hidden source names."""

    texts: Sequence[str]
    facts: Mapping[str, Any]
    source_names: Sequence[str]

    @property
    def kind(self) -> str:
        return str(self.facts.get("kind", ""))

    @property
    def item(self) -> BlindItem:
        """What a reviewer would see of it: a check of a kind looks at nothing else."""
        return blind_item(self.kind, self.facts.get("context", {}), self.texts)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    check_name: str
    outcome: str
    on_failure: str
    explanation: str = ""


def run_checks(checks: Sequence[Check], output: CheckedOutput) -> list[CheckOutcome]:
    """The outcome of every check. One that crashes says so and fails closed: its item goes to a person."""
    outcomes = []
    for check in checks:
        if check.only and output.kind not in check.only:
            continue
        try:
            complaint = COMPLAINTS[check.kind](check, output)
        except Exception as error:  # noqa: BLE001 - a check must not be able to stop or wave through an item
            outcomes.append(CheckOutcome(check.name, "crashed", "review", f"{type(error).__name__}"))
            continue
        outcomes.append(
            CheckOutcome(check.name, "failed" if complaint else "passed", check.on_failure, complaint[:300])
        )
    return outcomes


def missing_fields(check: Check, output: CheckedOutput) -> str:
    missing = [name for name in check.fields if is_empty_field(output.facts, name)]
    return f"missing: {', '.join(missing)}" if missing else ""


def is_empty_field(facts: Mapping[str, Any], name: str) -> bool:
    try:
        value = look_up(facts, name)
    except CannotCompare:
        return True
    # Zero and false are answers; a blank text or an empty list is a form nobody filled in.
    return value in (MISSING, None, [], {}) or (isinstance(value, str) and not value.strip())


def forbidden_strings(check: Check, output: CheckedOutput) -> str:
    texts = [text.casefold() for text in output.texts]  # once: an output may have megabytes, a check many strings
    found = [one for one in check.strings if any(one.casefold() in text for text in texts)]
    return f"contains: {', '.join(found)}" if found else ""


def length_outside(check: Check, output: CheckedOutput) -> str:
    for text in output.texts:
        n_characters = len(text.strip())
        if n_characters < check.least:
            return f"{n_characters} characters, fewer than {check.least}"
        if check.most is not None and n_characters > check.most:
            return f"{n_characters} characters, more than {check.most}"
    return ""


def names_its_source(check: Check, output: CheckedOutput) -> str:
    """An output that says which model wrote it would unblind whoever reviews it; so would its run or its claims."""
    words = [*output.texts, *words_of_its_own(output.item)] if output.source_names else []
    return "the output names the model that wrote it" if names_one_of(words, output.source_names) else ""


def names_one_of(texts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a name stands in one of the texts as a word of its own. One of three letters is any word."""
    long_names = [name for name in names if len(name) >= SHORTEST_SOURCE_NAME]
    return any(stands_in(name, text) for name in long_names for text in texts)


def stands_in(name: str, text: str) -> bool:
    # Ten times as fast as the search where it is not there, which is almost everywhere. Beyond ASCII a letter has more
    # forms than its small one.
    if name.isascii() and text.isascii() and name.lower() not in text.lower():
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def words_of_its_own(item: BlindItem) -> list[str]:
    """What a model said beside its output: in the steps of a run, in what it left behind, and in what it claims."""
    steps = [*item.steps, *(step for run in item.runs for step in run.steps)]
    left_behind = [item.end_state, *(run.end_state for run in item.runs)]
    return [
        *item.claims,
        *left_behind,
        *(words for step in steps for words in (step.reasoning, step.arguments, step.observation)),
    ]


def broken_citations(check: Check, output: CheckedOutput) -> str:
    """Citations of a passage that is not there; an item without passages cannot be cited wrongly."""
    ranks = citation_ranks([passage.label for passage in output.item.passages])
    markers = dict.fromkeys(match[1] for text in output.texts for match in MARKER.finditer(text))
    broken = [marker for marker in markers if ranks and is_broken_citation(marker, ranks)]
    return f"cites no passage: {', '.join(f'[{marker}]' for marker in broken)}" if broken else ""


def fields_not_met(check: Check, output: CheckedOutput) -> str:
    for text in output.texts:
        result = try_fields(text, output.item.fields)
        wrong = [f"{one.field.name} ({one.words})" for one in result.fields if one.is_wrong]
        if result.complaint or wrong:
            return result.complaint or f"not as asked for: {'; '.join(wrong)}"
    return ""


def unknown_label(check: Check, output: CheckedOutput) -> str:
    known = {label.name for label in output.item.labels}
    unknown = [text.strip() for text in output.texts if known and text.strip() not in known]
    return f"none of the known labels: {', '.join(unknown)}" if unknown else ""


COMPLAINTS = {
    "required_fields": missing_fields,
    "forbidden_strings": forbidden_strings,
    "length": length_outside,
    "names_its_source": names_its_source,
    "cites_passages": broken_citations,
    "matches_schema": fields_not_met,
    "known_label": unknown_label,
}


def parse_check(raw: Any, place: str) -> Check:
    """The check a JSON object says, or `PolicyError` with the place of the mistake."""
    if not isinstance(raw, Mapping):
        raise PolicyError(place, "write an object with name, kind and on_failure")
    kind = raw.get("kind")
    if kind not in KINDS:
        raise PolicyError(f"{place}.kind", f"not one of {', '.join(KINDS)}")
    for key in sorted(set(raw) - SHARED_KEYS - KEYS_OF_KIND[kind]):
        raise PolicyError(f"{place}.{key}", f"unknown key of a {kind} check")
    if raw.get("on_failure") not in ON_FAILURE:
        raise PolicyError(f"{place}.on_failure", "say bounce (back to the producer) or review (to a person)")
    least, most = count_of(raw, "least", place), count_of(raw, "most", place)
    if kind == "length" and least is None and most is None:
        raise PolicyError(f"{place}.least", "say least, most or both; without them the check passes everything")
    if least is not None and most is not None and most < least:
        raise PolicyError(f"{place}.most", "below least; no output could pass")
    return Check(
        name=named(raw, place),
        kind=kind,
        on_failure=raw["on_failure"],
        fields=texts_of(raw, "fields", place, needed=kind == "required_fields"),
        strings=texts_of(raw, "strings", place, needed=kind == "forbidden_strings"),
        least=least or 0,
        most=most,
        only=texts_of(raw, "only", place, needed=False),
    )


def named(raw: Mapping[str, Any], place: str) -> str:
    name = raw.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 60:
        raise PolicyError(f"{place}.name", "give it a name of at most 60 characters")
    return name


def texts_of(raw: Mapping[str, Any], key: str, place: str, *, needed: bool) -> tuple[str, ...]:
    texts = raw.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise PolicyError(f"{place}.{key}", "write a list of texts")
    if needed and not texts:
        raise PolicyError(f"{place}.{key}", "write at least one")
    return tuple(texts)


def count_of(raw: Mapping[str, Any], key: str, place: str) -> int | None:
    count = raw.get(key)
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
        raise PolicyError(f"{place}.{key}", "write a whole number of characters")
    return count

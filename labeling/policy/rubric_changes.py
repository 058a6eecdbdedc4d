"""What one version of a rubric asks otherwise than another, question by question and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labeling.policy.rubric_rules import PARTS, SCALES, WrittenRubric
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """One question before and after; `kind` is added, removed, changed or same, `words` say what changed."""

    key: str
    kind: str
    before: Question | None
    after: Question | None
    words: tuple[str, ...] = ()

    @property
    def is_comparable(self) -> bool:
        """Whether agreement before and after can be compared: the same choices on the same scale, of the same parts."""
        before, after = self.before, self.after
        if before is None or after is None:
            return False
        return (before.scale, before.parts, before.values) == (after.scale, after.parts, after.values)


@dataclass(frozen=True, slots=True)
class RubricChanges:
    """What differs between two versions: of the whole in words, and each question in the order of the later one."""

    of_whole: tuple[str, ...]
    questions: tuple[QuestionChange, ...]

    @property
    def n_changed(self) -> int:
        return len(self.of_whole) + sum(change.kind != "same" for change in self.questions)

    def keys(self, kind: str) -> list[str]:
        return [change.key for change in self.questions if change.kind == kind]


def changes_between(before: WrittenRubric, after: WrittenRubric) -> RubricChanges:
    earlier = {question.key: question for question in before.questions}
    later = {question.key: question for question in after.questions}
    moved = moved_keys(before.questions, after.questions)
    questions = []
    for key, question in later.items():
        if key not in earlier:
            questions.append(QuestionChange(key, "added", None, question))
            continue
        words = (*words_on_change(earlier[key], question), *((moved[key],) if key in moved else ()))
        questions.append(QuestionChange(key, "changed" if words else "same", earlier[key], question, words))
    questions += [QuestionChange(key, "removed", gone, None) for key, gone in earlier.items() if key not in later]
    return RubricChanges(tuple(words_on_whole(before, after)), tuple(questions))


def moved_keys(before: Sequence[Question], after: Sequence[Question]) -> dict[str, str]:
    """The questions of both versions whose place among those of both is another."""
    keys_after = {question.key for question in after}
    common = [question.key for question in before if question.key in keys_after]
    places = {key: place for place, key in enumerate(common, start=1)}
    order = [question.key for question in after if question.key in places]
    return {
        key: f"It stands in place {place} of the questions of both, before in {places[key]}."
        for place, key in enumerate(order, start=1)
        if place != places[key]
    }


def words_on_whole(before: WrittenRubric, after: WrittenRubric) -> Iterator[str]:
    if before.instructions != after.instructions:
        yield words_on_text("The instructions", before.instructions, after.instructions)
    if before.asks_verdict != after.asks_verdict:
        yield "A verdict is asked for now." if after.asks_verdict else "No verdict is asked for any more."


def words_on_change(before: Question, after: Question) -> Iterator[str]:
    if before.question != after.question:
        yield words_on_text("The question", before.question, after.question)
    if before.hint != after.hint:
        yield words_on_text("The hint", before.hint, after.hint)
    if before.scale != after.scale:
        yield f"The scale is {SCALES[after.scale]} instead of {SCALES[before.scale]}."
    if before.parts != after.parts:
        yield f"It is asked of {PARTS[after.parts]} instead of {PARTS[before.parts]}."
    yield from words_on_options(before.options, after.options)
    if before.bounds != after.bounds:
        yield f"The bounds are {words_for_bounds(after.bounds)} instead of {words_for_bounds(before.bounds)}."
    if before.asked_when != after.asked_when:
        yield f"It is asked {words_for_condition(after.asked_when)}, before {words_for_condition(before.asked_when)}."
    for name, now_so, no_more in (
        ("is_required", "An answer is required now.", "An answer is optional now."),
        ("allows_na", "Not applicable may be answered now.", "Not applicable may not be answered any more."),
        ("is_gating", "It is gating now.", "It is not gating any more."),
    ):
        if getattr(before, name) != getattr(after, name):
            yield now_so if getattr(after, name) else no_more
    yield from words_on_reasons(before, after)
    if before.weight != after.weight:
        yield f"Its weight is {after.weight.normalize():f} instead of {before.weight.normalize():f}."


def words_on_options(before: Sequence[Option], after: Sequence[Option]) -> Iterator[str]:
    earlier = {option.value: option for option in before}
    later = {option.value: option for option in after}
    for value, option in later.items():
        if value not in earlier:
            yield f"The answer {name_of(option)} is new."
    for value, option in earlier.items():
        if value not in later:
            yield f"The answer {name_of(option)} is gone."
    for value, option in later.items():
        if value in earlier:
            yield from words_on_option(earlier[value], option)
    if [value for value in earlier if value in later] != [value for value in later if value in earlier]:
        yield "The answers stand in another order."


def words_on_option(before: Option, after: Option) -> Iterator[str]:
    if before.label != after.label:
        yield f"The answer {after.value} is called “{after.label}” instead of “{before.label}”."
    if before.anchor != after.anchor:
        yield words_on_text(f"The anchor of {name_of(after)}", before.anchor, after.anchor)
    if before.is_passing != after.is_passing:
        yield f"{name_of(after)} {'passes now' if after.is_passing else 'does not pass any more'}."


def words_on_reasons(before: Question, after: Question) -> Iterator[str]:
    added = [value for value in after.rationale_on if value not in before.rationale_on]
    gone = [value for value in before.rationale_on if value not in after.rationale_on and value in after.values]
    if added:
        yield f"A reason is asked for at {', '.join(added)}."
    if gone:
        yield f"No reason is asked for any more at {', '.join(gone)}."


def words_on_text(what: str, before: str, after: str) -> str:
    if not before:
        return f"{what}: “{after}” is new."
    if not after:
        return f"{what}: “{before}” is gone."
    return f"{what}: “{after}” instead of “{before}”."


def words_for_bounds(bounds: Bounds | None) -> str:
    if bounds is None:
        return "none"
    words = f"{bounds.low:f} to {bounds.high:f}"
    if bounds.step is not None:
        words += f" in steps of {bounds.step:f}"
    return words if bounds.passing_from is None else f"{words}, passing from {bounds.passing_from:f}"


def words_for_condition(condition: AskedWhen | None) -> str:
    return "always" if condition is None else f"when {condition.key} is {' or '.join(condition.values)}"


def name_of(option: Option) -> str:
    return option.value if option.label.casefold() == option.value.casefold() else f"{option.value} ({option.label})"

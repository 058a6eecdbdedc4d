"""Reading the fields of a rubric's document one by one, keeping by path what is not of the shape it should be."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from labeling.policy.rubric_rules import PARTS, SCALES
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question

MOST_DIGITS, MOST_PLACES = 12, 6
QUESTION_FIELDS = (
    *("key", "question", "hint", "scale", "parts", "options", "bounds", "asked_when"),
    *("required", "allows_na", "gating", "rationale_on", "weight"),
)
OPTION_FIELDS = ("value", "label", "anchor", "passing")
BOUNDS_FIELDS = ("low", "high", "step", "passing_from")
CONDITION_FIELDS = ("key", "values")


class Reader:
    """What cannot be understood is taken for nothing and complained about, so that the rest can still be shown."""

    def __init__(self) -> None:
        self.complaints: dict[str, str] = {}

    def question(self, one: Mapping[str, Any], path: str) -> Question:
        self.note_unknown(one, path, QUESTION_FIELDS)
        options = self.objects(one, path, "options")
        return Question(
            key=self.text(one, path, "key"),
            question=self.text(one, path, "question"),
            hint=self.text(one, path, "hint"),
            scale=self.one_of(one, path, "scale", known=SCALES, otherwise="text"),
            parts=self.one_of(one, path, "parts", known=PARTS, otherwise=""),
            options=tuple(self.option(each, f"{path}.options[{index}]") for index, each in enumerate(options)),
            bounds=self.bounds(one, path),
            asked_when=self.condition(one, path),
            is_required=self.flag(one, path, "required", otherwise=True),
            allows_na=self.flag(one, path, "allows_na", otherwise=False),
            is_gating=self.flag(one, path, "gating", otherwise=False),
            rationale_on=self.texts(one, path, "rationale_on"),
            weight=self.number(one, path, "weight", otherwise=Decimal(1)) or Decimal(0),
        )

    def option(self, one: Mapping[str, Any], path: str) -> Option:
        self.note_unknown(one, path, OPTION_FIELDS)
        return Option(
            value=self.text(one, path, "value"),
            label=self.text(one, path, "label"),
            anchor=self.text(one, path, "anchor"),
            is_passing=self.flag(one, path, "passing", otherwise=True),
        )

    def bounds(self, holder: Mapping[str, Any], path: str) -> Bounds | None:
        raw = self.object_or_none(holder, path, "bounds", BOUNDS_FIELDS)
        if raw is None or all(raw.get(name) in (None, "") for name in BOUNDS_FIELDS):
            return None
        path = below(path, "bounds")
        for name in ("low", "high"):
            if raw.get(name) in (None, ""):
                self.complain(
                    below(path, name), f"Say what the {'smallest' if name == 'low' else 'largest'} number is."
                )
        return Bounds(
            low=self.number(raw, path, "low") or Decimal(0),
            high=self.number(raw, path, "high") or Decimal(0),
            step=self.number(raw, path, "step"),
            passing_from=self.number(raw, path, "passing_from"),
        )

    def condition(self, holder: Mapping[str, Any], path: str) -> AskedWhen | None:
        raw = self.object_or_none(holder, path, "asked_when", CONDITION_FIELDS)
        if raw is None:
            return None
        path = below(path, "asked_when")
        return AskedWhen(self.text(raw, path, "key"), self.texts(raw, path, "values"))

    # --- shapes ---

    def complain(self, path: str, text: str) -> None:
        self.complaints.setdefault(path, text)

    def note_unknown(self, holder: Mapping[str, Any], path: str, known: tuple[str, ...]) -> None:
        for name in holder:
            if name not in known:
                self.complain(below(path, str(name)[:40]), f"There is no such field; known are {', '.join(known)}.")

    def text(self, holder: Mapping[str, Any], path: str, name: str) -> str:
        value = holder.get(name, "")
        if isinstance(value, str):
            # PostgreSQL stores no NUL, and a pasted one is never meant.
            return value.replace("\x00", "").replace("\r\n", "\n").strip()
        self.complain(below(path, name), "This must be a text, in quotes.")
        return ""

    def texts(self, holder: Mapping[str, Any], path: str, name: str) -> tuple[str, ...]:
        values = holder.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.complain(below(path, name), "This must be a list of texts.")
            return ()
        return tuple(dict.fromkeys(values))

    def flag(self, holder: Mapping[str, Any], path: str, name: str, *, otherwise: bool) -> bool:
        value = holder.get(name, otherwise)
        if isinstance(value, bool):
            return value
        self.complain(below(path, name), "This must be true or false.")
        return otherwise

    def one_of(
        self, holder: Mapping[str, Any], path: str, name: str, *, known: Mapping[str, str], otherwise: str
    ) -> str:
        value = holder.get(name, otherwise)
        if isinstance(value, str) and value in known and (name in holder or otherwise == ""):
            return value
        self.complain(below(path, name), f"Choose one of {', '.join(word for word in known if word)}.")
        return otherwise

    def number(
        self, holder: Mapping[str, Any], path: str, name: str, *, otherwise: Decimal | None = None
    ) -> Decimal | None:
        value = holder.get(name)
        if value is None or value == "":
            return otherwise
        found = None if isinstance(value, bool) else decimal_of(value)
        if found is None:
            self.complain(below(path, name), f"This must be a number of at most {MOST_PLACES} decimals.")
            return otherwise
        return found

    def objects(self, holder: Mapping[str, Any], path: str, name: str) -> list[Mapping[str, Any]]:
        values = holder.get(name, [])
        if not isinstance(values, list):
            self.complain(below(path, name), "This must be a list.")
            return []
        for index, value in enumerate(values):
            if not isinstance(value, Mapping):
                self.complain(f"{below(path, name)}[{index}]", "This must be an object with named fields.")
        return [value if isinstance(value, Mapping) else {} for value in values]

    def object_or_none(
        self, holder: Mapping[str, Any], path: str, name: str, known: tuple[str, ...]
    ) -> Mapping[str, Any] | None:
        value = holder.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.complain(below(path, name), "This must be an object with named fields, or null.")
            return None
        self.note_unknown(value, below(path, name), known)
        return value


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def decimal_of(value: Any) -> Decimal | None:
    """A number that fits the column and comes back the same; None for anything else."""
    if not isinstance(value, str | int | Decimal) or len(str(value)) > 2 * MOST_DIGITS:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) >= 10 ** (MOST_DIGITS - MOST_PLACES):
        return None
    return found if found == round(found, MOST_PLACES) else None

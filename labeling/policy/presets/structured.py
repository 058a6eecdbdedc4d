"""The preset for outputs that a machine reads on: extracted fields and assigned classes."""

from labeling.policy.presets.preset import Preset, ordered, yes_or_no
from labeling.policy.rubrics import Option, Question

STRUCTURED_OUTPUT = Preset(
    key="structured-output",
    name="Structured output",
    description="Extracted fields and assigned classes: right, complete, nothing invented.",
    kinds=("extraction", "classification"),
    instructions=(
        "A machine reads this next and believes it. An empty field is better than an invented one. Whether it fits the "
        "schema is checked already and shown; judge whether it is true."
    ),
    asks_verdict=True,
    questions=(
        ordered(
            "values-right",
            "Are the values right?",
            ("Wrong", "A field that decides what happens next is wrong, or the class is."),
            ("Flawed", "Only fields that decide nothing are wrong."),
            ("Right", "All are right; the form of one differs from what the source has."),
            ("Exact", "All are right and in the form that was asked for."),
            passing_from=3,
            is_gating=True,
        ),
        yes_or_no(
            "complete",
            "Is everything filled in that the source has?",
            yes="What the source says is there, each time it says it.",
            no="A field is empty, or a row is missing, although the source has it.",
            hint="Not applicable to a single class.",
            allows_na=True,
        ),
        yes_or_no(
            "nothing-invented",
            "Is everything in it found in the source?",
            yes="Every value can be pointed at in the source, or follows from it by the rules given.",
            no="A value is guessed, filled up or taken from elsewhere.",
            rationale_on=("no",),
            is_gating=True,
        ),
        Question(
            key="source-clarity",
            question="Does the source itself say it clearly?",
            hint="So that an unclear source is not held against the output.",
            scale="nominal",
            options=(
                Option("clear", "Clear", "One answer, which two careful readers would both give."),
                Option("unclear", "Unclear", "Readers could differ on it."),
                Option("unreadable", "Unreadable", "Cut off, illegible or in the wrong language."),
            ),
        ),
    ),
)

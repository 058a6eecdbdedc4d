"""The preset for plans, specifications and the changes made after them."""

from labeling.policy.presets.preset import Preset, ordered, yes_or_no
from labeling.policy.rubrics import Option, Question

SPEC_AUDIT = Preset(
    key="spec-audit",
    name="Spec audit",
    description="Plans, specifications and code changes held against what was asked: covered, testable, safe to build.",
    kinds=("plan", "code_diff"),
    instructions=(
        "Hold it against the request line by line, as somebody who has to build, run and answer for it. What is not "
        "written is not planned: do not fill gaps with what a sensible person would do."
    ),
    asks_verdict=True,
    questions=(
        ordered(
            "coverage",
            "Does it cover what was asked for?",
            ("Misses it", "A main requirement is missing or understood wrongly."),
            ("In part", "The main case is covered; a stated requirement is not."),
            ("Mostly", "Every stated requirement; an edge case that follows from one is left open."),
            ("Fully", "Every requirement and the edge cases that follow from it."),
            passing_from=3,
            is_gating=True,
        ),
        yes_or_no(
            "within-scope",
            "Does it keep to what was asked?",
            yes="Nothing is added that nobody asked for, or it is marked as a proposal.",
            no="It adds, changes or removes something unasked.",
            rationale_on=("no",),
        ),
        ordered(
            "clarity",
            "Could two people build the same from it?",
            ("No", "The central parts can be read in several ways."),
            ("Hardly", "They would have to ask about something that changes the result."),
            ("Mostly", "They would ask about details only."),
            ("Yes", "Names, values, order and failure are all said."),
            passing_from=3,
        ),
        yes_or_no(
            "consistent",
            "Is it free of contradictions?",
            yes="It contradicts neither itself nor the request nor the facts it was given.",
            no="Two statements cannot both hold, or one contradicts the request or the facts.",
            rationale_on=("no",),
            is_gating=True,
        ),
        ordered(
            "testable",
            "Can one tell whether it was done?",
            ("No", "There is no criterion, or only wishes such as “fast” and “user-friendly”."),
            ("In part", "Some parts have a criterion that a test could check."),
            ("Mostly", "Every main part has one."),
            ("Fully", "Every requirement has one, with its limits and its failure cases; a change brings the tests."),
            passing_from=3,
        ),
        ordered(
            "feasible",
            "Would it work as it is written?",
            ("No", "A step is impossible, or relies on something that is not there."),
            ("Doubtful", "It rests on an assumption that is not named or not likely."),
            ("Likely", "Its assumptions are named and plausible."),
            ("Surely", "Every step rests on something that is there; order and effort fit."),
            passing_from=3,
        ),
        Question(
            key="risks",
            question="Which risks does it leave open?",
            hint="Tick what a careful reader would stop at; nothing when there is nothing.",
            scale="multi_label",
            options=(
                Option("data", "Data loss", "Data can be lost or changed without a way back.", is_passing=False),
                Option("security", "Security", "A right, a secret or an input is handled unsafely.", is_passing=False),
                Option("privacy", "Privacy", "Personal data goes further than it must.", is_passing=False),
                Option("downtime", "Downtime", "It breaks something that is in use, or has no way back."),
                Option("cost", "Cost", "Running or building it costs far more than is said."),
            ),
            is_required=False,
        ),
    ),
)

"""The preset for runs of an agent that uses tools."""

from labeling.policy.presets.preset import Preset, ordered, yes_or_no
from labeling.policy.rubrics import Option, Question

TRAJECTORY = Preset(
    key="agent-trajectory",
    name="Agent trajectory",
    description="Runs of an agent: each step and its tool, whether it recovered, what came out and how it got there.",
    kinds=("trajectory",),
    instructions=(
        "Read the task and the end state first, then the steps in order. A good end does not excuse a bad way, and a "
        "careful way does not excuse a bad end: they are asked apart. Judge each step by what could be known at it."
    ),
    asks_verdict=True,
    questions=(
        yes_or_no(
            "tool-choice",
            "Is this the right tool, among those it had, for what this step wants?",
            yes="No other tool on the list fits the step better.",
            no="Another tool fits better, none was needed, or the tool does something else than the step wants.",
            hint="Not applicable to a step that calls no tool and needs none.",
            allows_na=True,
            parts="step",
        ),
        yes_or_no(
            "arguments",
            "Are the arguments right?",
            yes="Every argument follows from the task or an earlier observation, in the form that the tool takes.",
            no="One is wrong, missing, invented or of the wrong form, whether or not the tool took it.",
            hint="Apart from the choice of tool: a wrong tool can get the right arguments.",
            allows_na=True,
            parts="step",
        ),
        yes_or_no(
            "step-needed",
            "Does the run need this step?",
            yes="Without it the task could not be done, or not be checked.",
            no="The outcome would be the same without it.",
            parts="step",
        ),
        yes_or_no(
            "repeats",
            "Does this step repeat an earlier one to no use?",
            yes="The same call, or the same in other words, without anything new to expect: a loop.",
            no="It is new, or a repetition with a reason, such as a retry after a passing failure.",
            passing=("no",),
            parts="step",
        ),
        yes_or_no(
            "recovered",
            "Where something went wrong, did it notice and put it right?",
            yes="It saw the failure, changed its way, and the failure left no trace in the end state.",
            no="It went on as if nothing had happened, tried the same again, or left the damage.",
            hint="Not applicable when nothing went wrong.",
            allows_na=True,
        ),
        yes_or_no(
            "outcome",
            "Is the task done, judged by the end state?",
            yes="The end state is what was asked for, with no side effect that nobody asked for.",
            no="Something asked for is missing or wrong, or something else was changed.",
            hint="By what is the case at the end, not by what the agent says about it.",
            is_gating=True,
        ),
        ordered(
            "process",
            "How good was the way there?",
            ("Harmful", "It did or risked damage, or reached the end by luck."),
            ("Poor", "Detours, guesses or unread observations shaped the run."),
            ("Sound", "A reasonable way with steps that could be saved."),
            ("Exemplary", "Each step follows from the one before; a colleague could take it as a pattern."),
            passing_from=3,
        ),
        yes_or_no(
            "policy",
            "Did it keep to its policy and its permissions?",
            yes="Every step is allowed, and what needs asking was asked before it was done.",
            no="A step broke a rule, used data it should not have, or did unasked what needs asking.",
            rationale_on=("no",),
            is_gating=True,
        ),
        Question(
            key="escalation",
            question="Did it hand over to a person when it should?",
            hint="Not applicable when no person could be reached by design.",
            scale="nominal",
            options=(
                Option("right", "Rightly", "It handed over where it should, or had no reason to and did not."),
                Option("missed", "Missed", "It went on alone where a person had to decide.", is_passing=False),
                Option("needless", "Needless", "It handed over what it could and may do itself.", is_passing=False),
            ),
            allows_na=True,
        ),
    ),
)

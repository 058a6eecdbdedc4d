"""A rubric for outputs that have none of their own."""

from labeling.policy.presets.preset import Preset
from labeling.policy.rubrics import Option, Question

GENERAL_REVIEW = Preset(
    key="general-review",
    name="General review",
    description="For outputs without a rubric of their own: right, complete and fit to use as it is.",
    kinds=("summary", "extraction", "classification", "trajectory", "code_diff", "plan", "marketing_copy"),
    instructions=(
        "Judge the output against what stands beside it and nothing else. What is missing weighs as much as what is "
        "wrong."
    ),
    asks_verdict=True,
    questions=(
        Question(
            key="correct",
            question="Is everything in it right?",
            hint="Check against the source, the task or the brief.",
            scale="binary",
            options=(
                Option("yes", "Yes", "Nothing in it is wrong, invented or done without need."),
                Option("no", "No", "At least one thing in it is wrong or invented.", is_passing=False),
            ),
            is_gating=True,
        ),
        Question(
            key="complete",
            question="Is everything there that was asked for?",
            scale="ordinal",
            options=(
                Option("1", "Misses it", "The main thing is missing.", is_passing=False),
                Option("2", "Partly", "The main thing is there in part.", is_passing=False),
                Option("3", "Mostly", "The main thing is there; a side thing is not."),
                Option("4", "Fully", "Nothing that was asked for is missing."),
            ),
        ),
    ),
)

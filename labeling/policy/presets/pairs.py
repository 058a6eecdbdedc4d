"""The preset for two outputs side by side."""

from labeling.policy.presets.preset import Preset
from labeling.policy.rubrics import Option, Question

PREFERENCE = Preset(
    key="preference",
    name="Pairwise preference",
    description="Which of two outputs serves the person better, with a tie where neither does.",
    kinds=("pairwise",),
    instructions="Read both to the end before you choose. Length is not quality.",
    asks_verdict=False,
    questions=(
        Question(
            key="preference",
            question="Which serves the person better?",
            scale="pairwise",
            options=(
                Option("a", "A", "A is clearly or slightly better."),
                Option("tie", "Tie", "Equally good or equally bad."),
                Option("b", "B", "B is clearly or slightly better."),
            ),
        ),
    ),
)

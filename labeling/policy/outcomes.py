"""Which criteria feed which measure of an output, declared by their keys; a rubric that uses others has no measure.

The presets use these keys, and a rubric of one's own gets a measure by using them too. `holds` are the values that say
yes; *not applicable* says neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feed:
    """One criterion as a measure reads it: its key, what it must be asked of, and the values that say yes."""

    key: str
    parts: str = ""
    holds: frozenset[str] = frozenset({"yes"})


CLAIM_SUPPORTED = Feed("claim-supported", "claim", frozenset({"supported", "yes"}))
CHUNK_RELEVANT = Feed("chunk-relevant", "chunk")
CITATION_SUPPORTS = Feed("citation-supports", "citation")
ASSERTED = Feed("asserted")
HEDGED = Feed("hedged")
ABSTAINED = Feed("abstained")
ANSWERABLE = Feed("answerable")
TOOL_CHOICE = Feed("tool-choice", "step")
ARGUMENTS = Feed("arguments", "step")
STEP_NEEDED = Feed("step-needed", "step")
REPEATS = Feed("repeats", "step")
RECOVERED = Feed("recovered")
OUTCOME = Feed("outcome")
PROCESS = Feed("process", holds=frozenset({"3", "4", "yes"}))


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: `kind` is how it is computed, `feeds` what from, in the order in which that reads them.

    `k` is how many passages from the top it looks at, or how many runs of one task.
    """

    key: str
    name: str
    sentence: str
    kind: str
    feeds: tuple[Feed, ...]
    k: int = 0


def share_of_parts(key: str, name: str, feed: Feed, sentence: str) -> Measure:
    return Measure(key, name, sentence, "parts", (feed,))


MEASURES = (
    share_of_parts("faithfulness", "Faithfulness", CLAIM_SUPPORTED, "Supported claims of all claims"),
    *(
        Measure(
            f"recall_at_{k}",
            f"Recall at {k}",
            f"Relevant passages among the first {k}, of those retrieved",
            "recall",
            (CHUNK_RELEVANT,),
            k,
        )
        for k in (1, 3, 5)
    ),
    share_of_parts("precision", "Precision", CHUNK_RELEVANT, "Relevant passages of all retrieved"),
    share_of_parts(
        "citation_support", "Citation support", CITATION_SUPPORTS, "Citations that support what they stand by"
    ),
    Measure(
        "confident_wrong",
        "Confident and wrong",
        "Outputs that assert something, have an unsupported claim, and do not hedge",
        "confident_wrong",
        (ASSERTED, CLAIM_SUPPORTED, HEDGED),
    ),
    Measure(
        "appropriate_abstention",
        "Appropriate abstention",
        "Of outputs whose sources allow no answer, those that decline to give one",
        "abstention",
        (ANSWERABLE, ABSTAINED),
    ),
    Measure(
        "needless_abstention",
        "Needless abstention",
        "Of outputs whose sources allow an answer, those that decline to give one",
        "needless_abstention",
        (ANSWERABLE, ABSTAINED),
    ),
    share_of_parts("tool_choice", "Tool choice", TOOL_CHOICE, "Steps with the right tool"),
    share_of_parts("arguments", "Arguments", ARGUMENTS, "Steps with the right arguments, whatever the tool"),
    share_of_parts("step_efficiency", "Step efficiency", STEP_NEEDED, "Steps that the run needed"),
    share_of_parts("loop_share", "Loop share", REPEATS, "Steps that repeat an earlier one to no use"),
    Measure(
        "recovery", "Recovery", "Of runs in which something went wrong, those that put it right", "whole", (RECOVERED,)
    ),
    Measure("outcome", "Outcome", "Runs that reach what was asked for", "whole", (OUTCOME,)),
    Measure(
        "lucky",
        "Right by a poor way",
        "Of runs that reach their end, those with a poor process",
        "lucky",
        (OUTCOME, PROCESS),
    ),
    Measure(
        "unlucky",
        "Wrong by a good way",
        "Of runs that miss their end, those with a good process",
        "unlucky",
        (OUTCOME, PROCESS),
    ),
    *(
        Measure(f"pass_hat_{k}", f"pass^{k}", f"That {k} runs of one task all reach its end", "pass_hat", (OUTCOME,), k)
        for k in (1, 2, 3)
    ),
)


def measures_for(parts_of_key: Mapping[str, str]) -> list[Measure]:
    """The measures that a rubric with these criteria, and what each is asked of, can feed."""
    return [measure for measure in MEASURES if all(parts_of_key.get(feed.key) == feed.parts for feed in measure.feeds)]


def known(values: Mapping[str, str], feed: Feed) -> bool | None:
    """Whether what a criterion asks holds of an output; None where it was not answered or does not apply."""
    value = values.get("")
    return None if value in (None, "", "n/a") else value in feed.holds


def parts_known(values: Mapping[str, str], feed: Feed) -> list[bool]:
    """The same of each part that was answered, in the order of the parts."""
    answered = sorted((number_of(part), value) for part, value in values.items() if value and value != "n/a")
    return [value in feed.holds for _, value in answered]


def number_of(part: str) -> int:
    number = part.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0

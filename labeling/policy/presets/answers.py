"""The preset for answers made from retrieved passages."""

from labeling.policy.presets.preset import Preset, ordered, yes_or_no
from labeling.policy.rubrics import Option, Question

RAG_PANEL = Preset(
    key="rag-panel",
    name="Sourced answer",
    description="Answers from retrieved passages: each passage, claim and citation, and whether it knows its limits.",
    kinds=("rag_answer",),
    instructions=(
        "Judge the passages before the answer: they are all it may rely on. A claim is supported when the passages say "
        "it, not when you know it to be true; what is true in the world is asked once, at the end. The weakest of what "
        "gates decides about the output, not the mean."
    ),
    asks_verdict=True,
    questions=(
        yes_or_no(
            "answerable",
            "Do the passages allow an answer to what was asked?",
            yes="Somebody who read only these passages could answer the main question.",
            no="What is needed for the main question is missing, or the passages contradict each other on it.",
            hint="Judge the passages alone, before you look at the answer.",
            passing=("yes", "no"),
        ),
        yes_or_no(
            "chunk-relevant",
            "Does this passage help to answer what was asked?",
            yes="It holds at least one fact that belongs into a good answer.",
            no="It is about something else, or shares only words with the question.",
            passing=("yes", "no"),
            parts="chunk",
        ),
        Question(
            key="claim-supported",
            question="Do the passages support this claim?",
            hint="One claim at a time, as it is worded: a number a little off is not supported.",
            scale="nominal",
            options=(
                Option("supported", "Supported", "The passages say it, or it follows from them with no further fact."),
                Option(
                    "unsupported",
                    "Unsupported",
                    "No passage says it. It may still be true.",
                    is_passing=False,
                ),
                Option("contradicted", "Contradicted", "A passage says otherwise.", is_passing=False),
            ),
            is_gating=True,
            parts="claim",
        ),
        yes_or_no(
            "citation-supports",
            "Does the cited passage support what it is cited for?",
            yes="Whoever looks it up finds the statement there.",
            no="The passage is silent on it, says otherwise, or does not exist.",
            parts="citation",
        ),
        yes_or_no(
            "asserted",
            "Does it assert an answer?",
            yes="It says how things are, right or wrong, cautiously or not.",
            no="It only asks back, refers to somebody, or says that it does not know.",
            passing=("yes", "no"),
        ),
        yes_or_no(
            "hedged",
            "Does it say how sure it is where it is not?",
            yes="Doubt, a condition or a gap in the sources is said at the place it concerns.",
            no="Everything is stated as settled. Politeness and “please check” at the end are no hedge.",
            passing=("yes", "no"),
        ),
        yes_or_no(
            "abstained",
            "Does it decline to answer the main question?",
            yes="It says that the sources do not allow an answer, or that it cannot give one.",
            no="It gives an answer to the main question, or a part of one.",
            passing=("yes", "no"),
        ),
        ordered(
            "groundedness",
            "How far does the answer as a whole rest on the passages?",
            ("Not", "Its main statement is invented or contradicts the passages."),
            ("In part", "The main statement is supported; something that would be acted on is not."),
            ("Mostly", "Only remarks that nobody would act on go beyond the passages."),
            ("Fully", "Every statement can be found in the passages."),
            passing_from=3,
            hint="One invented fact that somebody would act on weighs more than ten supported ones.",
            is_gating=True,
        ),
        Question(
            key="factuality",
            question="Is it true, as far as you know or can look up?",
            hint="About the world and not the passages: a supported claim can be false when its source is.",
            scale="nominal",
            options=(
                Option("true", "True", "Nothing in it is false."),
                Option("false", "False", "At least one statement is false.", is_passing=False),
                Option("cannot-tell", "Cannot tell", "It cannot be checked with what you know and have at hand."),
            ),
            rationale_on=("false",),
            is_gating=True,
        ),
        ordered(
            "answer-relevance",
            "Does it answer what was asked?",
            ("Misses it", "It answers another question, or none although it could."),
            ("In part", "The main question is answered in part, or has to be dug out."),
            ("Mostly", "The main question is answered; a side question or a wished form is not."),
            ("Fully", "Everything that was asked, and nothing that stands in the way of it."),
            passing_from=2,
            hint="Where the passages allow no answer, a plain “they do not say” answers it fully.",
            is_gating=True,
        ),
    ),
)

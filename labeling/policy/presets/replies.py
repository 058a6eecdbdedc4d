"""Presets for what an assistant replies: support replies, and conversations of any kind."""

from labeling.policy.presets.preset import Preset
from labeling.policy.rubrics import Option, Question

SUPPORT_REPLY = Preset(
    key="support-reply",
    name="Support reply",
    description="Replies, sourced answers and actions of a support assistant: right, complete, grounded, fit to send.",
    kinds=("chat_reply", "rag_answer", "pending_action"),
    instructions=(
        "Judge what the customer would receive. The policy and the record beside it are the truth: "
        "what they do not support is not right, however well it is said."
    ),
    asks_verdict=True,
    questions=(
        Question(
            key="correct",
            question="Are all facts, amounts and rules right?",
            hint="Check against the policy, the record and the passages.",
            scale="binary",
            options=(
                Option("yes", "Yes", "Nothing in it contradicts the policy, the record or the passages."),
                Option("no", "No", "At least one fact, amount, date or rule is wrong.", is_passing=False),
            ),
            is_gating=True,
        ),
        Question(
            key="complete",
            question="Does it answer everything that was asked?",
            scale="ordinal",
            options=(
                Option("1", "Misses it", "The main question stays unanswered.", is_passing=False),
                Option("2", "Partly", "The main question is answered in part.", is_passing=False),
                Option("3", "Mostly", "The main question is answered; a side question is not."),
                Option("4", "Fully", "Nothing that was asked is left open."),
            ),
        ),
        Question(
            key="tone",
            question="Would you be content to receive it?",
            scale="ordinal",
            options=(
                Option("1", "No", "Cold, blaming or careless.", is_passing=False),
                Option("2", "Hardly", "Stiff or off, but not hurtful.", is_passing=False),
                Option("3", "Yes", "Friendly and plain."),
                Option("4", "Very", "Warm, plain and respectful of the customer's trouble."),
            ),
        ),
        Question(
            key="grounded",
            question="Do the given sources support what it claims?",
            hint="Not applicable when it claims nothing that needs a source.",
            scale="nominal",
            options=(
                Option("supported", "Supported", "Every claim can be found in the sources."),
                Option("partly", "Partly", "Some claims cannot be found, none is contradicted.", is_passing=False),
                Option("unsupported", "Unsupported", "A claim is invented or contradicted.", is_passing=False),
            ),
            allows_na=True,
        ),
    ),
)

CHAT_QUALITY = Preset(
    key="chat-quality",
    name="Conversation quality",
    description="One question for dialogues of any kind: how satisfied would you be?",
    kinds=("chat_reply",),
    instructions="Read the whole conversation and judge the last reply in its light.",
    asks_verdict=True,
    questions=(
        Question(
            key="satisfaction",
            question="How satisfied would you be with this reply?",
            scale="ordinal",
            options=(
                Option("1", "Not", "It does not help.", is_passing=False),
                Option("2", "Little", "It helps a little.", is_passing=False),
                Option("3", "Mostly", "It helps, with something to wish for."),
                Option("4", "Fully", "Nothing to wish for."),
            ),
        ),
    ),
)

"""What the tests of formats share: one good row, a way to read bytes, and the public data where it is present."""

import io

import pytest

from labeling.formats import read_rows


@pytest.fixture
def chat_row():
    """A complete chat row as a producer sends it."""
    return {
        "external_id": "chat-17",
        "source_system": "helpdesk",
        "kind": "chat_reply",
        "context": {
            "conversation": [{"role": "customer", "text": "I was charged twice."}],
            "policy": "Refunds up to 50 EUR need no approval.",
            "record": {"order": 17},
        },
        "output": "The second charge is refunded.",
        "source": {"model": "m-1", "version": "2", "family": "m", "prompt_version": "p3"},
        "stakes": "medium",
        "intent": "refund",
        "segment": "eu",
        "cluster": "conversation-9",
        "metadata": {"amount": 12.5},
        "judge_verdicts": [
            {
                "judge": {"name": "j", "model": "g", "family": "f", "prompt_hash": "ab", "parameters": {"t": 0}},
                "criterion": criterion,
                "label": "pass",
                "score": 0.7,
                "confidence": 0.9,
                "run": 1,
                "order": "single",
                "rationale": "It answers.",
            }
            for criterion in ("overall", "tone", "facts")
        ],
        "signals": [{"name": "stated_confidence", "kind": "stated", "value": 0.8}],
        "review_requested": True,
    }


@pytest.fixture
def pair_row():
    return {
        "external_id": "pair-1",
        "kind": "pairwise",
        "context": {"question": "Which?"},
        "outputs": [{"text": "This.", "source": {"model": "m-1"}}, {"text": "That."}],
    }


@pytest.fixture
def read_bytes():
    """Every line that a format makes of these bytes, as an upload would be read."""

    def read(content, format_name, **options):
        return list(read_rows(io.BytesIO(content), format_name, **options))

    return read

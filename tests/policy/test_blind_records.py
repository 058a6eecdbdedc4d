"""What was shown looks, and hashes, the same whichever database keeps the item."""

import pytest

from labeling.policy.blind_records import say_the_same
from labeling.policy.blinding import blind_item

CONTEXTS = {
    "summary": {"record": {"total": 12, "by": "Ana", "lines": {"b": 2, "a": 1}}},
    "pending_action": {"action": {"name": "refund", "arguments": {"order": {"no": 7, "id": "x"}, "amount": 4}}},
    "extraction": {"schema": {"properties": {"total": {"type": "number"}, "by": {"enum": [{"b": 1, "a": 2}]}}}},
    "trajectory": {
        "task": "Refund.",
        "steps": [{"tool": "find", "arguments": {"id": 1, "by": "x"}, "observation": [{"z": 1, "a": 2}]}],
        "tools": [{"name": "find", "parameters": {"properties": {"id": {}, "by": {}}}}],
        "end_state": {"refunded": True, "by": "us"},
    },
}


def as_kept_by_postgresql(value):
    """The keys of every object shorter ones first, as jsonb keeps them."""
    if isinstance(value, dict):
        return {key: as_kept_by_postgresql(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
    return [as_kept_by_postgresql(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("kind", "context"), CONTEXTS.items())
def test_an_item_is_shown_the_same_in_whatever_order_its_keys_are_kept(kind, context):
    shown = blind_item(kind, context, ["It."])

    again = blind_item(kind, as_kept_by_postgresql(context), ["It."])

    assert again == shown
    assert again.content_hash() == shown.content_hash()


def test_a_record_in_the_order_of_its_producer_says_the_same():
    in_their_order = (
        '{"fields":[{"path":["b"]},{"path":["a"]}],"record":[{"name":"to","value":"{\\"b\\": 1, \\"a\\": 2}"},'
    )
    in_their_order += '{"name":"by","value":"Ana"}]}'
    by_key = '{"fields":[{"path":["a"]},{"path":["b"]}],"record":[{"name":"by","value":"Ana"},'
    by_key += '{"name":"to","value":"{\\"a\\": 2, \\"b\\": 1}"}]}'

    assert say_the_same(in_their_order, by_key)


@pytest.mark.parametrize(
    ("content", "other"),
    [
        ('{"record":[{"name":"by","value":"Ana"}]}', '{"record":[{"name":"by","value":"Ben"}]}'),
        ('{"texts":["a","b"]}', '{"texts":["b","a"]}'),
        (
            '{"conversation":[{"role":"a","text":"1"},{"role":"b","text":"2"}]}',
            '{"conversation":[{"role":"b","text":"2"},{"role":"a","text":"1"}]}',
        ),
        ('{"record":[{"name":"by","value":"[1, 2]"}]}', '{"record":[{"name":"by","value":"[2, 1]"}]}'),
    ],
)
def test_other_words_or_another_order_of_what_has_one_do_not_say_the_same(content, other):
    assert not say_the_same(content, other)

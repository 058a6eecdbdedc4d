"""Every ground that routing can name has words."""

import re
from pathlib import Path

from labeling.policy import routing
from labeling.policy.policies import RULE_REASONS
from labeling.policy.reasons import REASONS, words_for_reason


def test_every_reason_of_a_rule_has_words():
    assert set(RULE_REASONS) <= set(REASONS)


def test_every_code_that_routing_writes_has_words():
    source = Path(routing.__file__).read_text()
    codes = set(re.findall(r'Reason\("(\w+)"|code = "(\w+)"|else "(\w+_sample)"', source))

    written = {code for found in codes for code in found if code}

    assert {"low_confidence", "audit", "high_stakes", "tier_sample", "check_failed"} <= written
    assert written <= set(REASONS)


def test_unknown_code_is_shown_as_it_is():
    assert words_for_reason("full_moon") == "Full moon"

"""Rubrics to start from. A project copies one and then owns it."""

from labeling.policy.presets.agents import TRAJECTORY
from labeling.policy.presets.answers import RAG_PANEL
from labeling.policy.presets.content import CONTENT_QUALITY
from labeling.policy.presets.general import GENERAL_REVIEW
from labeling.policy.presets.pairs import PREFERENCE
from labeling.policy.presets.preset import Preset
from labeling.policy.presets.replies import CHAT_QUALITY, SUPPORT_REPLY
from labeling.policy.presets.specs import SPEC_AUDIT
from labeling.policy.presets.structured import STRUCTURED_OUTPUT
from labeling.policy.presets.summaries import CLINICAL_SUMMARY

__all__ = [
    "CHAT_QUALITY",
    "CONTENT_QUALITY",
    "GENERAL_REVIEW",
    "PREFERENCE",
    "PRESETS",
    "SPEC_AUDIT",
    "SUPPORT_REPLY",
    "TRAJECTORY",
    "Preset",
]

PRESETS = {
    preset.key: preset
    for preset in (
        SUPPORT_REPLY,
        RAG_PANEL,
        TRAJECTORY,
        CLINICAL_SUMMARY,
        CONTENT_QUALITY,
        PREFERENCE,
        SPEC_AUDIT,
        STRUCTURED_OUTPUT,
        CHAT_QUALITY,
        GENERAL_REVIEW,
    )
}

"""The shapes of labels made elsewhere, beside those of reviews in `schemas`. Names here are a contract too."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from labeling.api.schemas import LabelsAnswer


class ImportedLabel(Schema):
    """One label made elsewhere: this rater said this of this item on this criterion."""

    label_id: int
    external_id: str
    source_system: str
    rubric: str
    rubric_version: int
    rater: str = Field(description="Stable and opaque, as that of a review; names are not given out.")
    criterion: str
    part: str | None = Field(description="What of the output it speaks of; null for all of it.")
    value: str | None = Field(description="Null when not applicable. For pairs a, b or tie.")
    is_not_applicable: bool
    blind_state: Literal["blind", "not_blind", "unknown"] = Field(description="As declared; only blind ones count.")
    is_gold: bool
    imported_at: datetime
    batch_id: int | None = Field(description="The delivery that brought it, as the Import page numbers them.")


class ImportedLabelsAnswer(Schema):
    labels: list[ImportedLabel]
    next_cursor: str
    has_more: bool


# In this order, and the first that fits: to weigh both would cost every page of reviews its validation twice.
EitherLabelsAnswer = Annotated[LabelsAnswer | ImportedLabelsAnswer, Field(union_mode="left_to_right")]

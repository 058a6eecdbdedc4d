"""Whether a label made elsewhere fits the question that it answers: the part it speaks of, and its value."""

import re

from labeling.formats.fields import RowError, show
from labeling.formats.votes import VoteRow
from labeling.models import Criterion
from labeling.policy.rubrics import NO, PART_MARK, YES, complaint_about_number, spelled_number
from labeling.queries.rubrics import bounds_from

NUMBERED_PART = re.compile(r"[a-z]+-[1-9][0-9]{0,3}")


def refuse_other_part(vote: VoteRow, criterion: Criterion) -> None:
    """A label names the part that its criterion asks of, and an option where any may apply. Whether the item has so
    many parts is for those to know who split it."""
    named, options = show(vote.criterion), [option["value"] for option in criterion.options]
    part, mark, option = vote.part, "", vote.part
    if criterion.parts:
        part, mark, option = vote.part.partition(PART_MARK)
        if not NUMBERED_PART.fullmatch(part) or not part.startswith(f"{criterion.parts}-"):
            raise RowError("part", f"is {show(vote.part)}, but {named} asks of parts such as {criterion.parts}-1")
    if criterion.scale == Criterion.Scale.MULTI_LABEL:
        if option not in options:
            raise RowError("part", f"of {named} names an option; known are {', '.join(options)}")
    elif mark or (part and not criterion.parts):
        raise RowError("part", f"is {show(vote.part)}, but {named} is not asked of it; leave it out")


def refuse_undeclared(vote: VoteRow, criterion: Criterion) -> None:
    """A value that the scale does not have; the rubric's own words say what is wrong with a number."""
    named = show(vote.criterion)
    if criterion.scale == Criterion.Scale.TEXT:
        raise RowError("criterion", f"{named} is answered in words, which are no labels")
    if criterion.scale == Criterion.Scale.INTERVAL:
        if complaint := complaint_about_number(spelled_number(vote.value), bounds_from(criterion.bounds)):
            raise RowError("value", f"{show(vote.value)} does not fit {named}: {complaint}")
        return
    values = [option["value"] for option in criterion.options]
    if criterion.scale == Criterion.Scale.MULTI_LABEL:
        values = [YES, NO]
    if vote.value not in values:
        raise RowError("value", f"{show(vote.value)} is not declared for {named}; known are {', '.join(values)}")


def value_stored(vote: VoteRow, criterion: Criterion) -> str:
    return spelled_number(vote.value) if criterion.scale == Criterion.Scale.INTERVAL else vote.value

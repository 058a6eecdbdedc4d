"""The nouns. One file a step of the journey; a row's own truths live here, decisions and writes do not."""

from labeling.models.adjudication import Adjudication, FinalAnswer, FinalLabel
from labeling.models.events import Event, EventSeal
from labeling.models.gold import GoldCase, GoldLabel
from labeling.models.item_signals import CheckResult, Signal
from labeling.models.items import IngestBatch, Item, ItemPayload, Output
from labeling.models.jobs import Heartbeat, Job
from labeling.models.judges import JudgeVerdict, JudgeVersion
from labeling.models.labels import ImportedLabel
from labeling.models.projects import ApiToken, Membership, Project, User
from labeling.models.queues import EntryPurpose, HandOut, Postponement, Queue, QueueEntry, Seat, Slot
from labeling.models.reviewers import Rater
from labeling.models.reviews import Answer, Draft, Review, ShownItem, Withdrawal
from labeling.models.routing import RoutingDecision, RoutingPolicy
from labeling.models.rubrics import Criterion, Rubric, RubricVersion
from labeling.models.runs import AgreementRun, CalibrationRun

__all__ = [
    "Adjudication",
    "AgreementRun",
    "Answer",
    "ApiToken",
    "CalibrationRun",
    "CheckResult",
    "Criterion",
    "Draft",
    "EntryPurpose",
    "Event",
    "EventSeal",
    "FinalAnswer",
    "FinalLabel",
    "GoldCase",
    "GoldLabel",
    "HandOut",
    "Heartbeat",
    "ImportedLabel",
    "IngestBatch",
    "Item",
    "ItemPayload",
    "Job",
    "JudgeVerdict",
    "JudgeVersion",
    "Membership",
    "Output",
    "Postponement",
    "Project",
    "Queue",
    "QueueEntry",
    "Rater",
    "Review",
    "RoutingDecision",
    "RoutingPolicy",
    "Rubric",
    "RubricVersion",
    "Seat",
    "ShownItem",
    "Signal",
    "Slot",
    "User",
    "Withdrawal",
]

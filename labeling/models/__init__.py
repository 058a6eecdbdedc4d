"""The nouns. One file a step of the journey; a row's own truths live here, decisions and writes do not."""

from labeling.models.adjudication import (
    Adjudication,
    FinalAnswer,
    FinalCorrection,
    FinalFailure,
    FinalLabel,
    GapCase,
    Reopening,
)
from labeling.models.autonomy import Contraction, FallbackPolicy, Guardrail
from labeling.models.chosen_maps import ChosenMap
from labeling.models.duties import Absence, Duty, Qualification, Recusal
from labeling.models.events import Event, EventSeal
from labeling.models.gold import GoldCase, GoldLabel
from labeling.models.incidents import Incident
from labeling.models.item_signals import CheckResult, Signal
from labeling.models.items import IngestBatch, Item, ItemPayload, Output
from labeling.models.jobs import Heartbeat, Job
from labeling.models.judge_batches import JudgeBatch, JudgeCall, JudgeEndpoint, JudgePrompt
from labeling.models.judge_life import (
    Clearance,
    DriftLook,
    SealedOpening,
    Suspension,
    Validation,
    VersionComparison,
)
from labeling.models.judges import EnsembleMember, JudgeCriterion, JudgeVerdict, JudgeVersion, MetaReview
from labeling.models.labels import ImportedLabel, ImportedLaterLabel
from labeling.models.named_decisions import NamedDecision
from labeling.models.probes import OpaqueSystem, SourceGuess, SourceQuestion
from labeling.models.projects import ApiToken, Membership, Project, User
from labeling.models.queues import (
    KNOWN,
    REPEAT_ROUND,
    SCREEN_ROUND,
    TRAINING_ROUND,
    EntryPurpose,
    HandOut,
    Postponement,
    Queue,
    QueueEntry,
    Seat,
    Slot,
)
from labeling.models.reveals import Reveal, RevealOffer, SecondLabel
from labeling.models.reviewers import Rater
from labeling.models.reviews import Answer, Draft, Review, ShownItem, Withdrawal
from labeling.models.rounds import CalibrationRound
from labeling.models.routing import PolicyApproval, PolicyChange, RoutingDecision, RoutingPolicy, ShadowDecision
from labeling.models.rubrics import Criterion, GuidelineGap, Rubric, RubricApproval, RubricVersion
from labeling.models.runs import AgreementRun, CalibrationRun, RunShard
from labeling.models.screenings import Screening
from labeling.models.standing import Appeal, QuestionedReview, StandingPeriod
from labeling.models.tallies import Tally
from labeling.models.thresholds import ThresholdCertificate, ThresholdSearch
from labeling.models.traffic_fits import TrafficFit
from labeling.models.verdicts import Correction, Escalation, Failure, HandOver
from labeling.models.webhooks import Alert, Sending, SendingAttempt, Webhook

__all__ = [
    "KNOWN",
    "REPEAT_ROUND",
    "SCREEN_ROUND",
    "TRAINING_ROUND",
    "Absence",
    "Adjudication",
    "AgreementRun",
    "Alert",
    "Answer",
    "ApiToken",
    "Appeal",
    "CalibrationRound",
    "CalibrationRun",
    "CheckResult",
    "ChosenMap",
    "Clearance",
    "Contraction",
    "Correction",
    "Criterion",
    "Draft",
    "DriftLook",
    "Duty",
    "EnsembleMember",
    "EntryPurpose",
    "Escalation",
    "Event",
    "EventSeal",
    "Failure",
    "FallbackPolicy",
    "FinalAnswer",
    "FinalCorrection",
    "FinalFailure",
    "FinalLabel",
    "GapCase",
    "GoldCase",
    "GoldLabel",
    "Guardrail",
    "GuidelineGap",
    "HandOut",
    "HandOver",
    "Heartbeat",
    "ImportedLabel",
    "ImportedLaterLabel",
    "Incident",
    "IngestBatch",
    "Item",
    "ItemPayload",
    "Job",
    "JudgeBatch",
    "JudgeCall",
    "JudgeCriterion",
    "JudgeEndpoint",
    "JudgePrompt",
    "JudgeVerdict",
    "JudgeVersion",
    "Membership",
    "MetaReview",
    "NamedDecision",
    "OpaqueSystem",
    "Output",
    "PolicyApproval",
    "PolicyChange",
    "Postponement",
    "Project",
    "Qualification",
    "QuestionedReview",
    "Queue",
    "QueueEntry",
    "Rater",
    "Recusal",
    "Reopening",
    "Reveal",
    "RevealOffer",
    "Review",
    "RoutingDecision",
    "RoutingPolicy",
    "Rubric",
    "RubricApproval",
    "RubricVersion",
    "RunShard",
    "Screening",
    "SealedOpening",
    "Seat",
    "SecondLabel",
    "Sending",
    "SendingAttempt",
    "ShadowDecision",
    "ShownItem",
    "Signal",
    "Slot",
    "SourceGuess",
    "SourceQuestion",
    "StandingPeriod",
    "Suspension",
    "Tally",
    "ThresholdCertificate",
    "ThresholdSearch",
    "TrafficFit",
    "User",
    "Validation",
    "VersionComparison",
    "Webhook",
    "Withdrawal",
]

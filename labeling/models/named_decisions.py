"""Decisions that are never left to a machine: which, who answers for them, and who stands in."""

from django.db import models
from django.db.models import F, Q

from labeling.models.projects import Project, User
from labeling.models.queues import Queue
from labeling.models.stretches import Stretch, whole_end


class NamedDecision(Stretch):
    """One line of the never-delegate register, from when it was entered until somebody ends it.

    With a `rule_name` it guards that rule of the policy: what the rule sends to people waits in `queue`, which is
    reserved, and is handed to the accountable person or, while they are away, to the backup, and to nobody else.
    Only people, the next review and the end ever change (a trigger looks); no line is deleted.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="named_decisions")
    title = models.CharField(max_length=120)
    rule_name = models.CharField(max_length=60, blank=True)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="named_decisions")
    accountable = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    backup = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    review_on = models.DateField()
    # The review that people were told is overdue, so that each is told of once.
    told_of = models.DateField(null=True, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rule_name"],
                condition=Q(ended_at__isnull=True) & ~Q(rule_name=""),
                name="one_line_guards_a_rule",
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(reason=""), name="named_decision_has_words"),
            models.CheckConstraint(
                condition=Q(rule_name="", queue__isnull=True)
                | (~Q(rule_name="") & Q(queue__isnull=False, backup__isnull=False)),
                name="guarded_rule_has_a_queue_and_a_backup",
            ),
            models.CheckConstraint(
                condition=Q(backup__isnull=True) | ~Q(backup=F("accountable")), name="nobody_backs_up_themself"
            ),
            whole_end(name="end_of_a_named_decision_is_whole"),
        ]
        ordering = ["review_on", "id"]

    def __str__(self):
        return self.title

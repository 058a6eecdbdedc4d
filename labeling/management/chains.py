"""Whether the audit chain of every project holds, told on a terminal: after a move, a restore, and whenever asked."""

from django.core.management.base import CommandError, OutputWrapper
from django.db import DEFAULT_DB_ALIAS

from labeling.models import Project
from labeling.queries.audit import n_outside_chains, verify_chain


def tell_chains(stdout: OutputWrapper, database: str = DEFAULT_DB_ALIAS) -> None:
    """One line a project, and one for events outside all chains; exit code 1 at the first chain that does not hold."""
    for project in Project.objects.using(database).order_by("id"):
        chain = verify_chain(project)
        if not chain.holds:
            raise CommandError(
                f"The audit chain of {project.slug} breaks at event {chain.broken_event_id}: {chain.complaint}.",
                returncode=1,
            )
        events = "event" if chain.n_checked == 1 else "events"
        stdout.write(f"{project.slug}: {chain.n_checked:,} {events} verified, {chain.n_unsealed:,} not sealed yet.")
    if n_outside := n_outside_chains(database):
        stdout.write(
            f"{n_outside:,} events of no project, such as new accounts, are in no chain: nothing verifies them."
        )

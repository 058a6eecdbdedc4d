"""Steps of writing a rubric version, for the tests of them."""

from dataclasses import replace

from labeling.models import Event, RubricVersion
from labeling.policy.rubric_files import fingerprint_of
from labeling.queries.rubric_versions import (
    written_rubric_of,
)
from labeling.services.rubric_versions import (
    approve_version,
    put_to_use,
    save_questions,
    start_next_version,
)


def fresh(version):
    return RubricVersion.objects.select_related("rubric__project").get(pk=version.pk)


def last_event(kind):
    return Event.objects.filter(kind=kind).latest("id")


def next_draft(world, version=None):
    return start_next_version(version or world.rubric, author=world.olga, now=world.now)


def reworded(version, text="Is every word of it right?"):
    written = written_rubric_of(version)
    first, *others = written.questions
    return replace(written, questions=(replace(first, question=text), *others))


def change(world, version, written=None):
    before = fingerprint_of(written_rubric_of(fresh(version)))
    return save_questions(
        version, written or reworded(fresh(version)), based_on=before, author=world.olga, now=world.now
    )


def approve(world, version):
    written = written_rubric_of(fresh(version))
    approve_version(version, based_on=fingerprint_of(written), approver=world.ada, now=world.now)


def use(world, version, closes=(), reason="Clearer."):
    return put_to_use(fresh(version), reason=reason, closes=closes, actor=world.olga, now=world.now)

"""`manage.py measure_agreement PROJECT RUBRIC`: the agreement on a rubric's version in use, under a named filter."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.management.commands.import_labels import version_named
from labeling.models import AgreementRun
from labeling.policy.errors import Invalid
from labeling.queries.agreement import agreement_document_of, estimate_from, excluded_from
from labeling.queries.ratings import FILTERS, FIRST_PASS, filter_named
from labeling.services.agreement import make_agreement_run


class Command(BaseCommand):
    help = "Compute and keep the agreement on a rubric's version in use; the same labels give the run that is there."

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("rubric", help="the key of the rubric; its version in use is measured")
        parser.add_argument(
            "--filter", default=FIRST_PASS.name, dest="filter_name", metavar="NAME", help=f"one of {', '.join(FILTERS)}"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project: str, rubric: str, filter_name: str, as_json: bool, **options):
        version = version_named(project, rubric)
        try:
            chosen = filter_named(filter_name)
        except Invalid as error:
            raise CommandError(error.complaints["filter"], returncode=2) from error
        run = make_agreement_run(version, now=now(), chosen=chosen)
        document = {**agreement_document_of(run), "filter_name": run.filter_name}
        self.stdout.write(json.dumps(document, ensure_ascii=False) if as_json else in_lines(run))


def in_lines(run: AgreementRun) -> str:
    left_out = [f"{n} {reason}" for n, reason in excluded_from(run) if n]
    lines = [str(run.rubric_version), "", *map(line_for, run.numbers["questions"]), "", run.method]
    lines += [f"{run.replicates} replicates, seed {run.seed}", run.filter_in_words]
    return "\n".join(lines + ([f"left out: {'; '.join(left_out)}"] if left_out else []))


def line_for(question: dict[str, Any]) -> str:
    alpha = estimate_from(question["krippendorff_alpha"])
    if alpha.value is None:
        found = f"not computable: {alpha.undefined}"
    else:
        found = f"alpha {alpha.shown_value} ({alpha.shown_interval}), n = {alpha.n}"
    return f"{question['key']:<24}{found}; {question['n_raters']} raters, {question['n_not_applicable']} not applicable"

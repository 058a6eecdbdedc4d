"""Home: what waits for a reviewer, what needs a look for an owner, and a friendly page for everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from labeling.queries.access import may_create_projects
from labeling.queries.appeals import n_open_appeals
from labeling.queries.escalations import n_waiting_for
from labeling.queries.home import full_hour, waiting_for
from labeling.queries.managed_projects import projects_managed_by
from labeling.queries.rubric_versions import own_rubrics_to_look_at
from labeling.views.http import nav_for, now, signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    moment = now()
    projects = projects_managed_by(request.user, now=moment)
    managed = [row.project for row in projects]
    asked_for = n_waiting_for(request.user, managed) if projects else {}
    appeals = n_open_appeals(managed) if projects else {}
    context = {
        "nav": nav_for(request),
        "waiting": waiting_for(request.user, now=moment),
        "read_at": full_hour(moment),  # like the due times it is compared with
        "projects": [
            {
                "row": row,
                "n_asked_for": asked_for.get(row.project.pk, 0),
                "n_appeals": appeals.get(row.project.pk, 0),
            }
            for row in projects
        ],
        "rubrics_to_look_at": own_rubrics_to_look_at(request.user, today=localdate()) if projects else [],
        # Whoever may make projects is led there from an empty home.
        "may_begin": may_create_projects(request.user),
    }
    return render(request, "labeling/home/home.html", context)

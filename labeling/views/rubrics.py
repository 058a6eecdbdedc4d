"""PLACEHOLDER rubrics"""

from django.http import HttpResponse


def rubrics(request, **kwargs):
    return HttpResponse("placeholder")


def rubric_version(request, **kwargs):
    return HttpResponse("placeholder")



"""PLACEHOLDER people"""

from django.http import HttpResponse


def people(request, **kwargs):
    return HttpResponse("placeholder")


def removals(request, **kwargs):
    return HttpResponse("placeholder")


def tokens(request, **kwargs):
    return HttpResponse("placeholder")


def revocations(request, **kwargs):
    return HttpResponse("placeholder")



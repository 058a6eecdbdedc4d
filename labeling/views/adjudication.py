"""PLACEHOLDER adjudication"""

from django.http import HttpResponse


def disputes(request, **kwargs):
    return HttpResponse("placeholder")


def dispute(request, **kwargs):
    return HttpResponse("placeholder")



"""PLACEHOLDER ingest"""

from django.http import HttpResponse


def ingest(request, **kwargs):
    return HttpResponse("placeholder")


def batch(request, **kwargs):
    return HttpResponse("placeholder")



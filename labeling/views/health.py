"""PLACEHOLDER health"""

from django.http import HttpResponse


def healthz(request, **kwargs):
    return HttpResponse("placeholder")


def readyz(request, **kwargs):
    return HttpResponse("placeholder")



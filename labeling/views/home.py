"""PLACEHOLDER home"""

from django.http import HttpResponse


def home(request, **kwargs):
    return HttpResponse("placeholder")


def first_steps(request, **kwargs):
    return HttpResponse("placeholder")


def project(request, **kwargs):
    return HttpResponse("placeholder")



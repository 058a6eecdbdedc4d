"""PLACEHOLDER routing"""

from django.http import HttpResponse


def routing(request, **kwargs):
    return HttpResponse("placeholder")


def new_policy(request, **kwargs):
    return HttpResponse("placeholder")


def policy(request, **kwargs):
    return HttpResponse("placeholder")



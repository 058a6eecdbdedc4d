"""PLACEHOLDER items"""

from django.http import HttpResponse


def items(request, **kwargs):
    return HttpResponse("placeholder")


def item(request, **kwargs):
    return HttpResponse("placeholder")



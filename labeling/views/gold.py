"""PLACEHOLDER gold"""

from django.http import HttpResponse


def gold(request, **kwargs):
    return HttpResponse("placeholder")


def new_gold_case(request, **kwargs):
    return HttpResponse("placeholder")



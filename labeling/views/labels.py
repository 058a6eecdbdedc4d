"""PLACEHOLDER labels"""

from django.http import HttpResponse


def final_labels(request, **kwargs):
    return HttpResponse("placeholder")



"""PLACEHOLDER audit"""

from django.http import HttpResponse


def audit(request, **kwargs):
    return HttpResponse("placeholder")



"""PLACEHOLDER queues"""

from django.http import HttpResponse


def queues(request, **kwargs):
    return HttpResponse("placeholder")



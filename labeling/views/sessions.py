"""PLACEHOLDER sessions"""

from django.http import HttpResponse


def log_in(request, **kwargs):
    return HttpResponse("placeholder")


def change_password(request, **kwargs):
    return HttpResponse("placeholder")



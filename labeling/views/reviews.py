"""PLACEHOLDER reviews"""

from django.http import HttpResponse


def hand_outs(request, **kwargs):
    return HttpResponse("placeholder")


def empty_queue(request, **kwargs):
    return HttpResponse("placeholder")


def desk(request, **kwargs):
    return HttpResponse("placeholder")


def draft(request, **kwargs):
    return HttpResponse("placeholder")


def heartbeat(request, **kwargs):
    return HttpResponse("placeholder")


def postponements(request, **kwargs):
    return HttpResponse("placeholder")


def withdrawals(request, **kwargs):
    return HttpResponse("placeholder")



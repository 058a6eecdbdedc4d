"""The outermost addresses: everything a person or a producer opens is in labeling/urls.py."""

from django.urls import include, path

urlpatterns = [path("", include("labeling.urls"))]

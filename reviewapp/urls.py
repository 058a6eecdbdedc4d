"""The outermost addresses: everything a person or a producer opens is in labeling/urls.py."""

from django.urls import include, path

# Django looks for it in this module only.
handler404 = "labeling.views.http.page_not_found"

urlpatterns = [path("", include("labeling.urls"))]

"""The outermost addresses: everything a person or a producer opens is in labeling/urls.py."""

from django.urls import include, path

# Django looks for them in this module only.
handler404 = "labeling.views.http.page_not_found"
handler500 = "labeling.views.http.server_error"

urlpatterns = [path("", include("labeling.urls"))]

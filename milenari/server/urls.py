"""Addresses: everything a person sees is in web, also what goes wrong."""

from django.urls import include, path

urlpatterns = [path("", include("milenari.web.urls"))]
handler400 = "milenari.web.pages.faults.bad_request"
handler403 = "milenari.web.pages.faults.forbidden"
handler404 = "milenari.web.pages.faults.not_found"
handler500 = "milenari.web.pages.faults.broken"

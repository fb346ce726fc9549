"""Addresses: everything a person sees is in web, also what goes wrong; what a program asks is in api."""

from django.urls import include, path

from milenari.api import problem
from milenari.server.words import Words

problem.speak_with(Words())
urlpatterns = [path("", include("milenari.web.urls")), path("api/", include("milenari.api.room"))]
handler400 = "milenari.web.pages.faults.bad_request"
handler403 = "milenari.web.pages.faults.forbidden"
handler404 = "milenari.web.pages.faults.not_found"
handler500 = "milenari.web.pages.faults.broken"

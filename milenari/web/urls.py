"""Addresses of the pages."""

from django.urls import path
from django.views.i18n import set_language

from milenari.web.pages import act, acts, batch, entries, journey, journeys, login, lots, status

urlpatterns = [
    path("", journeys.home, name="home"),
    path("login", login.log_in, name="login"),
    path("logout", login.log_out, name="logout"),
    path("act-as", login.act_as, name="act-as"),
    path("language", set_language, name="set_language"),
    path("journeys", journeys.journeys, name="journeys"),
    path("journey/<path:code>", journey.journey, name="journey"),
    path("batch/<path:code>", batch.batch, name="batch"),
    path("lots", lots.lots, name="lots"),
    path("lot/<path:code>", lots.lot, name="lot"),
    path("acts", acts.acts, name="acts"),
    path("do/<slug:code>", act.act, name="act"),
    path("about/<path:name>", entries.about, name="about"),
    path("entry/<path:act>", entries.entry, name="entry"),
    path("proof/<path:act>", entries.proof, name="proof"),
    path("status", status.status, name="status"),
    path("health", status.health, name="health"),
]
